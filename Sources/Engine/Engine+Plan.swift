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

    /// Turns the session's terms to a request.
    @inline(__always)
    func aim(_ request: ReserveRequest, _ session: EngineSession) {
        let work = unsafe session.workspace
        unsafe work.pointee.supplyCount = 0
        unsafe work.pointee.hasFull = false
        unsafe work.pointee.terms.aim(
            at: request.destination,
            orderedAt: work.pointee.orderedAt,
            isConstrained: work.pointee.constraintsSize != 0,
            warehouses: session.network.warehouses.count
        )
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
        let weight = entry.weightGrams
        for cellIndex in 0..<count {
            let cell = entry.cell(cellIndex)
            let warehouse = cell.warehouse
            let terms = terms(of: warehouse, session)
            unsafe (first + cellIndex).initialize(
                to: Supply(
                    available: cell.takeable,
                    present: cell.present,
                    unitCostMinor: terms.unitCostMinor(weightGrams: weight),
                    balance: balance(of: cell),
                    warehouse: warehouse,
                    pool: cell.pool,
                    cell: UInt32(cellIndex)
                )
            )
        }
        unsafe group.pointee.supplyCount = count
        unsafe work.pointee.supplyCount += count
    }

    /// The terms of a warehouse for the order that the session turned to.
    @inline(__always)
    func terms(of warehouse: UInt16, _ session: EngineSession) -> WarehouseTerms {
        let terms = termsOfOrder(warehouse, session)
        if capacity.hasLimits { noteCapacity(of: warehouse, terms, session) }
        return terms
    }

    /// The terms of a warehouse for the order, whatever its capacity.
    @inline(__always)
    func termsOfOrder(_ warehouse: UInt16, _ session: EngineSession) -> WarehouseTerms {
        let work = unsafe session.workspace
        if unsafe work.pointee.terms.isKnown(warehouse) {
            return unsafe work.pointee.terms.terms[Int(warehouse)]
        }
        return workOutTerms(of: warehouse, session)
    }

    @inline(never)
    private func workOutTerms(of warehouse: UInt16, _ session: EngineSession) -> WarehouseTerms {
        let work = unsafe session.workspace
        guard unsafe work.pointee.constraintsSize != 0 else {
            return unsafe work.pointee.terms.terms(of: warehouse, session.network, nil)
        }
        let constraints = unsafe work.pointee.planConstraints
        return unsafe withUnsafePointer(to: constraints) {
            unsafe work.pointee.terms.terms(of: warehouse, session.network, $0)
        }
    }

    /// 1000 × promised ÷ on hand of a cell, halves up; 1000 with nothing on hand.
    @inline(__always)
    private func balance(of cell: StockCell) -> UInt32 {
        let onHand = cell.onHand
        guard onHand > 0 else { return 1_000 }
        let promised = cell.reserved + cell.committed
        if promised == 0 { return 0 }
        return UInt32(clamping: (1_000 * promised + onHand / 2) / onHand)
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
                _ = terms(of: number, session)
            }
            let poolStart = poolCount
            if let pools = unsafe line.pools {
                unsafe resolve(pools, &poolCount, session)
                if unsafe work.pointee.sale.borrows, poolCount == poolStart + 1 {
                    // Once the sale's own pool has none left.
                    unsafe work.pointee.linePools[poolCount] = 0
                    poolCount += 1
                }
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
            warehouses: UnsafePointer(work.pointee.terms.terms),
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
            return (shortage(of: line, problem), Int32(index))
        }
        return nil
    }

    /// Why a line is short: nothing is left that is online, or it may not be taken.
    private func shortage(
        of line: SourcingLine,
        _ problem: borrowing SourcingProblem
    ) -> Outcome {
        var free: Int64 = 0
        var full: Int64 = 0
        var constrained: Int64 = 0
        for place in line.supplyStart..<line.supplyStart + line.supplyCount {
            let supply = unsafe problem.supplies[place]
            guard supply.available > 0, isOf(line, supply, problem) else { continue }
            switch unsafe problem.warehouses[Int(supply.warehouse)].exclusion {
            case .none: free += supply.available
            case .full: full += supply.available
            case .excluded, .notRequired, .regionNotServed, .tooFar, .tooLate, .splits, .notOfLine:
                constrained += supply.available
            case .draining, .offline: break
            }
        }
        let missing = Int64(line.requested - line.reserved)
        if free >= missing { return .constraintsUnmet }
        if free + full >= missing { return .capacityExhausted }
        return free + full + constrained >= missing ? .constraintsUnmet : .insufficientStock
    }

    /// Whether a supply is of the warehouse and the pools that a line names.
    private func isOf(
        _ line: SourcingLine,
        _ supply: Supply,
        _ problem: borrowing SourcingProblem
    ) -> Bool {
        if line.warehouse != SourcingLine.anyWarehouse, line.warehouse != supply.warehouse {
            return false
        }
        if line.poolCount == 0 { return supply.pool == 0 }
        return (0..<Int(line.poolCount)).contains {
            unsafe problem.pools[Int(line.poolStart) + $0] == supply.pool
        }
    }

    // MARK: Search

    /// Plans a problem by the request's policy and constraints.
    ///
    /// - Parameters:
    ///   - problem: What to plan.
    ///   - mode: What to do when not all is there.
    ///   - session: The calling thread's session; its workspace gets the promise.
    ///   - isUnderLocks: Whether others wait for it, so that it searches less.
    /// - Returns: Whether the search came to its end: more steps wouldn't find a better plan.
    @inline(__always)
    @discardableResult
    func search(
        _ problem: inout SourcingProblem,
        mode: ReserveMode,
        _ session: EngineSession,
        isUnderLocks: Bool
    ) -> Bool {
        let work = unsafe session.workspace
        if unsafe work.pointee.constraintsSize == 0,
            let promised = SourcingPlanner.planAlone(&problem, mode)
        {
            unsafe work.pointee.promisedMinute = promised
            return true
        }
        return searchMany(&problem, mode: mode, session, isUnderLocks: isUnderLocks)
    }

    @inline(never)
    private func searchMany(
        _ problem: inout SourcingProblem,
        mode: ReserveMode,
        _ session: EngineSession,
        isUnderLocks: Bool
    ) -> Bool {
        let work = unsafe session.workspace
        let stepsMax = unsafe work.pointee.searchStepsMax
        let order = order(
            mode,
            session,
            stepsMax: isUnderLocks ? min(stepsMax, SourcingLimits.workUnderLocks) : stepsMax
        )
        let verdict =
            if let found = unsafe work.pointee.longSearch?.found {
                session.planner.plan(&problem, order, from: found)
            } else {
                session.planner.plan(&problem, order)
            }
        unsafe work.pointee.promisedMinute = verdict.promisedMinute
        unsafe work.pointee.stepsTaken += verdict.steps
        return !verdict.isCut
    }

    /// What the session's request asks of its plan beside its lines.
    func order(
        _ mode: ReserveMode,
        _ session: EngineSession,
        stepsMax: Int
    ) -> SourcingOrder {
        let work = unsafe session.workspace
        guard let objective = unsafe session.network.objective(of: work.pointee.policy) else {
            preconditionFailure("a policy that isn't defined")
        }
        var order = SourcingOrder(
            mode: mode,
            objective: objective,
            workMax: stepsMax
        )
        if unsafe work.pointee.constraintsSize != 0 {
            order.splitsMax = unsafe work.pointee.planConstraints.splitsMax
            order.splitsPerLineMax = unsafe work.pointee.planConstraints.splitsPerLineMax
            order.shipsComplete = unsafe work.pointee.planConstraints.shipsComplete
        }
        return order
    }
}
