import HoldfastClient

/// The calls about sales and the stock that is fenced off for them.
extension ConversationCalls {
    func performOnSales(
        _ call: String,
        _ arguments: ConversationArguments
    ) async throws -> Answer {
        switch call {
        case "sale_write":
            let id = try arguments.id("id")
            let rows = try arguments.objects("rows", saleChange)
            try arguments.finish()
            return try await client.write(rows, requestID: id).map(ConversationAnswers.write)
        case "sale_list":
            try arguments.finish()
            return try await client.sales().map(ConversationAnswers.sales)
        case "sale_status":
            let pool = try salePool(arguments)
            try arguments.finish()
            return try await client.saleStatus(of: pool).map(ConversationAnswers.saleStatus)
        case "sale_report":
            let pool = try salePool(arguments)
            let limit = try arguments.number("limit", or: 10)
            try arguments.finish()
            return try await client.saleOverview(of: pool, limit: limit)
                .map(ConversationAnswers.saleOverview)
        default:
            let rows = try arguments.objects("rows") {
                Fence.Row(
                    sku: try $0.requiredText("sku"),
                    warehouse: try $0.requiredWarehouse("warehouse"),
                    units: try $0.number("units", or: 0)
                )
            }
            let giving = try arguments.pool("giving") ?? .default
            let taking = try arguments.pool("taking") ?? .default
            let reason = try arguments.text("reason") ?? ""
            let id = try arguments.id("id")
            try arguments.finish()
            return try await client.fence(
                rows,
                from: giving,
                to: taking,
                reason: reason,
                requestID: id
            ).map(ConversationAnswers.write)
        }
    }

    private func salePool(_ arguments: ConversationArguments) throws -> PoolName {
        try ConversationArguments.pool(try arguments.requiredText("pool"))
    }

    private func saleChange(_ row: ConversationArguments) throws -> SaleChange {
        let pool = try row.pool("pool") ?? .default
        switch try row.text("step") {
        case "opening"?: return .opening(pool)
        case "closing"?: return .closing(pool)
        case "removal"?: return .removal(pool)
        case let step?: throw UnsendableValue(what: step)
        case nil: break
        }
        var rules = SaleRules(pool: pool)
        rules.opensAt = try row.number("opens_at", Int64.self).map { Instant(milliseconds: $0) }
        rules.closesAt = try row.number("closes_at", Int64.self).map { Instant(milliseconds: $0) }
        rules.wall = try row.choice("wall", or: .hard)
        rules.returnsRest = try row.flag("returns_rest")
        rules.unitsPerOwnerAndSKU = try row.number("units_per_owner_and_sku", or: 0)
        rules.unitsPerOwner = try row.number("units_per_owner", or: 0)
        rules.unitsPerOrder = try row.number("units_per_order", or: 0)
        rules.unitsPerWindow = try row.number("units_per_window", or: 0)
        rules.windowMilliseconds = try row.number("window_milliseconds", or: 0)
        rules.openHoldsPerOwner = try row.number("open_holds_per_owner", or: 0)
        rules.openHoldsPerCredential = try row.number("open_holds_per_credential", or: 0)
        rules.firstHoldMilliseconds = try row.number("first_hold_milliseconds", or: 0)
        return .rules(rules)
    }
}

extension ConversationAnswers {
    static func sales(_ list: SaleList) -> [String: Value] {
        [
            "instant": .integer(list.instant.milliseconds),
            "sales": .array(list.sales.map { .object(rules($0, at: list.instant)) }),
        ]
    }

    static func saleStatus(_ status: SaleStatus) -> [String: Value] {
        var fields = rules(status.rules, at: status.instant)
        fields["instant"] = .integer(status.instant.milliseconds)
        let figures = status.figures
        fields["on_hand"] = .integer(figures.cells.onHand)
        fields["reserved"] = .integer(figures.cells.reserved)
        fields["committed"] = .integer(figures.cells.committed)
        fields["safety_stock"] = .integer(figures.cells.safetyStock)
        fields["backorder_limit"] = .integer(figures.cells.backorderLimit)
        fields["owners"] = .count(figures.owners)
        fields["holds"] = .count(figures.holds)
        fields["committed_holds"] = .count(figures.committedHolds)
        fields["open_holds"] = .count(figures.openHolds)
        fields["open_units"] = .count(figures.openUnits)
        fields["fulfilled_units"] = .count(figures.fulfilledUnits)
        fields["returned_units"] = .count(figures.returnedUnits)
        let refusals = figures.refusals.map { ($0.key.name, Value.count($0.value)) }
        fields["refusals"] = .object(Dictionary(uniqueKeysWithValues: refusals))
        return fields
    }

    static func saleOverview(_ overview: SaleOverview) -> [String: Value] {
        var fields = saleStatus(
            SaleStatus(
                instant: overview.instant,
                rules: overview.rules,
                figures: overview.report.figures
            )
        )
        fields["bands"] = .array(
            overview.report.bands.map { band in
                .object([
                    "units_min": .count(band.unitsMin),
                    "units_max": band.unitsMax == .max ? .null : .count(band.unitsMax),
                    "owners": .count(band.owners), "units": .count(band.units),
                ])
            }
        )
        fields["top"] = .array(
            overview.report.top.map { share in
                .object([
                    "owner": .string("\(share.owner)"), "open_units": .count(share.openUnits),
                    "fulfilled_units": .count(share.fulfilledUnits), "holds": .count(share.holds),
                    "committed_holds": .count(share.committedHolds),
                    "open_holds": .count(share.openHolds),
                ])
            }
        )
        return fields
    }

    private static func rules(_ rules: SaleRules, at instant: Instant) -> [String: Value] {
        func value(_ instant: Instant?) -> Value {
            instant.map { .integer($0.milliseconds) } ?? .null
        }
        return [
            "pool": .string("\(rules.pool)"), "state": .string("\(rules.state(at: instant))"),
            "opens_at": value(rules.opensAt), "closes_at": value(rules.closesAt),
            "wall": .string("\(rules.wall)"), "returns_rest": .boolean(rules.returnsRest),
            "units_per_owner_and_sku": .count(rules.unitsPerOwnerAndSKU),
            "units_per_owner": .count(rules.unitsPerOwner),
            "units_per_order": .count(rules.unitsPerOrder),
            "units_per_window": .count(rules.unitsPerWindow),
            "window_milliseconds": .count(rules.windowMilliseconds),
            "open_holds_per_owner": .count(rules.openHoldsPerOwner),
            "open_holds_per_credential": .count(rules.openHoldsPerCredential),
            "first_hold_milliseconds": .count(rules.firstHoldMilliseconds),
        ]
    }
}
