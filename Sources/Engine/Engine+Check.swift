internal import Inventory
internal import Movements
internal import Sourcing

/// What a check of all invariants found.
package struct CheckReport: Sendable {
    /// The log's tail at the instant of the check.
    package var lsn: UInt64
    /// How many cells there are.
    package var cells: Int
    /// How many reservations are held or committed.
    package var openReservations: Int
    /// The order-free hash of the whole state.
    package var stateHash: UInt64
    /// What is wrong, one sentence each, at most ``violationsMax``.
    package var violations: [String]

    /// Violations that a report lists.
    package static let violationsMax = 100

    /// A report with all its fields.
    package init(
        lsn: UInt64,
        cells: Int,
        openReservations: Int,
        stateHash: UInt64,
        violations: [String]
    ) {
        self.lsn = lsn
        self.cells = cells
        self.openReservations = openReservations
        self.stateHash = stateHash
        self.violations = violations
    }

    /// Adds a violation, as long as there is room for it.
    package mutating func note(_ violation: String) {
        if violations.count < CheckReport.violationsMax { violations.append(violation) }
    }
}

extension Engine {
    /// Checks the invariants that state alone can show, with all locks held.
    ///
    /// - Complexity: O(cells + reservations); nothing else runs meanwhile.
    package func check() -> CheckReport {
        withAllLocks {
            var report = CheckReport(
                lsn: ring.tail,
                cells: 0,
                openReservations: 0,
                stateHash: hashLocked(),
                violations: []
            )
            var sums = checkReservations(&report)
            checkShipments(&report)
            checkShares(&report)
            checkCells(&report, &sums)
            for (key, sum) in sums {
                note(
                    "reservations hold \(sum.reserved) and own \(sum.committed) units of a cell "
                        + "that doesn't exist: \(key)",
                    &report
                )
            }
            return report
        }
    }

    /// The order-free hash of the state: cells, reservations, ids, owners, configuration.
    package func stateHash() -> UInt64 { withAllLocks { hashLocked() } }

    private func withAllLocks<Result>(_ body: () -> Result) -> Result {
        for index in 0..<reservations.count { reservations.lock(index).lock() }
        _ = lockAllOwners()
        for index in 0..<stock.count { stock.lock(index).lock() }
        defer {
            for index in 0..<stock.count { stock.lock(index).unlock() }
            unlockAllOwners()
            for index in 0..<reservations.count { reservations.lock(index).unlock() }
        }
        return body()
    }

    func note(_ violation: String, _ report: inout CheckReport) {
        report.note(violation)
    }

    private struct CellKey: Hashable {
        var sku: UInt32
        var warehouse: UInt16
        var pool: UInt16
    }

    private struct CellSum {
        var reserved: Int64 = 0
        var committed: Int64 = 0
    }

    /// Adds up what open reservations claim of each cell.
    private func checkReservations(_ report: inout CheckReport) -> [CellKey: CellSum] {
        var sums: [CellKey: CellSum] = [:]
        for index in 0..<reservations.count {
            let stripe = unsafe reservations.state(index)
            let (due, all) = unsafe (stripe.pointee.dueCount, stripe.pointee.recordCount)
            if due != all {
                note("stripe \(index): \(due) of \(all) ids are due at some instant", &report)
            }
        }
        forEachRecord { record in
            guard record.kind == .reservation else { return }
            let state = record.state
            guard state == .held || state == .committed else { return }
            report.openReservations += 1
            record.forEachShareByLine { _, sku, index in
                let share = record.share(index)
                let progress = record.progress(index)
                if progress.held == 0, progress.committed == 0 { return }
                let key = CellKey(sku: sku, warehouse: share.warehouse, pool: share.pool)
                sums[key, default: CellSum()].reserved += Int64(progress.held)
                sums[key, default: CellSum()].committed += Int64(progress.committed)
            }
        }
        return sums
    }

    /// Compares each cell with the sums and takes them out.
    private func checkCells(_ report: inout CheckReport, _ sums: inout [CellKey: CellSum]) {
        for number in 0..<directory.count {
            let entry = directory.entry(number)
            if entry.hash == 0 { continue }
            for index in 0..<entry.cellCount {
                let cell = entry.cell(index)
                report.cells += 1
                let key = CellKey(sku: number, warehouse: cell.warehouse, pool: cell.pool)
                let sum = sums.removeValue(forKey: key) ?? CellSum()
                if sum.reserved != cell.reserved || sum.committed != cell.committed {
                    note(
                        "\(skuName(number)) in \(place(of: cell)): counts \(cell.reserved) "
                            + "reserved and \(cell.committed) committed, reservations say "
                            + "\(sum.reserved) and \(sum.committed)",
                        &report
                    )
                }
                if cell.available < 0, !entry.hasShortfall {
                    note(
                        "\(skuName(number)) in \(place(of: cell)): promises "
                            + "\(-cell.available) units more than it has",
                        &report
                    )
                }
            }
        }
    }

    /// Where a cell is, in words: its warehouse, and its pool unless that is `default`.
    private func place(of cell: StockCell) -> String {
        let network = self.network
        let code = network.warehouses[Int(cell.warehouse)].code
        return cell.pool == 0 ? "\(code)" : "\(code), pool \(network.pools[Int(cell.pool)])"
    }

    func forEachRecord(_ body: (ReservationRecord) -> Void) {
        for index in 0..<reservations.count {
            let stripe = unsafe reservations.state(index)
            unsafe stripe.pointee.index.forEach { unsafe body(stripe.pointee.records.record($0)) }
        }
    }

    // MARK: State hash

    private func hashLocked() -> UInt64 {
        let network = self.network
        var sum: UInt64 = 0
        var names: [UInt64] = []
        names.reserveCapacity(Int(directory.count))
        for number in 0..<directory.count {
            let entry = directory.entry(number)
            guard entry.hash != 0 else {
                names.append(0)
                continue
            }
            let name = unsafe StateHash.name(Array(entry.name))
            names.append(name)
            sum &+= StateHash.sku(
                name: name,
                version: entry.version,
                weightGrams: entry.weightGrams
            )
            for index in 0..<entry.cellCount {
                let cell = entry.cell(index)
                sum &+= StateHash.cell(
                    sku: name,
                    warehouse: network.warehouses[Int(cell.warehouse)].code,
                    pool: network.pools[Int(cell.pool)],
                    figures: cell.figures
                )
            }
        }
        for warehouse in network.warehouses { sum &+= StateHash.warehouse(warehouse) }
        for pool in network.pools { sum &+= StateHash.pool(pool) }
        for (index, policy) in network.policies.enumerated() {
            let number = SourcingPolicy(rawValue: SourcingPolicy.namedMin + UInt8(index))
            sum &+= StateHash.policy(policy, number: number)
        }
        for (index, row) in network.rates.rows.enumerated() {
            sum &+= StateHash.rate(row, index: index)
        }
        sum &+= hashOfSubstitutes(names)
        sum &+= hashOfSales(names, network)
        for name in actors.names { sum &+= StateHash.actor(name) }
        forEachRecord { sum &+= hash(of: $0, names, network) }
        return sum
    }

    private func hashOfSubstitutes(_ names: [UInt64]) -> UInt64 {
        var sum: UInt64 = 0
        for number in 0..<directory.count where directory.entry(number).hash != 0 {
            let list = substitutes(of: number)
            if list.count == 0 { continue }
            sum &+= StateHash.substitutes(
                of: names[Int(number)],
                (0..<list.count).map { names[Int(list[$0])] }
            )
        }
        return sum
    }

    /// The hash of a reservation's belonging to a sale; 0 where it doesn't.
    private func hashOfSale(_ record: ReservationRecord) -> UInt64 {
        guard let sale = record.sale else { return 0 }
        return StateHash.saleOfReservation(
            id: record.id,
            sale: sale.sale,
            window: sale.window,
            client: sale.client
        )
    }

    private func hash(
        of record: ReservationRecord,
        _ names: [UInt64],
        _ network: Network
    ) -> UInt64 {
        guard record.kind == .reservation else {
            let answer = record.write
            return StateHash.write(
                id: record.id,
                digest: record.digest,
                rows: answer.rows,
                onHand: answer.onHand,
                available: answer.available,
                version: answer.version
            )
        }
        var sum = StateHash.reservation(
            id: record.id,
            owner: record.owner,
            digest: record.digest,
            state: record.state,
            expiresAt: record.expiresAt,
            answeredExpiresAt: record.answeredExpiresAt,
            heldSince: record.heldSince,
            destination: record.destination,
            didReplace: record.didReplace,
            didRestExpire: record.didRestExpire,
            marks: record.chainMarks,
            policy: record.policy,
            promisedAt: Instant(minute: record.promisedMinute),
            constraints: record.constraints(in: network)
        )
        sum &+= hashOfSale(record)
        for index in 0..<record.changeCount { sum &+= hash(of: record.change(index), record) }
        if let last = record.lastExtension { sum &+= hash(of: last, record) }
        var share = 0
        for index in 0..<record.lineCount {
            let line = record.line(index)
            sum &+= StateHash.line(
                id: record.id,
                index: index,
                sku: line.sku == .max ? 0 : names[Int(line.sku)],
                requested: line.requested,
                isFixed: line.isFixed
            )
            for _ in 0..<line.shareCount {
                let stored = record.share(share)
                sum &+= StateHash.share(
                    id: record.id,
                    line: index,
                    share: Share(
                        warehouse: network.warehouses[Int(stored.warehouse)].code,
                        quantity: stored.quantity,
                        pool: network.pools[Int(stored.pool)],
                        backordered: record.backordered(share)
                    ),
                    progress: record.progress(share)
                )
                share += 1
            }
        }
        if let first = record.firstAnswer { sum &+= hash(of: first, record, network) }
        return sum
    }

    private func hash(
        of first: FirstAnswer,
        _ record: ReservationRecord,
        _ network: Network
    ) -> UInt64 {
        var sum: UInt64 = 0
        var share = 0
        for line in 0..<record.lineCount {
            for _ in 0..<first.shareCount(ofLine: line) {
                let (stored, backordered) = first.share(share)
                sum &+= StateHash.firstShare(
                    id: record.id,
                    line: line,
                    share: Share(
                        warehouse: network.warehouses[Int(stored.warehouse)].code,
                        quantity: stored.quantity,
                        pool: network.pools[Int(stored.pool)],
                        backordered: backordered
                    ),
                    promisedAt: Instant(minute: first.promisedMinute)
                )
                share += 1
            }
        }
        return sum
    }

    private func hash(of change: RememberedChange, _ record: ReservationRecord) -> UInt64 {
        StateHash.change(id: record.id, requestID: change.requestID, digest: change.digest)
    }
}
