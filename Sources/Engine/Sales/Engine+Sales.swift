package import Inventory
internal import Movements

// Sales are defined, changed and forgotten as a whole: one movement, under all stock locks.
extension Engine {
    /// Bytes of credit that a change of `rows` sales needs.
    package static func saleCreditBytes(rows: Int) -> Int {
        MovementLayout.configurationSizeBytes + rows * MovementLayout.saleRowSizeBytes
    }

    /// Gives sales rules, opens, closes or forgets them: all, or none.
    ///
    /// A sale that is opened or closed gets the rules that this comes to at the movement's instant.
    /// A sale of a pool that isn't known makes it. The rules of a sale may change at any time: what
    /// owners have of it stays counted, but a window that begins at another second begins that
    /// count anew. A sale is forgotten only once it is over and nothing of it is held; what is
    /// committed of it goes its way uncounted from then on. What owners have of a forgotten sale is
    /// freed later, by ``freeForgottenEntries(limit:)``. The session's credit covers
    /// ``saleCreditBytes(rows:)``.
    /// - Returns: The answer; the row of a refusal is the index of the change.
    /// - Complexity: O(changes + SKUs' and owners' stripes).
    package func writeSales(
        id: RequestID,
        digest: UInt64,
        _ changes: [SaleChange],
        now: Instant,
        session: EngineSession
    ) -> WriteAnswer {
        var removed: [Sale] = []
        let answer = changeConfiguration(
            id,
            digest: digest,
            now: now,
            session,
            locksOwners: changes.contains { if case .removal = $0 { true } else { false } }
        ) {
            refusal(of: changes)
        } plan: { network, instant in
            removed = []
            return plan(changes, network, instant, &removed)
        }
        if answer.outcome == .accepted { for sale in removed { forgetCounts(of: sale) } }
        return answer
    }

    private func refusal(of changes: [SaleChange]) -> WriteAnswer? {
        if changes.isEmpty { return WriteAnswer(.noLines) }
        if changes.count > Limits.salesMax { return WriteAnswer(.tooManyLines) }
        return SaleChange.fault(of: changes).map { index, fault in
            WriteAnswer(fault.outcome, refusedRow: Int32(index))
        }
    }

    /// What changes come to; `removed` gets the sales that are forgotten.
    private func plan(
        _ changes: [SaleChange],
        _ network: Network,
        _ instant: Instant,
        _ removed: inout [Sale]
    ) -> ConfigurationPlan {
        var book = network.book
        var pools = network.pools
        var rows: [RecordedSale] = []
        for (index, asked) in changes.enumerated() {
            guard let change = settled(asked, book, instant) else {
                return .refusal(WriteAnswer(.unknownSale, refusedRow: Int32(index)))
            }
            var number: UInt32
            var pool = network.poolNumber(of: change.pool)
            let isNewPool = pool == nil
            switch change {
            case .rules(let rules):
                if pool == nil {
                    guard pools.count < Limits.poolsMax else {
                        return .refusal(WriteAnswer(.tooManyPools, refusedRow: Int32(index)))
                    }
                    pool = UInt16(pools.count)
                    pools.append(change.pool)
                }
                number = book.set(rules)
            case .opening, .closing: preconditionFailure("a step is settled")
            case .removal(let name):
                guard let sale = book.sale(of: name) else {
                    return .refusal(WriteAnswer(.unknownSale, refusedRow: Int32(index)))
                }
                guard isOver(sale, at: instant) else {
                    return .refusal(WriteAnswer(.saleInUse, refusedRow: Int32(index)))
                }
                number = sale.number
                book.remove(number)
                removed.append(sale)
            }
            guard book.sales.count <= Limits.salesMax else {
                return .refusal(WriteAnswer(.tooManySales, refusedRow: Int32(index)))
            }
            guard let pool else { preconditionFailure("a sale has a pool") }
            rows.append(
                RecordedSale(number: number, pool: pool, isNewPool: isNewPool, change: change)
            )
        }
        return .change(
            ConfigurationChange(
                network: network.replacing(pools: pools, book: book),
                kind: .salesChanged,
                rows: rows.count,
                sizeBytes: Engine.saleCreditBytes(rows: rows.count)
            ) { writer in
                for row in rows { writer.put(row) }
            }
        )
    }

    /// The change with a step told as the rules that it comes to; `nil` for an unknown sale.
    private func settled(
        _ change: SaleChange,
        _ book: SaleBook,
        _ instant: Instant
    ) -> SaleChange? {
        switch change {
        case .rules, .removal: change
        case .opening(let pool): book.sale(of: pool).map { .rules($0.rules.opened(at: instant)) }
        case .closing(let pool): book.sale(of: pool).map { .rules($0.rules.closed(at: instant)) }
        }
    }

    /// Whether a sale has closed and nothing of it is held; all owner locks are held.
    private func isOver(_ sale: Sale, at instant: Instant) -> Bool {
        guard let closesAt = sale.rules.closesAt, instant >= closesAt else { return false }
        return (0..<owners.count).allSatisfy {
            unsafe owners.state($0).pointee.sum(of: sale.number).openHolds == 0
        }
    }

    /// Forgets what is counted of a sale by its pool, and has its entries freed.
    private func forgetCounts(of sale: Sale) {
        forgottenEntries.begin()
        guard let pool = network.poolNumber(of: sale.rules.pool) else { return }
        saleRefusals.forget(pool)
        saleReturns.forget(pool)
    }

    /// Frees entries of owners whose sale isn't known any more, looking at most at `limit` of one
    /// stripe under its lock.
    ///
    /// Nothing is counted with such entries, so it doesn't matter when they go. For one thread at a
    /// time; a call of it after the other goes through all stripes once for each forgetting.
    /// - Returns: Whether nothing is left to be looked at.
    package func freeForgottenEntries(limit: Int) -> Bool {
        guard let place = forgottenEntries.place(stripes: owners.count) else { return true }
        let lock = owners.lock(place.stripe)
        lock.lock()
        // No older than any entry under this lock: a sale is known before anybody has of it.
        let book = network.book
        let stripe = unsafe owners.state(place.stripe)
        let count = unsafe stripe.pointee.entries.slotCount
        let end = min(count, place.slot + UInt32(limit))
        for slot in place.slot..<max(place.slot, end) {
            let entry = unsafe stripe.pointee.entries.entry(slot)
            guard entry.sale != 0, book.sale(entry.sale) == nil else { continue }
            let key = entry.key
            let ownerHash = hash.hash(key.owner.high, key.owner.low)
            unsafe stripe.pointee.remove(slot, hash: entryHash(key, ownerHash))
        }
        let isWhole = end >= count
        if isWhole { unsafe stripe.pointee.forgetSums { book.sale($0) == nil } }
        lock.unlock()
        forgottenEntries.go(to: isWhole ? nil : end, from: place)
        return false
    }

    // MARK: Recovery

    /// The book of sales and the pools after rows of a record.
    func applied(
        _ rows: [RecordedSale],
        to network: Network,
        _ reader: borrowing MovementReader
    ) throws(MovementError) -> Network {
        var book = network.book
        var pools = network.pools
        for row in rows {
            let name = row.change.pool
            if row.isNewPool {
                guard Int(row.pool) == pools.count, pools.count < Limits.poolsMax,
                    !pools.contains(name)
                else { throw reader.error("makes pool \(name) as number \(row.pool)") }
                pools.append(name)
            }
            guard Int(row.pool) < pools.count, pools[Int(row.pool)] == name else {
                throw reader.error("names pool \(row.pool) \(name)")
            }
            guard case .rules(let rules) = row.change else {
                guard book.sale(of: name)?.number == row.number else {
                    throw reader.error("forgets sale \(row.number), which isn't that of \(name)")
                }
                book.remove(row.number)
                continue
            }
            guard book.set(rules) == row.number, book.sales.count <= Limits.salesMax else {
                throw reader.error("gives pool \(name) the sale \(row.number)")
            }
        }
        return network.replacing(pools: pools, book: book)
    }

    /// Applies a change of sales.
    func applySales(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        var removed: [Sale] = []
        try applyConfiguration(&reader, lsn, gate) { (count, reader) throws(MovementError) in
            guard count <= Limits.salesMax else { throw reader.error("has \(count) sales") }
            var rows: [RecordedSale] = []
            for _ in 0..<count { rows.append(try reader.takeSale()) }
            let before = network
            let network = try applied(rows, to: before, reader)
            removed = before.sales.filter { network.book.sale($0.number) == nil }
            return network
        }
        for sale in removed { forgetCounts(of: sale) }
    }
}
