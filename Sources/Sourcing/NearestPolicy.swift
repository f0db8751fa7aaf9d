package import Inventory

/// The policy `nearest`: each line takes from the nearest open warehouse that has units, then from
/// the next, until it has what it asked for.
///
/// Lines with a fixed warehouse are dealt first, then the others, both in the order of the
/// request, against one remainder for each SKU. Ties in distance go by warehouse code.
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
    private static func deal(
        _ index: Int,
        of problem: inout SourcingProblem,
        mode: ReserveMode
    ) {
        var line = unsafe problem.lines[index]
        line.shareStart = problem.shareCount
        if mode != .wholeLines || canServe(line, of: problem) {
            for supply in line.supplyStart..<line.supplyStart + line.supplyCount {
                if line.reserved == line.requested { break }
                guard unsafe isAllowed(problem.supplies[supply], for: line) else { continue }
                line.reserved += problem.take(line.requested - line.reserved, from: supply)
            }
        }
        line.shareCount = problem.shareCount - line.shareStart
        if line.reserved < line.requested { problem.noteShort() }
        unsafe problem.lines[index] = line
    }

    /// Whether the open supplies together have all that a line asks for.
    private static func canServe(
        _ line: SourcingLine,
        of problem: borrowing SourcingProblem
    ) -> Bool {
        var total: Int64 = 0
        for supply in line.supplyStart..<line.supplyStart + line.supplyCount
        where unsafe isAllowed(problem.supplies[supply], for: line) {
            total += unsafe max(0, problem.supplies[supply].available)
        }
        return total >= Int64(line.requested)
    }

    private static func isAllowed(_ supply: Supply, for line: SourcingLine) -> Bool {
        supply.isOpen
            && (line.warehouse == SourcingLine.anyWarehouse || line.warehouse == supply.warehouse)
    }
}
