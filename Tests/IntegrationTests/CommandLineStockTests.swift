import Foundation
import Testing

/// Changing and reading stock and warehouses on the command line.
@Suite(.serialized) struct CommandLineStockTests {
    private let id = "000102030405060708090a0b0c0d0e0f"

    @Test func aCountListsTheHoldsThatItTouches() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:6@A", "--id", id, "--owner", "ann")
        let version = try await server.run("stock", "show", "MUG").json().integer("version")
        let stale = try await server.run(
            "stock",
            "count",
            "MUG=4",
            "--warehouse",
            "A",
            "--expected-version",
            "\(version - 1)"
        )
        #expect(try stale.json()["error"] as? String == "version_conflict")
        let count = try await server.run(
            "stock",
            "count",
            "MUG=4",
            "--warehouse",
            "A",
            "--expected-version",
            "\(version)",
            "--reason",
            "yearly count"
        ).json()
        #expect(count.integer("on_hand") == 4)
        #expect(count.integer("available") == -3)
        #expect(count.integer("shortfalls") == 1)
        #expect(count.integer("units_held") == 6)
        let holds = try #require(count["holds"] as? [[String: Any]])
        #expect(holds.map { $0["reservation"] as? String } == [id])
        let text = try await server.text("stock", "count", "MUG=5", "--warehouse", "A")
        #expect(
            text.hasSuffix(
                """
                1 open reservation: 6 held, 0 committed
                MUG in A: 5 on hand, -2 available, promises more than it has

                """
            )
        )
    }

    @Test func unitsGoBetweenPoolsAndWarehouses() async throws {
        let server = try await ServerProcess.stocked()
        let move = ["stock", "transfer", "MUG=4", "--from", "A", "--to", "A/flash"]
        let moved = try await server.run(
            move[0],
            move[1],
            move[2],
            move[3],
            move[4],
            move[5],
            move[6]
        )
        #expect(try moved.json().integer("on_hand") == 4)
        #expect(try moved.json()["pool"] as? String == "flash")
        let back = try await server.run(
            "stock",
            "transfer",
            "MUG=5",
            "--from",
            "A/flash",
            "--to",
            "B"
        )
        #expect(try back.json()["error"] as? String == "insufficient_stock")
        #expect(try await server.run("stock", "receive", "MUG", "B/flash", "3").status == 0)
        try await server.run("reserve", "--line", "MUG=2/flash", "--id", id)
        let table = try await server.text("stock", "show", "MUG", "--holds", "--warehouse", "A")
        let cells = table.split(separator: "\n")[1...2].map { $0.split(separator: " ") }
        #expect(
            cells.map { $0.joined(separator: " ") } == [
                "MUG A default 6 0 0 1 0 5 4", "MUG A flash 4 2 0 0 0 2 4",
            ]
        )
        let lines = try await server.run("stock", "show", "MUG", "--holds").jsonLines()
        #expect(lines.last?.integer("units_held") == 2)
    }

    @Test func safetyStockAndBackorderAreSet() async throws {
        let server = try await ServerProcess.stocked()
        let safety = try await server.run("stock", "safety", "MUG=3", "--warehouse", "A").json()
        #expect(safety.integer("available") == 7)
        let limit = try await server.run("stock", "backorder", "MUG=5", "--warehouse", "A").json()
        #expect(limit.integer("available") == 12)
        let text = try await server.text("reserve", "MUG:11@A", "--id", id)
        #expect(text.contains("A 11 (4 backordered)"))
        let unknown = try await server.run("stock", "safety", "NONE=1", "--warehouse", "A")
        #expect(try unknown.json()["error"] as? String == "unknown_sku")
    }

    @Test func availabilityIsToldInBulk() async throws {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:4@A", "--id", id, "--owner", "ann")
        #expect(
            try await server.text("availability", "MUG", "NONE", "JUG") == """
                sku   warehouse  state   available  on hand  version
                MUG   A          online          5       10        2
                MUG   B          online          5        5        2
                NONE  -          -               0        0  unknown
                JUG   B          online          7        7        1
                3 SKUs, 1 of them unknown: 17 units available

                """
        )
        let own = try await server.run(
            "availability",
            "MUG",
            "--owner",
            "ann",
            "--warehouse",
            "A"
        ).json()
        #expect(own.integer("available") == 9)
        let many = try server.write(
            "many.csv",
            "sku\n" + (0..<5_000).map { $0 == 4_999 ? "MUG" : "SKU-\($0)" }.joined(separator: "\n")
        )
        let lines = try await server.run("availability", "--file", many).jsonLines()
        #expect(lines.count == 5_000)
        #expect(lines.last?.integer("available") == 10)
    }

    @Test func aWarehouseIsChangedDrainedAndFilled() async throws {
        let server = try await ServerProcess.stocked()
        let changed = try await server.run(
            "warehouse",
            "set",
            "B",
            "--unit-cost",
            "15",
            "--priority",
            "7",
            "--position",
            "1,-2"
        ).json()
        #expect(changed.integer("unit_cost_minor") == 15)
        #expect(changed.integer("shipment_cost_minor") == 200)
        #expect(changed["city"] as? String == "Beta, Upper")
        #expect(try await server.run("warehouse", "set-state", "B", "offline").status == 0)
        let fill = try await server.text("warehouse", "list", "--fill")
        #expect(fill == fillText)
        let closed = try await server.run("reserve", "JUG:1@B")
        #expect(try closed.json()["error"] as? String == "warehouse_closed")
        let unknown = try await server.run("warehouse", "set", "Z", "--unit-cost", "1")
        #expect(try unknown.json()["error"] as? String == "unknown_warehouse")
    }
}

private let fillText = """
    code  state    open  limit  cells  on hand  reserved  committed  safety  backorder  available
    A     online      0      -      1       10         0          0       1          0          9
    B     offline     0      -      2       12         0          0       0          0         12
    2 warehouses, 22 units on hand

    """
