import Glibc
import Inventory
import Journal
import Node
import Server
import Testing
import Wire

/// The server over real sockets: what it answers, in which order, and when.
@Suite(.serialized) struct ServerTests {
    @Test func answersEveryOperation() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let client = try fixture.connect()
        let greeting = try client.greet()
        #expect(greeting.durability == .sync)
        #expect(greeting.version == WireLayout.versionMax)

        let request = ServerFixture.reserve(4)
        let receipt = try client.call(request).content(ReservationReceipt.self)
        #expect(receipt.state == .held)
        #expect(receipt.lines[0].shares == [Share(warehouse: ServerFixture.warehouse, quantity: 4)])
        let report = try client.call(ShowRequest(request.id)).content(ReservationReport.self)
        #expect(report.skus == [ServerFixture.sku])
        #expect(report.owner == request.owner)
        let commit = ReservationChange.commit(request.id, requestID: .random())
        #expect(try client.call(commit).content(ReservationReceipt.self).state == .committed)
        let release = ReservationChange.release(request.id, requestID: .random())
        #expect(try client.call(release).refusal().outcome == .wrongState)

        let stock = try client.call(StockShowRequest(sku: ServerFixture.sku))
            .content(StockReport.self)
        #expect(stock.cells[0].figures.committed == 4)
        #expect(stock.cells[0].figures.available == 6)
        #expect(try client.call(StockShowRequest(sku: "none")).outcome == .unknownSKU)
        let page = try client.call(StockListRequest()).content(StockPage.self)
        #expect(page.next == nil)
        #expect(page.reports == [stock])
        let list = try client.call(PlainRequest(.warehouseList)).content(WarehouseList.self)
        #expect(list.warehouses.map(\.code) == [ServerFixture.warehouse])
        let statistics = try client.call(PlainRequest(.stats)).content(ServerStatistics.self)
        #expect(statistics["server_connections_accepted"] == 2)
        #expect(statistics["reservations_committed"] == 1)
        let check = try client.call(PlainRequest(.check)).content(CheckResult.self)
        #expect(check.isClean)
        #expect(check.cells == 1)
        await fixture.end()
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(1_000_000)
        let client = try fixture.client()
        var bytes: [UInt8] = []
        let count = 3_000
        for index in 0..<count {
            let request = ServerFixture.reserve(1, id: RequestID(high: 7, low: UInt64(index / 3)))
            switch index % 3 {
            case 0: bytes += try request.encode(correlation: UInt64(index))
            case 1:
                bytes += try ReservationChange.commit(request.id, requestID: .random())
                    .encode(correlation: UInt64(index))
            default: bytes += try ShowRequest(request.id).encode(correlation: UInt64(index))
            }
        }
        // Cut at odd places, so that frames come in pieces.
        let sizes = [1, 7, 4_096, 13, 100_000, 2, 77]
        var start = 0
        var turn = 0
        while start < bytes.count {
            let end = min(start + sizes[turn % sizes.count], bytes.count)
            try client.send(Array(bytes[start..<end]))
            start = end
            turn += 1
        }
        for index in 0..<count {
            let answer = try client.expectAnswer()
            #expect(answer.header.correlation == UInt64(index))
            #expect(answer.outcome == .accepted)
            if index % 3 > 0 {
                let receipt = try answer.body.withUnsafeBytes {
                    var reader = ByteReader($0)
                    return try ReservationReceipt(from: &reader, isRepeated: false)
                }
                #expect(receipt.state == .committed)
            }
        }
        await fixture.end()
    }

    @Test func answersTheSameRequestAgainAndRefusesAnother() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let client = try fixture.client()
        let request = ServerFixture.reserve(3)
        let first = try client.call(request)
        let second = try fixture.client().call(request)
        #expect(!first.isRepeated)
        #expect(second.isRepeated)
        #expect(first.body == second.body)
        var other = request
        other.lines[0].quantity = 2
        #expect(try client.call(other).outcome == .requestIDReused)
        let write = StockWrite(
            id: .random(),
            cause: .received,
            rows: [.init(sku: "NEW", warehouse: ServerFixture.warehouse, units: 5)]
        )
        #expect(try !client.call(write).isRepeated)
        #expect(try client.call(write).isRepeated)
        await fixture.end()
    }

    @Test func answersLeaveOnlyWhenTheyAreDurable() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let writer = try fixture.client()
        let reader = try fixture.client()
        let before = fixture.server.gatedTurns
        fixture.disk.hold()
        let request = ServerFixture.reserve(4)
        try writer.send(request)
        try await waitUntil { fixture.server.gatedTurns == before + 1 }
        #expect(!writer.hasAnswer)
        // A read could tell of the hold, so it waits as well.
        try reader.send(StockShowRequest(sku: ServerFixture.sku))
        try await waitUntil { fixture.server.gatedTurns == before + 2 }
        #expect(!writer.hasAnswer)
        #expect(!reader.hasAnswer)
        fixture.disk.letGo()
        #expect(try writer.expectAnswer().outcome == .accepted)
        let stock = try reader.expectAnswer().content(StockReport.self)
        #expect(stock.cells[0].figures.reserved == 4)
        await fixture.end()
    }

    @Test(arguments: [Durability.interval, .none])
    func answersLeaveAtOnceWhereTheyNeedNotLast(durability: Durability) async throws {
        let fixture = try await ServerFixture(durability: durability)
        try fixture.stock(10)
        fixture.disk.hold()
        let client = try fixture.connect()
        #expect(try client.greet().durability.rawValue == (durability == .interval ? 1 : 2))
        #expect(try client.call(ServerFixture.reserve(4)).outcome == .accepted)
        await fixture.end()
    }

    @Test func requestsWithoutLogCreditWaitAndAreAnswered() async throws {
        let fixture = try await ServerFixture(ringBytes: 1 << 21) {
            $0.outputHighWatermarkBytes = 1 << 26
        }
        try fixture.stock(1_000_000)
        fixture.disk.hold()
        let client = try fixture.client(greetsLater: true)
        var sent = 0
        var waited = false
        // Fill the ring until a connection has to wait for credit; then let the log go on.
        while !waited {
            var bytes: [UInt8] = []
            for _ in 0..<500 {
                bytes += try ServerFixture.reserve(1).encode(correlation: UInt64(sent + 1))
                sent += 1
            }
            try client.send(bytes)
            waited = (fixture.server.statistics()["server_credit_waits"] ?? 0) > 0
        }
        fixture.disk.letGo()
        _ = try client.expectAnswer().content(Greeting.self)
        for index in 0..<sent {
            let answer = try client.expectAnswer()
            #expect(answer.header.correlation == UInt64(index + 1))
            #expect(answer.outcome == .accepted)
        }
        await fixture.end()
    }

    @Test func listsStockInPagesOfWholeSKUs() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(1)
        let client = try fixture.client()
        for batch in 0..<10 {
            let rows = (0..<500).map {
                StockWrite.Row(
                    sku: "S-\(batch * 500 + $0)",
                    warehouse: ServerFixture.warehouse,
                    units: 1
                )
            }
            let write = StockWrite(id: .random(), cause: .imported, rows: rows)
            #expect(try client.call(write).outcome == .accepted)
        }
        var names: Set<String> = []
        var cursor: UInt32? = 0
        while let next = cursor {
            let page = try client.call(StockListRequest(cursor: next, limit: 900))
                .content(StockPage.self)
            #expect(page.reports.count <= 900)
            names.formUnion(page.reports.map(\.sku))
            cursor = page.next
        }
        #expect(names.count == 5_001)
        await fixture.end()
    }

    @Test func takesTheLargestReservation() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10_000)
        let client = try fixture.client()
        var request = ServerFixture.reserve(1)
        request.lines = Array(
            repeating: .init(sku: ServerFixture.sku, quantity: 1),
            count: Limits.linesPerReservationMax
        )
        let receipt = try client.call(request).content(ReservationReceipt.self)
        #expect(receipt.lines.count == Limits.linesPerReservationMax)
        #expect(receipt.isWhole)
        let report = try client.call(ShowRequest(request.id)).content(ReservationReport.self)
        #expect(report.skus.count == Limits.linesPerReservationMax)
        await fixture.end()
    }

    @Test func aDrainWaitsForWhatIsNotDurableYet() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let client = try fixture.client()
        let before = fixture.server.gatedTurns
        fixture.disk.hold()
        try client.send(ServerFixture.reserve(4), correlation: 8)
        try await waitUntil { fixture.server.gatedTurns > before }
        let drain = fixture.beginDrain()
        // The listener is closed before the drain waits.
        try await waitUntil {
            do {
                _ = try fixture.connect()
                return false
            } catch is RawClientError {
                return true
            }
        }
        #expect(!client.hasAnswer)
        fixture.disk.letGo()
        let answers = try client.receiveUntilClosed()
        #expect(answers.map(\.header.correlation) == [8])
        #expect(answers.first?.outcome == .accepted)
        client.close()
        await drain.value
        fixture.node.close()
    }

    @Test func aDrainRefusesChangesAndAnswersReads() async throws {
        // Longer than any test waits: only the last client's leaving ends it.
        let fixture = try await ServerFixture { $0.drainNoticeMilliseconds = 86_400_000 }
        try fixture.stock(1_000_000)
        let client = try fixture.client()
        #expect(try client.call(ServerFixture.reserve(1)).outcome == .accepted)
        let drain = fixture.beginDrain()
        var outcome = try client.call(ServerFixture.reserve(1)).outcome
        while outcome == .accepted {
            await Task.yield()
            outcome = try client.call(ServerFixture.reserve(1)).outcome
        }
        #expect(outcome == .shuttingDown)
        #expect(try client.call(ShowRequest(.random())).outcome == .unknownReservation)
        client.close()
        await drain.value
        #expect(throws: RawClientError.self) { try fixture.connect() }
        fixture.node.close()
    }

    @Test func aDrainClosesConnectionsAfterItsNotice() async throws {
        let fixture = try await ServerFixture { $0.drainNoticeMilliseconds = 1 }
        let client = try fixture.client()
        let drain = fixture.beginDrain()
        #expect(try client.receiveUntilClosed().isEmpty)
        client.close()
        await drain.value
        fixture.node.close()
    }
}

/// Gives others the processor until a condition holds; gives up after five minutes.
func waitUntil(_ condition: () throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(300)
    while try !condition() {
        guard ContinuousClock.now < deadline else { throw RawClientError(what: "no such state") }
        await Task.yield()
    }
}
