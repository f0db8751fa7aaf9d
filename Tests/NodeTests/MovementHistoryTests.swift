import Engine
import Inventory
import Movements
import Storage
import Support
import Testing

@testable import Node

/// Histories of SKUs, reservations and warehouses.
struct MovementHistoryTests {
    private struct Step {
        let lsn: UInt64
        let kind: MovementKind
        let change: HistoryChange
    }

    /// Tells a history from a moment on, and what the state is at its end.
    private func history(
        of subject: HistorySubject,
        on disk: SimulatedDisk,
        from moment: PastMoment? = nil
    ) throws -> (steps: [Step], state: PastState) {
        let sources = PastSources("data", disk: disk)
        let state = try PastState.load(sources, before: moment, subject.needed, orOldest: true)
        try state.advance(to: moment ?? .lsn(0))
        var steps: [Step] = []
        let history = MovementHistory(of: subject, from: state)
        try history.tell(upTo: nil) { (record, change) in
            steps.append(Step(lsn: record.lsn, kind: record.header.kind, change: change))
            return true
        }
        return (steps, state)
    }

    private struct Place: Hashable {
        let sku: String
        let warehouse: WarehouseCode
        let pool: PoolName
    }

    /// The figures of all cells that steps tell of, each step beginning where the one before ended.
    private func figures(_ steps: [Step]) -> [Place: CellFigures] {
        var figures: [Place: CellFigures] = [:]
        for step in steps {
            for cell in step.change.cells {
                let place = Place(sku: cell.sku, warehouse: cell.warehouse, pool: cell.pool)
                #expect(figures[place] == cell.before, "LSN \(step.lsn)")
                figures[place] = cell.after
            }
        }
        return figures
    }

    @Test(arguments: UInt64(51)...53)
    func aSKUsFiguresGoFromMovementToMovement(seed: UInt64) throws {
        let disk = SimulatedDisk()
        let past = try PastRun(on: disk, seed: seed, commands: 900, snapshotEvery: 200)
        for sku in Set(past.known.suffix(20).map(\.sku)) {
            let (steps, state) = try history(of: .sku(sku), on: disk)
            let stock = try #require(state.engine.stock(of: sku))
            let told = figures(steps)
            #expect(told.count == stock.cells.count)
            for cell in stock.cells {
                let place = Place(sku: sku, warehouse: cell.warehouse, pool: cell.pool)
                #expect(told[place] == cell.figures)
            }
            var version: UInt64 = 0
            for step in steps {
                #expect(step.change.versions.before == version)
                version = step.change.versions.after
            }
            #expect(version == stock.version)
            // From a snapshot on it is the same, without what came before.
            let from = try #require(past.snapshots.last)
            let later = try history(of: .sku(sku), on: disk, from: .lsn(from)).steps
            #expect(later.map(\.lsn) == steps.map(\.lsn).filter { $0 >= from })
            #expect(later.last?.change.cells == (later.isEmpty ? nil : steps.last?.change.cells))
        }
    }

    @Test func aWarehousesFiguresGoFromMovementToMovement() throws {
        let disk = SimulatedDisk()
        _ = try PastRun(on: disk, seed: 54, commands: 900, snapshotEvery: 200)
        let whole = try PastState.load(PastSources("data", disk: disk), before: .lsn(8))
        try whole.advance(to: nil)
        for warehouse in whole.engine.warehouses().prefix(3) {
            let (steps, _) = try history(of: .warehouse(warehouse.code), on: disk)
            let told = figures(steps)
            for (place, figures) in told {
                #expect(place.warehouse == warehouse.code)
                let cell = whole.engine.stock(of: place.sku)?.cells.first {
                    $0.warehouse == place.warehouse && $0.pool == place.pool
                }
                #expect(cell?.figures == figures)
            }
            #expect(
                steps.last { $0.change.warehouseAfter != nil }?.change.warehouseAfter == warehouse
            )
        }
    }

    @Test(arguments: UInt64(55)...57)
    func aReservationsLifeIsToldStepByStep(seed: UInt64) throws {
        let disk = SimulatedDisk()
        let past = try PastRun(on: disk, seed: seed, commands: 900, snapshotEvery: 200)
        var seen: Set<MovementKind> = []
        for id in past.reservations.suffix(40) {
            let (steps, state) = try history(of: .reservation(id), on: disk)
            var last: StateReservation?
            for step in steps {
                seen.insert(step.kind)
                #expect(step.change.reservationBefore == last, "\(id) at LSN \(step.lsn)")
                last = step.change.reservationAfter
                if let last {
                    for line in last.lines {
                        let name = state.engine.skuName(line.sku ?? .max)
                        #expect(line.sku == nil || !name.isEmpty)
                    }
                }
            }
            #expect(steps.first?.kind == .reserved || steps.first?.kind == .replaced)
            // From a snapshot on: what came before isn't told, the names are known all the same.
            let from = try #require(past.snapshots.last)
            let later = try history(of: .reservation(id), on: disk, from: .lsn(from))
            #expect(later.steps.map(\.lsn) == steps.map(\.lsn).filter { $0 >= from })
            if let before = later.steps.first?.change.reservationBefore {
                for line in before.lines where line.sku != nil {
                    #expect(!later.state.engine.skuName(line.sku ?? 0).isEmpty)
                }
            }
        }
        #expect(seen.count > 3)
    }
}
