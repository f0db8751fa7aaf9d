internal import Inventory

extension Workload {
    /// A request to let a hold live longer, for one reason or another.
    mutating func extendCommand() -> ExtendCommand {
        if roll(8) == 0, var known = extendCommands.randomElement(using: &generator) {
            switch roll(12) {
            case 0..<2: known.timeToLiveMilliseconds &+= 1
            case 2: known.reason = ExtendReason.allCases[roll(ExtendReason.allCases.count)]
            default: break
            }
            return known
        }
        let reason = roll(3) == 0 ? ExtendReason.allCases[roll(3)] : .shopper
        var command = ExtendCommand(
            reservation: roll(12) == 0 ? knownID() : lateHold().id,
            id: newID(),
            timeToLiveMilliseconds: timeToLive(),
            reason: reason
        )
        if reason == .paymentPending, roll(8) == 0 {
            let longest = UInt32(Limits.freezeMillisecondsMax)
            command.timeToLiveMilliseconds = longest + UInt32(roll(2))
        }
        extendCommands.append(command)
        if extendCommands.count > Workload.holdsKept { extendCommands.removeFirst() }
        return command
    }

    /// A request to hold again what an older hold held, which mostly has expired by then.
    mutating func holdAgainCommand() -> HoldAgainCommand {
        if roll(5) == 0, var known = holdAgainCommands.randomElement(using: &generator) {
            if roll(8) == 0 { known.timeToLiveMilliseconds &+= 1 }
            return known
        }
        let expired = holds.filter { $0.expiresAt <= now }.suffix(60)
        let old =
            roll(4) == 0 ? lateHold() : expired.randomElement(using: &generator)?.command
        var command = HoldAgainCommand(
            reservation: old?.id ?? newID(),
            id: roll(40) == 0 ? knownID() : newID(),
            owner: old?.owner ?? owner(),
            timeToLiveMilliseconds: timeToLive()
        )
        if roll(20) == 0 { command.owner = owner() }
        if roll(40) == 0 { command.id = command.reservation }
        holdAgainCommands.append(command)
        if holdAgainCommands.count > Workload.holdsKept { holdAgainCommands.removeFirst() }
        // What is held anew may be asked about as any other hold.
        var hold = old ?? ReserveCommand(id: command.id, lines: [])
        hold.id = command.id
        hold.owner = command.owner
        hold.timeToLiveMilliseconds = command.timeToLiveMilliseconds
        hold.replaces = nil
        note(hold)
        return command
    }
}
