internal import Inventory

extension Workload {
    /// Makes all lines of a request name one pool, mostly alone.
    mutating func turnToSale(_ command: inout ReserveCommand) {
        let pool = Workload.pools[roll(Workload.pools.count)]
        let isBorrowing = roll(12) == 0
        for index in command.lines.indices {
            command.lines[index].pools = isBorrowing ? [pool, .default] : [pool]
            if command.lines[index].quantity > 20, roll(4) > 0 {
                command.lines[index].quantity = UInt32(1 + roll(4))
            }
        }
        // Few owners buy much, so that limits are met.
        if roll(2) == 0, command.replaces == nil { command.owner = OwnerID(high: 7, low: 0) }
    }

    /// A request to change sales; now and then one that was asked before.
    mutating func salesCommand() -> SalesCommand {
        if roll(12) == 0, let last = lastSales { return last }
        let count =
            switch roll(60) {
            case 0: 0
            case 1: Limits.salesMax + 1
            case 2..<12: 2
            default: 1
            }
        var command = SalesCommand(id: newID(), changes: (0..<count).map { _ in saleChange() })
        if roll(30) == 0 { command.id = knownID() }
        lastSales = command
        return command
    }

    private mutating func saleChange() -> SaleChange {
        let pool: PoolName =
            switch roll(20) {
            case 0, 1: .default
            case 2: PoolName("sale-\(roll(8))") ?? .default
            case 3 where roll(4) == 0: PoolName(high: 0x5A5A_0020, low: 0)
            default: Workload.pools[roll(Workload.pools.count)]
            }
        return switch roll(10) {
        case 0, 1: .removal(pool)
        case 2: .opening(pool)
        // While everyday trade is closed little else happens.
        case 3 where pool != .default || roll(4) == 0: .closing(pool)
        case 4, 5: .rules(changedRules(pool))
        default: .rules(rules(pool))
        }
    }

    /// The rules that a sale was to have last, but for one or two of them.
    mutating func changedRules(_ pool: PoolName) -> SaleRules {
        guard var rules = rulesAsked[pool] else { return rules(pool) }
        for _ in 0...roll(2) {
            switch roll(9) {
            case 0:
                rules.opensAt = roll(2) == 0 ? nil : now.advanced(byMilliseconds: Int64(roll(300)))
            case 1: rules.closesAt = nil
            case 2: rules.closesAt = now.advanced(byMilliseconds: Int64(roll(3_000)))
            case 3 where pool != .default: rules.wall = rules.wall == .hard ? .borrows : .hard
            // Few lengths, so that a window comes back that was counted before.
            case 4, 5:
                rules.unitsPerWindow = UInt32(1 + roll(40))
                rules.windowMilliseconds = [1_000, 1_500, 60_000][roll(3)]
            case 6: rules.unitsPerOwner = UInt32(roll(40))
            case 7: rules.unitsPerOwnerAndSKU = UInt32(roll(12))
            default: rules.openHoldsPerCredential = UInt32(roll(5))
            }
        }
        rulesAsked[pool] = rules
        return rules
    }

    mutating func rules(_ pool: PoolName) -> SaleRules {
        var rules = SaleRules(pool: pool)
        defer { rulesAsked[pool] = rules }
        if roll(3) == 0 { rules.opensAt = now.advanced(byMilliseconds: Int64(roll(4_000)) - 3_000) }
        // Everyday trade seldom ends: most of what is tested is that.
        switch roll(pool == .default ? 30 : 6) {
        case 0: rules.closesAt = now
        case 1, 2: rules.closesAt = now.advanced(byMilliseconds: Int64(roll(20_000)))
        default: break
        }
        if pool != .default || roll(20) == 0 {
            rules.wall = roll(2) == 0 ? .hard : .borrows
            rules.returnsRest = roll(4) == 0
        }
        // Everyday trade has looser limits, so that it goes on.
        let loose: UInt32 = pool == .default ? 20 : 1
        if roll(2) == 0 { rules.unitsPerOwnerAndSKU = UInt32(1 + roll(12)) * loose }
        if roll(2) == 0 { rules.unitsPerOwner = UInt32(1 + roll(40)) * loose }
        if roll(3) == 0 { rules.unitsPerOrder = UInt32(1 + roll(20)) * loose }
        if roll(3) == 0 {
            rules.unitsPerWindow = UInt32(1 + roll(20)) * loose
            rules.windowMilliseconds = UInt32(1_000 + roll(4_000))
        }
        if roll(3) == 0 { rules.openHoldsPerOwner = UInt32(1 + roll(4)) * loose }
        if roll(3) == 0 { rules.openHoldsPerCredential = UInt32(1 + roll(10)) * loose }
        if roll(3) == 0 { rules.firstHoldMilliseconds = UInt32(1 + roll(3_000)) }
        guard roll(20) == 0 else { return rules }
        switch roll(3) {
        case 0: rules.closesAt = rules.opensAt?.advanced(byMilliseconds: -1)
        case 1: rules.windowMilliseconds = 999
        default: rules.firstHoldMilliseconds = 86_400_001
        }
        return rules
    }
}
