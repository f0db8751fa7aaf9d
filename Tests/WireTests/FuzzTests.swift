import Inventory
import Testing
import Wire

/// Arbitrary bytes are refused or read, never read past their end, and what is read is written
/// back to the same bytes: one content has one encoding.
@Suite struct FuzzTests {
    private static let requests: [any WireRequest] = [
        Hello(name: "checkout-7", proof: [1, 2, 3]), Samples.smallReserve, Samples.fullReserve,
        ReservationChange.commit(Samples.id, requestID: Samples.otherID), ShowRequest(Samples.id),
        Samples.stockWrite, Samples.adjustment, StockShowRequest(sku: "85123A"),
        StockListRequest(cursor: 1, limit: 9), PlainRequest(.stats), PlainRequest(.warehouseList),
        WarehouseWrite(id: Samples.id, warehouses: Samples.warehouses),
    ]

    private static let answers: [any WireAnswer] = [
        Samples.greeting, Samples.receipt, Samples.splitReceipt, Samples.report, Samples.stock,
        StockPage(reports: [Samples.stock, Samples.stock], next: 4), Samples.writeReceipt,
        WarehouseList(Samples.warehouses),
        ServerStatistics([.init(name: "connections", value: 3)]),
        CheckResult(
            lsn: 1,
            cells: 2,
            openReservations: 3,
            stateHash: 4,
            isClean: true,
            violations: ["one", "two"]
        ),
    ]

    /// Reads a body as `Message`; whether it could be read.
    private func survivesRequest<Message: WireRequest>(
        _ body: UnsafeRawBufferPointer,
        as message: Message
    ) -> Bool {
        guard
            case .success(let read) = Result(catching: {
                try Message(body: body, operation: message.operation)
            }), case .success(let frame) = Result(catching: { try read.encode(correlation: 0) })
        else { return false }
        #expect(frame.dropFirst(16).elementsEqual(body), "\(read) has two encodings")
        return true
    }

    private func survivesAnswer<Message: WireAnswer>(
        _ body: UnsafeRawBufferPointer,
        as message: Message
    ) -> Bool {
        let header = FrameHeader(
            size: 16 + body.count,
            code: 0,
            flags: WireLayout.answerFlag,
            correlation: 0
        )
        guard
            case .success(.accepted(let read)) = Result(catching: {
                try Answered<Message>(header: header, body: body)
            }), case .success(let frame) = Result(catching: { try read.encode(correlation: 0) })
        else { return false }
        #expect(frame.dropFirst(16).elementsEqual(body), "\(read) has two encodings")
        return true
    }

    private func survives(_ body: UnsafeRawBufferPointer, as message: any WireMessage) -> Bool {
        if let request = message as? any WireRequest { return survivesRequest(body, as: request) }
        if let answer = message as? any WireAnswer { return survivesAnswer(body, as: answer) }
        return false
    }

    private func body(of message: any WireMessage) throws -> [UInt8] {
        if let request = message as? any WireRequest {
            return Array(try request.encode(correlation: 0).dropFirst(16))
        }
        guard let answer = message as? any WireAnswer else { return [] }
        return Array(try answer.encode(correlation: 0).dropFirst(16))
    }

    private var messages: [any WireMessage] { FuzzTests.requests + FuzzTests.answers }

    @Test func everyTruncationIsRefused() throws {
        let guarded = GuardedBytes(sizeMax: 4_096)
        for message in messages {
            let whole = try body(of: message)
            #expect(guarded.hold(whole) { survives($0, as: message) })
            for size in 0..<whole.count {
                #expect(!guarded.hold(whole.prefix(size)) { survives($0, as: message) })
            }
            #expect(!guarded.hold(whole + [0]) { survives($0, as: message) })
        }
    }

    @Test func mutatedBodiesAreRefusedOrHaveOneEncoding() throws {
        let guarded = GuardedBytes(sizeMax: 4_096)
        for message in messages {
            let whole = try body(of: message)
            for offset in whole.indices {
                for byte: UInt8 in [0, 1, 2, 0x20, 0x41, 0x7F, 0x80, 0xFF, whole[offset] ^ 1] {
                    var mutated = whole
                    mutated[offset] = byte
                    _ = guarded.hold(mutated) { survives($0, as: message) }
                }
            }
        }
    }

    @Test func randomBodiesAreRefusedOrHaveOneEncoding() throws {
        let guarded = GuardedBytes(sizeMax: 4_096)
        var generator = SplitMix64(state: 20_260_101)
        for message in messages {
            let whole = try body(of: message)
            for _ in 0..<2_000 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
                    bytes[Int.random(in: bytes.indices, using: &generator)] =
                        UInt8.random(in: 0...255, using: &generator)
                }
                bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                let tail = Int.random(in: 0...40, using: &generator)
                for _ in 0..<tail { bytes.append(UInt8.random(in: 0...255, using: &generator)) }
                _ = guarded.hold(bytes) { survives($0, as: message) }
            }
        }
    }

    @Test func randomFramesAreWholePartialOrRefused() {
        let guarded = GuardedBytes(sizeMax: 4_096)
        var generator = SplitMix64(state: 7)
        for _ in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if bytes.count > 4, Bool.random(using: &generator) {
                bytes.replaceSubrange(
                    0..<4,
                    with: [UInt8.random(in: 0...80, using: &generator), 0, 0, 0]
                )
            }
            guarded.hold(bytes) { held in
                if case .whole(let header) = FrameHeader.next(in: held, at: 0) {
                    #expect(header.size <= bytes.count && header.size >= 16)
                }
            }
        }
    }

    @Test func refusalBodiesSurviveMutation() {
        let guarded = GuardedBytes(sizeMax: 4_096)
        var room = [UInt8](repeating: 0, count: Refusal.frameSizeMax)
        let refusal = Refusal(.wrongState, index: 2, state: .held, detail: "a detail")
        let size = room.withUnsafeMutableBytes { refusal.encode(correlation: 0, into: $0) }
        let whole = Array(room[16..<size])
        let code = Outcome.wrongState.rawValue
        let header = FrameHeader(
            size: size,
            code: code,
            flags: WireLayout.answerFlag,
            correlation: 0
        )
        for offset in whole.indices {
            for byte: UInt8 in 0...255 {
                var mutated = whole
                mutated[offset] = byte
                let answered = guarded.hold(mutated) { held in
                    Result(catching: { try Answered<WriteReceipt>(header: header, body: held) })
                }
                guard case .success(.refused(let read)) = answered else { continue }
                let again = room.withUnsafeMutableBytes { read.encode(correlation: 0, into: $0) }
                #expect(room[16..<again].elementsEqual(mutated))
            }
        }
    }
}
