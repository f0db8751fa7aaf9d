internal import Inventory
internal import Movements
internal import Sourcing

// An order of one line that leaves nothing to choose: one cell may serve it, and has the units.
// Most orders of a flash sale are so, of a sale with rules or without. The planner finds the same
// plan for them; here none of what a search works on is set up.
extension Engine {
    // MARK: Hot path

    /// Holds the line of a request that only one cell may serve, of units that are there.
    ///
    /// Every other request is left to the planner. All its locks are held.
    /// - Returns: Whether it did; if not, nothing changed.
    @inline(__always)
    func reserveAlone(
        _ request: ReserveRequest,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> Bool {
        let work = unsafe session.workspace
        guard unsafe request.lines.count == 1, unsafe !request.wantsAlternatives,
            unsafe !work.pointee.expectsVersions && work.pointee.constraintsSize == 0,
            !capacity.hasLimits, unsafe !work.pointee.sale.borrows
        else { return false }
        let line = unsafe request.lines[0]
        // All pools that a line of a sale without borrowing names are the sale's.
        let isOfSale = unsafe work.pointee.sale.isOfSale
        let pool = unsafe isOfSale ? work.pointee.sale.pool : 0
        guard unsafe isOfSale || line.pools == nil,
            let number = unsafe find(line.sku, hash: line.hash)
        else { return false }
        let entry = directory.entry(number)
        let isFixed = unsafe line.warehouse != .none
        let fixed = unsafe isFixed ? session.network.number(of: line.warehouse) : nil
        guard let cell = onlyCell(of: entry, pool, fixed) else { return false }
        let quantity = unsafe line.quantity
        guard cell.takeablePresent >= Int64(quantity) else { return false }
        unsafe aim(request, session)
        let terms = termsOfOrder(cell.warehouse, session)
        let size = unsafe MovementLayout.reservedSize(
            lines: 1,
            shares: 1,
            hasDestination: request.destination != nil,
            hasPromise: terms.promisedMinute != 0,
            constraintsSize: isOfSale ? MovementLayout.salePartSizeBytes : 0
        )
        guard terms.exclusion == .none, session.coversRecord(of: size) else { return false }
        if isOfSale {
            unsafe work.pointee.groups[0].number = number
            if let refusal = unsafe saleRefusal(request, instant, nil, session) {
                answer.reset(refusal.outcome)
                answer.refusedLine = refusal.line
                return true
            }
        }
        unsafe work.pointee.promisedMinute = terms.promisedMinute
        let hold = HoldAlone(number: number, entry: entry, cell: cell, isFixed: isFixed)
        unsafe carryOut(hold, request, quantity, idHash, idStripe, size, instant, session, &answer)
        return true
    }

    /// The only cell of a pool that may serve a line, `nil` where there are more or none, or so
    /// many of other pools that it takes a search.
    @inline(__always)
    private func onlyCell(of entry: StockEntry, _ pool: UInt16, _ fixed: UInt16?) -> StockCell? {
        if let fixed {
            return entry.cellIndex(warehouse: fixed, pool: pool).map { entry.cell($0) }
        }
        if entry.cellCount == 1 {
            let cell = entry.cell(0)
            return cell.pool == pool ? cell : nil
        }
        return pool == 0 ? nil : onlyCell(of: entry, pool)
    }

    @inline(never)
    private func onlyCell(of entry: StockEntry, _ pool: UInt16) -> StockCell? {
        guard entry.cellCount <= Engine.cellsLookedAtMax else { return nil }
        var found: StockCell?
        for index in 0..<entry.cellCount {
            let cell = entry.cell(index)
            guard cell.pool == pool else { continue }
            if found != nil { return nil }
            found = cell
        }
        return found
    }

    private static var cellsLookedAtMax: Int { 16 }

    /// Takes the units, appends the record, makes the reservation and fills the answer.
    @inline(__always)
    private func carryOut(
        _ hold: HoldAlone,
        _ request: ReserveRequest,
        _ quantity: UInt32,
        _ idHash: UInt64,
        _ idStripe: Int,
        _ size: Int,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        let work = unsafe session.workspace
        let counts = PlanCounts(lines: 1, shares: 1, hasBackordered: false)
        let expiresAt = unsafe expiry(of: request, instant, replacing: nil, session)
        var (lsn, record, writer) = unsafe append(
            .reserved,
            size: size,
            instant: instant,
            request.id,
            session
        )
        let timeToLive = UInt32(expiresAt.milliseconds - instant.milliseconds)
        unsafe writeHead(request, counts, timeToLive, session, &writer)
        let cell = hold.cell
        hold.entry.version += 1
        cell.reserved += Int64(quantity)
        let fixedFlag = hold.isFixed ? MovementLayout.fixedWarehouse : 0
        writer.put(hold.number)
        writer.put(quantity)
        writer.put(UInt16(1))
        writer.put(UInt16(MovementLayout.firstTouch | fixedFlag))
        writer.put(cell.warehouse)
        writer.put(cell.pool)
        writer.put(quantity)
        writer.finish()
        unsafe ring.publish(record, size: size)

        let answered = HoldAnswered(lsn: lsn, expiresAt: expiresAt, heldSince: instant)
        unsafe fill(&answer, answered, work)
        let (slot, reservation) =
            unsafe makeReservation(request, counts, idHash, idStripe, answered, session)
        let line = StoredLine(
            sku: hold.number,
            requested: quantity,
            shareCount: 1,
            isFixed: hold.isFixed
        )
        let share = StoredShare(warehouse: cell.warehouse, pool: cell.pool, quantity: quantity)
        if unsafe work.pointee.sale.isOfSale {
            reservation.setLine(0, line)
            reservation.setShare(0, share)
            countHold(of: reservation, instant)
        } else {
            reservation.setAlone(line, share)
        }
        openShipment(cell.warehouse, in: idStripe)
        reservations.schedule(slot, reservation, in: idStripe, now: instant)
        unsafe note(instant, reservationStripe: idStripe, stockStripes: work.pointee.stripes)
        unsafe fill(&answer, cell, quantity, work)
    }

    @inline(__always)
    private func fill(
        _ answer: inout ReservationAnswer,
        _ cell: StockCell,
        _ quantity: UInt32,
        _ work: UnsafeMutablePointer<Workspace>
    ) {
        unsafe answer.lines[0] = LineResult(
            requested: quantity,
            reserved: quantity,
            shareStart: 0,
            shareCount: 1
        )
        unsafe answer.shares[0] = unsafe Share(
            warehouse: work.pointee.codes[Int(cell.warehouse)],
            quantity: quantity,
            pool: work.pointee.poolNames[Int(cell.pool)]
        )
        answer.lineCount = 1
        answer.shareCount = 1
    }
}

/// The line of an order and the cell that serves it alone.
private struct HoldAlone {
    /// The number of the SKU.
    var number: UInt32
    /// The SKU.
    var entry: StockEntry
    /// The cell.
    var cell: StockCell
    /// Whether the request fixed the warehouse.
    var isFixed: Bool
}
