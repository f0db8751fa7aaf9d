package import Inventory

extension Workload {
    /// A request to hold lines that nobody made before.
    mutating func reserveCommand() -> ReserveCommand {
        var command = ReserveCommand(id: newID(), lines: lines())
        if roll(100) == 0 { command.id = knownID() }
        command.owner = owner()
        command.mode = ReserveMode.allCases[roll(ReserveMode.allCases.count)]
        command.timeToLiveMilliseconds = timeToLive()
        if roll(3) > 0 {
            let position = Workload.position(index: 1000 + roll(30))
            let region = roll(2) == 0 ? RegionCode.none : RegionCode(word: 0x4247)
            command.destination = Destination(position: position, region: region)
        }
        if roll(4) == 0 { command.orderedAt = now.advanced(byMilliseconds: -Int64(roll(5000))) }
        if roll(300) == 0, let write = stockCommands.randomElement(using: &generator) {
            // The id and the very digest of a stock write: still another request.
            command.id = write.id
            command.forcedDigest = write.digest
        }
        if roll(8) == 0, let old = holds.randomElement(using: &generator)?.command {
            command.replaces = roll(20) == 0 ? newID() : roll(40) == 0 ? command.id : lateHold().id
            // Mostly of the same owner: others are refused.
            if roll(10) > 0, let replaces = command.replaces {
                command.owner =
                    holds.first { $0.command.id == replaces }?.command.owner ?? old.owner
            }
        }
        addSourcing(to: &command)
        if roll(4) == 0 { turnToSale(&command) }
        command.client = UInt16(roll(6))
        note(command)
        return command
    }

    /// One of few owners, so that each has several reservations.
    mutating func owner() -> OwnerID {
        OwnerID(high: UInt64(roll(40)) &* 0x9E37, low: UInt64(roll(3)))
    }

    /// A request to take a reservation or parts of it on.
    mutating func changeCommand() -> ChangeRequest {
        if roll(12) == 0, var known = changeCommands.randomElement(using: &generator) {
            if roll(6) == 0 { known.digest &+= 1 }
            return known
        }
        let kind = ReservationChangeKind.allCases[roll(ReservationChangeKind.allCases.count)]
        var request = ChangeRequest(
            reservation: roll(12) == 0 ? knownID() : lateHold().id,
            id: newID(),
            digest: 0,
            kind: kind,
            isFulfilling: kind == .commit && roll(4) == 0
        )
        if roll(5) > 0 {
            let lines = holds.first { $0.command.id == request.reservation }?.command.lines.count
            let count = roll(30) == 0 ? 40 : 1 + roll(3)
            request.items = (0..<count).map { _ in item(lines: max(1, lines ?? 1)) }
        }
        request.digest = generator.next()
        changeCommands.append(request)
        if changeCommands.count > Workload.holdsKept { changeCommands.removeFirst() }
        return request
    }

    private mutating func item(lines: Int) -> ChangeItem {
        var item = ChangeItem(line: UInt16(roll(60) == 0 ? lines : roll(lines)))
        if roll(3) > 0 { item.quantity = UInt32(1 + roll(roll(20) == 0 ? 200 : 3)) }
        if roll(8) == 0 { item.warehouse = codes[roll(codes.count)] }
        if roll(16) == 0 {
            item.pool = roll(3) == 0 ? .default : Workload.pools[roll(Workload.pools.count)]
        }
        return item
    }

    /// A request to let a hold live longer.
    mutating func extendCommand() -> ExtendCommand {
        if roll(8) == 0, var known = extendCommands.randomElement(using: &generator) {
            if roll(6) == 0 { known.timeToLiveMilliseconds &+= 1 }
            return known
        }
        let command = ExtendCommand(
            reservation: roll(12) == 0 ? knownID() : lateHold().id,
            id: newID(),
            timeToLiveMilliseconds: timeToLive()
        )
        extendCommands.append(command)
        if extendCommands.count > Workload.holdsKept { extendCommands.removeFirst() }
        return command
    }

    /// A hold that was asked for not long ago.
    mutating func lateHold() -> ReserveCommand {
        let late = min(holds.count, 12)
        guard late > 0 else { return ReserveCommand(id: newID(), lines: []) }
        return holds[(holdHead + holds.count - 1 - roll(late)) % holds.count].command
    }

    /// A request made before: mostly the very same, sometimes with other content.
    mutating func repeatedReserve() -> ReserveCommand {
        guard let hold = holds.randomElement(using: &generator) else { return reserveCommand() }
        var command = hold.command
        switch roll(12) {
        case 6: command.wantsAlternatives.toggle()
        case 0: command.owner = OwnerID(high: generator.next(), low: 0)
        case 1: command.lines = lines()
        case 2: command.timeToLiveMilliseconds &+= 1
        case 3: command.mode = command.mode == .bestEffort ? .wholeLines : .bestEffort
        case 4: command.replaces = newID()
        case 5: command.constraints = SourcingConstraints(splitsMax: 3)
        default: break
        }
        return command
    }

    private mutating func timeToLive() -> UInt32 {
        switch roll(40) {
        case 0: 1
        case 1: UInt32(Limits.timeToLiveMillisecondsMax)
        case 2: UInt32(Limits.timeToLiveMillisecondsMax) + 1
        case 3 where roll(4) == 0: .max
        case 4..<8: 0
        case 8..<14: UInt32(1 + roll(10))
        case 14..<26: UInt32(1 + roll(2_000))
        default: UInt32(1 + roll(60_000))
        }
    }

    private mutating func lines() -> [ReserveLine] {
        let count =
            switch roll(1000) {
            case 0..<4: 0
            case 4 where roll(4) == 0: Limits.linesPerReservationMax
            case 5: Limits.linesPerReservationMax + 1
            case 6..<400: 1
            case 400..<900: 1 + roll(5)
            default: 1 + roll(40)
            }
        // Few SKUs make lines that share one; many make orders over many stripes.
        let choices = roll(4) == 0 ? 1 + roll(3) : skus.count
        let start = roll(skus.count)
        return (0..<count).map { _ in line(sku: skus[(start + roll(choices)) % skus.count]) }
    }

    private mutating func line(sku: [UInt8]) -> ReserveLine {
        var line = ReserveLine(sku: sku, quantity: quantity())
        switch roll(100) {
        case ..<25: line.warehouse = codes[roll(codes.count)]
        case 25 where roll(3) == 0: line.warehouse = WarehouseCode(high: 0x5A5A, low: 0)
        default: break
        }
        switch roll(400) {
        case 0: line.sku = Workload.invalidNames[roll(Workload.invalidNames.count)]
        case 1..<8: line.sku = Workload.name(index: settings.skuCount + roll(20))
        default: break
        }
        switch roll(200) {
        case ..<30:
            line.pools = [Workload.pools[roll(Workload.pools.count)]]
            if roll(2) == 0 { line.pools.append(.default) }
            if roll(3) == 0 { line.pools.reverse() }
        case 30: line.pools = [PoolName(high: 0x5A5A, low: 0)]
        case 31: line.expectedVersion = UInt64(roll(6))
        default: break
        }
        return line
    }

    private mutating func quantity() -> UInt32 {
        switch roll(500) {
        case 0: 0
        case 1: Limits.unitsPerLineMax
        case 2: Limits.unitsPerLineMax + 1
        case 3: .max
        case 4..<8: UInt32(Int32.max) / 3
        case 8..<40: UInt32(20 + roll(100))
        default: UInt32(1 + roll(6))
        }
    }

    // MARK: Names and places

    /// Names that no SKU may have.
    static let invalidNames: [[UInt8]] = [
        [], Array(repeating: 0x41, count: 65), Array("a b".utf8), Array("tab\t".utf8),
        [0x7F], [0xC3, 0xA4], [0], Array(repeating: 0x41, count: 200),
    ]

    /// The name of a SKU: of all sizes, many alike but for one byte.
    static func name(index: Int) -> [UInt8] {
        let number = String(index)
        return switch index % 5 {
        case 0: Array(number.utf8)
        case 1: Array(("sku-" + number).utf8)
        case 2: Array(repeating: 0x41, count: 64 - number.utf8.count) + Array(number.utf8)
        case 3: Array(number.utf8) + Array(repeating: 0x7E, count: 13)
        default: Array(("TSHIRT-" + number + "-XL").utf8)
        }
    }

    /// A place that follows from `index`, spread over the whole Earth, poles and date line too.
    package static func position(index: Int) -> Position {
        switch index {
        case 0: return Position(latitudeMicrodegrees: 90_000_000, longitudeMicrodegrees: 0)
        case 1: return Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 180_000_000)
        default:
            var generator = SplitMix64(seed: UInt64(index))
            return Position(
                latitudeMicrodegrees: Int32.random(
                    in: -90_000_000...90_000_000,
                    using: &generator
                ),
                longitudeMicrodegrees: Int32.random(
                    in: -180_000_000...180_000_000,
                    using: &generator
                )
            )
        }
    }
}
