internal import Inventory
internal import Sourcing

/// Why held units can't be moved.
struct UnitsStay: Error {
    var outcome: Outcome
    var line: Int32
}

// Where held units can go: the request that would hold them anew, sourced as `reserve` does.
extension Engine {
    /// The units of one line in one pool that look for another warehouse.
    private struct WantedLine {
        var line: Int
        var pool: UInt16
        var sku: UInt32
        var quantity: UInt32
    }

    /// Finds other warehouses for units, all of them, for what the reservation was sourced by.
    ///
    /// Each unit stays in its pool: other pools that the request named aren't kept.
    func source(
        _ stranded: [MovedUnits],
        _ place: RecordPlace,
        _ instant: Instant,
        _ session: EngineSession
    ) throws(UnitsStay) -> [MovedUnits] {
        let record = place.record
        var wanted: [WantedLine] = []
        var line = 0
        var end = Int(record.line(0).shareCount)
        for units in stranded {
            while units.index >= end {
                line += 1
                end += Int(record.line(line).shareCount)
            }
            if record.line(line).isFixed {
                throw UnitsStay(outcome: .warehouseClosed, line: Int32(line))
            }
            let known = wanted.lastIndex { $0.line == line && $0.pool == units.stored.pool }
            if let known {
                wanted[known].quantity += units.stored.quantity
                continue
            }
            wanted.append(
                WantedLine(
                    line: line,
                    pool: units.stored.pool,
                    sku: units.sku,
                    quantity: units.stored.quantity
                )
            )
        }
        guard wanted.count <= Limits.linesPerReservationMax else {
            throw UnitsStay(outcome: .tooManyLines, line: -1)
        }
        // What the reservation was sourced by stands where a request's own would.
        let work = unsafe session.workspace
        unsafe work.pointee.policy = record.policy
        let constraints = record.constraintsBytes
        unsafe work.pointee.constraintsSize = constraints.count
        // Each unit stays in its pool: a sale neither borrows more nor is asked again.
        unsafe work.pointee.sale = SaleClaim()
        if let kept = record.constraints(in: session.network) {
            unsafe work.pointee.planConstraints = PlanConstraints(kept, in: session.network)
        }
        if !constraints.isEmpty { unsafe work.pointee.constraints = constraints }
        unsafe work.pointee.givenBack = openWarehouses(of: record)
        let splitsMax =
            unsafe constraints.isEmpty ? 0 : work.pointee.planConstraints.splitsMax
        let staying = splitsMax == 0 ? [] : warehouses(of: record, without: stranded)
        var came = try plan(wanted, record, instant, session)
        if splitsMax > 0, staying.union(came.map(\.stored.warehouse)).count > splitsMax {
            // Beside those that stay: whichever they are, so many others can't be too many.
            guard splitsMax > staying.count else {
                throw UnitsStay(outcome: .constraintsUnmet, line: Int32(wanted[0].line))
            }
            unsafe work.pointee.planConstraints.splitsMax = splitsMax - staying.count
            unlockCapacity(session)
            came = try plan(wanted, record, instant, session)
        }
        guard record.shareCount + came.count <= Limits.sharesPerReservationMax else {
            throw UnitsStay(outcome: .tooManyShares, line: -1)
        }
        return came
    }

    /// The warehouses that serve what isn't to move.
    private func warehouses(
        of record: ReservationRecord,
        without stranded: [MovedUnits]
    ) -> Set<UInt16> {
        let moving = Set(stranded.map(\.index))
        var found: Set<UInt16> = []
        for index in 0..<record.shareCount {
            let progress = record.progress(index)
            let held = moving.contains(index) ? 0 : progress.held
            if held > 0 || progress.committed > 0 { found.insert(record.share(index).warehouse) }
        }
        return found
    }

    /// Plans units by what the session's workspace says of their reservation.
    private func plan(
        _ wanted: [WantedLine],
        _ record: ReservationRecord,
        _ instant: Instant,
        _ session: EngineSession
    ) throws(UnitsStay) -> [MovedUnits] {
        let planned = unsafe withRequest(for: wanted, record, instant, session) { request in
            unsafe plan(request, wanted, session)
        }
        return try planned.get()
    }

    /// Calls `body` with the request that would hold units as a reservation was held.
    private func withRequest(
        for wanted: [WantedLine],
        _ record: ReservationRecord,
        _ instant: Instant,
        _ session: EngineSession,
        _ body: (ReserveRequest) -> Result<[MovedUnits], UnitsStay>
    ) -> Result<[MovedUnits], UnitsStay> {
        let poolSize = 2 + Limits.poolNameSizeBytesMax
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: wanted.count)
        let pools = UnsafeMutableRawBufferPointer.allocate(
            byteCount: wanted.count * poolSize,
            alignment: 1
        )
        defer {
            unsafe lines.deallocate()
            unsafe pools.deallocate()
        }
        for (index, line) in wanted.enumerated() {
            let entry = directory.entry(line.sku)
            let name = unsafe entry.name
            guard let bytes = name.baseAddress else { preconditionFailure("a SKU's name") }
            var request = unsafe RequestLine(
                sku: SKUView(bytes: bytes, size: name.count),
                quantity: line.quantity
            )
            unsafe request.hash = entry.hash
            if line.pool != 0 {
                let place = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: pools[index * poolSize..<(index + 1) * poolSize]
                )
                unsafe write(session.workspace.pointee.poolNames[Int(line.pool)], to: place)
                unsafe request.pools = unsafe place.baseAddress.map {
                    unsafe PoolListView(bytes: UnsafeRawPointer($0))
                }
            }
            unsafe lines.initializeElement(at: index, to: request)
        }
        return unsafe body(
            ReserveRequest(
                id: record.id,
                owner: record.owner,
                digest: 0,
                timeToLiveMilliseconds: 0,
                mode: .allOrNothing,
                policy: record.policy,
                destination: record.destination,
                orderedAt: instant,
                lines: lines
            )
        )
    }

    /// Writes a list of one pool as it stands in a frame.
    private func write(_ pool: PoolName, to place: UnsafeMutableRawBufferPointer) {
        unsafe place[0] = 1
        unsafe place[1] = UInt8(pool.size)
        unsafe withUnsafeBytes(of: (pool.high.littleEndian, pool.low.littleEndian)) { words in
            for index in 0..<pool.size { unsafe place[2 + index] = words[index] }
        }
    }

    /// Sources a request under the locks of its stock, as `reserve` does; the capacity of the
    /// plan's warehouses stays locked.
    private func plan(
        _ request: ReserveRequest,
        _ wanted: [WantedLine],
        _ session: EngineSession
    ) -> Result<[MovedUnits], UnitsStay> {
        let work = unsafe session.workspace
        unsafe work.pointee.promisedMinute = 0
        unsafe work.pointee.policy = unsafe request.policy
        unsafe work.pointee.orderedAt = unsafe request.orderedAt ?? .distantPast
        unsafe groupMore(request, work)
        for attempt in 0..<Engine.capacityAttemptsMax {
            // Who lost the last shipments to others often enough shuts them out.
            if attempt == Engine.capacityAttemptsMax - 1 { shutOthersOut(session) }
            if let planned = unsafe planOnce(request, wanted, session) { return planned }
        }
        preconditionFailure("a plan whose shipments nobody else takes stands")
    }

    /// Sources a request once; `nil` where others may have taken the last shipments.
    private func planOnce(
        _ request: ReserveRequest,
        _ wanted: [WantedLine],
        _ session: EngineSession
    ) -> Result<[MovedUnits], UnitsStay>? {
        unsafe gatherAll(request, session)
        var problem = unsafe problem(request, session)
        unsafe search(&problem, mode: request.mode, session, isUnderLocks: true)
        if problem.isShort, isBlamedOnStaleCapacity(session) {
            shutOthersOut(session)
            return nil
        }
        if let refusal = unsafe judge(request, problem, session) {
            let line = refusal.line < 0 ? -1 : Int32(wanted[Int(refusal.line)].line)
            return .failure(UnitsStay(outcome: refusal.outcome, line: line))
        }
        if capacity.hasLimits, unsafe session.workspace.pointee.lockedCapacity.isEmpty,
            !lockCapacity(of: problem, session)
        {
            return nil
        }
        var came: [MovedUnits] = []
        for index in wanted.indices {
            let line = unsafe problem.lines[index]
            for share in line.shareStart..<line.shareStart + line.shareCount {
                let planned = unsafe problem.shares[share]
                let supply = unsafe problem.supplies[planned.supply]
                came.append(
                    MovedUnits(
                        index: wanted[index].line,
                        sku: wanted[index].sku,
                        stored: StoredShare(
                            warehouse: supply.warehouse,
                            pool: supply.pool,
                            quantity: planned.quantity
                        ),
                        backordered: planned.backordered
                    )
                )
            }
        }
        return .success(came)
    }
}
