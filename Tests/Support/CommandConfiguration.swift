package import Engine
package import Inventory

/// A request to define policies by name, as plain values.
package struct PoliciesCommand: Hashable, Sendable {
    /// The id of the request.
    package var id: RequestID
    /// The policies as they are from now on.
    package var policies: [PolicyDefinition]

    /// A command with all its fields.
    package init(id: RequestID, policies: [PolicyDefinition]) {
        self.id = id
        self.policies = policies
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        let number = SourcingPolicy(rawValue: 0)
        return StateHash.folded(107, policies.map { StateHash.policy($0, number: number) })
    }
}

/// A request to replace the rate card, as plain values.
package struct RatesCommand: Hashable, Sendable {
    /// The id of the request.
    package var id: RequestID
    /// The rows from now on.
    package var rows: [RateRow]

    /// A command with all its fields.
    package init(id: RequestID, rows: [RateRow]) {
        self.id = id
        self.rows = rows
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        StateHash.folded(108, rows.map { StateHash.rate($0, index: 0) })
    }
}

/// A request to say what may take the place of SKUs, as plain values.
package struct SubstitutesCommand: Hashable, Sendable {
    /// The id of the request.
    package var id: RequestID
    /// The SKUs with their substitutes.
    package var rows: [SKUSubstitutes]

    /// A command with all its fields.
    package init(id: RequestID, rows: [SKUSubstitutes]) {
        self.id = id
        self.rows = rows
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        let words = rows.map { row in
            StateHash.substitutes(
                of: StateHash.name(Array(row.sku.utf8)),
                row.substitutes.map { StateHash.name(Array($0.utf8)) }
            )
        }
        return StateHash.folded(109, words)
    }
}

/// A request to give sales rules or to forget them, as plain values.
package struct SalesCommand: Hashable, Sendable {
    /// The id of the request.
    package var id: RequestID
    /// What becomes of the sales.
    package var changes: [SaleChange]

    /// A command with all its fields.
    package init(id: RequestID, changes: [SaleChange]) {
        self.id = id
        self.changes = changes
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        let words = changes.map { change in
            switch change {
            case .rules(let rules): StateHash.sale(Sale(number: 1, rules: rules))
            case .removal(let pool): StateHash.pool(pool)
            case .opening(let pool): StateHash.pool(pool) &+ 1
            case .closing(let pool): StateHash.pool(pool) &+ 2
            }
        }
        return StateHash.folded(110, words)
    }
}

/// A change of what sourcing and sales go by, as plain values.
package enum ConfigurationCommand: Hashable, Sendable {
    /// Define policies.
    case policies(PoliciesCommand)
    /// Replace the rate card.
    case rates(RatesCommand)
    /// Say what may take the place of SKUs.
    case substitutes(SubstitutesCommand)
    /// Give sales rules or forget them.
    case sales(SalesCommand)

    /// The id of the request.
    package var id: RequestID {
        get {
            switch self {
            case .policies(let command): command.id
            case .rates(let command): command.id
            case .substitutes(let command): command.id
            case .sales(let command): command.id
            }
        }
        set {
            switch self {
            case .policies(var command):
                command.id = newValue
                self = .policies(command)
            case .rates(var command):
                command.id = newValue
                self = .rates(command)
            case .substitutes(var command):
                command.id = newValue
                self = .substitutes(command)
            case .sales(var command):
                command.id = newValue
                self = .sales(command)
            }
        }
    }

    /// Bytes of credit that the command may need.
    package var creditBytes: Int {
        switch self {
        case .policies(let command): Engine.policyCreditBytes(rows: command.policies.count)
        case .rates(let command): Engine.rateCreditBytes(rows: command.rows.count)
        case .substitutes(let command): Engine.substituteCreditBytes(rows: command.rows.count)
        case .sales(let command): Engine.saleCreditBytes(rows: command.changes.count)
        }
    }

    /// Carries the command out; the session's credit covers ``creditBytes``.
    package func perform(now: Instant, session: EngineSession, on engine: Engine) -> WriteAnswer {
        switch self {
        case .policies(let command):
            engine.writePolicies(
                id: command.id,
                digest: command.digest,
                command.policies,
                now: now,
                session: session
            )
        case .rates(let command):
            engine.writeRates(
                id: command.id,
                digest: command.digest,
                command.rows,
                now: now,
                session: session
            )
        case .sales(let command):
            engine.writeSales(
                id: command.id,
                digest: command.digest,
                command.changes,
                now: now,
                session: session
            )
        case .substitutes(let command):
            engine.writeSubstitutes(
                id: command.id,
                digest: command.digest,
                command.rows,
                now: now,
                session: session
            )
        }
    }
}
