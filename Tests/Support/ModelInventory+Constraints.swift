internal import Inventory

// What the constraints of a request must be, whatever the stock.
extension ModelInventory {
    /// What is wrong with the policy and the constraints of a request.
    func refusalOfSourcing(_ command: ReserveCommand) -> ReservationReply? {
        if policy(of: command) == nil { return ReservationReply(.unknownPolicy) }
        guard let constraints = command.constraints else { return nil }
        if isContradictory(constraints, of: command) {
            return ReservationReply(.invalidConstraints)
        }
        for (index, line) in command.lines.enumerated() where line.warehouse != .none {
            let isRequired =
                constraints.required.isEmpty || constraints.required.contains(line.warehouse)
            if constraints.excluded.contains(line.warehouse) || !isRequired {
                return ReservationReply(.invalidConstraints, refusedLine: Int32(index))
            }
        }
        let named = constraints.excluded + constraints.required + constraints.preferred
        guard named.allSatisfy({ warehouses[$0] != nil }) else {
            return ReservationReply(.unknownWarehouse)
        }
        return nil
    }

    /// The number of the policy that a request names; `nil` if there is none.
    func policy(of command: ReserveCommand) -> SourcingPolicy? {
        let builtIn = PolicyDefinition.builtIn
        if command.policyName == .none {
            let number = Int(command.policy.rawValue)
            let isNamed = number >= 16 && number < 16 + policies.count
            return number < builtIn.count || isNamed ? command.policy : nil
        }
        if let index = builtIn.firstIndex(where: { $0.name == command.policyName }) {
            return SourcingPolicy(rawValue: UInt8(index))
        }
        let index = policies.firstIndex { $0.name == command.policyName }
        return index.map { SourcingPolicy(rawValue: UInt8(16 + $0)) }
    }

    private func isContradictory(
        _ constraints: SourcingConstraints,
        of command: ReserveCommand
    ) -> Bool {
        let lists = [constraints.excluded, constraints.required, constraints.preferred]
        if lists.contains(where: { $0.count > 64 || Set($0).count < $0.count }) { return true }
        let allowed = constraints.required.filter { !constraints.excluded.contains($0) }
        if allowed.count < constraints.required.count { return true }
        for code in constraints.preferred {
            if constraints.excluded.contains(code) { return true }
            if !constraints.required.isEmpty, !constraints.required.contains(code) { return true }
        }
        if constraints.splitsMax != 0, constraints.splitsPerLineMax > constraints.splitsMax {
            return true
        }
        if constraints.shipsComplete, command.mode == .bestEffort { return true }
        let needsPlace = constraints.metresMax != 0 || constraints.latestPromise != nil
        if needsPlace, command.destination == nil { return true }
        if let latest = constraints.latestPromise, let orderedAt = command.orderedAt {
            return latest < orderedAt
        }
        return false
    }
}
