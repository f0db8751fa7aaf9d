import Engine
import Inventory
import Support
import Testing

@Suite struct ReserveLimitTests {
    @Test func largestReservationOfLinesIsHeldAndReplayed() throws {
        let shop = ReserveShop(stripes: 64)
        shop.setWarehouses(["A"])
        let count = Limits.linesPerReservationMax
        for start in stride(from: 0, to: count, by: 1_024) {
            let rows = (start..<start + 1_024).map { index in
                CommandRow(
                    sku: Array("sku-\(index)".utf8),
                    warehouse: ReserveShop.code("A"),
                    onHand: 2
                )
            }
            let write = StockCommand(id: shop.newID(), cause: .imported, rows: rows)
            #expect(shop.write(.stock(write)).outcome == .accepted)
        }
        let lines = (0..<count).map { ReserveShop.line("sku-\(count - 1 - $0)", 2) }
        let command = shop.command(lines)
        let reply = shop.perform(.reserve(command))
        #expect(reply.outcome == .accepted)
        #expect(reply.shares.count == count)
        try shop.expectSound()
        #expect(shop.perform(.release(command.id, requestID: shop.newID())).state == .released)
        #expect(shop.available("sku-7") == ["A": 2])
        try shop.expectSound()
    }

    @Test func mostSharesAreServedAndOneMoreIsRefused() throws {
        // 64 warehouses with few units each: a line of 64 units has 64 shares.
        let shop = ReserveShop(stripes: 16)
        let codes = (0..<64).map { "W\($0)" }
        shop.setWarehouses(codes)
        let skuCount = Limits.sharesPerReservationMax / codes.count
        for index in 0...skuCount {
            let rows = codes.map {
                CommandRow(sku: Array("s\(index)".utf8), warehouse: ReserveShop.code($0), onHand: 1)
            }
            _ = shop.write(.stock(StockCommand(id: shop.newID(), cause: .imported, rows: rows)))
        }
        let lines = (0..<skuCount).map { ReserveShop.line("s\($0)", 64) }
        let tooMany = lines + [ReserveShop.line("s\(skuCount)", 1)]
        for mode in ReserveMode.allCases {
            let refused = shop.perform(.reserve(shop.command(tooMany, mode: mode)))
            #expect(refused.outcome == .tooManyShares)
        }
        let reply = shop.perform(.reserve(shop.command(lines)))
        #expect(reply.outcome == .accepted)
        #expect(reply.shares.count == Limits.sharesPerReservationMax)
        try shop.expectSound()
    }

    @Test func fullTableRefusesAndNeverForgetsEarly() throws {
        let shop = ReserveShop(stripes: 1) { $0.reservationsMax = 64 }
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 1_000])
        var accepted: [ReserveCommand] = []
        var refused: ReserveCommand?
        for _ in 0..<80 where refused == nil {
            let command = shop.command([ReserveShop.line("shirt", 1)], timeToLive: 1_000)
            let reply = shop.perform(.reserve(command))
            if reply.outcome == .accepted {
                accepted.append(command)
            } else {
                #expect(reply == ReservationReply(.tooManyReservations))
                refused = command
            }
        }
        let late = try #require(refused)
        #expect(shop.available("shirt") == ["A": Int64(1_000 - accepted.count)])
        #expect(shop.stock("shirt", ["A": 5]).outcome == .tooManyReservations)
        // What is remembered is answered all the same.
        for command in accepted { #expect(shop.perform(.reserve(command)).isRepeated) }
        try shop.expectSound()
        // Once ids are forgotten there is room again.
        shop.now = shop.now.advanced(byMilliseconds: 1_000)
        #expect(shop.sweep().expired == accepted.count)
        #expect(shop.perform(.reserve(late)).outcome == .tooManyReservations)
        shop.now = shop.now.advanced(
            byMilliseconds: shop.settings.closedRetentionMilliseconds
        )
        #expect(shop.sweep().forgotten == accepted.count)
        #expect(shop.perform(.reserve(late)).outcome == .accepted)
        try shop.expectSound()
    }

    @Test func idsMadeOfZerosAndOnesAreIdsLikeOthers() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        shop.stock("shirt", ["A": 1_000])
        let words: [UInt64] = [0, 1, .max, 1 << 63]
        var commands: [ReserveCommand] = []
        for high in words {
            for low in words {
                var command = shop.command([ReserveShop.line("shirt", 1)])
                command.id = RequestID(high: high, low: low)
                #expect(shop.perform(.show(command.id)).outcome == .unknownReservation)
                let reply = shop.perform(.reserve(command))
                #expect(reply.outcome == .accepted)
                #expect(!reply.isRepeated)
                commands.append(command)
            }
        }
        try shop.restart()
        for command in commands {
            #expect(shop.perform(.reserve(command)).isRepeated)
            let reply = shop.perform(.release(command.id, requestID: RequestID(high: 0, low: 0)))
            #expect(reply.outcome == .accepted)
        }
        #expect(shop.available("shirt") == ["A": 1_000])
        try shop.expectSound()
    }

    @Test func orderOfABillionUnitsIsServedFromManyCells() throws {
        let shop = ReserveShop()
        shop.setWarehouses(["A", "B", "C"])
        shop.stock("sand", ["A": 400_000_000, "B": 400_000_000, "C": 200_000_000])
        let command = shop.command([ReserveShop.line("sand", Limits.unitsPerLineMax)])
        let reply = shop.perform(.reserve(command))
        #expect(text(of: 0, in: reply) == "A:400000000 B:400000000 C:200000000")
        shop.stock("sand", ["C": Limits.unitsPerCellMax], cause: .imported)
        let more = shop.command(
            (0..<3).map { _ in ReserveShop.line("sand", Limits.unitsPerLineMax) },
            mode: .bestEffort
        )
        let got = shop.perform(.reserve(more)).lines.map { Int64($0.reserved) }.reduce(0, +)
        #expect(got == Limits.unitsPerCellMax - 200_000_000)
        #expect(shop.available("sand") == ["A": 0, "B": 0, "C": 0])
        try shop.expectSound()
    }
}
