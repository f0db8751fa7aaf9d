internal import Inventory
internal import Sourcing

// What a request reads of stock, and what its plan says.
extension Engine {
    // MARK: Hot path

    /// The number of a SKU; the lock of its stripe is held.
    @inline(__always)
    func find(_ sku: SKUView, hash: UInt64) -> UInt32? {
        unsafe stock.state(stock.index(of: hash)).pointee.index.find(hash) {
            let entry = directory.entry($0)
            return unsafe entry.hash == hash && entry.isNamed(sku)
        }
    }

    /// Copies the cells of all SKUs of a request; all their locks are held.
    @inline(__always)
    func gatherAll(_ request: ReserveRequest, _ session: EngineSession) {
        let work = unsafe session.workspace
        unsafe aim(request, session)
        for group in unsafe 0..<work.pointee.groupCount { unsafe gather(group, request, session) }
    }

    /// Copies the cells of each SKU of a request under its own stripe's lock.
    ///
    /// Under any of these locks the network can't change, so with each copy the session's network
    /// was the present one: cells name no warehouse that it doesn't know, and what is short was
    /// short at that instant.
    /// - Returns: Whether the network stayed the same; if not, nothing copied is of use.
    func gatherOneByOne(_ request: ReserveRequest, _ session: EngineSession) -> Bool {
        let work = unsafe session.workspace
        unsafe aim(request, session)
        for group in unsafe 0..<work.pointee.groupCount {
            let lock = unsafe stock.lock(stock.index(of: work.pointee.groups[group].hash))
            lock.lock()
            defer { lock.unlock() }
            guard unsafe work.pointee.networkVersion == networkVersion else { return false }
            unsafe gather(group, request, session)
        }
        return true
    }

    @inline(__always)
    private func aim(_ request: ReserveRequest, _ session: EngineSession) {
        let work = unsafe session.workspace
        unsafe work.pointee.supplyCount = 0
        if let destination = unsafe request.destination {
            unsafe work.pointee.distances.aim(
                at: destination.position,
                warehouses: session.network.warehouses.count
            )
        } else {
            unsafe work.pointee.distances.forget()
        }
    }

    /// Copies the cells and the version of one SKU; the lock of its stripe is held.
    @inline(__always)
    private func gather(_ index: Int, _ request: ReserveRequest, _ session: EngineSession) {
        let work = unsafe session.workspace
        let group = unsafe work.pointee.groups + index
        unsafe group.pointee.supplyStart = unsafe work.pointee.supplyCount
        unsafe group.pointee.supplyCount = 0
        unsafe group.pointee.isTouched = false
        let sku = unsafe request.lines[group.pointee.line].sku
        guard let number = unsafe find(sku, hash: group.pointee.hash) else {
            unsafe group.pointee.number = .max
            unsafe group.pointee.version = 0
            return
        }
        let entry = directory.entry(number)
        unsafe group.pointee.number = number
        unsafe group.pointee.version = entry.version
        let count = entry.cellCount
        unsafe work.pointee.makeRoom(forSupplies: count)
        let first = unsafe work.pointee.supplies + work.pointee.supplyCount
        for cellIndex in 0..<count {
            let cell = entry.cell(cellIndex)
            let warehouse = cell.warehouse
            unsafe (first + cellIndex).initialize(
                to: Supply(
                    available: cell.takeable,
                    present: cell.present,
                    metres: 0,
                    rank: work.pointee.ranks[Int(warehouse)],
                    warehouse: warehouse,
                    pool: cell.pool,
                    isOpen: work.pointee.isOpen[Int(warehouse)],
                    cell: UInt32(cellIndex)
                )
            )
        }
        if count > 1 { unsafe sort(first, count, session) }
        unsafe group.pointee.supplyCount = count
        unsafe work.pointee.supplyCount += count
    }

    private func sort(_ first: UnsafeMutablePointer<Supply>, _ count: Int, _ session: EngineSession)
    {
        let work = unsafe session.workspace
        for index in 0..<count {
            unsafe first[index].metres = unsafe work.pointee.distances.distance(
                of: first[index].warehouse,
                session.network.warehouses
            )
        }
        unsafe NearestPolicy.sort(UnsafeMutableBufferPointer(start: first, count: count))
    }

    /// The problem that a request and the gathered supplies pose.
    @inline(__always)
    func problem(_ request: ReserveRequest, _ session: EngineSession) -> SourcingProblem {
        let work = unsafe session.workspace
        let count = unsafe request.lines.count
        var poolCount = 0
        for index in 0..<count {
            let line = unsafe request.lines[index]
            let group = unsafe work.pointee.groups[Int(work.pointee.groupOfLine[index])]
            var warehouse = SourcingLine.anyWarehouse
            if unsafe line.warehouse != .none,
                let number = unsafe session.network.number(of: line.warehouse)
            {
                warehouse = number
            }
            let poolStart = poolCount
            if let pools = unsafe line.pools {
                unsafe resolve(pools, &poolCount, session)
            }
            unsafe (work.pointee.lines + index).initialize(
                to: SourcingLine(
                    supplyStart: group.supplyStart,
                    supplyCount: group.supplyCount,
                    requested: line.quantity,
                    warehouse: warehouse,
                    poolStart: Int32(poolStart),
                    poolCount: Int32(poolCount - poolStart)
                )
            )
        }
        return unsafe SourcingProblem(
            lines: UnsafeMutableBufferPointer(start: work.pointee.lines, count: count),
            supplies: UnsafeMutableBufferPointer(
                start: work.pointee.supplies,
                count: work.pointee.supplyCount
            ),
            pools: UnsafePointer(work.pointee.linePools),
            warehouses: UnsafePointer(work.pointee.terms),
            shares: UnsafeMutableBufferPointer(
                start: work.pointee.shares,
                count: Limits.sharesPerReservationMax
            )
        )
    }

    /// Writes the numbers of a line's pools behind those of the lines before.
    ///
    /// A name that isn't a pool any more counts as none: pools are never taken away, so the
    /// request's own check has found it.
    @inline(never)
    private func resolve(_ pools: PoolListView, _ count: inout Int, _ session: EngineSession) {
        let numbers = unsafe session.workspace.pointee.linePools
        unsafe pools.forEach { pool in
            guard let number = session.network.poolNumber(of: pool) else { return }
            unsafe numbers[count] = number
            count += 1
        }
    }

    /// Why a plan can't be carried out, if it can't.
    @inline(__always)
    func judge(
        _ request: ReserveRequest,
        _ problem: borrowing SourcingProblem,
        _ session: EngineSession
    ) -> (outcome: Outcome, line: Int32)? {
        if problem.hasTooManyShares { return (.tooManyShares, -1) }
        if unsafe !problem.isShort || request.mode != .allOrNothing { return nil }
        return firstShortLine(problem, session)
    }

    @inline(never)
    private func firstShortLine(
        _ problem: borrowing SourcingProblem,
        _ session: EngineSession
    ) -> (outcome: Outcome, line: Int32)? {
        let work = unsafe session.workspace
        for index in unsafe problem.lines.indices {
            let line = unsafe problem.lines[index]
            if line.reserved == line.requested { continue }
            let group = unsafe work.pointee.groups[Int(work.pointee.groupOfLine[index])]
            if group.number == .max { return (.unknownSKU, Int32(index)) }
            if line.warehouse != SourcingLine.anyWarehouse,
                unsafe !work.pointee.isOpen[Int(line.warehouse)]
            {
                return (.warehouseClosed, Int32(index))
            }
            return (.insufficientStock, Int32(index))
        }
        return nil
    }
}
