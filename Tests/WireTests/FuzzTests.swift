import Inventory
import Testing
import Wire

/// Arbitrary bytes are refused or read, never read past their end, and what is read is written
/// back to the same bytes: one content has one encoding.
@Suite struct FuzzTests {
    private static let requests: [any WireRequest] = [
        Hello(name: "checkout-7", proof: [1, 2, 3]), Samples.smallReserve, Samples.fullReserve,
        ReservationChange.commit(Samples.id, requestID: Samples.otherID), ShowRequest(Samples.id),
        Samples.replacingReserve, Samples.sourcedReserve,
        ReservationChange(.commit, Samples.id, requestID: Samples.otherID, items: Samples.parts),
        ReservationChange(
            .commit,
            Samples.id,
            requestID: Samples.otherID,
            isFulfilling: true
        ), ReservationChange(.fulfil, Samples.id, requestID: Samples.otherID),
        ReservationChange(.cancel, Samples.id, requestID: Samples.otherID, items: Samples.parts),
        ExtendRequest(Samples.id, requestID: Samples.otherID, timeToLiveMilliseconds: 9),
        ExtendRequest(Samples.id, requestID: Samples.otherID, reason: .paymentPending),
        HoldAgainRequest(Samples.id, as: Samples.otherID, owner: Samples.owner),
        OwnerShowRequest(Samples.owner, includesClosed: true), Samples.fullImport, Samples.count,
        Samples.transfer, Samples.settings,
        SKUWrite(id: Samples.id, rows: [SKUWeight(sku: "85123A", weightGrams: 340)]),
        AvailabilityQuery(skus: ["85123A"]), Samples.availabilityQuery,
        StockHoldsRequest(sku: "85123A", warehouse: Samples.london, limit: 2),
        StockHoldsRequest(sku: "85123A"), PlainRequest(.warehouseFill),
        ReservationReroute(Samples.id, requestID: Samples.otherID),
        WarehouseReroute.start(Samples.london), WarehouseReroute.status(Samples.leeds),
        WarehouseStateWrite(id: Samples.id, warehouse: Samples.leeds, state: .draining),
        Samples.stockWrite, Samples.adjustment, StockShowRequest(sku: "85123A"),
        StockListRequest(cursor: 1, limit: 9), PlainRequest(.stats), PlainRequest(.warehouseList),
        WarehouseWrite(id: Samples.id, warehouses: Samples.warehouses),
        Samples.policyWrite, PlainRequest(.policyList), Samples.ratesWrite, Samples.source,
        PlainRequest(.ratesList), Samples.substitutesWrite, SubstitutesListRequest(cursor: 42),
        SubstitutesListRequest(limit: 9, sku: "85123A"), PlainRequest(.snapshotStart),
        BackupRead(token: 1, file: 2, offset: 3, sizeBytes: 4), BackupEnd(token: 5),
        Samples.saleWrite, PlainRequest(.saleList), SaleQuestion.status(Samples.sneakers),
        SaleQuestion.report(Samples.sneakers, limit: 3), Samples.fence, Samples.fenceBack,
    ]

    private static let answers: [any WireAnswer] = [
        HeldReservation(id: Samples.otherID, receipt: Samples.receipt),
        SourcingAnswer(Samples.sourcing), Samples.shortReceipt,
        Samples.fullReceipt, Samples.ownerReservations,
        Samples.availability, Samples.holds,
        Samples.fill, Samples.greeting, Samples.receipt, Samples.splitReceipt, Samples.report,
        Samples.stock,
        StockPage(reports: [Samples.stock, Samples.stock], next: 4), Samples.writeReceipt,
        WarehouseList(Samples.warehouses), Samples.policies, RatesList(Samples.ratesWrite.rows),
        SubstitutesPage(rows: Samples.substitutesWrite.rows, next: 43),
        ServerStatistics([.init(name: "connections", value: 3)]), Samples.snapshotReport,
        SnapshotList(Samples.snapshots), Samples.backupPlan, BackupChunk([1, 2, 3]),
        ImageCheckReport(image: Samples.failedSnapshot, result: nil), Acknowledgement(),
        Samples.saleList, Samples.saleStatus, Samples.saleOverview,
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
            for size in 0..<whole.count where !isWhole(message, cutTo: size) {
                #expect(!guarded.hold(whole.prefix(size)) { survives($0, as: message) })
            }
            #expect(!guarded.hold(whole + [0]) { survives($0, as: message) })
        }
    }

    /// Whether a change of parts, cut there, is one of the whole reservation.
    private func isWhole(_ message: any WireMessage, cutTo size: Int) -> Bool {
        message is ReservationChange && size == WireLayout.changeSizeBytes
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

    @Test(arguments: [
        Refusal(.wrongState, index: 2, state: .held, detail: "a detail"), Samples.conflict,
        Samples.lost, Samples.shortRefusal,
    ])
    func refusalBodiesSurviveMutation(refusal: Refusal) {
        let guarded = GuardedBytes(sizeMax: 4_096)
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let size = room.withUnsafeMutableBytes { refusal.encode(correlation: 0, into: $0) }
        #expect(size <= refusal.encodedSizeMax)
        let whole = Array(room[16..<size])
        let header = FrameHeader(
            size: size,
            code: refusal.outcome.rawValue,
            flags: WireLayout.answerFlag,
            correlation: 0
        )
        func read(_ body: [UInt8]) -> Refusal? {
            let answered = guarded.hold(body) { held in
                Result(catching: { try Answered<WriteReceipt>(header: header, body: held) })
            }
            guard case .success(.refused(let read)) = answered else { return nil }
            return read
        }
        for size in 0..<whole.count { #expect(read(Array(whole.prefix(size))) == nil) }
        for offset in whole.indices {
            for byte: UInt8 in 0...255 {
                var mutated = whole
                mutated[offset] = byte
                guard let read = read(mutated) else { continue }
                let again = room.withUnsafeMutableBytes { read.encode(correlation: 0, into: $0) }
                #expect(room[16..<again].elementsEqual(mutated))
            }
        }
    }
}
