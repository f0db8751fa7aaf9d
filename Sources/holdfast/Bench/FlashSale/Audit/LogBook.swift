internal import HoldfastClient
internal import Journal
internal import Movements
internal import Storage

/// A sale as its log tells it, kept by rules of its own: movement by movement, unit by unit.
///
/// It knows nothing of the engine's tables. What can't be, by any rule of a sale, is a fault.
struct LogBook: Sendable {
    /// Where units came from to be sold, and what became of them.
    struct Shelf: Sendable {
        /// Units put into the pool.
        var stock = 0
        /// Units in open holds.
        var held = 0
        /// Units of orders.
        var sold = 0
        /// When units last came back, in milliseconds since 1970; 0 for never.
        var returnedMilliseconds: Int64 = 0
        /// Until when nothing was free for the last time, in milliseconds since 1970; nil for
        /// never.
        var emptyUntilMilliseconds: Int64?

        /// Units that anybody could have.
        var free: Int { stock - held - sold }
    }

    /// A reservation that was held.
    struct Entry: Sendable {
        let id: ReservationID
        let owner: OwnerID
        let content: CrowdOrders.Content
        let expiresAt: Instant
        /// The window of time that it was taken in, counted from the opening.
        let window: Int64
    }

    private let orders: CrowdOrders
    private let scenario: FlashSaleScenario
    /// By SKU.
    private(set) var shelves: [Shelf]
    /// Held and neither paid nor given back nor expired, by the order in the id.
    private(set) var open: [OrderNumber: Entry] = [:]
    /// Orders.
    private(set) var sold: [OrderNumber: Entry] = [:]
    /// The lower halves of the ids of all holds, whatever became of them.
    private(set) var heldIDs: Set<UInt64> = []
    /// What each owner had.
    private(set) var owners = OwnerBook()
    /// When the sale opens, by the last rules; nil before there are any.
    private var opensAt: Instant?
    /// When nothing was free for the first time, in milliseconds since 1970.
    private(set) var emptyMilliseconds: Int64?
    private var freeUnits = 0
    /// Holds that ran out.
    private(set) var expired = 0
    /// Holds that were given back.
    private(set) var released = 0
    /// What can't be, in words; the first few.
    private(set) var faults: [String] = []

    private static let faultsMax = 20

    /// An empty book for a crowd's sale.
    init(_ orders: CrowdOrders) {
        self.orders = orders
        scenario = orders.scenario
        shelves = Array(repeating: Shelf(), count: scenario.skus)
    }

    /// Reads the log of a server that has stopped.
    static func read(
        _ orders: CrowdOrders,
        dataDirectory: String
    ) throws(CommandFailure) -> LogBook {
        var book = LogBook(orders)
        var decoder = MovementDecoder()
        do throws(JournalError) {
            let log = LogSources(dataDirectory + "/journal")
            _ = try Journal.read(log, disk: LinuxDisk()) {
                (record, lsn, _) throws(MovementError) in
                book.take(try decoder.decode(record, lsn: lsn))
                return true
            }
        } catch {
            throw .file(error.description)
        }
        return book
    }

    // MARK: Movements

    /// Takes the next movement of the log.
    mutating func take(_ movement: LoggedMovement) {
        switch movement.word {
        case .received, .adjusted, .returned, .imported, .counted, .transferred:
            takeStock(movement)
        case .reserved: takeHold(movement)
        case .committed: takeOrder(movement)
        case .released, .expired: takeReturn(movement)
        case .replaced, .rerouted, .fulfilled, .cancelled:
            if movement.reservation?.high == orders.idHigh {
                fault("LSN \(movement.lsn): \(movement.word.rawValue), which nobody asked for")
            }
        case .salesChanged: takeRules(movement)
        case .extended, .forgotten, .configured, .skusChanged, .warehousesChanged, .actorNamed,
            .policiesChanged, .ratesChanged, .substitutesChanged:
            break
        }
    }

    private mutating func takeRules(_ movement: LoggedMovement) {
        for row in movement.sales {
            if case .rules(let rules) = row.change, rules.pool == scenario.poolName {
                opensAt = rules.opensAt
            }
        }
    }

    private mutating func takeStock(_ movement: LoggedMovement) {
        for row in movement.stockRows where row.pool == scenario.poolName {
            guard let sku = scenario.skuIndex(of: row.sku) else { continue }
            shelves[sku].stock += Int(row.onHand)
            freeUnits += Int(row.onHand)
        }
    }

    /// The order that a movement is about; nil for somebody else's.
    private func order(of movement: LoggedMovement) -> OrderNumber? {
        guard let id = movement.reservation, id.high == orders.idHigh else { return nil }
        return OrderNumber(idLow: id.low)
    }

    private mutating func takeHold(_ movement: LoggedMovement) {
        guard let order = order(of: movement), let id = movement.reservation,
            let owner = movement.owner, let expiresAt = movement.expiresAt
        else { return }
        let content = content(of: movement)
        let isNew = heldIDs.insert(id.low).inserted
        if !isNew || open[order] != nil || sold[order] != nil {
            fault("LSN \(movement.lsn): held a second time, \(id)")
        }
        if OrderNumber.step(ofIDLow: id.low) == .holdAgain,
            !heldIDs.contains(orders.id(order, .reserve).low)
        {
            fault("LSN \(movement.lsn): held again and never before, \(id)")
        }
        if content != orders.content(of: order) || owner != orders.owner(of: order) {
            fault("LSN \(movement.lsn): not what was asked for, \(id)")
        }
        if scenario.unitsPerOrder > 0, content.units > scenario.unitsPerOrder {
            fault("LSN \(movement.lsn): an order of \(counted(content.units, "unit")), \(id)")
        }
        let window = window(of: movement)
        for sku in content.skus {
            shelves[sku].held += content.quantity
            freeUnits -= content.quantity
            if shelves[sku].free < 0 {
                fault("LSN \(movement.lsn): \(scenario.skuName(sku)) is sold beyond its stock")
            }
        }
        if freeUnits == 0, emptyMilliseconds == nil {
            emptyMilliseconds = movement.instant.milliseconds
        }
        let entry = Entry(
            id: id,
            owner: owner,
            content: content,
            expiresAt: expiresAt,
            window: window
        )
        owners.hold(entry)
        open[order] = entry
    }

    /// What a hold has, which must be whole and of the sale's pool.
    private mutating func content(of movement: LoggedMovement) -> CrowdOrders.Content {
        var content = CrowdOrders.Content()
        for line in movement.lines {
            let units = line.shares.reduce(0) { $0 + Int($1.units) }
            guard let sku = scenario.skuIndex(of: line.sku), units == Int(line.requested) else {
                fault("LSN \(movement.lsn): a line of \(line.sku) that isn't whole")
                continue
            }
            if line.shares.contains(where: { $0.pool != scenario.poolName }) {
                fault("LSN \(movement.lsn): \(line.sku) was taken from another pool")
            }
            content.skus.append(sku)
            content.quantity = units
        }
        return content
    }

    /// The window of time that a hold is taken in: windows follow each other from the opening on.
    private mutating func window(of movement: LoggedMovement) -> Int64 {
        guard let opensAt, movement.instant >= opensAt else {
            fault("LSN \(movement.lsn): held before the sale opened")
            return 0
        }
        let passed = movement.instant.milliseconds - opensAt.milliseconds
        return passed / Int64(scenario.windowMilliseconds)
    }

    private mutating func takeOrder(_ movement: LoggedMovement) {
        guard let order = order(of: movement) else { return }
        guard let entry = removeOpen(order, movement) else {
            fault("LSN \(movement.lsn): sold without a hold, \(orders.id(order, .reserve))")
            return
        }
        if movement.instant >= entry.expiresAt {
            fault("LSN \(movement.lsn): sold after its time, \(orders.id(order, .reserve))")
        }
        for sku in entry.content.skus {
            shelves[sku].held -= entry.content.quantity
            shelves[sku].sold += entry.content.quantity
        }
        owners.sell(entry)
        sold[order] = entry
    }

    /// Removes the open hold that a movement is about.
    private mutating func removeOpen(_ order: OrderNumber, _ movement: LoggedMovement) -> Entry? {
        guard open[order]?.id == movement.reservation else { return nil }
        return open.removeValue(forKey: order)
    }

    private mutating func takeReturn(_ movement: LoggedMovement) {
        guard let order = order(of: movement) else { return }
        guard let entry = removeOpen(order, movement) else {
            fault(
                "LSN \(movement.lsn): \(movement.word.rawValue) without a hold, "
                    + "\(orders.id(order, .reserve))"
            )
            return
        }
        if movement.word == .expired { expired += 1 } else { released += 1 }
        if movement.word == .expired, movement.instant < entry.expiresAt {
            fault("LSN \(movement.lsn): expired before its time, \(orders.id(order, .reserve))")
        }
        for sku in entry.content.skus {
            if shelves[sku].free == 0 {
                shelves[sku].emptyUntilMilliseconds = movement.instant.milliseconds
            }
            shelves[sku].held -= entry.content.quantity
            shelves[sku].returnedMilliseconds = movement.instant.milliseconds
        }
        freeUnits += entry.content.units
        owners.takeBack(entry)
    }

    private mutating func fault(_ what: String) {
        if faults.count < LogBook.faultsMax { faults.append(what) }
    }
}
