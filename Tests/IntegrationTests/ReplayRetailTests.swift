import Foundation
import Testing

/// The folder with the retail data, where this machine has it.
private let retailFolder: String? = {
    let given = ProcessInfo.processInfo.environment["HOLDFAST_DATA"]
    let folder = given ?? "../shared/data/retail"
    let isThere = FileManager.default.isReadableFile(atPath: folder + "/orders.csv.gz")
    return isThere ? folder : nil
}()

/// Seven months of a retailer's real orders, and the books computed outside Holdfast.
@Suite struct ReplayRetailTests {
    /// What the files say, by SKU.
    private struct Books {
        var start: [String: Int] = [:]
        var requested: [String: Int] = [:]
        var returned: [String: Int] = [:]
        var skippedRows = 0
        var orders: Set<Substring> = []
    }

    private func unpackedRows(_ path: String) async throws -> [[Substring]] {
        let text = try await Program.run("gzip", ["-dc", path]).output
        return text.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
    }

    private func books(_ folder: String) async throws -> Books {
        var books = Books()
        for row in try await unpackedRows(folder + "/stock.csv.gz") {
            books.start[String(row[0]), default: 0] += try #require(Int(row[2]))
        }
        for row in try await unpackedRows(folder + "/orders.csv.gz") {
            let sku = String(row[7])
            let quantity = try #require(Int(row[8]))
            if quantity > 0 {
                books.requested[sku, default: 0] += quantity
                books.orders.insert(row[0])
            } else if quantity < 0, row[0].hasPrefix("C") {
                books.returned[sku, default: 0] -= quantity
            } else {
                books.skippedRows += 1
            }
        }
        return books
    }

    /// Checks the server's cells against the files.
    private func expectBalance(_ stock: [String: [String: Any]], _ books: Books, reserved: Int) {
        var onHand: [String: Int] = [:]
        var committed: [String: Int] = [:]
        for cell in stock.values {
            let sku = cell["sku"] as? String ?? ""
            onHand[sku, default: 0] += cell.integer("on_hand")
            committed[sku, default: 0] += cell.integer("committed")
            #expect(cell.integer("reserved") == 0)
        }
        var unbalanced = 0
        var overcommitted = 0
        for sku in Set(books.start.keys).union(books.returned.keys).union(onHand.keys) {
            let sold = committed[sku, default: 0]
            let expected = books.start[sku, default: 0] - sold + books.returned[sku, default: 0]
            if onHand[sku, default: 0] - sold != expected { unbalanced += 1 }
            if sold > books.requested[sku, default: 0] { overcommitted += 1 }
        }
        #expect(unbalanced == 0)
        #expect(overcommitted == 0)
        #expect(committed.values.reduce(0, +) == reserved)
        #expect(stock.values.allSatisfy { $0.integer("available") >= 0 })
    }

    @Test(.enabled(if: retailFolder != nil, "no retail data: set HOLDFAST_DATA to its folder"))
    func theBooksBalanceAfterSevenMonthsACrashAndAReplay() async throws {
        let folder = try #require(retailFolder)
        let books = try await books(folder)
        let server = try await ServerProcess()
        try await server.run("import", "warehouses", folder + "/warehouses.csv")
        try await server.run("import", "stock", folder + "/stock.csv.gz")

        let replay = try await server.run("replay", folder + "/orders.csv.gz")
        #expect(replay.status == 0)
        let report = try replay.json()
        let requested = books.requested.values.reduce(0, +)
        let reserved = report.integer("units_reserved")
        #expect(report.integer("orders") == books.orders.count)
        #expect(report.integer("units_requested") == requested)
        #expect(reserved + report.integer("units_short") == requested)
        #expect(report.integer("units_returned") == books.returned.values.reduce(0, +))
        #expect(report.integer("rows_skipped") == books.skippedRows)
        #expect(try await server.run("check").json()["ok"] as? Bool == true)
        let stock = try await server.stock()
        expectBalance(stock, books, reserved: reserved)

        try await server.killAndRestart()
        #expect(try await server.run("check").json()["ok"] as? Bool == true)
        #expect(try await server.stock() as NSDictionary == stock as NSDictionary)

        let again = try await server.run("replay", folder + "/orders.csv.gz").json()
        #expect(again.integer("orders_repeated") == books.orders.count)
        #expect(again.integer("units_reserved") == reserved)
        #expect(try await server.stock() as NSDictionary == stock as NSDictionary)
    }
}
