package import Inventory

// Plans where there is nothing to choose.
extension SourcingPlanner {
    // MARK: Hot path

    /// Plans an order of one line whose SKU stands in one cell, without limits of splits.
    ///
    /// - Returns: The promised minute, or `nil` for any other order, which stays as it is.
    /// - Complexity: O(pools that the line names).
    package static func planAlone(
        _ problem: inout SourcingProblem,
        _ mode: ReserveMode
    ) -> UInt32? {
        guard unsafe problem.lines.count == 1, unsafe problem.supplies.count == 1 else {
            return nil
        }
        var line = unsafe problem.lines[0]
        let supply = unsafe problem.supplies[0]
        line.shareStart = 0
        let terms = unsafe problem.warehouses[Int(supply.warehouse)]
        let isAsked =
            line.warehouse == SourcingLine.anyWarehouse || line.warehouse == supply.warehouse
        var isPooled = supply.pool == 0
        if line.poolCount > 0 {
            isPooled = false
            for place in 0..<Int(line.poolCount)
            where unsafe problem.pools[Int(line.poolStart) + place] == supply.pool {
                isPooled = true
            }
        }
        let isEnough = mode != .wholeLines || supply.available >= Int64(line.requested)
        if terms.exclusion == .none, isAsked, isPooled, isEnough {
            line.reserved += problem.takePresent(line.requested, from: 0)
            if line.reserved < line.requested {
                let missing = line.requested - line.reserved
                line.reserved += problem.takeBackordered(missing, from: 0, shareStart: 0)
            }
        }
        line.shareCount = problem.shareCount
        if line.reserved < line.requested { problem.noteShort() }
        unsafe problem.lines[0] = line
        return line.reserved > 0 ? terms.promisedMinute : 0
    }
}
