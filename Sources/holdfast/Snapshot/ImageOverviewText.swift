internal import HoldfastClient
internal import Movements

/// What a snapshot's state comes to, as people and programs read it.
struct ImageOverviewText {
    let overview: ImageOverview

    private static let states: [ReservationState] = [
        .held, .committed, .fulfilled, .released, .expired, .cancelled,
    ]

    // MARK: For people

    /// Fill by warehouse, reservations, ranks, and the sum on the last line.
    var lines: [String] {
        var lines = warehouseLines
        if overview.byPool.keys.contains(where: { $0 != .default }) { lines += [""] + poolLines }
        lines += [""] + reservationLines
        let ranks = [
            ("units on hand", overview.topByUnits), ("open reservations", overview.topByHolds),
        ]
        for (title, rank) in ranks where !rank.elements.isEmpty {
            lines += ["", "SKUs with the most \(title)"] + rankLines(rank)
        }
        return lines + ["", sumLine]
    }

    private var warehouseLines: [String] {
        var table = TextTable(
            [.text("warehouse"), .text("state"), .number("cells")] + CellFigures.columns
                + [.number("fill")]
        )
        for warehouse in overview.configuration.warehouses {
            let sum = overview.byWarehouse[warehouse.code] ?? CellSum()
            let head = [warehouse.code.description, warehouse.state.name, sum.cells.grouped]
            table.add(head + sum.figures.entries + [sum.figures.fillText])
        }
        let total = overview.total
        table.add(
            ["all", "", total.cells.grouped] + total.figures.entries + [total.figures.fillText]
        )
        return table.lines
    }

    private var poolLines: [String] {
        var table = TextTable(
            [.text("pool"), .number("cells")] + CellFigures.columns + [.number("fill")]
        )
        for (pool, sum) in pools {
            table.add(
                [pool.description, sum.cells.grouped] + sum.figures.entries
                    + [sum.figures.fillText]
            )
        }
        return table.lines
    }

    private var pools: [(PoolName, CellSum)] {
        overview.byPool.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    private var reservationLines: [String] {
        var table = TextTable(
            ImageOverviewText.states.map { .number($0.name) } + [.number("other requests")]
        )
        let counts = ImageOverviewText.states.map { overview.reservations[$0, default: 0].grouped }
        table.add(counts + [overview.writes.grouped])
        var lines = table.lines
        if let hold = overview.oldestHold {
            lines.append(
                "oldest hold: \(hold.id), \(counted(hold.units, "unit")), since "
                    + "\(hold.heldSince.text) until \(hold.expiresAt.text)"
            )
        }
        if let next = overview.nextExpiry { lines.append("next expiry: \(next.text)") }
        if overview.overdueHolds > 0 {
            lines.append("time is over: \(counted(overview.overdueHolds, "hold")), not swept yet")
        }
        return lines
    }

    private func rankLines(_ rank: RankedList<ImageOverview.RankedSKU>) -> [String] {
        var table = TextTable(
            [.text("sku"), .number("cells")] + CellFigures.columns
                + [.number("fill"), .number("open reservations")]
        )
        for sku in rank.elements {
            table.add(
                [sku.name, sku.cells.grouped] + sku.figures.entries
                    + [sku.figures.fillText, sku.openReservations.grouped]
            )
        }
        return table.lines
    }

    private var sumLine: String {
        let configuration = overview.configuration
        var text =
            "\(counted(overview.skus, "SKU")), \(counted(overview.total.cells, "cell")), "
            + "\(counted(overview.openReservations, "open reservation")); "
            + "\(counted(configuration.warehouses.count, "warehouse")), "
            + "\(counted(configuration.pools.count, "pool")), "
            + "\(counted(configuration.policies.count, "policy", "policies")), "
            + "\(counted(configuration.rates.count, "rate")), "
            + counted(configuration.actors.count, "client")
        if overview.skusInShortfall > 0 {
            text += "; \(counted(overview.skusInShortfall, "SKU")) in shortfall"
        }
        return text
    }

    // MARK: For programs

    /// The same for programs.
    var json: JSON {
        let configuration = overview.configuration
        let states = ImageOverviewText.states.map { state in
            (name: state.name, value: JSON.count(overview.reservations[state, default: 0]))
        }
        return .object(
            [
                ("skus", .count(overview.skus)),
                ("skus_in_shortfall", .count(overview.skusInShortfall)),
            ] + members(overview.total)
                + [
                    ("open_reservations", .count(overview.openReservations)),
                    ("reservations", .object(states)),
                    ("request_ids", .count(overview.writes)),
                    ("oldest_hold", overview.oldestHold.map(json) ?? .null),
                    ("next_expiry", overview.nextExpiry.map { .string($0.text) } ?? .null),
                    ("overdue_holds", .count(overview.overdueHolds)),
                    ("warehouses", .array(configuration.warehouses.map(json))),
                    ("pools", .array(pools.map { json($0.0, $0.1) })),
                    ("policies", .array(configuration.policies.map(\.json))),
                    ("rates", .count(configuration.rates.count)),
                    ("clients", .array(configuration.actors.map { .string($0) })),
                    ("top_by_units", .array(overview.topByUnits.elements.map(json))),
                    ("top_by_holds", .array(overview.topByHolds.elements.map(json))),
                ]
        )
    }

    private func members(_ sum: CellSum) -> [(name: String, value: JSON)] {
        [("cells", .count(sum.cells))] + sum.figures.jsonMembers
            + [("fill_percent", sum.figures.fillJSON)]
    }

    private func json(_ hold: ImageOverview.Hold) -> JSON {
        .object([
            ("reservation", .string(hold.id.description)),
            ("held_since", .string(hold.heldSince.text)),
            ("expires_at", .string(hold.expiresAt.text)),
            ("units", .count(hold.units)),
        ])
    }

    private func json(_ warehouse: Warehouse) -> JSON {
        .object(
            [
                ("code", .string(warehouse.code.description)),
                ("state", .string(warehouse.state.name)),
            ] + members(overview.byWarehouse[warehouse.code] ?? CellSum())
        )
    }

    private func json(_ pool: PoolName, _ sum: CellSum) -> JSON {
        .object([("pool", .string(pool.description))] + members(sum))
    }

    private func json(_ sku: ImageOverview.RankedSKU) -> JSON {
        .object(
            [("sku", .string(sku.name)), ("cells", .count(sku.cells))] + sku.figures.jsonMembers
                + [
                    ("fill_percent", sku.figures.fillJSON),
                    ("open_reservations", .count(sku.openReservations)),
                ]
        )
    }
}
