import HoldfastClient
import Movements

@testable import holdfast

/// A small sale whose log and whose crowd's book agree, to be falsified.
///
/// Two SKUs of two units; four shoppers who want one unit each. The first two orders are paid, the
/// third runs out, the fourth is given back and what comes back is bought by later attempts.
struct SaleTale {
    let orders: CrowdOrders
    var movements: [LoggedMovement] = []
    var outcome = CrowdOutcome()
    var server: ServerBook
    private var lsn: UInt64 = 100

    static let holdMilliseconds: Int64 = 1_000
    static let openedMilliseconds: Int64 = 1_000_000
    static let durationMilliseconds: Int64 = 10_000

    /// The sale as it went, nothing falsified; where it has one owner, all orders are a bot's.
    init(
        sellsOut: Bool = true,
        hasOneOwner: Bool = false,
        _ change: (inout FlashSaleScenario) -> Void = { _ in }
    ) {
        var scenario = FlashSaleScenario()
        scenario.skus = 2
        scenario.units = 2
        scenario.shoppers = hasOneOwner ? 0 : 40
        scenario.bots = hasOneOwner ? 1 : 0
        scenario.sellsOut = sellsOut
        scenario.durationMilliseconds = Int(SaleTale.durationMilliseconds)
        scenario.retryPauseMilliseconds = 1_000
        scenario.holdMilliseconds = Int(SaleTale.holdMilliseconds)
        change(&scenario)
        orders = CrowdOrders(scenario)
        let sold = CellFigures(
            onHand: 2,
            reserved: 0,
            committed: 2,
            safetyStock: 0,
            backorderLimit: 0
        )
        server = ServerBook(figures: [sold, sold])
        outcome.openedMilliseconds = SaleTale.openedMilliseconds
        outcome.refusedAskMilliseconds = [0, 0]
        stock(2)
        open(at: 0)
        let first = buyers(of: 0, 3)
        let second = buyers(of: 1, 3)
        sell(first[0], at: 10)
        hold(first[1], at: 20)
        end(.expired, first[1], at: 20 + SaleTale.holdMilliseconds)
        sell(first[2], at: 1_100)
        sell(second[0], at: 30)
        hold(second[1], at: 40)
        end(.released, second[1], at: 50)
        sell(second[2], at: 60)
    }

    /// So many orders that ask for a SKU, of different shoppers or all of the one bot.
    func buyers(of sku: Int, _ count: Int) -> [OrderNumber] {
        let isBots = orders.scenario.bots > 0
        let all = (0..<UInt32(40)).map {
            OrderNumber(shopper: isBots ? 0 : $0, tab: 0, attempt: isBots ? $0 : 0)
        }
        return Array(all.filter { orders.content(of: $0).skus == [sku] }.prefix(count))
    }

    /// A movement at a time behind the opening.
    mutating func movement(
        _ word: MovementWord,
        _ order: OrderNumber?,
        _ step: OrderNumber.Step = .reserve,
        at milliseconds: Int64
    ) -> LoggedMovement {
        lsn += 64
        var movement = LoggedMovement(
            lsn: lsn,
            word: word,
            instant: Instant(milliseconds: SaleTale.openedMilliseconds + milliseconds),
            actor: "holdfast-crowd",
            requestID: order.map { orders.id($0, step) } ?? RequestID(high: 1, low: lsn)
        )
        movement.reservation = order.map { orders.id($0, step) }
        return movement
    }

    private mutating func stock(_ units: Int32) {
        var movement = movement(.transferred, nil, at: 0)
        for sku in 0..<orders.scenario.skus {
            for (pool, change) in [(PoolName.default, -units), (orders.scenario.poolName, units)] {
                movement.stockRows.append(
                    LoggedMovement.StockRow(
                        sku: orders.scenario.skuName(sku),
                        warehouse: "SALE",
                        pool: pool,
                        onHand: change,
                        safetyStock: 0,
                        backorderLimit: 0,
                        isNewCell: false,
                        leavesShortfall: false
                    )
                )
            }
        }
        movements.append(movement)
    }

    /// Opens the sale.
    mutating func open(at milliseconds: Int64) {
        var movement = movement(.salesChanged, nil, at: milliseconds)
        var rules = SaleRules(pool: orders.scenario.poolName)
        rules.opensAt = movement.instant
        movement.sales = [RecordedSale(number: 1, pool: 1, change: .rules(rules))]
        movements.append(movement)
    }

    /// Takes back all that was held and sold: stock and opening are left.
    mutating func forgetOrders() {
        movements.removeAll { $0.reservation != nil }
        outcome.receipts = []
        outcome.acknowledgedHolds = []
    }

    /// Holds an order, or holds it again.
    mutating func hold(
        _ order: OrderNumber,
        _ step: OrderNumber.Step = .reserve,
        at milliseconds: Int64
    ) {
        var movement = movement(.reserved, order, step, at: milliseconds)
        let content = orders.content(of: order)
        movement.owner = orders.owner(of: order)
        movement.expiresAt = movement.instant.advanced(
            byMilliseconds: SaleTale.holdMilliseconds
        )
        movement.lines = content.skus.map { sku in
            LoggedMovement.Line(
                sku: orders.scenario.skuName(sku),
                requested: UInt32(content.quantity),
                shares: [
                    LoggedMovement.Share(
                        warehouse: "SALE",
                        pool: orders.scenario.poolName,
                        units: UInt32(content.quantity)
                    )
                ]
            )
        }
        movements.append(movement)
        outcome.acknowledgedHolds.append(orders.id(order, step).low)
    }

    /// Ends a hold, or what is held again.
    mutating func end(
        _ word: MovementWord,
        _ order: OrderNumber,
        _ step: OrderNumber.Step = .reserve,
        at milliseconds: Int64
    ) {
        movements.append(movement(word, order, step, at: milliseconds))
    }

    /// Holds an order, pays it and lets the crowd know.
    mutating func sell(_ order: OrderNumber, at milliseconds: Int64) {
        hold(order, at: milliseconds)
        end(.committed, order, at: milliseconds + 1)
        outcome.receipts.append(order)
    }

    /// What the log's book says.
    var log: LogBook {
        var book = LogBook(orders)
        for movement in movements { book.take(movement) }
        return book
    }

    /// What the audit finds.
    func complaints(
        isClean: Bool = true,
        end: ServerEnd? = .well
    ) -> [String] {
        SaleAudit(
            orders: orders,
            outcome: outcome,
            server: server,
            log: log,
            check: CheckResult(
                lsn: lsn,
                cells: 4,
                openReservations: 0,
                stateHash: 0,
                isClean: isClean,
                violations: []
            ),
            end: end
        ).complaints
    }
}
