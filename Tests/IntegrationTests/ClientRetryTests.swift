import HoldfastClient
import NIOConcurrencyHelpers
import Testing
import Wire

/// What the client does when the other end breaks, stays silent or talks nonsense.
@Suite struct ClientRetryTests {
    private let request = ReservationRequest(
        id: RequestID(high: 1, low: 2),
        owner: OwnerID(high: 3, low: 4),
        lines: [.init(sku: "MUG", quantity: 2)]
    )

    /// Runs `work` with a client of a server that greets and plays `script` for the rest.
    private func withClient(
        framesInFlightMax: UInt32 = 1_024,
        _ script: @escaping @Sendable (ScriptedServer.Frame) throws -> ScriptedServer.Reaction,
        change: (inout ClientConfiguration) -> Void = { _ in },
        _ work: (HoldfastClient, ScriptedServer) async throws -> Void
    ) async throws {
        let server = try await ScriptedServer.start { frame in
            do {
                if frame.header.code == Operation.hello.rawValue {
                    let greeting = ScriptedServer.greeting(framesInFlightMax: framesInFlightMax)
                    return .answer(try greeting.encode(correlation: frame.header.correlation))
                }
                return try script(frame)
            } catch {
                Issue.record(error)
                return .hangUp
            }
        }
        var configuration = server.configuration
        change(&configuration)
        let client = try await HoldfastClient.connect(configuration)
        try await work(client, server)
        await client.close()
        try await server.stop()
    }

    @Test func aBrokenConnectionSendsTheSameBytesAgain() async throws {
        try await withClient { frame in
            frame.connection < 2
                ? .hangUp : try ScriptedServer.receipt(frame, isRepeated: true)
        } _: { client, server in
            let receipt = try await client.reserve(request).get()
            #expect(receipt.isRepeated)
            #expect(server.frames.map(\.connection) == [0, 1, 2])
            #expect(Set(server.frames.map(\.body)).count == 1)
        }
    }

    @Test func requestsUnderwayAreSentAgainInTheirOrder() async throws {
        try await withClient { frame in
            switch frame.connection {
            case 0: frame.body[0] == 9 ? .hangUp : .silence
            default: try ScriptedServer.receipt(frame)
            }
        } _: { client, server in
            let pending = (0..<10).map { index in
                client.start(
                    ReservationChange.commit(
                        RequestID(high: index, low: 0),
                        requestID: RequestID(high: index, low: 1)
                    ),
                    answeredBy: ReservationReceipt.self
                )
            }
            for answer in pending { _ = try await answer.value.get() }
            let again = server.frames.filter { $0.connection == 1 }
            #expect(again.map(\.body[0]) == Array(0..<10))
        }
    }

    @Test func aRequestThatCameTooEarlyIsSentAgainAfterItsWait() async throws {
        let isRefused = NIOLockedValueBox(true)
        try await withClient { frame in
            let refuses = isRefused.withLockedValue { value in
                defer { value = false }
                return value
            }
            guard refuses else { return try ScriptedServer.receipt(frame) }
            return .answer(RateLimitedFrame.bytes(1, frame.header.correlation))
        } _: { client, server in
            _ = try await client.reserve(request).get()
            #expect(server.frames.map(\.connection) == [0, 0])
            #expect(Set(server.frames.map(\.body)).count == 1)
        }
    }

    @Test func aWaitThatIsTooLongIsTheCallers() async throws {
        try await withClient { frame in
            .answer(RateLimitedFrame.bytes(1_001, frame.header.correlation))
        } _: { client, server in
            let result = try await client.reserve(request)
            guard case .failure(let refusal) = result else {
                return #expect(Bool(false), "the refusal is told")
            }
            #expect(refusal.outcome == .rateLimited && refusal.retryAfterMilliseconds == 1_001)
            #expect(server.frames.count == 1)
        }
    }

    @Test func attemptsAreBounded() async throws {
        try await withClient { _ in
            .hangUp
        } change: {
            $0.attemptsMax = 3
        } _: { client, server in
            await #expect(throws: ClientError.self) { try await client.reserve(request) }
            #expect(server.frames.count == 3)
        }
    }

    @Test func silenceTimesOutAndALateAnswerHarmsNobody() async throws {
        try await withClient { frame in
            guard frame.header.code == Operation.show.rawValue else { return .silence }
            // The answers to both: first the late one, then a refusal of the second.
            let late = try ScriptedServer.receipt(
                ScriptedServer.Frame(
                    connection: 0,
                    header: FrameHeader(size: 16, code: 0, flags: 2, correlation: 1),
                    body: []
                )
            )
            guard case .answer(let bytes) = late else { return .hangUp }
            return .answer(
                bytes + refusal(.unknownReservation, correlation: frame.header.correlation)
            )
        } change: {
            $0.requestTimeoutMilliseconds = 300
        } _: { client, _ in
            do throws(ClientError) {
                _ = try await client.reserve(request)
                Issue.record("an answer came")
            } catch {
                #expect(error.code == .timedOut)
            }
            let shown = try await client.show(request.id)
            #expect(throws: Refusal(.unknownReservation)) { try shown.get() }
        }
    }

    @Test func noMoreRequestsAreInFlightThanTheServerTakes() async throws {
        let limit: UInt32 = 4
        try await withClient(framesInFlightMax: limit) { frame in
            try ScriptedServer.receipt(frame)
        } _: { client, server in
            let pending = (0..<100).map { index in
                client.start(
                    ReservationChange.release(
                        RequestID(high: index, low: 0),
                        requestID: .random()
                    ),
                    answeredBy: ReservationReceipt.self
                )
            }
            for answer in pending { _ = try await answer.value.get() }
            #expect(server.frames.count == 100)
            #expect(server.frames.map { $0.header.correlation } == Array(1...100))
        }
    }

    @Test func anAnswerToNothingEndsTheConnectionNotTheRequest() async throws {
        try await withClient { frame in
            frame.connection == 0
                ? .answer(refusal(.unknownSKU, correlation: 77))
                : .answer(refusal(.insufficientStock, correlation: frame.header.correlation))
        } _: { client, _ in
            let result = try await client.reserve(request)
            #expect(throws: Refusal(.insufficientStock)) { try result.get() }
        }
    }

    @Test func aRefusedHandshakeIsTold() async throws {
        let server = try await ScriptedServer.start { frame in
            .answer(refusal(.unsupportedVersion, correlation: frame.header.correlation))
        }
        do throws(ClientError) {
            _ = try await HoldfastClient.connect(server.configuration)
            Issue.record("the client connected")
        } catch {
            #expect(error.code == .handshakeRefused)
            #expect(error.refusal?.outcome == .unsupportedVersion)
        }
        try await server.stop()
    }

    @Test func noServerIsToldAtOnce() async throws {
        let server = try await ScriptedServer.start { _ in .hangUp }
        let configuration = server.configuration
        try await server.stop()
        do throws(ClientError) {
            _ = try await HoldfastClient.connect(configuration)
            Issue.record("the client connected")
        } catch {
            #expect(error.code == .connectFailed)
        }
    }

    @Test func whatCantBeEncodedIsRefusedWithoutASocket() async throws {
        try await withClient { _ in
            .hangUp
        } _: { client, server in
            var bad = request
            bad.lines.append(.init(sku: "two words", quantity: 1))
            let result = try await client.reserve(bad)
            guard case .failure(let refusal) = result else {
                Issue.record("accepted")
                return
            }
            #expect(refusal.outcome == .invalidSKU)
            #expect(refusal.index == 1)
            #expect(server.frames.isEmpty)
        }
    }

    @Test func aClosedClientAnswersEverything() async throws {
        try await withClient { _ in
            .silence
        } _: { client, _ in
            let pending = client.start(
                ShowRequest(request.id),
                answeredBy: ReservationReport.self
            )
            await client.close()
            for answer in [pending, client.start(ShowRequest(request.id))] {
                do throws(ClientError) {
                    _ = try await answer.value
                    Issue.record("an answer came")
                } catch {
                    #expect(error.code == .closed)
                }
            }
        }
    }
}

/// A refusal as a frame.
private func refusal(_ outcome: Outcome, correlation: UInt64) -> [UInt8] {
    let refusal = Refusal(outcome)
    return [UInt8](unsafeUninitializedCapacity: Refusal.frameSizeMax) { room, count in
        count = refusal.encode(correlation: correlation, into: UnsafeMutableRawBufferPointer(room))
    }
}

/// A refusal of a request that came too early.
enum RateLimitedFrame {
    /// The frame of a refusal after which to wait so long.
    static func bytes(_ milliseconds: UInt32, _ correlation: UInt64) -> [UInt8] {
        var room = [UInt8](repeating: 0, count: Refusal.rateLimitedSizeMax)
        let size = room.withUnsafeMutableBytes {
            Refusal.encodeRateLimited(
                waitMilliseconds: milliseconds,
                correlation: correlation,
                into: $0
            )
        }
        return Array(room.prefix(size))
    }
}
