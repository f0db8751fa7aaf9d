package import Inventory

/// The sales that an engine knows, in the order of their numbers.
package struct SaleBook: Sendable {
    /// The sales.
    package private(set) var sales: [Sale] = []
    /// The number that the next sale gets.
    package private(set) var next: UInt32 = 1

    /// No sale, and none there ever was.
    package init() {}

    /// Sales in the order of their numbers, all of them below `next`.
    package init(_ sales: [Sale], next: UInt32) {
        self.sales = sales
        self.next = next
    }

    /// The sale of a pool.
    package func sale(of pool: PoolName) -> Sale? { sales.first { $0.rules.pool == pool } }

    /// The sale of a number.
    func sale(_ number: UInt32) -> Sale? { sales.first { $0.number == number } }

    /// Gives a pool's sale rules, or makes it.
    /// - Returns: Its number.
    mutating func set(_ rules: SaleRules) -> UInt32 {
        if let index = sales.firstIndex(where: { $0.rules.pool == rules.pool }) {
            sales[index].rules = rules
            return sales[index].number
        }
        sales.append(Sale(number: next, rules: rules))
        next += 1
        return next - 1
    }

    /// Forgets a sale.
    mutating func remove(_ number: UInt32) { sales.removeAll { $0.number == number } }
}
