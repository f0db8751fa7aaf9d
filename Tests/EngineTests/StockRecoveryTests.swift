import Engine
import Inventory
import Movements
import Support
import Testing

@Suite struct StockRecoveryTests {
    /// Where fields of the stock record of `record()` stand.
    private enum Offset {
        static let poolNumber = 88
        static let poolName = 96
        static let warehouse = 116
        static let pool = 118
        static let onHand = 120
        static let flags = 132
    }

    /// A log with the record of a warehouse, and one with that of a SKU in a new pool.
    private func record() -> (before: [UInt8], record: [UInt8]) {
        let shop = ReserveShop()
        shop.setWarehouses(["A"])
        let before = shop.harness.log
        var command = StockCommand(
            id: shop.newID(),
            cause: .received,
            rows: [ReserveShop.row("shirt", "A", "flash", 5)]
        )
        command.reason = "why"
        #expect(shop.write(.stock(command)).outcome == .accepted)
        return (before, Array(shop.harness.log[before.count...]))
    }

    private func applied(_ log: [UInt8]) throws(MovementError) -> Engine {
        let ring = MovementRing(capacityBytes: 1 << 22, startLSN: 0)
        let engine = Engine(settings: EngineSettings(hashKey: 3), ring: ring)
        let result = log.withUnsafeBytes { bytes -> Result<Int, MovementError> in
            do throws(MovementError) {
                return .success(try EngineHarness.apply(bytes, to: engine, from: 0))
            } catch {
                return .failure(error)
            }
        }
        _ = try result.get()
        return engine
    }

    @Test func theRecordStandsAsItsLayoutSays() throws {
        let (before, record) = record()
        #expect(record.count == 144)
        #expect(record[4] == 1)
        #expect(record[76..<79] == [1, 0, 3])
        #expect(Array(record[80..<88]) == Array("why".utf8) + [0, 0, 0, 0, 0])
        #expect(record[Offset.poolNumber] == 1)
        #expect(Array(record[Offset.poolName...].prefix(5)) == Array("flash".utf8))
        #expect(record[Offset.pool] == 1)
        #expect(record[Offset.onHand] == 5)
        #expect(record[Offset.flags] == 0b111)
        let engine = try applied(before + record)
        #expect(engine.stock(of: "shirt")?.cells.map(\.figures.onHand) == [5])
    }

    @Test(arguments: [
        (Offset.poolNumber, UInt8(2), "makes pool"), (Offset.poolNumber, 0, "makes pool"),
        (Offset.pool, 2, "names pool 2, never made"),
        (Offset.warehouse, 1, "names warehouse 1, never made"),
        (Offset.flags, 0b011, "never made"), (Offset.flags, 0b101, "never made"),
        (Offset.onHand + 3, 0x80, "brings a figure of a cell to"),
    ])
    func aRecordThatContradictsTheStateIsRefused(
        offset: Int,
        byte: UInt8,
        reason: String
    ) throws {
        var (before, record) = record()
        record[offset] = byte
        let log = before + record
        let error = #expect(throws: MovementError.self) { _ = try applied(log) }
        #expect(error?.lsn == UInt64(before.count))
        #expect(error?.reason.contains(reason) == true, "\(error as Any)")
    }

    @Test func aPoolOrASKUIsMadeOnceOnly() throws {
        let (before, record) = record()
        let error = #expect(throws: MovementError.self) {
            _ = try applied(before + record + record)
        }
        #expect(error?.reason.contains("makes pool") == true)
        let shop = ReserveShop()
        let rows = [SKUWeight(sku: "cup", weightGrams: 3)]
        _ = shop.write(.skus(SKUsCommand(id: shop.newID(), rows: rows)))
        let log = shop.harness.log
        let again = #expect(throws: MovementError.self) { _ = try applied(log + log) }
        #expect(again?.reason.contains("a second time") == true)
    }

    @Test func aNameOfAClientHasTheNextNumber() throws {
        let shop = ReserveShop()
        _ = shop.harness.perform(TimedCommand(.actor("shop"), now: shop.now))
        var log = shop.harness.log
        #expect(try applied(log).actorName(1) == "shop")
        log[6] = 2
        let error = #expect(throws: MovementError.self) { _ = try applied(log) }
        #expect(error?.reason.contains("names shop as actor 2") == true)
    }
}
