extension SourcingConstraints {
    /// What is wrong with the constraints of a request, whatever warehouses and stock there are.
    ///
    /// - Parameters:
    ///   - hasDestination: Whether the request names a destination.
    ///   - orderedAt: When the shopper ordered, where the request says so.
    ///   - mode: What the request does when not all is there.
    /// - Returns: A sentence for people; `nil` for nothing.
    public func fault(
        hasDestination: Bool,
        orderedAt: Instant?,
        mode: ReserveMode
    ) -> StaticString? {
        if let fault = faultOfLists { return fault }
        if splitsMax > 0, splitsPerLineMax > splitsMax {
            return "a line may have no more warehouses than the order"
        }
        if shipsComplete, mode == .bestEffort {
            return "what ships complete can't be as much as there is (best_effort)"
        }
        if metresMax > 0, !hasDestination { return "a most distance needs a destination" }
        guard let latestPromise else { return nil }
        if !hasDestination { return "a latest promise needs a destination" }
        if let orderedAt, latestPromise < orderedAt {
            return "the latest promise lies before the order"
        }
        return nil
    }

    /// What is wrong with a line that only `warehouse` may serve; `nil` for nothing.
    public func fault(ofFixed warehouse: WarehouseCode) -> StaticString? {
        if excluded.contains(warehouse) { return "the line is from a warehouse that is excluded" }
        if !required.isEmpty, !required.contains(warehouse) {
            return "the line is from a warehouse other than the required ones"
        }
        return nil
    }

    private var faultOfLists: StaticString? {
        for list in [excluded, required, preferred] {
            if list.count > Limits.warehousesPerConstraintMax {
                return "a list of constraints names at most 64 warehouses"
            }
            if Set(list).count != list.count {
                return "a list of constraints names a warehouse twice"
            }
        }
        let excluded = Set(excluded)
        if !excluded.isDisjoint(with: required) { return "a required warehouse is excluded" }
        if !excluded.isDisjoint(with: preferred) { return "a preferred warehouse is excluded" }
        if !required.isEmpty, !Set(preferred).isSubset(of: required) {
            return "a preferred warehouse isn't one of the required"
        }
        return nil
    }
}
