import Engine
import Inventory
import Support
import Testing

/// A small shop on an engine of its own: what the tests of single claims stand on.
///
/// Warehouses lie on the equator, `A` at 0° and each next one a degree further east, so that the
/// distance to longitude 0 orders them.
final class ReserveShop {
    var harness: EngineHarness
    var settings: EngineSettings
    var now = Instant(milliseconds: 1_750_000_000_000)
    private var idCount: UInt64 = 0

    init(stripes: Int = 4, _ change: (inout EngineSettings) -> Void = { _ in }) {
        settings = EngineSettings(hashKey: 0x5EED)
        settings.stockStripes = stripes
        settings.reservationStripes = stripes
        change(&settings)
        harness = EngineHarness(settings: settings)
    }

    func newID() -> RequestID {
        idCount += 1
        return RequestID(high: 0xABCD, low: idCount)
    }

    static func code(_ text: String) -> WarehouseCode { WarehouseCode(text) ?? .none }

    /// Starts another engine from the log.
    func restart() throws {
        settings.hashKey &+= 1
        harness = try harness.restarted(settings: settings)
    }

    @discardableResult
    func setWarehouses(
        _ codes: [String],
        state: WarehouseState = .online
    ) -> WriteAnswer {
        let warehouses = codes.map { text in
            Warehouse(
                code: ReserveShop.code(text),
                position: Position(
                    latitudeMicrodegrees: 0,
                    longitudeMicrodegrees: Int32(text.utf8.first ?? 0x41) * 1_000_000 - 65_000_000
                ),
                state: state
            )
        }
        return write(.warehouses(WarehousesCommand(id: newID(), warehouses: warehouses)))
    }

    @discardableResult
    func stock(
        _ sku: String,
        _ figures: KeyValuePairs<String, Int64>,
        cause: StockCause = .imported,
        safety: Int64? = nil
    ) -> WriteAnswer {
        let rows = figures.map { code, units in
            CommandRow(
                sku: Array(sku.utf8),
                warehouse: ReserveShop.code(code),
                onHand: units,
                safetyStock: safety
            )
        }
        return write(.stock(StockCommand(id: newID(), cause: cause, rows: rows)))
    }

    static func row(
        _ sku: String,
        _ warehouse: String,
        _ pool: String,
        _ units: Int64
    ) -> CommandRow {
        var row = CommandRow(sku: Array(sku.utf8), warehouse: code(warehouse), onHand: units)
        row.pool = pool.isEmpty ? .default : PoolName(pool) ?? .default
        return row
    }

    /// Writes rows of SKU, warehouse, pool (empty: `default`) and units.
    @discardableResult
    func rows(_ cause: StockCause, _ rows: [(String, String, String, Int64)]) -> WriteAnswer {
        write(cause, rows.map { ReserveShop.row($0.0, $0.1, $0.2, $0.3) })
    }

    @discardableResult
    func write(_ cause: StockCause, _ rows: [CommandRow]) -> WriteAnswer {
        write(.stock(StockCommand(id: newID(), cause: cause, rows: rows)))
    }

    func write(_ command: Command) -> WriteAnswer {
        guard case .write(let answer) = harness.perform(TimedCommand(command, now: now)) else {
            preconditionFailure("a write is answered as one")
        }
        return answer
    }

    func perform(_ command: Command) -> ReservationReply {
        guard case .reservation(let reply) = harness.perform(TimedCommand(command, now: now))
        else { preconditionFailure("a reservation is answered as one") }
        return reply
    }

    /// A line of `quantity` units, from `warehouse` only where that is named.
    static func line(_ sku: String, _ quantity: UInt32, at warehouse: String? = nil) -> ReserveLine
    {
        ReserveLine(
            sku: Array(sku.utf8),
            quantity: quantity,
            warehouse: warehouse.map { code($0) } ?? .none
        )
    }

    func command(
        _ lines: [ReserveLine],
        mode: ReserveMode = .allOrNothing,
        timeToLive: UInt32 = 0
    ) -> ReserveCommand {
        var command = ReserveCommand(id: newID(), lines: lines)
        command.mode = mode
        command.timeToLiveMilliseconds = timeToLive
        command.owner = OwnerID(high: 7, low: 8)
        let place = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        command.destination = Destination(position: place)
        return command
    }

    func sweep(limit: Int = 64) -> (expired: Int, forgotten: Int) {
        let command = TimedCommand(.sweep, now: now)
        guard case .swept(let expired, let forgotten) = harness.perform(command, sweepLimit: limit)
        else { preconditionFailure("a sweep is answered as one") }
        return (expired, forgotten)
    }

    /// Units available in each warehouse, as the engine reports them.
    func available(_ sku: String) -> [String: Int64] {
        var found: [String: Int64] = [:]
        for report in harness.engine.stock(of: sku)?.cells ?? [] {
            found[report.warehouse.description] = report.figures.available
        }
        return found
    }

    /// Units on hand in each cell: `A` in the pool `default`, `A/flash` in another.
    func onHand(_ sku: String) -> [String: Int64] {
        var found: [String: Int64] = [:]
        for report in harness.engine.stock(of: sku)?.cells ?? [] {
            let pool = report.pool == .default ? "" : "/\(report.pool)"
            found[report.warehouse.description + pool] = report.figures.onHand
        }
        return found
    }

    func version(_ sku: String) -> UInt64? { harness.engine.stock(of: sku)?.version }

    /// Fails unless the invariants hold and a restart gives the same state.
    func expectSound() throws {
        let report = harness.engine.check()
        #expect(report.violations == [])
        var other = settings
        other.stockStripes = 32
        other.reservationStripes = 1
        other.hashKey = 99
        let restarted = try harness.restarted(settings: other)
        #expect(restarted.engine.stateHash() == report.stateHash)
        #expect(restarted.engine.check().violations == [])
    }
}

/// What a line got, in words: `A:2 B:1`.
func text(of line: Int, in reply: ReservationReply) -> String {
    let result = reply.lines[line]
    let start = Int(result.shareStart)
    return reply.shares[start..<start + Int(result.shareCount)]
        .map { "\($0.warehouse):\($0.quantity)" }.joined(separator: " ")
}
