import Engine
import Inventory
import Journal
import Movements
import Storage
import Support
import Testing

@testable import Node

struct NodeTests {
    private let warehouse = WarehouseCode("BER")

    private func stock(_ worker: NodeWorker, units: Int64) throws {
        let code = try #require(warehouse)
        let position = try #require(Position(latitude: 52.5, longitude: 13.4))
        let warehouses = WarehousesCommand(
            id: RequestID(high: 1, low: 1),
            warehouses: [Warehouse(code: code, city: "Berlin", position: position)]
        )
        #expect(worker.run(.warehouses(warehouses)).outcome == .accepted)
        let rows = [CommandRow(sku: Array("bolt".utf8), warehouse: code, onHand: units)]
        let stock = StockCommand(id: RequestID(high: 1, low: 2), cause: .received, rows: rows)
        #expect(worker.run(.stock(stock)).outcome == .accepted)
    }

    private func hold(id: UInt64, units: UInt32, timeToLiveMilliseconds: UInt32) -> Command {
        var command = ReserveCommand(
            id: ReservationID(high: 2, low: id),
            lines: [ReserveLine(sku: Array("bolt".utf8), quantity: units)]
        )
        command.timeToLiveMilliseconds = timeToLiveMilliseconds
        return .reserve(command)
    }

    @Test func aDirectoryIsOpenedByOneNodeOnly() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let settings = smallSettings(directory.path)
        func open() throws(NodeError) -> Node {
            try Node.open(
                settings: settings,
                disk: LinuxDisk(),
                clock: LinuxClock(),
                entropy: LinuxEntropy(),
                note: { _ in }
            )
        }
        let node = try open()
        let error = #expect(throws: NodeError.self) { _ = try open() }
        #expect(error?.code == .locked)
        #expect(error?.description.contains("\(directory.path) is in use") == true)
        node.close()
        node.close()
        #expect(node.acceptsChanges == .shuttingDown)
        try open().close()
    }

    @Test func expiredHoldsAreSweptAndLoggedByTheNodeItself() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let settings = smallSettings(directory.path)
        let node = try Node.open(
            settings: settings,
            disk: LinuxDisk(),
            clock: LinuxClock(),
            entropy: LinuxEntropy(),
            note: { _ in }
        )
        let worker = NodeWorker(node)
        try stock(worker, units: 1_000)
        for id in UInt64(1)...200 {
            let reply = worker.run(hold(id: id, units: 5, timeToLiveMilliseconds: 1))
            #expect(reply.outcome == .accepted || reply.outcome == .insufficientStock)
        }
        // Each publication may be the one behind which all holds have expired.
        let published = Monitor<UInt64>(0)
        node.journal.setDurableListener { lsn in published.notifying { $0 = lsn } }
        for _ in 0..<10_000 {
            let figures = node.engine.stock(of: "bolt")?.cells.first?.figures
            if figures?.reserved == 0 { break }
            let seen = published.withLock { $0 }
            published.wait(timeoutMilliseconds: 10) { $0 > seen }
        }
        #expect(node.engine.stock(of: "bolt")?.cells.first?.figures.reserved == 0)
        let hash = node.engine.stateHash()
        node.close()
        let again = try Node.open(
            settings: settings,
            disk: LinuxDisk(),
            clock: LinuxClock(),
            entropy: LinuxEntropy(),
            note: { _ in }
        )
        #expect(again.engine.stateHash() == hash)
        #expect(again.recovery.isClean)
        again.close()
    }

    @Test func aFullDiskRefusesChangesUntilThereIsRoom() throws {
        let disk = SimulatedDisk(capacityBytes: 300_000)
        let clock = SimulatedClock()
        let node = try openStepped(disk, clock: clock)
        let worker = NodeWorker(node)
        #expect(node.acceptsChanges == nil)
        try stock(worker, units: 1_000)
        _ = node.step()
        #expect(node.acceptsChanges == .readOnlyDiskFull)
        // What was applied is written all the same, and read.
        #expect(node.journal.durableLSN == node.ring.tail)
        #expect(node.engine.stock(of: "bolt")?.cells.count == 1)
        disk.setCapacity(bytes: .max)
        _ = node.step()
        #expect(node.acceptsChanges == nil)
        node.close()
    }
}
