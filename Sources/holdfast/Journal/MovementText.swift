internal import HoldfastClient

/// A movement as people and programs read it.
struct MovementText {
    let movement: LoggedMovement

    /// Entries that one line tells, at most; `--json` tells them all.
    private static let entriesShownMax = 4

    /// The titles above ``line``.
    static let titles = MovementText.line([
        "lsn", "instant", "kind", "actor", "request", "what",
    ])

    /// One line of fixed columns, as the length of the log isn't known before.
    var line: String { MovementText.line(movement, actor: movement.actor, what: what) }

    /// A line of the same columns that tells `what` of a movement.
    static func line(_ movement: LoggedMovement, actor: String?, what: String) -> String {
        MovementText.line([
            String(movement.lsn), movement.instant.text, movement.word.rawValue,
            actor ?? "-", id(movement.requestID), what,
        ])
    }

    private static func line(_ entries: [String]) -> String {
        let widths = [-12, 24, 18, 16, 32, 0]
        let padded = zip(entries, widths).map { entry, width in
            let padding = String(repeating: " ", count: max(0, abs(width) - entry.count))
            return width < 0 ? padding + entry : entry + padding
        }
        return padded.joined(separator: "  ")
    }

    private static func id(_ id: RequestID) -> String {
        id == RequestID(high: 0, low: 0) ? "-" : id.description
    }

    // MARK: For people

    private var what: String {
        switch movement.word {
        case .reserved, .replaced: return reservedText
        case .committed, .released, .expired, .fulfilled, .cancelled:
            return ofReservation + ": " + list(movement.changes.map(text))
        case .rerouted:
            let left = list(movement.changes.map(text))
            return ofReservation + ": \(left) to \(list(movement.arrivals.map { text($0.share) }))"
        case .extended: return ofReservation + ": " + extendedText
        case .forgotten: return counted(movement.forgotten.count, "id")
        case .received, .adjusted, .returned, .imported, .counted, .transferred, .configured:
            let rows = list(movement.stockRows.map(text))
            return movement.reason.isEmpty ? rows : "\(rows); \(movement.reason)"
        case .skusChanged: return list(movement.skus.map { "\($0.sku) \($0.weightGrams) g" })
        case .warehousesChanged:
            return list(movement.warehouses.map { "\($0.code) \($0.state.name)" })
        case .policiesChanged: return list(movement.policies.map(\.name.description))
        case .ratesChanged: return counted(movement.rates?.count ?? 0, "rate")
        case .substitutesChanged:
            return list(
                movement.substitutes.map {
                    "\($0.sku) by \($0.substitutes.isEmpty ? "none" : list($0.substitutes))"
                }
            )
        case .salesChanged: return list(movement.sales.map(text))
        case .actorNamed: return "a client's first movement"
        }
    }

    private func list(_ entries: [String]) -> String {
        let shown = entries.prefix(MovementText.entriesShownMax).joined(separator: ", ")
        let rest = entries.count - MovementText.entriesShownMax
        return rest > 0 ? "\(shown) and \(rest.grouped) more" : shown
    }

    private var ofReservation: String {
        "\(movement.isPart ? "part of" : "of") \(movement.reservation?.description ?? "-")"
    }

    private var extendedText: String {
        let until = "until \(movement.expiresAt?.text ?? "-")"
        guard let reason = movement.extendReason, reason != .shopper else { return until }
        return "\(until); \(reason.name)"
    }

    private var reservedText: String {
        var text = list(movement.lines.map(self.text))
        if let promisedAt = movement.promisedAt { text += "; promised \(promisedAt.text)" }
        if let old = movement.replaces { text += "; in place of \(old)" }
        return text
    }

    private func text(_ line: LoggedMovement.Line) -> String {
        let units = line.shares.reduce(0) { $0 + UInt64($1.units) }
        let short = units < UInt64(line.requested) ? " of \(line.requested.grouped)" : ""
        let shares = line.shares.isEmpty ? "" : " (\(list(line.shares.map(text))))"
        return "\(line.sku.isEmpty ? "an unknown SKU" : line.sku) \(units.grouped)\(short)\(shares)"
    }

    private func text(_ share: LoggedMovement.Share) -> String {
        "\(place(share.warehouse, share.pool)) \(share.units.grouped)"
    }

    private func text(_ change: LoggedMovement.Change) -> String {
        "\(change.sku) \(text(change.share))"
    }

    private func place(_ warehouse: String, _ pool: PoolName) -> String {
        pool == .default ? warehouse : "\(warehouse)/\(pool)"
    }

    private func text(_ row: LoggedMovement.StockRow) -> String {
        func signed(_ value: Int32) -> String { value < 0 ? value.grouped : "+\(value.grouped)" }
        var text = "\(row.sku) \(place(row.warehouse, row.pool))"
        if row.onHand != 0 { text += " \(signed(row.onHand))" }
        if row.safetyStock != 0 { text += " safety \(signed(row.safetyStock))" }
        if row.backorderLimit != 0 { text += " backorder \(signed(row.backorderLimit))" }
        return row.leavesShortfall ? text + " (shortfall)" : text
    }

    // MARK: For programs

    /// The movement for programs: only members that its kind has.
    var json: JSON {
        var members: [(name: String, value: JSON)] = [
            ("lsn", .count(movement.lsn)),
            ("instant", .string(movement.instant.text)),
            ("kind", .string(movement.word.rawValue)),
            ("actor", movement.actor.map { .string($0) } ?? .null),
            ("request", .string(movement.requestID.description)),
        ]
        func add(_ name: String, _ value: (some CustomStringConvertible)?) {
            if let value { members.append((name, .string(value.description))) }
        }
        func add(_ name: String, _ values: [JSON]) {
            if !values.isEmpty { members.append((name, .array(values))) }
        }
        add("reservation", movement.reservation)
        add("owner", movement.owner)
        add("replaces", movement.replaces)
        add("expires_at", movement.expiresAt?.text)
        if let position = movement.destination?.position {
            members.append(("lat", .degrees(position.latitudeMicrodegrees)))
            members.append(("lon", .degrees(position.longitudeMicrodegrees)))
        }
        if let policy = movement.policy {
            let number = JSON.count(policy.rawValue)
            members.append(("policy", policy.builtInName.map { .string($0) } ?? number))
        }
        add("promised_at", movement.promisedAt?.text)
        if let constraints = movement.constraints {
            members.append(("constraints", json(constraints)))
        }
        if let sale = movement.sale { members.append(("sale", .count(sale))) }
        if movement.isPart { members.append(("part", .boolean(true))) }
        if !movement.reason.isEmpty { add("reason", movement.reason) }
        add("reason", movement.extendReason?.name)
        add("lines", movement.lines.map(json))
        if movement.word == .rerouted {
            add("from", movement.changes.map(jsonOfMoved))
            add("to", movement.arrivals.map(jsonOfMoved))
        } else {
            add("changes", movement.changes.map(json))
        }
        add("rows", movement.stockRows.map(json))
        add(
            "skus",
            movement.skus.map {
                .object([("sku", .string($0.sku)), ("weight_grams", .count($0.weightGrams))])
            }
        )
        add("warehouses", movement.warehouses.map { .object($0.jsonMembers) })
        add("policies", movement.policies.map(\.json))
        if let rates = movement.rates {
            members.append(("rates", .array(rates.map { $0.row.json(warehouse: $0.warehouse) })))
        }
        add("substitutes", movement.substitutes.map(\.json))
        add("sales", movement.sales.map(json))
        add("forgotten", movement.forgotten.map { .string($0.description) })
        return .object(members)
    }

    private func json(_ change: LoggedMovement.Change) -> JSON {
        .object(
            [("sku", .string(change.sku))] + json(change.share)
                + [("were_held", .boolean(change.wereHeld))]
        )
    }

    private func jsonOfMoved(_ change: LoggedMovement.Change) -> JSON {
        .object(
            [("sku", .string(change.sku))] + json(change.share)
                + [("backordered", .count(change.share.backordered))]
        )
    }

    private func json(_ share: LoggedMovement.Share) -> [(name: String, value: JSON)] {
        [
            ("warehouse", .string(share.warehouse)),
            ("pool", .string(share.pool.description)),
            ("units", .count(share.units)),
        ]
    }

    private func json(_ constraints: LoggedMovement.Constraints) -> JSON {
        func names(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }
        let limits = constraints.limits
        return .object([
            ("splits_max", .count(limits.splitsMax)),
            ("splits_per_line_max", .count(limits.splitsPerLineMax)),
            ("metres_max", .count(limits.metresMax)),
            ("latest_promise", limits.latestPromise.map { .string($0.text) } ?? .null),
            ("ships_complete", .boolean(limits.shipsComplete)),
            ("excluded", names(constraints.excluded)),
            ("required", names(constraints.required)),
            ("preferred", names(constraints.preferred)),
        ])
    }

    private func json(_ line: LoggedMovement.Line) -> JSON {
        .object([
            ("sku", line.sku.isEmpty ? .null : .string(line.sku)),
            ("requested", .count(line.requested)),
            (
                "shares",
                .array(
                    line.shares.map {
                        .object(json($0) + [("backordered", .count($0.backordered))])
                    }
                )
            ),
        ])
    }

    private func json(_ row: LoggedMovement.StockRow) -> JSON {
        .object([
            ("sku", .string(row.sku)),
            ("warehouse", .string(row.warehouse)),
            ("pool", .string(row.pool.description)),
            ("on_hand_change", .count(row.onHand)),
            ("safety_stock_change", .count(row.safetyStock)),
            ("backorder_limit_change", .count(row.backorderLimit)),
            ("new_cell", .boolean(row.isNewCell)),
            ("shortfall", .boolean(row.leavesShortfall)),
        ])
    }
}
