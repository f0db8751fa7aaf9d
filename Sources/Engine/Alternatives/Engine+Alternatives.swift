internal import Inventory
internal import Sourcing

// What could serve short lines instead: looked for once the request is decided, with no lock held
// but that of one SKU's stripe at a time. Nothing of it is logged or remembered, so it can't be
// part of a decision, and a repeated answer finds what there is then.
extension Engine {
    /// What a line asks for and is short of, as the search for alternatives needs it.
    private struct ShortLine {
        var index: Int
        var missing: UInt32
        /// The only warehouse that may serve it, by number; `nil` for any.
        var fixed: UInt16?
        /// The pools that may serve it, by number.
        var pools: [UInt16]
    }

    /// Adds to an answer what could serve its short lines instead.
    ///
    /// Of an accepted request those whose shares are less than asked, of a refused one those that
    /// the plan left short; nothing for other refusals.
    /// - Complexity: O(`Limits.alternativeCellsMax` + the cells of one SKU).
    @inline(never)
    func addAlternatives(
        of request: ReserveRequest,
        _ session: EngineSession,
        to answer: inout ReservationAnswer
    ) {
        let work = unsafe session.workspace
        // The old hold is gone by now, or has its units and shipments still.
        unsafe work.pointee.givenBack = []
        var serving = servingWarehouses(session)
        var short: [(index: Int, missing: UInt32)] = []
        switch answer.outcome {
        case .accepted:
            // A repeated answer is of the request that had this id and digest: another one, where
            // two digests are alike.
            guard unsafe request.lines.count == answer.lineCount else { return }
            for index in 0..<answer.lineCount {
                let line = unsafe answer.lines[index]
                if line.reserved < line.requested {
                    short.append((index, line.requested - line.reserved))
                }
                guard serving.isLimited else { continue }
                for share in line.shareStart..<line.shareStart + line.shareCount {
                    let code = unsafe answer.shares[Int(share)].warehouse
                    if let number = session.network.number(of: code) {
                        serving.insert(number, of: index)
                    }
                }
            }
        case .insufficientStock, .constraintsUnmet, .capacityExhausted, .warehouseClosed:
            short = unsafe shortLines(request.lines.count, session, &serving)
        default: return
        }
        if short.isEmpty { return }
        answer.alternatives = unsafe alternatives(of: request, short, serving, session)
    }

    /// What could serve the short lines of the session's plan instead.
    func alternatives(
        of request: ReserveRequest,
        _ session: EngineSession
    ) -> [LineAlternatives] {
        var serving = servingWarehouses(session)
        let short = unsafe shortLines(request.lines.count, session, &serving)
        return short.isEmpty ? [] : unsafe alternatives(of: request, short, serving, session)
    }

    private func servingWarehouses(_ session: EngineSession) -> ServingWarehouses {
        let work = unsafe session.workspace
        guard unsafe work.pointee.constraintsSize != 0 else {
            return ServingWarehouses(splitsMax: 0, splitsPerLineMax: 0)
        }
        return unsafe ServingWarehouses(
            splitsMax: work.pointee.planConstraints.splitsMax,
            splitsPerLineMax: work.pointee.planConstraints.splitsPerLineMax
        )
    }

    /// The short lines of the plan that stands in the session's workspace.
    private func shortLines(
        _ count: Int,
        _ session: EngineSession,
        _ serving: inout ServingWarehouses
    ) -> [(index: Int, missing: UInt32)] {
        let work = unsafe session.workspace
        var short: [(index: Int, missing: UInt32)] = []
        for index in 0..<count {
            let line = unsafe work.pointee.lines[index]
            if line.reserved < line.requested {
                short.append((index, line.requested - line.reserved))
            }
            guard serving.isLimited else { continue }
            for share in line.shareStart..<line.shareStart + line.shareCount {
                let supply = unsafe work.pointee.shares[share].supply
                serving.insert(unsafe work.pointee.supplies[supply].warehouse, of: index)
            }
        }
        return short
    }

    /// Looks again where the network changes on the way, as often as a plan is made.
    private func alternatives(
        of request: ReserveRequest,
        _ short: [(index: Int, missing: UInt32)],
        _ serving: ServingWarehouses,
        _ session: EngineSession
    ) -> [LineAlternatives] {
        var found: [LineAlternatives] = []
        for _ in 0..<settings.planAttemptsMax {
            session.refreshNetwork()
            unsafe aim(request, session)
            found = []
            var cellsLeft = Limits.alternativeCellsMax
            for (index, missing) in short.prefix(Limits.alternativeLinesMax) {
                let asked = unsafe request.lines[index]
                let line = unsafe shortLine(index, missing, asked, session)
                let list = unsafe alternatives(of: line, asked, serving, session, &cellsLeft)
                if let list, !list.entries.isEmpty {
                    let best = list.entries.map { told($0, session.network) }
                    found.append(LineAlternatives(line: index, alternatives: best))
                }
            }
            if unsafe session.workspace.pointee.networkVersion == networkVersion { break }
        }
        return found
    }

    private func shortLine(
        _ index: Int,
        _ missing: UInt32,
        _ asked: RequestLine,
        _ session: EngineSession
    ) -> ShortLine {
        var line = ShortLine(index: index, missing: missing, fixed: nil, pools: [])
        if unsafe asked.warehouse != .none {
            line.fixed = unsafe session.network.number(of: asked.warehouse)
        }
        guard let pools = unsafe asked.pools else {
            line.pools = [0]
            return line
        }
        unsafe pools.forEach { pool in
            if let number = session.network.poolNumber(of: pool) { line.pools.append(number) }
        }
        if unsafe session.workspace.pointee.sale.borrows, line.pools.count == 1 {
            line.pools.append(0)
        }
        return line
    }

    private func told(_ entry: AlternativeList.Entry, _ network: Network) -> Alternative {
        unsafe Alternative(
            kind: entry.kind,
            sku: skuName(entry.sku),
            warehouse: network.codes[Int(entry.warehouse)],
            pool: network.poolNames[Int(entry.pool)],
            available: entry.available,
            exclusion: entry.exclusion
        )
    }

    // MARK: One line

    /// Looks through the cells of a line's SKU and of its substitutes.
    /// - Returns: `nil` where the SKU isn't known or nothing may be looked at any more.
    private func alternatives(
        of line: ShortLine,
        _ asked: RequestLine,
        _ serving: ServingWarehouses,
        _ session: EngineSession,
        _ cellsLeft: inout Int
    ) -> AlternativeList? {
        var list = AlternativeList(missing: line.missing, network: session.network)
        var substitutes = SubstituteList()
        let skuHash = unsafe asked.hash
        let isKnown = withCells(of: skuHash, session, &cellsLeft) {
            guard let number = unsafe find(asked.sku, hash: skuHash) else { return nil }
            substitutes = self.substitutes(of: number)
            return number
        } _: { number, cell in
            guard let entry = ownEntry(cell, number, of: line, serving, session) else { return }
            list.offer(entry)
        }
        guard isKnown else { return nil }
        for rank in 0..<substitutes.count {
            let number = substitutes[rank]
            let otherHash = directory.entry(number).hash
            _ = withCells(of: otherHash, session, &cellsLeft) {
                number
            } _: { number, cell in
                guard line.pools.contains(cell.pool), line.fixed ?? cell.warehouse == cell.warehouse
                else { return }
                let entry = entry(cell, number, .substitute, session)
                guard var entry, entry.exclusion == .none,
                    serving.hasRoom(for: cell.warehouse, of: line.index)
                else { return }
                entry.rank = rank
                list.offer(entry)
            }
        }
        return list
    }

    /// Calls `body` with each cell of the SKU whose number `find` gives, under its stripe's lock.
    /// - Returns: Whether there is such a SKU and it may be looked at.
    private func withCells(
        of skuHash: UInt64,
        _ session: EngineSession,
        _ cellsLeft: inout Int,
        _ find: () -> UInt32?,
        _ body: (UInt32, StockCell) -> Void
    ) -> Bool {
        guard cellsLeft > 0 else { return false }
        let lock = stock.lock(stock.index(of: skuHash))
        lock.lock()
        defer { lock.unlock() }
        // Cells of a later network may stand in warehouses that the session doesn't know.
        guard unsafe session.workspace.pointee.networkVersion == networkVersion,
            let number = find()
        else { return false }
        let entry = directory.entry(number)
        for index in 0..<entry.cellCount { body(number, entry.cell(index)) }
        cellsLeft -= entry.cellCount
        return true
    }

    /// A cell of the line's own SKU, if it departs from the request in one thing.
    private func ownEntry(
        _ cell: StockCell,
        _ number: UInt32,
        of line: ShortLine,
        _ serving: ServingWarehouses,
        _ session: EngineSession
    ) -> AlternativeList.Entry? {
        guard var entry = entry(cell, number, .warehouse, session) else { return nil }
        var departures = entry.exclusion == .none ? 0 : 1
        if line.fixed ?? cell.warehouse != cell.warehouse {
            entry.exclusion = .notOfLine
            departures += 1
        }
        if !serving.hasRoom(for: cell.warehouse, of: line.index) {
            entry.exclusion = .splits
            departures += 1
        }
        if !line.pools.contains(cell.pool) {
            entry.kind = .pool
            departures += 1
        }
        return departures == 1 ? entry : nil
    }

    /// A cell with units whose warehouse could serve now, with what the constraints say of it.
    private func entry(
        _ cell: StockCell,
        _ number: UInt32,
        _ kind: AlternativeKind,
        _ session: EngineSession
    ) -> AlternativeList.Entry? {
        let work = unsafe session.workspace
        let shipsComplete =
            unsafe work.pointee.constraintsSize != 0
            && work.pointee.planConstraints.shipsComplete
        let available = shipsComplete ? min(cell.present, cell.takeable) : cell.takeable
        guard available > 0 else { return nil }
        let terms = terms(of: cell.warehouse, session)
        if terms.exclusion == .draining || terms.exclusion == .offline { return nil }
        if capacity.hasLimits, !hasRoom(cell.warehouse, session) { return nil }
        return AlternativeList.Entry(
            kind: kind,
            sku: number,
            warehouse: cell.warehouse,
            pool: cell.pool,
            available: available,
            metres: terms.metres,
            // It may have been full when the plan was made, and isn't now.
            exclusion: terms.exclusion == .full ? .none : terms.exclusion
        )
    }
}
