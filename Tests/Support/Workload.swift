package import Inventory

/// A seeded stream of random and adversarial commands.
///
/// It depends on its seed and on nothing else: not on answers, hash order or time. Most commands
/// make sense; some carry overflowing quantities, unknown or reused ids, wrong states, closed
/// warehouses, names and numbers out of range, or come exactly at the millisecond of an expiry.
package struct Workload: Sendable {
    /// What a workload is made of.
    package struct Settings: Sendable {
        /// How many SKUs are stocked.
        package var skuCount = 60
        /// How many warehouses there are.
        package var warehouseCount = 6
        /// Whether a command may come with an instant before an earlier one's.
        package var allowsTimeToFall = false
        /// Milliseconds that pass between two commands at most, but for leaps.
        package var stepMilliseconds: Int64 = 20

        /// The usual mix.
        package init() {}
    }

    /// What a workload knows of a reservation it asked for.
    struct Hold: Sendable {
        var command: ReserveCommand
        var expiresAt: Instant
    }

    /// A SKU that only writes with an expected version touch, and the version it has.
    struct Fresh: Sendable {
        var sku: [UInt8]
        var version: UInt64 = 0
    }

    var generator: SplitMix64
    let settings: Settings
    var now = Instant(milliseconds: 1_750_000_000_000)
    var holds: [Hold] = []
    var holdHead = 0
    var stockCommands: [StockCommand] = []
    var warehouseCommands: [WarehousesCommand] = []
    var lastWarehouseState: WarehouseStateCommand?
    var lastSKUs: SKUsCommand?
    var lastConfiguration: ConfigurationCommand?
    var fresh: [Fresh] = []
    var changeCommands: [ChangeRequest] = []
    var extendCommands: [ExtendCommand] = []
    var holdAgainCommands: [HoldAgainCommand] = []
    var lastSales: SalesCommand?
    /// The rules that were asked for last, by pool.
    var rulesAsked: [PoolName: SaleRules] = [:]
    /// What is left of a sale's life, the first step last; it comes between other commands.
    var saleLife: [SaleStep] = []
    var rerouteCommands: [RerouteCommand] = []
    var stockedCells: [CommandRow] = []
    /// Names of SKUs that exist sooner or later.
    package let skus: [[UInt8]]
    /// Codes of warehouses that exist sooner or later.
    package let codes: [WarehouseCode]
    let positions: [Position]
    private var opening: [Command] = []
    /// What comes next, the first command last.
    var coming: [Command] = []

    static let holdsKept = 400

    /// A workload that follows from `seed`.
    package init(seed: UInt64, settings: Settings = Settings()) {
        var generator = SplitMix64(seed: seed)
        self.settings = settings
        skus = (0..<settings.skuCount).map { Workload.name(index: $0) }
        codes = (0..<settings.warehouseCount).compactMap { WarehouseCode("W\($0 * 7919)") }
        positions = (0..<settings.warehouseCount).map { index in
            // Every third warehouse stands where the one before it does: ties go by code.
            Workload.position(index: index % 3 == 2 ? index - 1 : index)
        }
        _ = generator.next()
        self.generator = generator
        opening = openingCommands()
    }

    /// The next command.
    package mutating func next() -> TimedCommand {
        if let command = opening.popLast() { return TimedCommand(command, now: now) }
        if let command = coming.popLast() { return TimedCommand(command, now: now) }
        passTime()
        if roll(4) == 0, let command = goOnWithSale() { return TimedCommand(command, now: now) }
        let choice = roll(1000)
        let command: Command =
            switch choice {
            case ..<380: .reserve(reserveCommand())
            case ..<420: .reserve(repeatedReserve())
            case ..<490: close(.committed)
            case ..<600: close(.released)
            case ..<710: .change(changeCommand())
            case ..<734: .extend(extendCommand())
            case ..<740: .holdAgain(holdAgainCommand())
            case ..<750: .reroute(rerouteCommand())
            case ..<754: closing()
            case ..<758: .configuration(.sales(salesCommand()))
            case ..<760: beginSaleLife()
            case ..<762: .owner(owner(), includesClosed: roll(2) == 0)
            case ..<790: .show(knownID())
            case ..<880: .stock(stockCommand())
            case ..<900: .stock(repeatedStock())
            case ..<940: otherWrite()
            default: .sweep
            }
        var given = now
        // A sweep may look ahead to the stripe's last instant, so what it finds early is open.
        if settings.allowsTimeToFall, roll(10) == 0, command != .sweep {
            given = now.advanced(byMilliseconds: -Int64(roll(200)))
        }
        return TimedCommand(command, now: given)
    }

    /// Most warehouses and stock for most SKUs, the last command first.
    private mutating func openingCommands() -> [Command] {
        var commands: [Command] = []
        let online = codes.indices.dropLast(3).map { warehouse(index: $0, state: .online) }
        commands.append(.warehouses(WarehousesCommand(id: newID(), warehouses: online)))
        for sku in skus.dropLast(8) {
            let rows = codes.dropLast(3).filter { _ in roll(2) == 0 }.map { code in
                CommandRow(sku: sku, warehouse: code, onHand: Int64(roll(30)))
            }
            if rows.isEmpty { continue }
            commands.append(.stock(StockCommand(id: newID(), cause: .imported, rows: rows)))
        }
        return commands.reversed()
    }

    /// Lets time pass: mostly a little, sometimes to the very millisecond of an expiry.
    private mutating func passTime() {
        switch roll(4000) {
        case 0: now = now.advanced(byMilliseconds: 1_200_000)
        case 1 where roll(8) == 0: now = now.advanced(byMilliseconds: 90_000_000)
        case ..<400:
            guard let hold = holds.randomElement(using: &generator) else { return }
            let nudge = Int64(roll(3)) - 1
            let target = hold.expiresAt.advanced(byMilliseconds: nudge)
            // Only near ones, so that the clock doesn't run from expiry to expiry.
            if target > now, target < now.advanced(byMilliseconds: 2_000) { now = target }
        case ..<2400:
            now = now.advanced(byMilliseconds: Int64(roll(Int(settings.stepMilliseconds))))
        default: return
        }
    }

    // MARK: Choices

    /// A number from 0 up to `limit`, which isn't reached.
    mutating func roll(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }

    /// A new id; a few have halves that a careless table takes for an empty slot.
    mutating func newID() -> RequestID {
        let high = generator.next()
        let low = generator.next()
        return switch roll(400) {
        case 0: RequestID(high: 0, low: low)
        case 1: RequestID(high: high, low: 0)
        case 2: RequestID(high: .max, low: low)
        case 3: RequestID(high: high & 3, low: low & 3)
        default: RequestID(high: high, low: low)
        }
    }

    /// The id of a request made before, mostly of a late hold; sometimes of nothing at all.
    mutating func knownID() -> RequestID {
        switch roll(100) {
        case ..<4: return newID()
        case ..<8: return stockCommands.randomElement(using: &generator)?.id ?? newID()
        case ..<9: return warehouseCommands.randomElement(using: &generator)?.id ?? newID()
        case ..<60:
            let late = min(holds.count, 40)
            if late == 0 { return newID() }
            let index = (holdHead + holds.count - 1 - roll(late)) % holds.count
            return holds[index].command.id
        default: return holds.randomElement(using: &generator)?.command.id ?? newID()
        }
    }

    private mutating func close(_ state: ReservationState) -> Command {
        let id = knownID()
        return state == .committed
            ? .commit(id, requestID: newID()) : .release(id, requestID: newID())
    }

    /// Remembers a hold that was asked for, in place of the oldest one.
    mutating func note(_ command: ReserveCommand) {
        let timeToLive =
            command.timeToLiveMilliseconds == 0
            ? Limits.timeToLiveMillisecondsDefault : Int64(command.timeToLiveMilliseconds)
        let hold = Hold(
            command: command,
            expiresAt: now.advanced(byMilliseconds: timeToLive)
        )
        if holds.count < Workload.holdsKept {
            holds.append(hold)
        } else {
            holds[holdHead] = hold
            holdHead = (holdHead + 1) % holds.count
        }
    }
}
