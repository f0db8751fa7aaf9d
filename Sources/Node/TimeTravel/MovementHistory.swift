internal import Engine
package import Inventory
package import Movements

/// What a history is of.
package enum HistorySubject: Hashable, Sendable {
    /// A SKU, over all warehouses and pools.
    case sku(String)
    /// A reservation.
    case reservation(ReservationID)
    /// A warehouse, over all SKUs and pools.
    case warehouse(WarehouseCode)

    /// What of a state it needs.
    package var needed: PastSubject {
        switch self {
        case .sku(let name): .skus([name])
        case .reservation(let id): .reservation(id)
        case .warehouse: .everything
        }
    }
}

/// A cell before and after a movement.
package struct CellChange: Hashable, Sendable {
    /// The name of the SKU.
    package let sku: String
    /// The warehouse.
    package let warehouse: WarehouseCode
    /// The pool.
    package let pool: PoolName
    /// Its figures before; nil where the movement made it.
    package let before: CellFigures?
    /// Its figures after.
    package let after: CellFigures
}

/// What a movement did to the subject of a history.
package struct HistoryChange: Sendable {
    /// Cells whose figures changed, in the order in which they were made.
    package var cells: [CellChange] = []
    /// The version of the SKU before and after, of a SKU's history; 0 before it was made.
    package var versions: (before: UInt64, after: UInt64) = (0, 0)
    /// The reservation before, of a reservation's history; nil where it isn't known.
    package var reservationBefore: StateReservation?
    /// The reservation after; nil where it was forgotten.
    package var reservationAfter: StateReservation?
    /// The warehouse before, of a warehouse's history; nil where it isn't known.
    package var warehouseBefore: Warehouse?
    /// The warehouse after.
    package var warehouseAfter: Warehouse?
}

/// Tells the movements of a SKU, a reservation or a warehouse with figures before and after.
///
/// Memory beside that of the state: a buffer of a MiB.
/// Isolation: none; one thread has it.
package final class MovementHistory {
    /// The state that the history goes over.
    package let state: PastState
    /// What it is of.
    package let subject: HistorySubject
    private let reservations: ReservationLook

    /// A history that goes on from a state, which holds what its subject needs.
    package init(of subject: HistorySubject, from state: PastState) {
        self.subject = subject
        self.state = state
        reservations = ReservationLook(state.engine)
    }

    /// Hands each movement that concerns the subject to `visit`, up to a moment.
    ///
    /// - Parameters:
    ///   - moment: The moment; nil for the end of the log.
    ///   - visit: Takes the record and what it did; returns false to stop behind it.
    /// - Throws: As ``PastState/advance(to:each:)``.
    package func tell(
        upTo moment: PastMoment?,
        _ visit: (PastRecord, HistoryChange) throws(MovementError) -> Bool
    ) throws(TimeTravelError) {
        try state.advance(to: moment) { (record, apply) throws(MovementError) in
            let change: HistoryChange?
            switch subject {
            case .sku(let name): change = try self.change(ofSKU: name, by: record, apply)
            case .reservation(let id): change = try self.change(of: id, by: record, apply)
            case .warehouse(let code): change = try self.change(in: code, by: record, apply)
            }
            guard let change else { return true }
            return try visit(record, change)
        }
    }

    // MARK: By subject

    private func change(
        ofSKU name: String,
        by record: PastRecord,
        _ apply: () throws(MovementError) -> Void
    ) throws(MovementError) -> HistoryChange? {
        // Only this SKU is in the engine, or will be once it is made.
        let touched = try skus(of: record)
        let before = touched.isEmpty ? nil : state.engine.stock(of: name)
        try apply()
        guard !touched.isEmpty, let after = state.engine.stock(of: name),
            touched.contains(where: { state.engine.skuName($0) == name })
        else { return nil }
        return HistoryChange(
            cells: MovementHistory.changes(before?.cells ?? [], after.cells),
            versions: (before?.version ?? 0, after.version)
        )
    }

    private func change(
        of id: ReservationID,
        by record: PastRecord,
        _ apply: () throws(MovementError) -> Void
    ) throws(MovementError) -> HistoryChange? {
        var isAbout = false
        try MovementReader.forEachTouch(
            of: record.bytes,
            lsn: record.lsn,
            sku: { _ in },
            id: { isAbout = isAbout || $0 == id }
        )
        guard isAbout else {
            try apply()
            return nil
        }
        let before = reservations.reservation(id)
        try apply()
        return HistoryChange(
            reservationBefore: before,
            reservationAfter: reservations.reservation(id)
        )
    }

    private func change(
        in code: WarehouseCode,
        by record: PastRecord,
        _ apply: () throws(MovementError) -> Void
    ) throws(MovementError) -> HistoryChange? {
        let engine = state.engine
        let touched = try skus(of: record)
        var before: [UInt32: [CellReport]] = [:]
        for sku in touched { before[sku] = cells(of: sku, in: code) }
        let isOfWarehouses = record.header.kind == .warehousesChanged
        let warehouseBefore = isOfWarehouses ? warehouse(code) : nil
        try apply()
        var change = HistoryChange()
        for sku in touched {
            change.cells += MovementHistory.changes(before[sku] ?? [], cells(of: sku, in: code))
        }
        if isOfWarehouses,
            let after = engine.network.number(of: code).map({ _ in warehouse(code) }),
            after != warehouseBefore
        {
            change.warehouseBefore = warehouseBefore
            change.warehouseAfter = after
        }
        return change.cells.isEmpty && change.warehouseAfter == nil ? nil : change
    }

    // MARK: What is there

    /// The numbers of the SKUs that a record names, each once, in its order.
    private func skus(of record: PastRecord) throws(MovementError) -> [UInt32] {
        var numbers: [UInt32] = []
        var known: Set<UInt32> = []
        try MovementReader.forEachTouch(
            of: record.bytes,
            lsn: record.lsn,
            sku: { if known.insert($0).inserted { numbers.append($0) } },
            id: { _ in }
        )
        return numbers
    }

    private func cells(of sku: UInt32, in code: WarehouseCode) -> [CellReport] {
        let name = state.engine.skuName(sku)
        if name.isEmpty { return [] }
        return state.engine.stock(of: name)?.cells.filter { $0.warehouse == code } ?? []
    }

    private func warehouse(_ code: WarehouseCode) -> Warehouse? {
        state.engine.warehouses().first { $0.code == code }
    }

    /// The cells that differ; a cell never goes.
    private static func changes(_ before: [CellReport], _ after: [CellReport]) -> [CellChange] {
        after.compactMap { cell in
            let old = before.first { $0.warehouse == cell.warehouse && $0.pool == cell.pool }
            if old?.figures == cell.figures { return nil }
            return CellChange(
                sku: cell.sku,
                warehouse: cell.warehouse,
                pool: cell.pool,
                before: old?.figures,
                after: cell.figures
            )
        }
    }
}
