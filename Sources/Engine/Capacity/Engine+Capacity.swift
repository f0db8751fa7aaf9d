internal import Inventory
internal import Sourcing

// Open shipments: reservations with at least one unit held or committed on a warehouse. They are
// counted in the reservation's stripe for every warehouse, and once more for those that take so
// many only.
extension Engine {
    // MARK: Hot path

    /// Counts the shipments of a reservation that was just made; all its locks are held, and of its
    /// warehouses with a limit their locks as well.
    @inline(__always)
    func openShipments(of record: ReservationRecord, in idStripe: Int) {
        forEachOpenWarehouse(of: record) { openShipment($0, in: idStripe) }
    }

    /// Counts the shipments of a reservation as ended, all of which is to be given up.
    @inline(__always)
    func closeShipments(of record: ReservationRecord, in idStripe: Int) {
        forEachOpenWarehouse(of: record) { closeShipment($0, in: idStripe) }
    }

    /// Counts one shipment more from a warehouse; the locks are held as above.
    @inline(__always)
    func openShipment(_ warehouse: UInt16, in idStripe: Int) {
        unsafe reservations.state(idStripe).pointee.shipments.open(warehouse, pool: pool)
        if capacity.hasLimits, capacity.limit(warehouse) != .max { capacity.add(1, to: warehouse) }
    }

    @inline(__always)
    private func closeShipment(_ warehouse: UInt16, in idStripe: Int) {
        unsafe reservations.state(idStripe).pointee.shipments.close(warehouse)
        if capacity.hasLimits, capacity.limit(warehouse) != .max { capacity.add(-1, to: warehouse) }
    }

    /// Calls `body` with each warehouse on which a reservation has open units, once.
    @inline(__always)
    private func forEachOpenWarehouse(of record: ReservationRecord, _ body: (UInt16) -> Void) {
        if record.shareCount == 1, !record.hasDetail {
            let isOpen = record.state == .held || record.state == .committed
            return isOpen ? body(record.share(0).warehouse) : ()
        }
        guard record.shareCount <= Engine.sharesComparedMax else {
            for warehouse in openWarehouses(of: record) { body(warehouse) }
            return
        }
        // Few shares: compared with each other, so that no memory is taken.
        for index in 0..<record.shareCount where isOpen(index, of: record) {
            let warehouse = record.share(index).warehouse
            let isKnown = (0..<index).contains {
                record.share($0).warehouse == warehouse && isOpen($0, of: record)
            }
            if !isKnown { body(warehouse) }
        }
    }

    /// Up to so many shares are compared with each other to find their warehouses.
    private static let sharesComparedMax = 48

    /// Whether a share has units that are held or committed.
    @inline(__always)
    private func isOpen(_ share: Int, of record: ReservationRecord) -> Bool {
        let progress = record.progress(share)
        return progress.held > 0 || progress.committed > 0
    }

    /// The warehouses on which a reservation has open units, each once.
    @inline(never)
    func openWarehouses(of record: ReservationRecord) -> [UInt16] {
        var found: [UInt16] = []
        for index in 0..<record.shareCount where isOpen(index, of: record) {
            found.append(record.share(index).warehouse)
        }
        if found.count < 2 { return found }
        found.sort()
        var distinct = 1
        for index in 1..<found.count where found[index] != found[distinct - 1] {
            found[distinct] = found[index]
            distinct += 1
        }
        found.removeLast(found.count - distinct)
        return found
    }

    /// Counts what a change has opened and ended; `before` are the warehouses as they were.
    func recountShipments(_ before: [UInt16], of place: RecordPlace) {
        let after = openWarehouses(of: place.record)
        if before == after { return }
        for warehouse in before where !after.contains(warehouse) {
            closeShipment(warehouse, in: place.stripe)
        }
        for warehouse in after where !before.contains(warehouse) {
            openShipment(warehouse, in: place.stripe)
        }
    }

    // MARK: Plans

    /// Notes with the session's terms whether a warehouse has as many open shipments as it takes.
    ///
    /// A look without its lock: who takes a shipment looks again under it.
    @inline(never)
    func noteCapacity(of number: UInt16, _ terms: WarehouseTerms, _ session: EngineSession) {
        guard terms.exclusion == .none || terms.exclusion == .full else { return }
        let work = unsafe session.workspace
        let isFull = !hasRoom(number, session)
        unsafe work.pointee.terms.terms[Int(number)].exclusion = isFull ? .full : .none
        if isFull { unsafe work.pointee.hasFull = true }
    }

    /// Whether a warehouse takes a shipment more.
    func hasRoom(_ number: UInt16, _ session: EngineSession) -> Bool {
        let limit = capacity.limit(number)
        if limit == .max { return true }
        let isGivenBack = unsafe session.workspace.pointee.givenBack.contains(number)
        return capacity.open(number) - (isGivenBack ? 1 : 0) < Int(limit)
    }

    /// Whether a plan may be short only because warehouses were full, each at another instant.
    ///
    /// Who shuts others out and looks again finds what is full at one instant.
    @inline(__always)
    func isBlamedOnStaleCapacity(_ session: EngineSession) -> Bool {
        unsafe session.workspace.pointee.hasFull
            && session.workspace.pointee.lockedCapacity.isEmpty
    }

    // MARK: Locks

    /// Takes the locks of all warehouses with a limit, lowest number first, unless they are held:
    /// until they are given back nobody else takes a shipment of them.
    ///
    /// What is full at a later look was so when the last lock was taken: in between shipments only
    /// end.
    @inline(never)
    func shutOthersOut(_ session: EngineSession) {
        guard unsafe session.workspace.pointee.lockedCapacity.isEmpty else { return }
        let numbers = session.network.warehouses.indices.map { UInt16($0) }
        lockCapacity(of: numbers.filter { capacity.limit($0) != .max }, session)
    }

    /// Takes the locks of the warehouses with a limit that a plan takes units from.
    /// - Returns: Whether each takes one more shipment; if not, no lock is held.
    @inline(never)
    func lockCapacity(of problem: borrowing SourcingProblem, _ session: EngineSession) -> Bool {
        var numbers: [UInt16] = []
        for index in 0..<problem.shareCount {
            let number = unsafe problem.supplies[problem.shares[index].supply].warehouse
            if capacity.limit(number) != .max { numbers.append(number) }
        }
        lockCapacity(of: numbers, session)
        let hasRoom = unsafe session.workspace.pointee.lockedCapacity.allSatisfy {
            self.hasRoom($0, session)
        }
        if !hasRoom { unlockCapacity(session) }
        return hasRoom
    }

    private func lockCapacity(of numbers: [UInt16], _ session: EngineSession) {
        let work = unsafe session.workspace
        unsafe precondition(work.pointee.lockedCapacity.isEmpty, "capacity is locked once")
        for number in numbers.sorted()
        where unsafe work.pointee.lockedCapacity.last != number {
            capacity.lock(number).lock()
            unsafe work.pointee.lockedCapacity.append(number)
        }
    }

    /// Gives back the locks of warehouses that the session holds.
    @inline(__always)
    func unlockCapacity(_ session: EngineSession) {
        if unsafe !session.workspace.pointee.lockedCapacity.isEmpty { giveCapacityBack(session) }
    }

    @inline(never)
    private func giveCapacityBack(_ session: EngineSession) {
        let work = unsafe session.workspace
        for number in unsafe work.pointee.lockedCapacity.reversed() {
            capacity.lock(number).unlock()
        }
        unsafe work.pointee.lockedCapacity.removeAll(keepingCapacity: true)
    }

    // MARK: Limits

    /// Takes over the limits of a new network; all stock locks are held.
    func setCapacities(_ network: Network) {
        for number in network.warehouses.indices {
            let limit = unsafe network.profiles[number].capacityShipments
            capacity.setLimit(limit, of: UInt16(number)) { openShipments(of: UInt16(number)) }
        }
    }

    /// The open shipments of a warehouse; all stock locks are held, so none opens or ends.
    func openShipments(of number: UInt16) -> Int {
        (0..<reservations.count).reduce(0) {
            unsafe $0 + reservations.state($1).pointee.shipments.count(of: number)
        }
    }
}
