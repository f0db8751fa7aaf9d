import Foundation
import Testing

/// `holdfast replay` over a small file in which every rule has a row.
@Suite(.serialized) struct ReplayTests {
    private static let header =
        "order_id,placed_at,customer_id,country,dest_city,dest_lat,dest_lon,sku,quantity,"
        + "unit_price\n"

    private static func row(_ order: String, _ longitude: Int, _ sku: String, _ units: Int)
        -> String
    {
        "\(order),2010-12-01T08:26:00Z,7,Nowhere,Alphaville,0,\(longitude),\(sku),\(units),1.00\n"
    }

    /// Orders over X (A 5, B 5) and Y (A 1).
    private static let orders =
        header
        + row("1", 0, "X", 3)  // 3 from A
        + row("2", 0, "Y", 2)  // nothing: order 1 has a row for Y further down
        + row("C3", 9, "X", -2)  // comes back to B, the nearest
        + row("4", 0, "X", -1)  // negative and no return: skipped
        + row("5", 0, "UNKNOWN", 4)  // a short line
        + row("1", 0, "Y", 1)  // belongs to order 1, at its first row
        + row("6", 0, "X", 9)  // 2 from A, 7 from B: two shipments
        + row("C7", 0, "NEW", -1)  // makes SKU and cell in A
        + row("C7", 0, "NEW", -2)  // the same return
        + row("8", 0, "NEW", 1)
        + row("8", 0, "NEW", 1)  // a SKU on two lines of one order
        + row("9", 0, "X", 0)  // asks for nothing: skipped

    private func server() async throws -> ServerProcess {
        let server = try await ServerProcess()
        let warehouses = try server.write("warehouses.csv", sampleWarehouses)
        let stock = try server.write(
            "stock.csv",
            "sku,warehouse,on_hand,safety_stock\nX,A,5,0\nX,B,5,0\nY,A,1,0\n"
        )
        try await server.run("import", "warehouses", warehouses)
        try await server.run("import", "stock", stock)
        return server
    }

    private func onHandAndCommitted(_ server: ServerProcess) async throws -> [String: [Int]] {
        try await server.stock().mapValues { [$0.integer("on_hand"), $0.integer("committed")] }
    }

    @Test func everyRuleOfAnOrderFileHolds() async throws {
        let server = try await server()
        let file = try server.write("orders.csv", ReplayTests.orders)
        let result = try await server.run("replay", file)
        #expect(result.status == 0)
        let report = try result.json()
        let expected = [
            "orders": 5, "lines": 7, "units_requested": 21, "units_reserved": 15,
            "units_short": 6, "units_returned": 5, "rows_skipped": 2, "orders_whole": 3,
            "orders_partial": 0, "orders_refused": 2, "orders_repeated": 0, "orders_returned": 2,
            "commits": 5, "shipments": 4, "cost_minor": 720,
        ]
        for (name, value) in expected { #expect(report.integer(name) == value, "\(name)") }
        // Ten degrees of the equator, from B to A.
        let kilometres = try #require(report["kilometres"] as? Double)
        #expect(abs(kilometres - 1_111.951) < 0.01)
        let skipped = try #require(report["skipped"] as? [[String: Any]])
        #expect(skipped.map { $0.integer("line") } == [5, 13])
        let books = [
            "X A": [5, 5], "X B": [7, 7], "Y A": [1, 1], "NEW A": [3, 2],
        ]
        #expect(try await onHandAndCommitted(server) == books)
    }

    @Test func replayingTheSameFileAgainChangesNothing() async throws {
        let server = try await server()
        let file = try server.write("orders.csv", ReplayTests.orders)
        let first = try await server.run("replay", file).json()
        let stock = try await server.stock()
        let second = try await server.run("replay", file).json()
        #expect(second.integer("orders_repeated") == 5)
        for name in ["units_reserved", "units_returned", "orders_whole", "shipments"] {
            #expect(second.integer(name) == first.integer(name), "\(name)")
        }
        #expect(try await server.stock() as NSDictionary == stock as NSDictionary)
    }

    @Test func ordersThatReplaceAHoldOfHalfOfThemEndAsTheOthers() async throws {
        let server = try await server()
        let file = try server.write("orders.csv", ReplayTests.orders)
        let replay = try await server.run("replay", file, "--replace-every", "2", "--lose-answers")
        #expect(replay.status == 0)
        let report = try replay.json()
        #expect(report.integer("orders_replaced") == 2)
        #expect(report.integer("units_reserved") == 15)
        // Five reserves and two halves before, five commits, two returns.
        #expect(report.integer("answers_asked_again") == 14)
        #expect(report.integer("answers_differing") == 0)
        let books = ["X A": [5, 5], "X B": [7, 7], "Y A": [1, 1], "NEW A": [3, 2]]
        #expect(try await onHandAndCommitted(server) == books)
    }

    @Test func whatIsFulfilledLeaves() async throws {
        let server = try await server()
        let file = try server.write("orders.csv", ReplayTests.orders)
        for _ in 0..<2 {
            let report = try await server.run("replay", file, "--fulfil").json()
            #expect(report.integer("orders_fulfilled") == 3)
            #expect(report.integer("units_fulfilled") == 15)
            let books = ["X A": [0, 0], "X B": [0, 0], "Y A": [0, 0], "NEW A": [1, 0]]
            #expect(try await onHandAndCommitted(server) == books)
        }
    }

    @Test func aModeOfAllOrNothingRefusesShortOrders() async throws {
        let server = try await server()
        let file = try server.write("orders.csv", ReplayTests.orders)
        let report = try await server.run("replay", file, "--mode", "all_or_nothing").json()
        #expect(report.integer("orders_refused") == 2)
        #expect(report.integer("orders_whole") == 3)
        let refusals = try #require(report["refusals"] as? [String: Any])
        #expect(refusals.integer("unknown_sku") == 1)
        #expect(refusals.integer("insufficient_stock") == 1)
        #expect(report.integer("units_short") == 6)
    }

    @Test func badRowsAreNamedAndNothingIsSent() async throws {
        let server = try await server()
        for (row, complaint) in [
            ("1,x,7,N,A,0,0,X,1,1\n", "orders.csv:2: placed_at `x`"),
            ("1,,7,N,A,95,0,X,1,1\n", "orders.csv:2: dest_lat 95.0"),
            ("1,,7,N,A,0,0,X,one,1\n", "orders.csv:2: quantity `one` is no whole number"),
            (",,7,N,A,0,0,X,1,1\n", "orders.csv:2: the order_id is empty"),
        ] {
            let file = try server.write("orders.csv", ReplayTests.header + row)
            let result = try await server.run("replay", file)
            #expect(result.status == 74)
            #expect(result.errors.contains(complaint))
        }
        let figures = try await server.run("stats").json()
        #expect(figures.integer("reserves_accepted") == 0)
    }
}
