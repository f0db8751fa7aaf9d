/// A sale that an engine knows.
public struct Sale: Hashable, Sendable {
    /// Its number, given once and never again.
    public var number: UInt32
    /// What holds for it.
    public var rules: SaleRules

    /// A sale with all its fields.
    public init(number: UInt32, rules: SaleRules) {
        self.number = number
        self.rules = rules
    }
}

/// What a request does to one sale.
public enum SaleChange: Hashable, Sendable {
    /// The sale has these rules from now on; what owners have of it stays counted.
    case rules(SaleRules)
    /// The sale of a pool opens now, unless it is open.
    case opening(PoolName)
    /// The sale of a pool closes now, unless it is closed.
    case closing(PoolName)
    /// The sale of a pool that is over is forgotten, and with it what owners have of it.
    case removal(PoolName)

    /// The pool that names the sale.
    public var pool: PoolName {
        switch self {
        case .rules(let rules): rules.pool
        case .opening(let pool), .closing(let pool), .removal(let pool): pool
        }
    }
}

extension SaleChange {
    /// The first change that makes no sense, and what is wrong with it; `nil` for none.
    public static func fault(of changes: [SaleChange]) -> (index: Int, ConfigurationFault)? {
        var pools: Set<PoolName> = []
        for (index, change) in changes.enumerated() {
            if case .rules(let rules) = change, let fault = rules.fault { return (index, fault) }
            if !pools.insert(change.pool).inserted {
                return (index, ConfigurationFault(.invalidSale, "a sale is changed twice at once"))
            }
        }
        return nil
    }
}
