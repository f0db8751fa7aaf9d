import Inventory
import Sourcing

/// What many shops do: each line takes from the nearest warehouse that has units, then from the
/// next, until it has what it asked for; no line looks at another.
enum GreedyWalk {
    /// The shares of an order, and the lines with what they got.
    static func plan(_ order: OrderCase) -> (lines: [SourcingLine], shares: [PlannedShare]) {
        var lines = order.lines
        var shares: [PlannedShare] = []
        var rest = order.supplies.map(\.available)
        for index in lines.indices {
            var line = lines[index]
            let range = line.supplyStart..<line.supplyStart + line.supplyCount
            line.shareStart = shares.count
            for place in range.sorted(by: { isNearer($0, $1, order) }) {
                let missing = Int64(line.requested - line.reserved)
                let taken = UInt32(min(missing, rest[place]))
                if taken == 0 { continue }
                rest[place] -= Int64(taken)
                line.reserved += taken
                shares.append(PlannedShare(supply: place, quantity: taken, backordered: 0))
            }
            line.shareCount = shares.count - line.shareStart
            lines[index] = line
        }
        return (lines, shares)
    }

    private static func isNearer(_ left: Int, _ right: Int, _ order: OrderCase) -> Bool {
        let one = order.terms[Int(order.supplies[left].warehouse)]
        let other = order.terms[Int(order.supplies[right].warehouse)]
        return (one.metres, one.rank) < (other.metres, other.rank)
    }
}
