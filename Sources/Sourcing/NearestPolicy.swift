package import Inventory

/// The policy `nearest`: each line takes from the nearest open warehouse that has units, then from
/// the next, until it has what it asked for.
///
/// Lines with a fixed warehouse are dealt first, then the others, both in the order of the
/// request, against one remainder for each SKU. Ties in distance go by warehouse code. In a
/// warehouse a line takes from its pools in the order in which it names them. Units that are there
/// go first, wherever they are; only then units that may be promised beyond.
/// - Complexity: O(lines × supplies of a SKU + sorting of the supplies).
package enum NearestPolicy {
    /// Plans all lines of `problem`.
    package static func plan(_ problem: inout SourcingProblem, mode: ReserveMode) {
        let count = unsafe problem.lines.count
        var hasFixed = false
        for index in 0..<count {
            if unsafe problem.lines[index].warehouse == SourcingLine.anyWarehouse { continue }
            hasFixed = true
            deal(index, of: &problem, mode: mode)
        }
        for index in 0..<count {
            let warehouse = unsafe problem.lines[index].warehouse
            if hasFixed, warehouse != SourcingLine.anyWarehouse { continue }
            deal(index, of: &problem, mode: mode)
        }
    }

    /// Sorts the supplies of one SKU by distance, then by warehouse code, then by pool.
    package static func sort(_ supplies: UnsafeMutableBufferPointer<Supply>) {
        guard supplies.count > 1 else { return }
        if supplies.count > 32 {
            var sorted = unsafe supplies
            unsafe sorted.sort(by: isNearer)
            return
        }
        for index in 1..<supplies.count {
            let supply = unsafe supplies[index]
            var hole = index
            while hole > 0, unsafe isNearer(supply, supplies[hole - 1]) {
                unsafe supplies[hole] = supplies[hole - 1]
                hole -= 1
            }
            unsafe supplies[hole] = supply
        }
    }

    private static func isNearer(_ left: Supply, _ right: Supply) -> Bool {
        if left.metres != right.metres { return left.metres < right.metres }
        if left.rank != right.rank { return left.rank < right.rank }
        return left.pool < right.pool
    }

    /// Gives one line what its mode lets it have.
    @inline(__always)
    private static func deal(
        _ index: Int,
        of problem: inout SourcingProblem,
        mode: ReserveMode
    ) {
        var line = unsafe problem.lines[index]
        line.shareStart = problem.shareCount
        if mode != .wholeLines || canServe(line, of: problem) {
            if line.poolCount == 0 {
                take(for: &line, of: &problem)
            } else {
                takeFromPools(for: &line, of: &problem)
            }
        }
        line.shareCount = problem.shareCount - line.shareStart
        if line.reserved < line.requested { problem.noteShort() }
        unsafe problem.lines[index] = line
    }

    /// Takes units for a line that names no pools.
    @inline(__always)
    private static func take(for line: inout SourcingLine, of problem: inout SourcingProblem) {
        let end = line.supplyStart + line.supplyCount
        var mayBackorder = false
        for supply in line.supplyStart..<end {
            if line.reserved == line.requested { return }
            guard unsafe isAllowed(problem.supplies[supply], for: line, pool: 0) else { continue }
            line.reserved += problem.takePresent(line.requested - line.reserved, from: supply)
            if unsafe problem.supplies[supply].available > 0 { mayBackorder = true }
        }
        guard mayBackorder, line.reserved < line.requested else { return }
        for supply in line.supplyStart..<end {
            guard unsafe isAllowed(problem.supplies[supply], for: line, pool: 0) else { continue }
            line.reserved += problem.takeBackordered(
                line.requested - line.reserved,
                from: supply,
                shareStart: line.shareStart
            )
        }
    }

    /// Takes units for a line that names pools: warehouse by warehouse, and there pool by pool.
    private static func takeFromPools(
        for line: inout SourcingLine,
        of problem: inout SourcingProblem
    ) {
        let wanted = line
        let supplies = unsafe problem.supplies
        let pools = unsafe problem.pools
        unsafe forEachPooledSupply(of: wanted, supplies, pools) { supply in
            line.reserved += problem.takePresent(line.requested - line.reserved, from: supply)
            return line.reserved < line.requested
        }
        if line.reserved == line.requested { return }
        unsafe forEachPooledSupply(of: wanted, supplies, pools) { supply in
            line.reserved += problem.takeBackordered(
                line.requested - line.reserved,
                from: supply,
                shareStart: line.shareStart
            )
            return line.reserved < line.requested
        }
    }

    /// Calls `body` with each supply that a line with pools may take from, in its order, as long
    /// as it says that there is more to do.
    private static func forEachPooledSupply(
        of line: SourcingLine,
        _ supplies: UnsafeMutableBufferPointer<Supply>,
        _ allPools: UnsafePointer<UInt16>,
        _ body: (Int) -> Bool
    ) {
        let pools = unsafe allPools + Int(line.poolStart)
        let end = line.supplyStart + line.supplyCount
        var first = line.supplyStart
        while first < end {
            let warehouse = unsafe supplies[first].warehouse
            var next = first
            while next < end, unsafe supplies[next].warehouse == warehouse { next += 1 }
            for index in 0..<Int(line.poolCount) {
                let pool = unsafe pools[index]
                var supply = first
                while supply < next, unsafe supplies[supply].pool != pool { supply += 1 }
                if supply < next, unsafe isAllowed(supplies[supply], for: line, pool: pool) {
                    if !body(supply) { return }
                }
            }
            first = next
        }
    }

    /// Whether the open supplies together have all that a line asks for.
    private static func canServe(
        _ line: SourcingLine,
        of problem: borrowing SourcingProblem
    ) -> Bool {
        var total: Int64 = 0
        if line.poolCount > 0 {
            let supplies = unsafe problem.supplies
            unsafe forEachPooledSupply(of: line, supplies, problem.pools) { supply in
                total += unsafe max(0, supplies[supply].available)
                return total < Int64(line.requested)
            }
        } else {
            for supply in line.supplyStart..<line.supplyStart + line.supplyCount
            where unsafe isAllowed(problem.supplies[supply], for: line, pool: 0) {
                total += unsafe max(0, problem.supplies[supply].available)
            }
        }
        return total >= Int64(line.requested)
    }

    @inline(__always)
    private static func isAllowed(_ supply: Supply, for line: SourcingLine, pool: UInt16) -> Bool {
        supply.isOpen && supply.pool == pool
            && (line.warehouse == SourcingLine.anyWarehouse || line.warehouse == supply.warehouse)
    }
}
