import Foundation
import Testing

/// The folder with the retail data, where this machine has it.
let retailFolder: String? = {
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

    /// On hand and committed by cell.
    private func figures(_ stock: [String: [String: Any]]) -> [String: [Int]] {
        stock.mapValues { [$0.integer("on_hand"), $0.integer("committed")] }
    }

    /// A server with the retailer's warehouses and stock.
    private func stockedServer(_ folder: String) async throws -> ServerProcess {
        let server = try await ServerProcess()
        try await server.run("import", "warehouses", folder + "/warehouses.csv")
        try await server.run("import", "stock", folder + "/stock.csv.gz")
        return server
    }

    /// Checks what a replay says against the files; the units that it reserved.
    private func expectReport(_ report: [String: Any], _ books: Books) -> Int {
        let requested = books.requested.values.reduce(0, +)
        let reserved = report.integer("units_reserved")
        #expect(report.integer("orders") == books.orders.count)
        #expect(report.integer("units_requested") == requested)
        #expect(reserved + report.integer("units_short") == requested)
        #expect(report.integer("units_returned") == books.returned.values.reduce(0, +))
        #expect(report.integer("rows_skipped") == books.skippedRows)
        return reserved
    }

    @Test(.enabled(if: retailFolder != nil, "no retail data: set HOLDFAST_DATA to its folder"))
    func theBooksBalanceAfterSevenMonthsACrashAndAReplay() async throws {
        let folder = try #require(retailFolder)
        let books = try await books(folder)
        let server = try await stockedServer(folder)
        let replay = try await server.run("replay", folder + "/orders.csv.gz")
        #expect(replay.status == 0)
        let reserved = expectReport(try replay.json(), books)
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
        try await expectReplacingChangesNothing(folder, books, figures(stock))
        try await expectShippingTakesWhatWasSold(folder, books, figures(stock))
    }

    /// Every tenth order replaces a hold of half of it, every answer is lost once: the same books.
    private func expectReplacingChangesNothing(
        _ folder: String,
        _ books: Books,
        _ plain: [String: [Int]]
    ) async throws {
        let server = try await stockedServer(folder)
        let orders = folder + "/orders.csv.gz"
        let replay = try await server.run(
            "replay",
            orders,
            "--replace-every",
            "10",
            "--lose-answers"
        )
        #expect(replay.status == 0)
        let report = try replay.json()
        let reserved = expectReport(report, books)
        #expect(report.integer("orders_replaced") == books.orders.count / 10)
        #expect(report.integer("answers_differing") == 0)
        #expect(report.integer("answers_asked_again") > 2 * books.orders.count)
        let stock = try await server.stock()
        expectBalance(stock, books, reserved: reserved)
        #expect(figures(stock) == plain)
        #expect(try await server.run("check").json()["ok"] as? Bool == true)
    }

    /// What was committed leaves: on hand = start − fulfilled + returned, and nothing is promised.
    private func expectShippingTakesWhatWasSold(
        _ folder: String,
        _ books: Books,
        _ plain: [String: [Int]]
    ) async throws {
        let server = try await stockedServer(folder)
        let replay = try await server.run("replay", folder + "/orders.csv.gz", "--fulfil")
        #expect(replay.status == 0)
        let report = try replay.json()
        let reserved = expectReport(report, books)
        #expect(report.integer("units_fulfilled") == reserved)
        let stock = try await server.stock()
        var onHand: [String: Int] = [:]
        for cell in stock.values {
            onHand[cell["sku"] as? String ?? "", default: 0] += cell.integer("on_hand")
            #expect(cell.integer("committed") == 0)
            #expect(cell.integer("reserved") == 0)
        }
        var fulfilled = 0
        for sku in Set(books.start.keys).union(books.returned.keys).union(onHand.keys) {
            let left =
                books.start[sku, default: 0] + books.returned[sku, default: 0]
                - onHand[sku, default: 0]
            #expect(left >= 0 && left <= books.requested[sku, default: 0], "\(sku)")
            fulfilled += left
        }
        #expect(fulfilled == reserved)
        // Cell by cell the plain replay sold the same: what leaves at once isn't missed by others.
        #expect(figures(stock) == plain.mapValues { [$0[0] - $0[1], 0] })
        #expect(try await server.run("check").json()["ok"] as? Bool == true)
    }
}
