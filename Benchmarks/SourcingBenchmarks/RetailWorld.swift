import Inventory
import Sourcing

/// The retail network with its stock, which orders and returns change.
///
/// What is promised stays on hand, as committed units: `available = on hand − committed − safety`.
struct RetailWorld {
    private struct Cell {
        var warehouse: UInt16
        var onHand: Int64
        var safetyStock: Int64
        var committed: Int64 = 0

        var available: Int64 { onHand - committed - safetyStock }

        var balance: UInt32 {
            if onHand <= 0 { return 1_000 }
            return UInt32(clamping: (1_000 * committed + onHand / 2) / onHand)
        }
    }

    private let warehouses: [Warehouse]
    private let codes: [WarehouseCode]
    private let ranks: [UInt16]
    private let rates: RateCard
    private var cells: [Cell] = []
    private var cellsOfSKU: [String: [Int]] = [:]

    /// The network with the stock that the files begin with.
    init(_ files: RetailFiles) {
        warehouses = files.warehouses.map(RetailNetwork.withCalendar)
        let codes = warehouses.map(\.code)
        self.codes = codes
        let sorted = codes.sorted()
        ranks = codes.map { UInt16(sorted.firstIndex(of: $0) ?? 0) }
        rates = RateCard(RetailNetwork.rates(warehouses), codes: codes)
        for row in files.stock {
            guard let number = codes.firstIndex(where: { String(describing: $0) == row.warehouse })
            else { fail("stock.csv.gz: no warehouse \(row.warehouse)", code: 74) }
            cellsOfSKU[row.sku, default: []].append(cells.count)
            cells.append(
                Cell(
                    warehouse: UInt16(number),
                    onHand: row.onHand,
                    safetyStock: row.safetyStock
                )
            )
        }
    }

    /// An order as it is planned with the stock of now.
    func order(
        _ retail: RetailFiles.Order,
        _ policy: PolicyDefinition,
        mode: ReserveMode
    ) -> OrderCase {
        var order = OrderCase(mode: mode, policy: policy)
        order.orderedAt = retail.placedAt
        order.destination = retail.destination
        order.codes = codes
        order.capacityLeft = codes.map { _ in nil }
        order.terms = warehouses.indices.map { number in
            WarehouseTerms.of(
                warehouses[number],
                number: UInt16(number),
                rank: ranks[number],
                destination: retail.destination,
                orderedAt: retail.placedAt,
                rates: rates
            )
        }
        var ranges: [String: Range<Int>] = [:]
        for (sku, quantity) in retail.lines {
            let range = ranges[sku] ?? addSupplies(of: sku, to: &order)
            ranges[sku] = range
            order.skus.append(sku)
            order.lines.append(
                SourcingLine(
                    supplyStart: range.lowerBound,
                    supplyCount: range.count,
                    requested: quantity,
                    warehouse: SourcingLine.anyWarehouse
                )
            )
        }
        return order
    }

    private func addSupplies(of sku: String, to order: inout OrderCase) -> Range<Int> {
        let start = order.supplies.count
        for index in cellsOfSKU[sku] ?? [] where cells[index].available > 0 {
            let cell = cells[index]
            let terms = order.terms[Int(cell.warehouse)]
            order.supplies.append(
                Supply(
                    available: cell.available,
                    present: cell.available,
                    unitCostMinor: terms.unitCostMinor(weightGrams: RetailNetwork.unitWeightGrams),
                    balance: cell.balance,
                    warehouse: cell.warehouse,
                    pool: 0,
                    cell: UInt32(index)
                )
            )
        }
        return start..<order.supplies.count
    }

    /// Takes the shares of an order's plan out of the stock.
    mutating func commit(_ order: OrderCase, _ shares: [PlannedShare]) {
        for share in shares {
            cells[Int(order.supplies[share.supply].cell)].committed += Int64(share.quantity)
        }
    }

    /// Receives what an order sends back at the warehouse nearest to its destination.
    mutating func receiveReturns(_ retail: RetailFiles.Order) {
        if retail.returns.isEmpty { return }
        let metres = warehouses.map {
            GreatCircle.metres(from: $0.position, to: retail.destination.position)
        }
        guard let nearest = metres.indices.min(by: { metres[$0] < metres[$1] }) else { return }
        for (sku, quantity) in retail.returns {
            let known = cellsOfSKU[sku]?.first { Int(cells[$0].warehouse) == nearest }
            if let known {
                cells[known].onHand += quantity
            } else {
                cellsOfSKU[sku, default: []].append(cells.count)
                cells.append(
                    Cell(warehouse: UInt16(nearest), onHand: quantity, safetyStock: 0)
                )
            }
        }
    }
}
