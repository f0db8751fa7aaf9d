import Glibc
import Inventory
import Server
import Testing
import Wire

/// Bad input gets a named error or a closed connection, and harms nobody else.
@Suite(.serialized) struct ServerAbuseTests {
    /// The last answer on a connection that sends `bytes` and is closed by the server.
    private func lastAnswer(
        to bytes: [UInt8],
        after hello: Bool,
        of fixture: ServerFixture
    ) throws -> Outcome? {
        let client = hello ? try fixture.client() : try fixture.connect()
        try client.send(bytes)
        return try client.receiveUntilClosed().last?.outcome
    }

    /// Whether the server still serves others, and nothing has changed.
    private func isUnharmed(_ fixture: ServerFixture) throws -> Bool {
        let check = try fixture.client().call(PlainRequest(.check)).content(CheckResult.self)
        return check.isClean && check.openReservations == 0
    }

    @Test func theFirstFrameMustBeHello() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let reserve = try ServerFixture.reserve().encode(correlation: 1)
        #expect(try lastAnswer(to: reserve, after: false, of: fixture) == .helloExpected)
        var hello = try Hello(name: "x").encode(correlation: 1)
        hello[16] = 0
        #expect(try lastAnswer(to: hello, after: false, of: fixture) == .malformedFrame)
        for versions in [UInt16(1)...2, 4...9] {
            let other = try Hello(
                name: "x",
                versionMin: versions.lowerBound,
                versionMax: versions.upperBound
            ).encode(correlation: 1)
            #expect(try lastAnswer(to: other, after: false, of: fixture) == .unsupportedVersion)
        }
        let twice = try fixture.client()
        #expect(try twice.call(Hello(name: "again")).outcome == .helloExpected)
        #expect(try twice.call(ShowRequest(.random())).outcome == .unknownReservation)
        // A hello that never ends must not fill memory.
        var endless: [UInt8] = [0, 0, 16, 0]
        endless += Array(repeating: 0x41, count: 2_000)
        #expect(try lastAnswer(to: endless, after: false, of: fixture) == .helloExpected)
        #expect(try isUnharmed(fixture))
        await fixture.end()
    }

    @Test func garbageClosesTheConnection() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        for isGreeted in [false, true] {
            let http = Array("GET / HTTP/1.1\r\nHost: holdfast\r\n\r\n".utf8)
            #expect(try lastAnswer(to: http, after: isGreeted, of: fixture) == .frameTooLarge)
            let zeros = [UInt8](repeating: 0, count: 64)
            #expect(try lastAnswer(to: zeros, after: isGreeted, of: fixture) == .malformedFrame)
            let large: [UInt8] = [1, 0, 16, 0]
            #expect(try lastAnswer(to: large, after: isGreeted, of: fixture) == .frameTooLarge)
        }
        var flagged = try ServerFixture.reserve().encode(correlation: 1)
        flagged[6] = 2
        #expect(try lastAnswer(to: flagged, after: true, of: fixture) == .malformedFrame)
        #expect(try isUnharmed(fixture))
        await fixture.end()
    }

    @Test func aBadBodyIsRefusedAndTheConnectionGoesOn() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let client = try fixture.client()
        var unknown = try PlainRequest(.stats).encode(correlation: 5)
        unknown[4] = 99
        try client.send(unknown)
        let answer = try client.expectAnswer()
        #expect(answer.outcome == .unknownOperation)
        #expect(answer.header.correlation == 5)
        for operation in [2, 3, 10, 11, 12, 13, 20, 21, 22, 30, 31] as [UInt8] {
            try client.send([19, 0, 0, 0, operation, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3])
            let outcome = try client.expectAnswer().outcome
            #expect(outcome == .malformedFrame || outcome == .invalidSKU, "\(operation)")
        }
        let request = ServerFixture.reserve(0)
        #expect(try client.call(request).refusal() == Refusal(.invalidQuantity, index: 0))
        #expect(try isUnharmed(fixture))
        await fixture.end()
    }

    @Test func aTruncatedFrameChangesNothing() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let frame = try ServerFixture.reserve().encode(correlation: 1)
        for size in [1, 15, 16, 40, frame.count - 1] {
            let client = try fixture.client()
            try client.send(Array(frame.prefix(size)))
            client.finishSending()
            #expect(try client.receiveUntilClosed().isEmpty)
        }
        #expect(try isUnharmed(fixture))
        await fixture.end()
    }

    @Test func randomBytesHarmNobody() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            let client = try fixture.client()
            var bytes: [UInt8] = []
            for _ in 0..<20 {
                let size = Int.random(in: 16...200, using: &generator)
                bytes += [UInt8(size), 0, 0, 0]
                bytes += (4..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
            }
            try client.send(bytes)
            client.finishSending()
            _ = try client.receiveUntilClosed()
        }
        let check = try fixture.client().call(PlainRequest(.check)).content(CheckResult.self)
        #expect(check.isClean)
        await fixture.end()
    }

    @Test func aHalfClosedConnectionGetsItsAnswers() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let client = try fixture.client()
        for index in 0..<5 { try client.send(ServerFixture.reserve(1), correlation: UInt64(index)) }
        client.finishSending()
        let answers = try client.receiveUntilClosed()
        #expect(answers.map(\.header.correlation) == [0, 1, 2, 3, 4])
        #expect(answers.allSatisfy { $0.outcome == .accepted })
        await fixture.end()
    }

    @Test func aSlowReaderIsClosedAndOthersAreServed() async throws {
        let fixture = try await ServerFixture {
            $0.outputHighWatermarkBytes = 1 << 16
            $0.slowReaderTimeoutSeconds = 1
        }
        try fixture.stock(10)
        let slow = try fixture.connect(receiveBufferBytes: 4_096)
        try slow.greet()
        var request: [UInt8] = []
        for _ in 0..<1_000 {
            request += try StockShowRequest(sku: ServerFixture.sku).encode(correlation: 1)
        }
        // Sends and never reads, until the server has had enough.
        let deadline = ContinuousClock.now + .seconds(20)
        var isClosed = false
        let other = try fixture.client()
        while !isClosed, ContinuousClock.now < deadline {
            if slow.sendWithoutWaiting(request) < 0, errno == ECONNRESET || errno == EPIPE {
                isClosed = true
            }
            #expect(try other.call(ShowRequest(.random())).outcome == .unknownReservation)
        }
        #expect(isClosed)
        #expect(fixture.server.statistics()["server_slow_readers_closed"] == 1)
        await fixture.end()
    }

    @Test func aFloodLeavesRoomForOthers() async throws {
        let fixture = try await ServerFixture { $0.eventLoops = 1 }
        try fixture.stock(1_000_000)
        let flood = try fixture.client()
        let other = try fixture.client()
        var bytes: [UInt8] = []
        for index in 0..<20_000 {
            bytes += try ServerFixture.reserve(1).encode(correlation: UInt64(index))
        }
        try flood.send(Array(bytes.prefix(bytes.count / 2)))
        #expect(try other.call(ShowRequest(.random())).outcome == .unknownReservation)
        try flood.send(Array(bytes.suffix(bytes.count - bytes.count / 2)))
        for index in 0..<20_000 {
            let answer = try flood.expectAnswer()
            guard answer.header.correlation == UInt64(index) else {
                Issue.record("answer \(answer.header.correlation) in place of \(index)")
                break
            }
        }
        await fixture.end()
    }

    @Test func tooManyConnectionsAreToldSo() async throws {
        let fixture = try await ServerFixture { $0.connectionsMax = 2 }
        let first = try fixture.client()
        let second = try fixture.client()
        let third = try fixture.connect()
        #expect(try third.receiveUntilClosed().map(\.outcome) == [.tooManyConnections])
        #expect(try first.call(ShowRequest(.random())).outcome == .unknownReservation)
        second.close()
        third.close()
        // Their places are free once the server has seen them go.
        var outcome: Outcome?
        let deadline = ContinuousClock.now + .seconds(60)
        while outcome != .accepted, ContinuousClock.now < deadline {
            let next = try fixture.connect()
            do {
                outcome = try next.call(Hello(name: "next")).outcome
            } catch is RawClientError {
                continue
            }
        }
        #expect(outcome == .accepted)
        await fixture.end()
    }

    @Test func silenceIsEnded() async throws {
        let fixture = try await ServerFixture {
            $0.handshakeTimeoutSeconds = 1
            $0.idleTimeoutSeconds = 1
        }
        let mute = try fixture.connect()
        #expect(try mute.receiveUntilClosed().map(\.outcome) == [.helloExpected])
        let idle = try fixture.client()
        #expect(try idle.receiveUntilClosed().isEmpty)
        await fixture.end()
    }
}
