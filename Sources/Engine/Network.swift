package import Inventory
package import Sourcing

/// The warehouses, pools, policies, rates and sales of an engine: an immutable version, replaced as
/// a whole under all stock locks.
@safe
package final class Network: @unchecked Sendable {
    // Safe to share: nothing changes after `init`.

    /// The warehouses by number; numbers are given once and never again.
    package let warehouses: [Warehouse]
    /// Rises by one with each replacement.
    package let version: UInt64
    /// The pools by number; number 0 is `default`.
    package let pools: [PoolName]
    /// The policies that are defined by name, in the order of their numbers from
    /// ``SourcingPolicy/namedMin`` on.
    package let policies: [PolicyDefinition]
    /// The rate card.
    package let rates: RateCard
    /// The sales.
    package let book: SaleBook
    private let numbers: [WarehouseCode: UInt16]
    private let policyNumbers: [PolicyName: SourcingPolicy]
    private let objectives: UnsafeMutablePointer<Objective?>
    private let poolNumbers: [PoolName: UInt16]

    /// The code of each warehouse, by number.
    let codes: UnsafeMutablePointer<WarehouseCode>
    /// The place of each warehouse in the order of codes, by number.
    let ranks: UnsafeMutablePointer<UInt16>
    /// Whether each warehouse takes new reservations, by number.
    let isOpen: UnsafeMutablePointer<Bool>
    /// Whether each warehouse is offline, by number.
    let isOffline: UnsafeMutablePointer<Bool>
    /// The name of each pool, by number.
    let poolNames: UnsafeMutablePointer<PoolName>
    /// What sourcing reads of each warehouse, by number.
    let profiles: UnsafeMutablePointer<WarehouseProfile>
    /// The terms of each pool's sale, by number.
    let saleTerms: UnsafeMutablePointer<SaleTerms>
    /// Whether there is a sale.
    var hasSales: Bool { !book.sales.isEmpty }

    private static let objectivesCount = Int(SourcingPolicy.namedMin) + Limits.policiesMax

    /// A version with warehouses, pools and policies in the order of their numbers.
    package init(
        warehouses: [Warehouse],
        pools: [PoolName] = [.default],
        policies: [PolicyDefinition] = [],
        rates: RateCard = RateCard([], codes: []),
        book: SaleBook = SaleBook(),
        version: UInt64
    ) {
        precondition(policies.count <= Limits.policiesMax, "too many policies")
        self.policies = policies
        self.rates = rates
        unsafe profiles = .allocate(capacity: warehouses.count)
        unsafe objectives = .allocate(capacity: Network.objectivesCount)
        unsafe objectives.initialize(repeating: nil, count: Network.objectivesCount)
        var policyNumbers: [PolicyName: SourcingPolicy] = [:]
        for (number, policy) in Network.numbered(policies) {
            precondition(policyNumbers[policy.name] == nil, "two policies of one name")
            policyNumbers[policy.name] = number
            unsafe objectives[Int(number.rawValue)] = Objective(policy)
        }
        self.policyNumbers = policyNumbers
        precondition(warehouses.count <= Limits.warehousesMax, "too many warehouses")
        precondition(pools.count <= Limits.poolsMax, "too many pools")
        precondition(pools.first == .default, "the first pool is default")
        self.warehouses = warehouses
        self.pools = pools
        unsafe isOffline = .allocate(capacity: warehouses.count)
        unsafe poolNames = .allocate(capacity: pools.count)
        var poolNumbers: [PoolName: UInt16] = [:]
        for (number, pool) in pools.enumerated() {
            precondition(poolNumbers[pool] == nil, "two pools of one name")
            poolNumbers[pool] = UInt16(number)
            unsafe (poolNames + number).initialize(to: pool)
        }
        self.poolNumbers = poolNumbers
        self.book = book
        unsafe saleTerms = Network.terms(of: book, pools: poolNumbers)
        self.version = version
        unsafe codes = .allocate(capacity: warehouses.count)
        unsafe ranks = .allocate(capacity: warehouses.count)
        unsafe isOpen = .allocate(capacity: warehouses.count)
        var numbers: [WarehouseCode: UInt16] = [:]
        for (number, warehouse) in warehouses.enumerated() {
            precondition(numbers[warehouse.code] == nil, "two warehouses of one code")
            numbers[warehouse.code] = UInt16(number)
            unsafe (codes + number).initialize(to: warehouse.code)
            unsafe (isOpen + number).initialize(to: warehouse.state == .online)
            unsafe (isOffline + number).initialize(to: warehouse.state == .offline)
        }
        self.numbers = numbers
        let order = warehouses.indices.sorted { warehouses[$0].code < warehouses[$1].code }
        for (rank, number) in order.enumerated() {
            unsafe (ranks + number).initialize(to: UInt16(rank))
            let profile = WarehouseProfile(warehouses[number], rank: UInt16(rank))
            unsafe (profiles + number).initialize(to: profile)
        }
    }

    deinit {
        unsafe codes.deallocate()
        unsafe ranks.deallocate()
        unsafe isOpen.deallocate()
        unsafe isOffline.deallocate()
        unsafe poolNames.deallocate()
        unsafe profiles.deallocate()
        unsafe saleTerms.deallocate()
        unsafe objectives.deallocate()
    }

    /// The next version, with something replaced.
    func replacing(
        warehouses: [Warehouse]? = nil,
        pools: [PoolName]? = nil,
        policies: [PolicyDefinition]? = nil,
        rates: RateCard? = nil,
        book: SaleBook? = nil
    ) -> Network {
        Network(
            warehouses: warehouses ?? self.warehouses,
            pools: pools ?? self.pools,
            policies: policies ?? self.policies,
            rates: rates ?? self.rates,
            book: book ?? self.book,
            version: version + 1
        )
    }

    /// The terms of each pool's sale; those of a pool without one have no number.
    private static func terms(
        of book: SaleBook,
        pools: [PoolName: UInt16]
    ) -> UnsafeMutablePointer<SaleTerms> {
        let terms = UnsafeMutablePointer<SaleTerms>.allocate(capacity: pools.count)
        unsafe terms.initialize(repeating: SaleTerms(), count: pools.count)
        for sale in book.sales {
            guard let pool = pools[sale.rules.pool] else {
                preconditionFailure("a sale of a pool that there isn't")
            }
            unsafe terms[Int(pool)] = SaleTerms(sale)
        }
        return unsafe terms
    }

    /// All policies with their numbers, those that are always there first.
    private static func numbered(
        _ named: [PolicyDefinition]
    ) -> [(SourcingPolicy, PolicyDefinition)] {
        let builtIn = PolicyDefinition.builtIn.enumerated().map { index, policy in
            (SourcingPolicy(rawValue: UInt8(index)), policy)
        }
        return builtIn
            + named.enumerated().map { index, policy in
                (SourcingPolicy(rawValue: SourcingPolicy.namedMin + UInt8(index)), policy)
            }
    }

    /// All policies with their numbers, in the order of these.
    package var allPolicies: [(number: SourcingPolicy, definition: PolicyDefinition)] {
        Network.numbered(policies).map { (number: $0, definition: $1) }
    }

    /// The number of a policy, also of one that is always there; `nil` for an unknown name.
    package func policyNumber(of name: PolicyName) -> SourcingPolicy? { policyNumbers[name] }

    /// The definition of a policy; `nil` for a number that isn't given.
    package func definition(of policy: SourcingPolicy) -> PolicyDefinition? {
        let number = Int(policy.rawValue)
        if number < PolicyDefinition.builtIn.count { return PolicyDefinition.builtIn[number] }
        let index = number - Int(SourcingPolicy.namedMin)
        return policies.indices.contains(index) ? policies[index] : nil
    }

    /// What a policy minimises, as the solver reads it; `nil` for a number that isn't given.
    package func objective(of policy: SourcingPolicy) -> Objective? {
        let number = Int(policy.rawValue)
        return number < Network.objectivesCount ? unsafe objectives[number] : nil
    }

    /// The sales, in the order of their numbers.
    package var sales: [Sale] { book.sales }

    /// The sale of a pool.
    package func sale(of pool: PoolName) -> Sale? { book.sale(of: pool) }

    /// The number of a pool.
    package func poolNumber(of pool: PoolName) -> UInt16? { poolNumbers[pool] }

    /// The number of a code.
    package func number(of code: WarehouseCode) -> UInt16? { numbers[code] }
}
