import Glibc
import Inventory

/// Order and stock files: `orders.csv.gz`, `stock.csv.gz` and `warehouses.csv` of one folder.
struct RetailFiles {
    /// An order as a checkout would send it.
    struct Order {
        var id: String
        var placedAt: Instant
        var destination: Destination
        /// SKU and units, in the order of the rows.
        var lines: [(sku: String, quantity: UInt32)] = []
        /// SKU and units that came back.
        var returns: [(sku: String, quantity: Int64)] = []
    }

    /// A row of the stock file.
    struct StockRow {
        var sku: String
        var warehouse: String
        var onHand: Int64
        var safetyStock: Int64
    }

    var warehouses: [Warehouse]
    var stock: [StockRow]
    /// The orders by their first row.
    var orders: [Order]

    /// Reads the files; ends the process where one is missing or not understood.
    init(folder: String) {
        warehouses = RetailFiles.rows(of: folder + "/warehouses.csv").map(RetailFiles.warehouse)
        stock = RetailFiles.rows(of: folder + "/stock.csv.gz").map { row in
            guard row.count == 4, let onHand = Int64(row[2]), let safety = Int64(row[3]) else {
                fail("stock.csv.gz: \(row)", code: 74)
            }
            return StockRow(
                sku: String(row[0]),
                warehouse: String(row[1]),
                onHand: onHand,
                safetyStock: safety
            )
        }
        orders = RetailFiles.orders(RetailFiles.rows(of: folder + "/orders.csv.gz"))
    }

    private static func warehouse(_ row: [Substring]) -> Warehouse {
        guard row.count == 9, let code = WarehouseCode(String(row[0])),
            let latitude = Double(row[2]), let longitude = Double(row[3]),
            let position = Position(latitude: latitude, longitude: longitude),
            let priority = Int32(row[4]), let shipment = Int64(row[5]), let unit = Int64(row[6]),
            let cutoff = UInt8(row[7]), let handling = UInt16(row[8])
        else { fail("warehouses.csv: \(row)", code: 74) }
        return Warehouse(
            code: code,
            city: String(row[1]),
            position: position,
            priority: priority,
            shipmentCostMinor: shipment,
            unitCostMinor: unit,
            cutoffHourUTC: cutoff,
            handlingHours: handling
        )
    }

    /// Merges rows by order id; rows that are neither goods sold nor returned are passed over.
    private static func orders(_ rows: [[Substring]]) -> [Order] {
        var orders: [Order] = []
        var places: [Substring: Int] = [:]
        for row in rows {
            guard row.count == 10, let quantity = Int64(row[8]),
                let placedAt = Timestamp.instant(row[1]),
                let latitude = Double(row[5]), let longitude = Double(row[6]),
                let position = Position(latitude: latitude, longitude: longitude)
            else { fail("orders.csv.gz: \(row)", code: 74) }
            let isReturn = row[0].hasPrefix("C")
            if quantity == 0 || (quantity < 0) != isReturn { continue }
            if places[row[0]] == nil {
                places[row[0]] = orders.count
                let region = RetailNetwork.region(of: row[3])
                let destination = Destination(position: position, region: region)
                let order = Order(id: String(row[0]), placedAt: placedAt, destination: destination)
                orders.append(order)
            }
            guard let place = places[row[0]] else { continue }
            if isReturn {
                orders[place].returns.append((String(row[7]), -quantity))
            } else {
                orders[place].lines.append((String(row[7]), UInt32(clamping: quantity)))
            }
        }
        return orders
    }

    // MARK: Files

    /// The fields of the rows behind the header; `.gz` through `gzip -dc`.
    private static func rows(of path: String) -> [[Substring]] {
        let text = contents(of: path)
        let lines = text.split(separator: "\n").dropFirst()
        return lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    }

    private static func contents(of path: String) -> String {
        let isPacked = path.hasSuffix(".gz")
        let quoted =
            "'"
            + path.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "'\\''") + "'"
        guard let file = isPacked ? popen("gzip -dc -- \(quoted)", "r") : fopen(path, "r") else {
            fail("can't read \(path)", code: 74)
        }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { break }
            bytes += block[..<count]
        }
        let status = isPacked ? pclose(file) : fclose(file)
        if status != 0 { fail("can't read \(path)", code: 74) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
