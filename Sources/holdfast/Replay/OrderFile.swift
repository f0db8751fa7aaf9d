internal import HoldfastClient

/// One order of an order file: all its rows, wherever they stand, at the place of the first.
struct Order {
    /// The order's id in the file.
    let id: String
    /// The line of the file that its first row stands on.
    let line: Int
    /// Whom it is for: a hash of the customer, or of the order where that is unknown.
    let owner: OwnerID
    /// When it was placed.
    let placedAt: Instant?
    /// Where it goes to.
    let destination: Position?
    /// What was ordered, row by row.
    var lines: [ReservationRequest.Line] = []
    /// Units sent back, by SKU in the order of their rows.
    var returns: [(sku: String, units: Int64)] = []
}

/// A row that the replay passes over, and why.
struct SkippedRow {
    let line: Int
    let orderID: String
    let sku: String
    let quantity: Int64
    let reason: String
}

/// An order file as a checkout would see it.
///
/// Columns: order_id, sku, quantity; placed_at, customer_id, dest_lat, dest_lon where known. In
/// orders whose id begins with `C` negative quantities are goods sent back.
struct OrderFile {
    private(set) var orders: [Order] = []
    private(set) var skipped: [SkippedRow] = []
    private var indexOfOrder: [String: Int] = [:]

    private struct Columns {
        let order: CSVFile.Column
        let sku: CSVFile.Column
        let quantity: CSVFile.Column
        let placedAt: CSVFile.Column?
        let customer: CSVFile.Column?
        let latitude: CSVFile.Column?
        let longitude: CSVFile.Column?

        init(_ file: CSVFile) throws(CommandFailure) {
            order = try file.column("order_id")
            sku = try file.column("sku")
            quantity = try file.column("quantity")
            placedAt = file.optionalColumn("placed_at")
            customer = file.optionalColumn("customer_id")
            latitude = file.optionalColumn("dest_lat")
            longitude = file.optionalColumn("dest_lon")
        }
    }

    /// Reads all orders of a file.
    init(_ file: CSVFile) throws(CommandFailure) {
        let columns = try Columns(file)
        for index in 0..<file.rowCount {
            do throws(RowFault) {
                try add(file.row(index), columns)
            } catch {
                throw error.failure(in: file.path)
            }
        }
    }

    private mutating func add(_ row: CSVFile.Row, _ columns: Columns) throws(RowFault) {
        let id = row.text(columns.order)
        guard !id.isEmpty else { throw row.fault("the order_id is empty") }
        let sku = row.text(columns.sku)
        let quantity = try row.integer(columns.quantity)
        let index: Int
        if let known = indexOfOrder[id] {
            index = known
        } else {
            index = orders.count
            orders.append(try OrderFile.order(id, row, columns))
            indexOfOrder[id] = index
        }
        let isReturn = quantity < 0 && id.hasPrefix("C")
        if let reason = OrderFile.reasonToSkip(sku, quantity, isReturn: isReturn) {
            skipped.append(
                SkippedRow(
                    line: row.line,
                    orderID: id,
                    sku: sku,
                    quantity: quantity,
                    reason: reason
                )
            )
        } else if isReturn {
            orders[index].returns.add(sku, -quantity)
        } else {
            orders[index].lines.append(.init(sku: sku, quantity: UInt32(quantity)))
        }
    }

    private static func reasonToSkip(
        _ sku: String,
        _ quantity: Int64,
        isReturn: Bool
    ) -> String? {
        guard sku.isSKU else { return "the sku is no name" }
        if quantity == 0 { return "the quantity is zero" }
        if quantity < 0, !isReturn { return "a negative quantity that is no return" }
        guard quantity.magnitude <= UInt64(Limits.unitsPerLineMax) else {
            return "the quantity is above \(Limits.unitsPerLineMax)"
        }
        return nil
    }

    private static func order(
        _ id: String,
        _ row: CSVFile.Row,
        _ columns: Columns
    ) throws(RowFault) -> Order {
        let customer = columns.customer.map { row.text($0) } ?? ""
        let isKnown = !customer.isEmpty && customer != "0"
        var placedAt: Instant?
        if let column = columns.placedAt, !row.text(column).isEmpty {
            placedAt = Instant(text: row.text(column))
            guard placedAt != nil else {
                throw row.fault(
                    "placed_at \(row.text(column).shown) — give it as 2010-12-01T08:26:00Z"
                )
            }
        }
        return Order(
            id: id,
            line: row.line,
            owner: DerivedID.owner(isKnown ? "customer \(customer)" : "order \(id)"),
            placedAt: placedAt,
            destination: try destination(row, columns)
        )
    }

    private static func destination(
        _ row: CSVFile.Row,
        _ columns: Columns
    ) throws(RowFault) -> Position? {
        guard let latitude = columns.latitude, let longitude = columns.longitude,
            !row.text(latitude).isEmpty, !row.text(longitude).isEmpty
        else { return nil }
        let degrees = (try row.number(latitude), try row.number(longitude))
        guard let position = Position(latitude: degrees.0, longitude: degrees.1) else {
            throw row.fault(
                "dest_lat \(degrees.0), dest_lon \(degrees.1) is no place on Earth"
            )
        }
        return position
    }
}

extension [(sku: String, units: Int64)] {
    /// Adds units of a SKU; rows of one SKU are one return.
    fileprivate mutating func add(_ sku: String, _ units: Int64) {
        if let index = firstIndex(where: { $0.sku == sku }) {
            self[index].units += units
        } else {
            append((sku, units))
        }
    }
}
