package import Inventory

/// The rates of all warehouses, ready to be looked up; ``RateRow`` says which row is for what.
///
/// Immutable, and cheap to copy. A card stays right when warehouses are added: their numbers lie
/// behind those that its rows name.
package struct RateCard: Sendable {
    /// The rows, in the order in which they were given.
    package let rows: [RateRow]
    private let memory: RateMemory

    /// A card of `rows`, for warehouses whose codes are `codes` by number.
    ///
    /// Every row names a warehouse of `codes`, or all; no two rows have the same zone.
    package init(_ rows: [RateRow], codes: [WarehouseCode]) {
        self.rows = rows
        memory = RateMemory(rows, codes: codes)
    }

    /// The rows to look up without counting a reference; valid as long as the card or a copy of it.
    package var table: RateTable { memory.table }

    /// The row for a shipment from a warehouse into a region over a distance; `nil` for none.
    ///
    /// - Complexity: O(log(rows)) for each length of the region's code; allocates nothing.
    package func rate(
        warehouse number: UInt16,
        region: RegionCode,
        metres: UInt32
    ) -> RateRow? {
        memory.table.rate(warehouse: number, region: region, metres: metres)
    }
}

/// The rows of one warehouse and region: where they stand, the shortest band first.
private struct RateGroup {
    var region: UInt64
    var start: Int32
    var count: Int32
}

/// Owns what a ``RateTable`` points to.
private final class RateMemory: @unchecked Sendable {
    // Safe to share: nothing changes after `init`.
    let table: RateTable

    init(_ rows: [RateRow], codes: [WarehouseCode]) {
        precondition(rows.count <= Limits.ratesMax, "too many rates")
        precondition(codes.count <= Limits.warehousesMax, "too many warehouses")
        var numbers: [WarehouseCode: Int] = [:]
        for (number, code) in codes.enumerated() { numbers[code] = number }
        // All warehouses together are the one behind the last.
        numbers[.none] = codes.count
        let keyed = rows.map { row in
            guard let number = numbers[row.warehouse] else {
                preconditionFailure("a rate of a warehouse that isn't known")
            }
            return (number: number, row: row)
        }
        let sorted = keyed.sorted {
            ($0.number, $0.row.region.word, $0.row.metresMax)
                < ($1.number, $1.row.region.word, $1.row.metresMax)
        }
        var groups: [RateGroup] = []
        var starts = [Int32](repeating: 0, count: codes.count + 2)
        for (index, (number, row)) in sorted.enumerated() {
            let isFirst = index == 0 || sorted[index - 1].number != number
            if isFirst || sorted[index - 1].row.region != row.region {
                groups.append(RateGroup(region: row.region.word, start: Int32(index), count: 0))
                starts[number + 1] += 1
            }
            groups[groups.count - 1].count += 1
        }
        for number in 1..<starts.count { starts[number] += starts[number - 1] }
        table = unsafe RateTable(
            starts: RateMemory.copied(starts),
            groups: RateMemory.copied(groups),
            rows: RateMemory.copied(sorted.map(\.row)),
            warehouseCount: codes.count,
            isEmpty: rows.isEmpty
        )
    }

    deinit { table.deallocate() }

    private static func copied<Element>(
        _ elements: [Element]
    ) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
        for (index, element) in elements.enumerated() {
            unsafe (memory + index).initialize(to: element)
        }
        return unsafe UnsafePointer(memory)
    }
}

/// A view of the rows of a ``RateCard`` for who looks them up for every order.
///
/// Layout: the groups of warehouse number n are `starts[n] ..< starts[n + 1]`, sorted by region;
/// those of all warehouses stand behind the last. Valid as long as its card.
@safe
package struct RateTable: @unchecked Sendable {
    // Safe to share: nothing it points to changes.
    private let starts: UnsafePointer<Int32>
    private let groups: UnsafePointer<RateGroup>
    private let rows: UnsafePointer<RateRow>
    private let warehouseCount: Int
    /// Whether there is no row at all.
    package let isEmpty: Bool

    fileprivate init(
        starts: UnsafePointer<Int32>,
        groups: UnsafePointer<RateGroup>,
        rows: UnsafePointer<RateRow>,
        warehouseCount: Int,
        isEmpty: Bool
    ) {
        unsafe self.starts = unsafe starts
        unsafe self.groups = unsafe groups
        unsafe self.rows = unsafe rows
        self.warehouseCount = warehouseCount
        self.isEmpty = isEmpty
    }

    fileprivate func deallocate() {
        unsafe starts.deallocate()
        unsafe groups.deallocate()
        unsafe rows.deallocate()
    }

    // MARK: Hot path

    /// The row for a shipment from a warehouse into a region over a distance; `nil` for none.
    ///
    /// - Complexity: O(log(rows)) for each length of the region's code; allocates nothing.
    package func rate(
        warehouse number: UInt16,
        region: RegionCode,
        metres: UInt32
    ) -> RateRow? {
        if isEmpty { return nil }
        let number = Int(number)
        if number < warehouseCount, let row = row(of: number, region, metres) { return row }
        return row(of: warehouseCount, region, metres)
    }

    /// The row among those of one warehouse, or of all.
    private func row(of number: Int, _ region: RegionCode, _ metres: UInt32) -> RateRow? {
        let first = unsafe Int(starts[number])
        let end = unsafe Int(starts[number &+ 1])
        if first == end { return nil }
        var place = region
        while true {
            if let row = row(in: first, end, place, metres) { return row }
            if place == .none { return nil }
            place = place.enclosing
        }
    }

    /// The row of one region among groups `first ..< end`.
    @inline(__always)
    private func row(
        in first: Int,
        _ end: Int,
        _ region: RegionCode,
        _ metres: UInt32
    ) -> RateRow? {
        var low = first
        var high = end
        while low < high {
            let middle = (low &+ high) / 2
            if unsafe groups[middle].region < region.word {
                low = middle &+ 1
            } else {
                high = middle
            }
        }
        guard low < end, unsafe groups[low].region == region.word else { return nil }
        var index = unsafe Int(groups[low].start)
        let last = unsafe index &+ Int(groups[low].count)
        while index < last {
            if unsafe rows[index].metresMax >= metres { return unsafe rows[index] }
            index &+= 1
        }
        return nil
    }
}
