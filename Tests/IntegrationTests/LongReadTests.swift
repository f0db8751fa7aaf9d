import Foundation
import Inventory
import Server
import Storage
import Testing
import Wire

/// Reads that sweep don't stop those who order, and have limits.
@Suite(.serialized) struct LongReadTests {
    /// A fixture with `count` SKUs in `warehouses` warehouses.
    private func fixture(
        skus count: Int,
        warehouses: Int,
        _ change: (inout ServerSettings) -> Void = { _ in }
    ) async throws -> ServerFixture {
        let fixture = try await ServerFixture(change)
        try fixture.stock(1_000)
        let client = try fixture.client()
        let place = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        let codes = (0..<warehouses).compactMap { WarehouseCode("W\($0)") }
        if !codes.isEmpty {
            let rows = codes.map { Warehouse(code: $0, position: place) }
            #expect(
                try client.call(WarehouseWrite(id: .random(), warehouses: rows)).outcome
                    == .accepted
            )
        }
        let rows = (0..<count).flatMap { sku in
            codes.map { StockWrite.Row(sku: "S\(sku)", warehouse: $0, units: 3) }
        }
        for start in stride(from: 0, to: rows.count, by: Limits.rowsPerRequestMax) {
            let end = min(start + Limits.rowsPerRequestMax, rows.count)
            let write = StockWrite(id: .random(), cause: .imported, rows: Array(rows[start..<end]))
            #expect(try client.call(write).outcome == .accepted)
        }
        return fixture
    }

    @Test func availabilityTellsThousandsOfCellsInTheOrderAsked() async throws {
        let fixture = try await fixture(skus: 300, warehouses: 20)
        let client = try fixture.client()
        let names = (0..<300).reversed().map { "S\($0)" } + ["NOBODY"]
        let report = try client.call(AvailabilityQuery(skus: names)).content(
            AvailabilityReport.self
        )
        #expect(report.skus.count == 301)
        #expect(report.skus.dropLast().allSatisfy { $0.available == 60 && $0.cells.count == 20 })
        #expect(report.skus.last == SKUAvailability(version: 0, cells: []))
        var request = ServerFixture.reserve(2)
        request.lines[0].sku = "S299"
        #expect(try client.call(request).outcome == .accepted)
        for (owner, available) in [(OwnerID?.none, Int64(58)), (request.owner, 60)] {
            let answer = try client.call(AvailabilityQuery(skus: names, owner: owner))
                .content(AvailabilityReport.self)
            #expect(answer.skus.first?.available == available)
        }
        await fixture.end()
    }

    @Test func whatDoesNotFitAFrameIsRefused() async throws {
        let fixture = try await fixture(skus: 10, warehouses: 1_000)
        let client = try fixture.client()
        let few = AvailabilityQuery(skus: (0..<10).map { "S\($0)" })
        #expect(try client.call(few).outcome == .accepted)
        let many = AvailabilityQuery(skus: (0..<64).map { "S\($0 % 10)" })
        #expect(try client.call(many).outcome == .frameTooLarge)
        let more = AvailabilityQuery(skus: (0..<4_096).map { "S\($0 % 10)" })
        #expect(try client.call(more).outcome == .frameTooLarge)
        // Reservations of an owner: as many as fit.
        var request = ServerFixture.reserve(1)
        request.mode = .bestEffort
        request.lines = Array(
            repeating: .init(sku: "S-that-nobody-knows-and-that-has-a-long-name", quantity: 1),
            count: Limits.linesPerReservationMax
        )
        for _ in 0..<30 {
            request.id = .random()
            #expect(try client.call(request).outcome == .accepted)
        }
        let list = try client.call(OwnerShowRequest(request.owner)).content(OwnerReservations.self)
        #expect(list.count == 30)
        #expect((1..<30).contains(list.reservations.count))
        #expect(list.reservations.first?.id == request.id)
        await fixture.end()
    }

    @Test func moreLongReadsThanMayWaitAreRefused() async throws {
        let fixture = try await fixture(skus: 1, warehouses: 1) { $0.waitingReadsMax = 1 }
        let clients = try (0..<16).map { _ in try fixture.client() }
        let deadline = ContinuousClock.now + .seconds(20)
        var seen: Set<Outcome> = []
        while !(seen.contains(.logBusy) && seen.contains(.accepted)),
            ContinuousClock.now < deadline
        {
            for client in clients { try client.send(PlainRequest(.check), correlation: 5) }
            for client in clients {
                let answer = try client.expectAnswer()
                #expect(answer.header.correlation == 5)
                if let outcome = answer.outcome { seen.insert(outcome) }
            }
        }
        #expect(seen == [.accepted, .logBusy])
        let holds = try clients[0].call(StockHoldsRequest(sku: "S0")).content(StockHolds.self)
        #expect(holds == StockHolds(count: 0, held: 0, committed: 0, holds: []))
        await fixture.end()
    }

    private func figure(_ name: String, _ fixture: ServerFixture) -> Int64 {
        fixture.server.statistics()["server_" + name] ?? 0
    }

    @Test func whatNobodyWaitsForAnyMoreIsNotRead() async throws {
        let held = HeldWork()
        let made = Monitor(0)
        let fixture = try await fixture(skus: 1, warehouses: 1) {
            $0.didReadLong = {
                made.withLock { $0 += 1 }
                held.hold()
            }
        }
        let first = try fixture.client()
        try first.send(PlainRequest(.check), correlation: 1)
        #expect(held.waitUntilHeld(1))
        let others = try (0..<4).map { _ in try fixture.client() }
        let last = try fixture.client()
        let frames = figure("frames", fixture)
        for client in others + [last] { try client.send(PlainRequest(.check)) }
        try await waitUntil { figure("frames", fixture) == frames + 5 }
        let connections = figure("connections", fixture)
        for other in others { other.reset() }
        try await waitUntil { figure("connections", fixture) == connections - 4 }
        held.allow(.max)
        #expect(try first.expectAnswer().outcome == .accepted)
        #expect(try last.expectAnswer().outcome == .accepted)
        #expect(made.withLock { $0 } == 2)
        await fixture.end()
    }

    @Test func othersOrderWhileAClientAsksForAllAndReadsNothing() async throws {
        let fixture = try await fixture(skus: 40, warehouses: 100) { $0.eventLoops = 1 }
        let before = try residentBytes()
        let slow = try fixture.connect(receiveBufferBytes: 4_096)
        try slow.greet()
        var questions: [UInt8] = []
        let names = (0..<40).map { "S\($0)" }
        for _ in 0..<20 {
            questions += try AvailabilityQuery(skus: names).encode(correlation: 1)
            questions += try AvailabilityQuery(
                skus: names,
                owner: OwnerID(high: 1, low: 2)
            ).encode(correlation: 1)
            questions += try StockHoldsRequest(sku: "S0").encode(correlation: 1)
            questions += try PlainRequest(.warehouseFill).encode(correlation: 1)
            questions += try StockListRequest().encode(correlation: 1)
        }
        let other = try fixture.client()
        var sent = 0
        for _ in 0..<300 {
            let count = slow.sendWithoutWaiting(questions)
            if count > 0 { sent += count }
            #expect(try other.call(ServerFixture.reserve(1)).outcome == .accepted)
        }
        #expect(sent > questions.count)
        // The watermark of 1 MiB, an answer, a chunk and a frame; the rest is the allocator's.
        let grown = try residentBytes() - before
        #expect(grown < 64 << 20, "resident size grew by \(grown) bytes")
        await fixture.end()
    }

    @Test func aReplaceBehindItsHoldInOneWriteIsCarriedOutInOrder() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let client = try fixture.client()
        var bytes: [UInt8] = []
        var last = ServerFixture.reserve(10)
        bytes += try last.encode(correlation: 0)
        for correlation in 1..<100 as Range<UInt64> {
            var next = ServerFixture.reserve(10)
            next.replaces = last.id
            bytes += try next.encode(correlation: correlation)
            last = next
        }
        bytes += try ReservationChange(
            .commit,
            last.id,
            requestID: .random(),
            items: [ChangeItem(line: 0, quantity: 4)]
        ).encode(correlation: 100)
        bytes += try ReservationChange.release(last.id, requestID: .random())
            .encode(correlation: 101)
        try client.send(bytes)
        for correlation in 0..<102 as Range<UInt64> {
            let answer = try client.expectAnswer()
            #expect(answer.header.correlation == correlation)
            let receipt = try answer.content(ReservationReceipt.self)
            #expect(receipt.didReplace == (correlation > 0))
        }
        let stock = try client.call(StockShowRequest(sku: ServerFixture.sku))
            .content(StockReport.self)
        #expect(stock.cells.first?.figures.reserved == 0)
        #expect(stock.cells.first?.figures.committed == 4)
        await fixture.end()
    }
}

/// Bytes of this process that are in memory.
func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
}
