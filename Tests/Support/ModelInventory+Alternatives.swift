internal import Inventory

// What could serve short lines instead: every cell is looked at, and what it departs in is listed.
extension ModelInventory {
    /// A cell that could serve, with all that it is ordered by.
    private struct Candidate {
        var told: Alternative
        var rank: Int
        var metres: Int64
    }

    /// The alternatives of an answered request.
    ///
    /// `lines` are what it got, or what the plan would have given it that was refused.
    func alternatives(
        _ command: ReserveCommand,
        _ lines: [(requested: UInt32, shares: [Share])],
        orderedAt: Instant
    ) -> [LineAlternatives] {
        var cellsLeft = 16_384
        var found: [LineAlternatives] = []
        let short = lines.indices.filter { units(lines[$0].shares) < lines[$0].requested }
        for index in short.prefix(32) {
            var candidates: [Candidate] = []
            guard let own = skus[command.lines[index].sku], cellsLeft > 0 else { continue }
            cellsLeft -= own.cells.count
            var looked = [(name: command.lines[index].sku, rank: -1)]
            let others = substitutes[command.lines[index].sku] ?? []
            for (rank, name) in others.enumerated() where cellsLeft > 0 {
                looked.append((Array(name.utf8), rank))
                cellsLeft -= skus[Array(name.utf8)]?.cells.count ?? 0
            }
            for sku in looked {
                for (key, figures) in skus[sku.name]?.cells ?? [:] {
                    let candidate = candidate(
                        key,
                        figures,
                        (command, orderedAt),
                        (index, lines.map { Set($0.shares.map(\.warehouse)) }),
                        sku
                    )
                    if let candidate { candidates.append(candidate) }
                }
            }
            let missing = Int64(lines[index].requested - units(lines[index].shares))
            let best = candidates.sorted { isBefore($0, $1, missing) }.prefix(5).map(\.told)
            if !best.isEmpty { found.append(LineAlternatives(line: index, alternatives: best)) }
        }
        return found
    }

    private func isBefore(_ left: Candidate, _ right: Candidate, _ missing: Int64) -> Bool {
        func key(_ one: Candidate) -> [Int64] {
            [
                one.told.available >= missing ? 0 : 1, Int64(one.told.kind.rawValue),
                Int64(one.rank), one.metres,
            ]
        }
        if key(left) != key(right) { return key(left).lexicographicallyPrecedes(key(right)) }
        if left.told.warehouse != right.told.warehouse {
            return left.told.warehouse < right.told.warehouse
        }
        return left.told.pool < right.told.pool
    }

    /// What a cell is to a short line, if it departs from the request in one thing.
    private func candidate(
        _ key: CellKey,
        _ figures: CellFigures,
        _ order: (command: ReserveCommand, orderedAt: Instant),
        _ served: (line: Int, by: [Set<WarehouseCode>]),
        _ sku: (name: [UInt8], rank: Int)
    ) -> Candidate? {
        let line = order.command.lines[served.line]
        let constraints = order.command.constraints ?? .none
        let counted = figures.reserved + figures.committed
        var available = min(figures.available, Limits.unitsPerCellMax - counted)
        if constraints.shipsComplete {
            available = min(available, figures.onHand - counted - figures.safetyStock)
        }
        guard available > 0, warehouses[key.warehouse]?.state == .online, !isFull(key.warehouse)
        else { return nil }
        let (metres, exclusion) = exclusion(of: key.warehouse, order.command, order.orderedAt)
        var departures: [(AlternativeKind, Exclusion)] = []
        if sku.rank >= 0 { departures.append((.substitute, .none)) }
        if !(line.pools.isEmpty ? [.default] : line.pools).contains(key.pool) {
            departures.append((.pool, .none))
        }
        if exclusion != .none { departures.append((.warehouse, exclusion)) }
        if line.warehouse != .none, line.warehouse != key.warehouse {
            departures.append((.warehouse, .notOfLine))
        }
        let all = served.by.reduce(into: Set()) { $0.formUnion($1) }
        let own = served.by[served.line]
        let isOneTooMany =
            constraints.splitsMax > 0
            && all.union([key.warehouse]).count > max(all.count, Int(constraints.splitsMax))
        let isOneTooManyOfLine =
            constraints.splitsPerLineMax > 0
            && own.union([key.warehouse]).count
                > max(own.count, Int(constraints.splitsPerLineMax))
        if isOneTooMany || isOneTooManyOfLine { departures.append((.warehouse, .splits)) }
        guard departures.count == 1 else { return nil }
        return Candidate(
            told: Alternative(
                kind: departures[0].0,
                sku: String(decoding: sku.name, as: UTF8.self),
                warehouse: key.warehouse,
                pool: key.pool,
                available: available,
                exclusion: departures[0].1
            ),
            rank: max(0, sku.rank),
            metres: metres
        )
    }

    /// How far an online warehouse is, and the first constraint that leaves it out.
    private func exclusion(
        of code: WarehouseCode,
        _ command: ReserveCommand,
        _ orderedAt: Instant
    ) -> (metres: Int64, exclusion: Exclusion) {
        let constraints = command.constraints ?? .none
        let terms = terms(of: code, command, orderedAt)
        let exclusion: Exclusion =
            if !terms.isServed {
                .regionNotServed
            } else if constraints.excluded.contains(code) {
                .excluded
            } else if !constraints.required.isEmpty, !constraints.required.contains(code) {
                .notRequired
            } else if constraints.metresMax > 0, terms.metres > Int64(constraints.metresMax) {
                .tooFar
            } else if let latest = constraints.latestPromise,
                terms.promisedMinute * 60_000 > latest.milliseconds
            {
                .tooLate
            } else {
                .none
            }
        return (terms.metres, exclusion)
    }
}
