internal import Inventory

extension Workload {
    /// Gives a request a policy and constraints: mostly ones that make sense; half of them ask for
    /// alternatives.
    mutating func addSourcing(to command: inout ReserveCommand) {
        command.wantsAlternatives = command.id.low.nonzeroBitCount % 2 == 0
        switch roll(100) {
        case ..<40: break
        case 40: command.policy = SourcingPolicy(rawValue: UInt8(6 + roll(250)))
        case 41: command.policyName = PolicyName("policy-\(roll(4))") ?? .none
        default: command.policy = SourcingPolicy(rawValue: UInt8(roll(6)))
        }
        guard roll(5) == 0 else { return }
        var constraints = SourcingConstraints()
        for _ in 0..<(1 + roll(3)) { addConstraint(to: &constraints, of: command) }
        command.constraints = constraints
    }

    private mutating func addConstraint(
        to constraints: inout SourcingConstraints,
        of command: ReserveCommand
    ) {
        let isPlaced = command.destination != nil || roll(12) == 0
        switch roll(8) {
        case 0: constraints.splitsMax = UInt16(1 + roll(4))
        case 1: constraints.splitsPerLineMax = UInt16(1 + roll(3))
        case 2 where isPlaced: constraints.metresMax = UInt32(1 + roll(20_000_000))
        case 3 where isPlaced:
            let start = command.orderedAt ?? now
            constraints.latestPromise = start.advanced(
                byMilliseconds: Int64(roll(roll(12) == 0 ? 40_000 : 1_500_000_000)) - 20_000
            )
        case 4 where command.mode != .bestEffort || roll(12) == 0:
            constraints.shipsComplete = true
        case 5: constraints.excluded = someCodes(besides: constraints.required)
        case 6: constraints.required = someCodes(besides: constraints.excluded)
        default: constraints.preferred = someCodes(besides: constraints.excluded)
        }
    }

    /// Some warehouses: mostly each once, and none that another list names.
    private mutating func someCodes(besides others: [WarehouseCode]) -> [WarehouseCode] {
        var list: [WarehouseCode] = []
        for _ in 0..<(roll(60) == 0 ? 70 : 1 + roll(5)) {
            let code = codes[roll(codes.count)]
            if roll(60) == 0 || !list.contains(code) && !others.contains(code) {
                list.append(code)
            }
        }
        if roll(80) == 0 { list.append(WarehouseCode(high: 0x5A5A, low: 0)) }
        return list
    }
}
