internal import Inventory

/// A row of a stock change and what it finds.
private struct RowPlace {
    /// Index of the row.
    var index: Int
    /// Number of the SKU, if it is known.
    var number: UInt32?
    /// The version of the SKU; 0 for an unknown one.
    var version: UInt64 = 0
    /// Number of the warehouse.
    var warehouse: UInt16
    /// Number of the pool, if it is known.
    var pool: UInt16?
    /// Index of the cell, if there is one.
    var cell: Int?
    /// The figures of the cell; for a count the sums over all pools in the warehouse.
    var figures = CellFigures.zero
}

// What a stock change will do, worked out under the locks of all its stripes.
extension Engine {
    /// Works out what each row does.
    /// - Returns: The refusal of the first row that can't be done.
    func planRows(
        _ request: StockRequest,
        _ plan: inout StockPlan,
        _ session: EngineSession
    ) -> WriteAnswer? {
        let work = unsafe session.workspace
        // Each row is a cell, and may make a SKU as well.
        let things = unsafe request.cause.makesSKUs ? 2 : 1
        unsafe work.pointee.distinct.clear(expecting: things * request.rows.count)
        defer { unsafe work.pointee.distinct.clear(expecting: 0) }
        for index in unsafe request.rows.indices {
            if let refusal = unsafe planRow(index, request, &plan, session) { return refusal }
        }
        return nil
    }

    private func planRow(
        _ index: Int,
        _ request: StockRequest,
        _ plan: inout StockPlan,
        _ session: EngineSession
    ) -> WriteAnswer? {
        let row = unsafe request.rows[index]
        guard unsafe row.sku.isValid else {
            return WriteAnswer(.invalidSKU, refusedRow: Int32(index))
        }
        guard let warehouse = unsafe session.network.number(of: row.warehouse) else {
            return WriteAnswer(.unknownWarehouse, refusedRow: Int32(index))
        }
        let place = unsafe place(of: index, request, warehouse, session.network)
        if let expected = unsafe row.expectedVersion, expected != place.version {
            var answer = WriteAnswer(.versionConflict, refusedRow: Int32(index))
            answer.conflict = VersionConflict(version: place.version, figures: place.figures)
            return answer
        }
        let outcome =
            unsafe refusal(of: place, request, session)
            ?? planChanges(
                place,
                request,
                &plan,
                session
            )
        return outcome.map { WriteAnswer($0, refusedRow: Int32(index)) }
    }

    /// Finds the SKU and the cell of a row.
    private func place(
        of index: Int,
        _ request: StockRequest,
        _ warehouse: UInt16,
        _ network: Network
    ) -> RowPlace {
        let row = unsafe request.rows[index]
        var place = unsafe RowPlace(
            index: index,
            warehouse: warehouse,
            pool: network.poolNumber(of: row.pool)
        )
        guard let number = unsafe find(row.sku, hash: row.hash) else { return place }
        let entry = directory.entry(number)
        place.number = number
        place.version = entry.version
        place.cell = place.pool.flatMap { entry.cellIndex(warehouse: warehouse, pool: $0) }
        if unsafe request.cause == .counted {
            place.figures = sum(of: entry, in: warehouse)
        } else if let cell = place.cell {
            place.figures = entry.cell(cell).figures
        }
        return place
    }

    /// The sums over all pools of a SKU in a warehouse.
    func sum(of entry: StockEntry, in warehouse: UInt16) -> CellFigures {
        var sum = CellFigures.zero
        for index in 0..<entry.cellCount where entry.cell(index).warehouse == warehouse {
            sum.add(entry.cell(index).figures)
        }
        return sum
    }

    // MARK: Refusals

    /// Why a row can't be done, whatever its figures come to.
    private func refusal(
        of place: RowPlace,
        _ request: StockRequest,
        _ session: EngineSession
    ) -> Outcome? {
        let row = unsafe request.rows[place.index]
        if unsafe row.pool != .default, unsafe !row.pool.isProper || request.cause == .counted {
            return .invalidPool
        }
        if let missing = unsafe missing(place, request.cause) { return missing }
        guard unsafe isFirstOfItsCell(place.index, request, session) else {
            return .invalidQuantity
        }
        let isInRange = unsafe row.onHand.magnitude <= UInt64(Limits.unitsPerCellMax) * 2
        guard isInRange, unsafe isAllowed(place.index, request) else { return .invalidQuantity }
        return nil
    }

    /// What has to be there for a cause and isn't.
    private func missing(_ place: RowPlace, _ cause: StockCause) -> Outcome? {
        if cause.makesSKUs { return nil }
        if place.number == nil { return .unknownSKU }
        if cause == .counted { return nil }
        if cause == .transferred, place.index % 2 == 1 { return nil }
        if place.pool == nil { return .unknownPool }
        return place.cell == nil ? .unknownCell : nil
    }

    /// Notes the cell of a row; of two rows of one cell the second isn't the first.
    private func isFirstOfItsCell(
        _ index: Int,
        _ request: StockRequest,
        _ session: EngineSession
    ) -> Bool {
        let row = unsafe request.rows[index]
        let pool = unsafe KeyedHash.mixed(row.pool.high ^ row.pool.low &+ 1, 0xE703_7ED1_A0B4_28DB)
        let place = unsafe row.warehouse.high ^ row.warehouse.low &+ pool
        let key = unsafe row.hash ^ KeyedHash.mixed(place &+ 1, 0xA076_1D64_78BD_642F)
        // Even numbers are cells; odd ones are SKUs that are made.
        let first = unsafe session.workspace.pointee.distinct.value(
            for: key,
            orInsert: Int32(index) * 2
        ) {
            guard $0 % 2 == 0 else { return false }
            let other = unsafe request.rows[Int($0) / 2]
            return unsafe other.warehouse == row.warehouse && other.pool == row.pool
                && other.sku.hasSameBytes(as: row.sku)
        }
        return Int(first) == index * 2
    }

    /// Whether a row has the fields and the sign that its cause asks for.
    private func isAllowed(_ index: Int, _ request: StockRequest) -> Bool {
        let row = unsafe request.rows[index]
        let isSetting = unsafe row.safetyStock != nil || row.backorderLimit != nil
        return switch unsafe request.cause {
        case .received, .returned: unsafe !isSetting && !row.isAbsolute && row.onHand > 0
        case .adjusted: unsafe !isSetting && !row.isAbsolute && row.onHand != 0
        case .imported: unsafe row.isAbsolute ? row.onHand >= 0 : isSetting || row.onHand != 0
        case .counted: unsafe !isSetting && row.onHand >= 0
        case .transferred: unsafe !isSetting && isPaired(index, request)
        case .configured: unsafe isSetting && row.onHand == 0
        }
    }

    /// Whether the giving row of a transfer is followed by the row that takes as much of the SKU.
    private func isPaired(_ index: Int, _ request: StockRequest) -> Bool {
        if index % 2 == 1 { return true }
        guard unsafe index + 1 < request.rows.count else { return false }
        let giving = unsafe request.rows[index]
        let taking = unsafe request.rows[index + 1]
        return unsafe giving.onHand < 0 && taking.onHand == -giving.onHand
            && taking.sku.hasSameBytes(as: giving.sku)
    }

    // MARK: Changes

    /// Adds what a row does to the plan, or says why that can't be.
    private func planChanges(
        _ place: RowPlace,
        _ request: StockRequest,
        _ plan: inout StockPlan,
        _ session: EngineSession
    ) -> Outcome? {
        let row = unsafe request.rows[place.index]
        var change = StockCellChange(
            row: place.index,
            number: place.number ?? .max,
            maker: -1,
            cell: place.cell ?? -1,
            warehouse: place.warehouse,
            pool: place.pool ?? 0
        )
        if place.number == nil { change.maker = unsafe maker(of: place.index, request, session) }
        let outcome =
            unsafe request.cause == .counted
            ? countOutcome(place, units: row.onHand, &change)
            : figuresOutcome(place, row, request.cause, &change)
        if let outcome { return outcome }
        if change.cell < 0, let outcome = unsafe admit(&change, row.pool, &plan, session.network) {
            return outcome
        }
        plan.changes.append(change)
        if unsafe request.cause == .counted {
            unsafe takeRest(of: place, units: row.onHand, change, &plan, session.network)
        }
        return nil
    }

    /// The index of the first row of an unknown SKU, the one that makes it.
    private func maker(
        of index: Int,
        _ request: StockRequest,
        _ session: EngineSession
    ) -> Int {
        let row = unsafe request.rows[index]
        let maker = unsafe session.workspace.pointee.distinct.value(
            for: row.hash,
            orInsert: Int32(index) * 2 + 1
        ) {
            guard $0 % 2 == 1 else { return false }
            return unsafe request.rows[Int($0) / 2].sku.hasSameBytes(as: row.sku)
        }
        return Int(maker) / 2
    }

    /// Works out the figures of one cell.
    private func figuresOutcome(
        _ place: RowPlace,
        _ row: StockRow,
        _ cause: StockCause,
        _ change: inout StockCellChange
    ) -> Outcome? {
        let before = place.figures
        if unsafe cause == .transferred && row.onHand < 0 {
            let free = before.available - before.backorderLimit
            if unsafe free < -row.onHand { return .insufficientStock }
        }
        let isFigure = unsafe cause == .imported && row.isAbsolute
        let after = unsafe isFigure ? row.onHand : before.onHand + row.onHand
        if after < 0 { return .negativeOnHand }
        if after > Limits.unitsPerCellMax { return .quantityOverflow }
        for setting in unsafe [row.safetyStock, row.backorderLimit] {
            if let setting, setting < 0 { return .invalidQuantity }
            if let setting, setting > Limits.unitsPerCellMax { return .quantityOverflow }
        }
        change.onHand = after - before.onHand
        change.safetyStock = unsafe (row.safetyStock ?? before.safetyStock) - before.safetyStock
        change.backorderLimit =
            unsafe (row.backorderLimit ?? before.backorderLimit) - before.backorderLimit
        return nil
    }

    /// Works out what a count does to the pool `default`: it gets all that is there more, and
    /// gives what is there less as far as it can.
    private func countOutcome(
        _ place: RowPlace,
        units: Int64,
        _ change: inout StockCellChange
    ) -> Outcome? {
        if units > Limits.unitsPerCellMax { return .quantityOverflow }
        let difference = units - place.figures.onHand
        let present = place.number.flatMap { number in
            place.cell.map { directory.entry(number).cell($0).onHand }
        }
        change.onHand = max(difference, -(present ?? 0))
        return nil
    }

    /// Takes from the named pools, in the order of their names, what a count finds less and
    /// `default` couldn't give.
    private func takeRest(
        of place: RowPlace,
        units: Int64,
        _ first: StockCellChange,
        _ plan: inout StockPlan,
        _ network: Network
    ) {
        var rest = place.figures.onHand + first.onHand - units
        guard rest > 0, let number = place.number else { return }
        let entry = directory.entry(number)
        let named = (0..<entry.cellCount).filter {
            entry.cell($0).warehouse == place.warehouse && entry.cell($0).pool != 0
        }
        let byName = named.sorted {
            network.pools[Int(entry.cell($0).pool)] < network.pools[Int(entry.cell($1).pool)]
        }
        for index in byName where rest > 0 && entry.cell(index).onHand > 0 {
            var change = first
            change.cell = index
            change.pool = entry.cell(index).pool
            change.onHand = -min(rest, entry.cell(index).onHand)
            rest += change.onHand
            plan.changes.append(change)
        }
        precondition(rest == 0, "all pools together have what a count takes")
    }

    /// Makes sure that a SKU may have one more cell, and that there is a number for its pool.
    private func admit(
        _ change: inout StockCellChange,
        _ pool: PoolName,
        _ plan: inout StockPlan,
        _ network: Network
    ) -> Outcome? {
        var named = 0
        if change.maker < 0 {
            let entry = directory.entry(change.number)
            guard plan.admitCell(of: change.number, existing: entry.cellCount) else {
                return .tooManyCells
            }
            if pool != .default {
                for index in 0..<entry.cellCount
                where entry.cell(index).warehouse == change.warehouse && entry.cell(index).pool != 0
                {
                    named += 1
                }
            }
        }
        if pool == .default { return nil }
        guard plan.admitNamedCell(of: change, existing: named),
            let number = plan.poolNumber(of: pool, network)
        else { return .tooManyPools }
        change.pool = number
        return nil
    }
}

extension CellFigures {
    /// Adds the figures of another cell.
    mutating func add(_ other: CellFigures) {
        onHand += other.onHand
        reserved += other.reserved
        committed += other.committed
        safetyStock += other.safetyStock
        backorderLimit += other.backorderLimit
    }
}
