import HoldfastClient

/// The calls about what sourcing goes by.
extension ConversationCalls {
    func performOnSourcing(
        _ call: String,
        _ arguments: ConversationArguments
    ) async throws -> Answer {
        switch call {
        case "policy_write":
            let id = try arguments.id("id")
            let rows = try arguments.objects("rows", policy)
            try arguments.finish()
            return try await client.write(rows, requestID: id).map(ConversationAnswers.write)
        case "policy_list":
            try arguments.finish()
            return try await client.policies().map(ConversationAnswers.policies)
        case "rates_write":
            let id = try arguments.id("id")
            let rows = try arguments.objects("rows", rate)
            try arguments.finish()
            return try await client.write(rows, requestID: id).map(ConversationAnswers.write)
        case "rates_list":
            try arguments.finish()
            return try await client.rates().map(ConversationAnswers.rates)
        case "substitutes_write":
            let id = try arguments.id("id")
            let rows = try arguments.objects("rows") {
                SKUSubstitutes(
                    sku: try $0.requiredText("sku"),
                    substitutes: try $0.texts("substitutes")
                )
            }
            try arguments.finish()
            return try await client.write(rows, requestID: id).map(ConversationAnswers.write)
        default:
            let cursor = try arguments.number("cursor", or: UInt32(0))
            let limit = try arguments.number("limit", or: 1_024)
            let sku = try arguments.text("sku")
            try arguments.finish()
            guard let sku else {
                return try await client.substitutesPage(from: cursor, limit: limit)
                    .map(ConversationAnswers.substitutes)
            }
            return try await client.substitutes(of: sku).map {
                let row = SKUSubstitutes(sku: sku, substitutes: $0)
                return ConversationAnswers.substitutes(SubstitutesPage(rows: [row]))
            }
        }
    }

    /// What a plan has to keep to.
    func constraints(_ row: ConversationArguments) throws -> SourcingConstraints {
        func codes(_ key: String) throws -> [WarehouseCode] {
            try row.texts(key).map { try ConversationArguments.warehouse($0) }
        }
        return SourcingConstraints(
            splitsMax: try row.number("splits_max", or: 0),
            splitsPerLineMax: try row.number("splits_per_line_max", or: 0),
            metresMax: try row.number("metres_max", or: 0),
            latestPromise: try row.number("latest_promise", Int64.self).map {
                Instant(milliseconds: $0)
            },
            shipsComplete: try row.flag("ships_complete"),
            excluded: try codes("excluded"),
            required: try codes("required"),
            preferred: try codes("preferred")
        )
    }

    private func policy(_ row: ConversationArguments) throws -> PolicyDefinition {
        let name = try row.requiredText("name")
        guard let policyName = PolicyName(name) else { throw UnsendableValue(what: name) }
        let tiers = try row.objects("tiers") { tier in
            SourcingTier(
                try tier.objects("terms") {
                    SourcingTier.Part(
                        try ConversationArguments.choice(try $0.requiredText("term")),
                        weight: try $0.number("weight", or: 1)
                    )
                },
                tolerance: try tier.number("tolerance", or: 0)
            )
        }
        return PolicyDefinition(name: policyName, tiers: tiers)
    }

    private func rate(_ row: ConversationArguments) throws -> RateRow {
        RateRow(
            warehouse: try row.warehouse("warehouse") ?? .none,
            region: try ConversationArguments.region(try row.text("region") ?? ""),
            metresMax: try row.number("metres_max", or: .max),
            baseMinor: try row.number("base_cost", or: 0),
            perKilometreMinor: try row.number("kilometre_cost", or: 0),
            perKilogramMinor: try row.number("kilogram_cost", or: 0),
            transitHours: try row.number("transit_hours", or: 0)
        )
    }
}

extension ConversationAnswers {
    static func policies(_ policies: [NumberedPolicy]) -> [String: Value] {
        [
            "policies": .array(
                policies.map { policy in
                    .object([
                        "name": .string("\(policy.definition.name)"),
                        "number": .count(policy.number.rawValue),
                        "tiers": .array(policy.definition.tiers.map(tier)),
                    ])
                }
            )
        ]
    }

    private static func tier(_ tier: SourcingTier) -> Value {
        .object([
            "tolerance": .count(tier.tolerance),
            "terms": .array(
                tier.parts.map { part in
                    .object(["term": .string(part.term.name), "weight": .count(part.weight)])
                }
            ),
        ])
    }

    static func rates(_ rows: [RateRow]) -> [String: Value] {
        [
            "rows": .array(
                rows.map { row in
                    .object([
                        "warehouse": row.warehouse == .none
                            ? .null : .string("\(row.warehouse)"),
                        "region": row.region == .none ? .null : .string("\(row.region)"),
                        "metres_max": row.metresMax == .max ? .null : .count(row.metresMax),
                        "base_cost": .integer(row.baseMinor),
                        "kilometre_cost": .integer(row.perKilometreMinor),
                        "kilogram_cost": .integer(row.perKilogramMinor),
                        "transit_hours": .count(row.transitHours),
                    ])
                }
            )
        ]
    }

    static func substitutes(_ page: SubstitutesPage) -> [String: Value] {
        [
            "next_cursor": page.next.map { .count($0) } ?? .null,
            "rows": .array(
                page.rows.map { row in
                    .object([
                        "sku": .string(row.sku),
                        "substitutes": .array(row.substitutes.map { .string($0) }),
                    ])
                }
            ),
        ]
    }
}
