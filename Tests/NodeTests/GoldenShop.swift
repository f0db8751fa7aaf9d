import Engine
import Inventory
import Node
import Support

/// A small shop that does the same on every machine: all kinds of configuration, stock and
/// reservations, from a fixed seed, with fixed ids and instants.
///
/// The golden images are made of it. Changing it changes the images that are made from now on,
/// never those that are there.
struct GoldenShop {
    private let worker: NodeWorker
    private let clock: SimulatedClock
    private var generator = SplitMix64(seed: 20_261_127)
    private var held: [ReservationID] = []
    private var committed: [ReservationID] = []

    /// 2026-11-27T08:00:00Z.
    static let startMilliseconds: Int64 = 1_795_766_400_000

    private static let skus = [
        "MUG-BLUE", "MUG-RED", "JUG", "TEAPOT", "LAMP,\"OAK\"", "CANDLE", "FRAME-A4", "FRAME-A5",
        "CUSHION", "THROW", "CLOCK", "VASE", "BELL", "TIN", "TRAY", "DOORMAT",
    ]
    private static let regions = ["GB-LND", "GB", "FR"]

    /// A shop on a node that is empty.
    init(_ node: Node, clock: SimulatedClock) {
        worker = NodeWorker(node)
        self.clock = clock
    }

    private mutating func newID() -> RequestID {
        let high = generator.next()
        return RequestID(high: high, low: generator.next())
    }

    private func code(_ text: String) -> WarehouseCode { WarehouseCode(text) ?? .none }
    private var flash: PoolName { PoolName("flash") ?? .default }

    @discardableResult
    private func run(_ command: Command) -> CommandReply {
        clock.advance(milliseconds: 137)
        return worker.run(command)
    }

    // MARK: Before it opens

    /// Sets up warehouses, policies, rates and stock.
    mutating func open() {
        run(.actor("checkout-7"))
        run(.warehouses(WarehousesCommand(id: newID(), warehouses: warehouses)))
        let green = PolicyDefinition(
            name: PolicyName("green") ?? .none,
            tiers: [
                SourcingTier([.init(.metres)], tolerance: 500), SourcingTier([.init(.costMinor)]),
            ]
        )
        run(.configuration(.policies(PoliciesCommand(id: newID(), policies: [green]))))
        let rates = [
            RateRow(
                region: RegionCode("GB") ?? .none,
                baseMinor: 350,
                perKilometreMinor: 1,
                transitHours: 24
            ),
            RateRow(baseMinor: 900, perKilogramMinor: 40, transitHours: 72),
        ]
        run(.configuration(.rates(RatesCommand(id: newID(), rows: rates))))
        let weights = GoldenShop.skus.enumerated().map { index, sku in
            SKUWeight(sku: sku, weightGrams: UInt32(150 + 85 * index))
        }
        run(.skus(SKUsCommand(id: newID(), rows: weights)))
        stock()
        let substitutes = [
            SKUSubstitutes(sku: "MUG-BLUE", substitutes: ["MUG-RED", "JUG"]),
            SKUSubstitutes(sku: "FRAME-A5", substitutes: ["FRAME-A4"]),
        ]
        run(.configuration(.substitutes(SubstitutesCommand(id: newID(), rows: substitutes))))
    }

    private var warehouses: [Warehouse] {
        let places = [
            ("LON1", "London", 51_510_000, -130_000),
            ("MAN1", "Manchester", 53_480_000, -2_240_000),
            ("GLA1", "Glasgow", 55_860_000, -4_250_000), ("LIL1", "Lille", 50_630_000, 3_060_000),
        ]
        return places.enumerated().map { index, place in
            var warehouse = Warehouse(
                code: code(place.0),
                city: place.1,
                position: Position(
                    latitudeMicrodegrees: Int32(place.2),
                    longitudeMicrodegrees: Int32(place.3)
                ),
                priority: Int32(index + 1),
                shipmentCostMinor: Int64(180 + 20 * index),
                unitCostMinor: 12,
                cutoffHourUTC: 18,
                handlingHours: UInt16(2 + index)
            )
            if index == 3 {
                warehouse.regions = [RegionCode("FR") ?? .none]
                warehouse.closedWeekdays = 0b110_0000
                warehouse.capacityShipments = 40
            }
            return warehouse
        }
    }

    private mutating func stock() {
        for warehouse in warehouses {
            var rows: [CommandRow] = []
            for sku in GoldenShop.skus where generator.chance(3, in: 4) {
                var row = CommandRow(
                    sku: Array(sku.utf8),
                    warehouse: warehouse.code,
                    onHand: Int64(5 + generator.below(60))
                )
                if generator.chance(1, in: 5) { row.safetyStock = 2 }
                if generator.chance(1, in: 6) { row.backorderLimit = 10 }
                rows.append(row)
            }
            run(.stock(StockCommand(id: newID(), cause: .imported, rows: rows)))
        }
        var sale = CommandRow(sku: Array("MUG-BLUE".utf8), warehouse: code("LON1"), onHand: 12)
        sale.pool = flash
        run(.stock(StockCommand(id: newID(), cause: .received, rows: [sale])))
    }

    // MARK: Business

    /// Lets shoppers come and go.
    mutating func trade(requests: Int) {
        for _ in 0..<requests {
            switch generator.below(20) {
            case ..<9: hold()
            case 9..<13: commit()
            case 13: change(.release, take(from: \.held))
            case 14, 15: change(.fulfil, take(from: \.committed))
            case 16: change(.cancel, take(from: \.committed))
            case 17: extend()
            case 18: partly()
            default: replace()
            }
        }
    }

    private mutating func command() -> ReserveCommand {
        let lines = (0...generator.below(3)).map { _ in
            let sku = GoldenShop.skus[generator.below(GoldenShop.skus.count)]
            var line = ReserveLine(sku: Array(sku.utf8), quantity: UInt32(1 + generator.below(4)))
            if sku == "MUG-BLUE" { line.pools = [flash, .default] }
            return line
        }
        var command = ReserveCommand(id: newID(), lines: lines)
        command.owner = OwnerID(high: UInt64(1 + generator.below(12)), low: 7)
        command.mode = generator.chance(1, in: 3) ? .allOrNothing : .bestEffort
        command.policyName = generator.chance(1, in: 4) ? PolicyName("green") ?? .none : .none
        command.timeToLiveMilliseconds = generator.chance(1, in: 3) ? 40_000 : 0
        if generator.chance(4, in: 5) {
            command.destination = Destination(
                position: Position(
                    latitudeMicrodegrees: Int32(50_000_000 + generator.below(6_000_000)),
                    longitudeMicrodegrees: Int32(generator.below(5_000_000)) - 3_000_000
                ),
                region: RegionCode(GoldenShop.regions[generator.below(3)]) ?? .none
            )
        }
        if generator.chance(1, in: 6) {
            command.constraints = SourcingConstraints(splitsMax: 2, excluded: [code("LIL1")])
        }
        return command
    }

    private mutating func hold() {
        let command = command()
        run(.reserve(command))
        held.append(command.id)
    }

    private mutating func replace() {
        guard let old = take(from: \.held) else { return hold() }
        var command = command()
        command.replaces = old
        run(.reserve(command))
        held.append(command.id)
    }

    private mutating func commit() {
        guard let id = take(from: \.held) else { return hold() }
        run(.commit(id, requestID: newID()))
        committed.append(id)
    }

    private mutating func extend() {
        guard let id = take(from: \.held) else { return hold() }
        run(
            .extend(
                ExtendCommand(reservation: id, id: newID(), timeToLiveMilliseconds: 1_200_000)
            )
        )
        held.append(id)
    }

    /// Commits one unit of the first line.
    private mutating func partly() {
        guard let id = take(from: \.held) else { return hold() }
        run(.change(request(of: id, .commit, [ChangeItem(line: 0, quantity: 1)])))
        held.append(id)
    }

    private mutating func change(_ kind: ReservationChangeKind, _ id: ReservationID?) {
        guard let id else { return }
        run(.change(request(of: id, kind, [])))
    }

    private mutating func request(
        of id: ReservationID,
        _ kind: ReservationChangeKind,
        _ items: [ChangeItem]
    ) -> ChangeRequest {
        let requestID = newID()
        return ChangeRequest(
            reservation: id,
            id: requestID,
            digest: requestID.low,
            kind: kind,
            items: items
        )
    }

    private mutating func take(
        from ids: WritableKeyPath<GoldenShop, [ReservationID]>
    ) -> ReservationID? {
        let count = self[keyPath: ids].count
        return count == 0 ? nil : self[keyPath: ids].remove(at: generator.below(count))
    }

    // MARK: Trouble

    /// Stock is corrected and moved, a count finds less than is promised, a warehouse goes dark.
    mutating func suffer() {
        write(.counted, "CUSHION", "LON1", 0, reason: "water damage, shelf 4")
        write(.adjusted, "THROW", "LIL1", -1, reason: "torn")
        write(.returned, "BELL", "LON1", 1, reason: "wrong colour")
        var kept = CommandRow(sku: Array("VASE".utf8), warehouse: code("LON1"), onHand: 0)
        kept.safetyStock = 3
        run(.stock(StockCommand(id: newID(), cause: .configured, rows: [kept])))
        let moved = [
            CommandRow(sku: Array("CLOCK".utf8), warehouse: code("MAN1"), onHand: -2),
            CommandRow(sku: Array("CLOCK".utf8), warehouse: code("LIL1"), onHand: 2),
        ]
        run(.stock(StockCommand(id: newID(), cause: .transferred, rows: moved)))
        let line = ReserveLine(sku: Array("MUG-BLUE".utf8), quantity: 2)
        var near = ReserveCommand(id: newID(), lines: [line])
        near.destination = Destination(position: warehouses[2].position)
        run(.reserve(near))
        held.append(near.id)
        run(
            .warehouseState(
                WarehouseStateCommand(id: newID(), code: code("GLA1"), state: .offline)
            )
        )
        for id in held { run(.reroute(RerouteCommand(reservation: id, id: newID()))) }
    }

    private mutating func write(
        _ cause: StockCause,
        _ sku: String,
        _ warehouse: String,
        _ units: Int64,
        reason: String
    ) {
        let row = CommandRow(sku: Array(sku.utf8), warehouse: code(warehouse), onHand: units)
        var command = StockCommand(id: newID(), cause: cause, rows: [row])
        command.reason = reason
        run(.stock(command))
    }

    /// Lets the short holds run out.
    func wait() {
        clock.advance(milliseconds: 45_000)
        run(.sweep)
    }
}
