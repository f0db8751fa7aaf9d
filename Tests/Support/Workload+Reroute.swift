internal import Inventory

extension Workload {
    /// A request to move a hold's units to other warehouses.
    mutating func rerouteCommand() -> RerouteCommand {
        if roll(8) == 0, var known = rerouteCommands.randomElement(using: &generator) {
            if roll(6) == 0 { known.id = newID() }
            return known
        }
        var command = RerouteCommand(
            reservation: roll(12) == 0 ? knownID() : lateHold().id,
            id: newID()
        )
        if roll(30) == 0, let change = changeCommands.randomElement(using: &generator) {
            // The id of a change of a part: both are remembered in one list.
            command = RerouteCommand(reservation: change.reservation, id: change.id)
        }
        rerouteCommands.append(command)
        if rerouteCommands.count > Workload.holdsKept { rerouteCommands.removeFirst() }
        return command
    }

    /// Some warehouses close, late holds look for others, and most warehouses open again.
    ///
    /// - Returns: The first command; the others come next.
    mutating func closing() -> Command {
        let count = roll(3) == 0 ? codes.count - 2 : 1 + roll(4)
        let closed = (0..<count).map { _ in codes[roll(codes.count)] }
        var commands: [Command] = closed.map { code in
            .warehouseState(
                WarehouseStateCommand(
                    id: newID(),
                    code: code,
                    state: roll(2) == 0 ? .draining : .offline
                )
            )
        }
        for _ in 0..<roll(16) {
            let command = rerouteCommand()
            commands.append(.reroute(command))
            if roll(6) == 0 { commands.append(.reroute(command)) }
            if roll(4) == 0 { commands.append(.show(command.reservation)) }
            let hold = holds.first { $0.command.id == command.reservation }
            if roll(3) == 0, let hold { commands.append(.reserve(hold.command)) }
        }
        for code in closed where roll(12) > 0 {
            commands.append(
                .warehouseState(WarehouseStateCommand(id: newID(), code: code, state: .online))
            )
        }
        coming = commands.reversed()
        return coming.popLast() ?? .sweep
    }
}
