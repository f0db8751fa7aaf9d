import Engine
import Inventory
import Journal
import Movements
import Node
import Storage
import Support
import Testing

@testable import holdfast

/// A data directory whose log is the same at every run: a node on the real disk, in steps, with
/// made-up time and randomness.
final class PastBooks {
    let folder = TemporaryDirectory()
    let clock: SimulatedClock
    let node: Node
    private let runner: CommandRunner
    private var requests: UInt64 = 0

    /// An empty data directory at 2026-03-01T08:00:00Z.
    init(segmentSizeBytes: Int = 262_144) throws {
        clock = SimulatedClock(wallMilliseconds: 1_772_352_000_000)
        var settings = NodeSettings(dataDirectory: folder.path + "/data")
        settings.segmentSizeBytes = segmentSizeBytes
        settings.batchSizeBytes = 65_536
        settings.snapshotLogBytes = nil
        settings.snapshotIntervalMilliseconds = nil
        settings.snapshotCountMax = 1_000
        node = try Node.open(
            settings: settings,
            disk: LinuxDisk(),
            clock: clock,
            entropy: SimulatedEntropy(seed: 3),
            isStepped: true,
            note: { _ in },
            onFailure: { _ in }
        )
        runner = CommandRunner(engine: node.engine)
    }

    deinit { folder.remove() }

    /// The data directory.
    var path: String { folder.path + "/data" }

    /// The next request id, counted from 1.
    func nextID() -> RequestID {
        requests += 1
        return RequestID(high: 0, low: requests)
    }

    /// Carries a command out `seconds` after the one before, and makes it durable.
    @discardableResult
    func run(_ command: Command, after seconds: Int64 = 60) throws -> CommandReply {
        clock.advance(milliseconds: seconds * 1_000)
        let credit = runner.creditBytes(of: command)
        try #require(runner.session.takeCredit(credit))
        defer { runner.session.returnCredit() }
        let reply = runner.run(command, now: node.now())
        runner.session.returnCredit()
        _ = node.step()
        return reply
    }

    /// Takes a snapshot.
    func takeSnapshot() {
        _ = node.startSnapshot()
        _ = node.step()
    }

    /// Changes stock.
    func stock(
        _ cause: StockCause,
        _ rows: [(sku: String, place: String, units: Int64)],
        reason: String = ""
    ) throws {
        var command = StockCommand(
            id: nextID(),
            cause: cause,
            rows: try rows.map { row in
                let parts = row.place.split(separator: "/")
                var result = CommandRow(
                    sku: Array(row.sku.utf8),
                    warehouse: try #require(WarehouseCode(String(parts[0]))),
                    onHand: row.units
                )
                if parts.count > 1 { result.pool = try #require(PoolName(String(parts[1]))) }
                return result
            }
        )
        command.reason = reason
        let reply = try run(.stock(command))
        #expect(reply.outcome == .accepted)
    }

    /// Two warehouses, stock, a hold, a snapshot in between, and what became of all that.
    static func told() throws -> PastBooks {
        let books = try PastBooks()
        let position = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        let warehouses = try ["A", "B"].map {
            Warehouse(code: try #require(WarehouseCode($0)), city: "", position: position)
        }
        let made = WarehousesCommand(id: books.nextID(), warehouses: warehouses)
        #expect(try books.run(.warehouses(made)).outcome == .accepted)
        try books.stock(.received, [("MUG", "A", 10), ("MUG", "B", 5), ("JUG", "B", 7)])
        try books.stock(.transferred, [("MUG", "B", -2), ("MUG", "B/flash", 2)])
        var line = ReserveLine(sku: Array("MUG".utf8), quantity: 3)
        line.warehouse = try #require(WarehouseCode("A"))
        let other = ReserveLine(sku: Array("JUG".utf8), quantity: 9)
        var hold = ReserveCommand(id: books.nextID(), lines: [line, other])
        hold.mode = .bestEffort
        #expect(try books.run(.reserve(hold)).outcome == .accepted)
        books.takeSnapshot()
        let part = ChangeRequest(
            reservation: hold.id,
            id: books.nextID(),
            digest: 1,
            kind: .commit,
            items: [ChangeItem(line: 0, quantity: 2)]
        )
        #expect(try books.run(.change(part)).outcome == .accepted)
        let leaves = ChangeRequest(
            reservation: hold.id,
            id: books.nextID(),
            digest: 2,
            kind: .fulfil,
            items: [ChangeItem(line: 0, quantity: 1)]
        )
        #expect(try books.run(.change(leaves)).outcome == .accepted)
        try books.stock(.counted, [("JUG", "B", 8)], reason: "shelf 4")
        let closes = WarehouseStateCommand(
            id: books.nextID(),
            code: try #require(WarehouseCode("B")),
            state: .draining
        )
        #expect(try books.run(.warehouseState(closes)).outcome == .accepted)
        // The rest of the hold runs out of time.
        _ = try books.run(.sweep, after: 900)
        return books
    }
}
