import Foundation
import Testing

/// `source`, and `reserve --alternatives`, as people and programs read them.
@Suite(.serialized) struct CommandLineSourceTests {
    /// JUG is what MUG may be substituted by; a few mugs stand in a pool.
    private func stocked() async throws -> ServerProcess {
        let server = try await ServerProcess.stocked()
        let file = try server.write("substitutes.csv", "sku,substitute,rank\nMUG,JUG,1\n")
        #expect(try await server.run("import", "substitutes", file).status == 0)
        let moved = try await server.run(
            "stock",
            "transfer",
            "MUG=2",
            "--from",
            "A",
            "--to",
            "A/flash"
        )
        #expect(moved.status == 0)
        return server
    }

    @Test func aPlanIsATableAndHoldsNothing() async throws {
        let server = try await stocked()
        let plan = try await server.run("source", "MUG:9", "--to", "0,1", asJSON: false)
        #expect(plan.status == 0, "\(plan)")
        #expect(
            plan.lines.prefix(3) == [
                "line  sku  asked  warehouse  pool     units  unit cost  note",
                "   1  MUG      9  A          default      7         10",
                "   1  MUG      9  B          default      2         20",
            ],
            "\(plan.output)"
        )
        #expect(plan.lines.contains { $0.hasPrefix("nearest: short 0, backordered 0") })
        #expect(plan.lastLine.hasPrefix("proven: no plan is better"))
        #expect(!plan.output.contains("alternative") && !plan.output.contains("capacity left"))
        #expect(try await server.stock()["MUG A"]?.integer("reserved") == 0)
    }

    @Test func explainTellsEveryWarehouseAndWhyItLost() async throws {
        let server = try await stocked()
        let explained = try await server.run(
            "source",
            "MUG:2",
            "--to",
            "0,1",
            "--explain",
            asJSON: false
        )
        let lines = explained.lines
        #expect(lines.contains { $0.hasPrefix("warehouse     km  shipment cost  promise") })
        #expect(lines.contains { $0.hasPrefix("A            111") && $0.hasSuffix("ships") })
        #expect(
            lines.contains { $0.hasPrefix("B          1,000") && $0.hasSuffix("dominated") },
            "\(explained.output)"
        )
        let excluded = try await server.run(
            "source",
            "MUG:2",
            "--to",
            "0,1",
            "--exclude",
            "A",
            "--explain",
            asJSON: false
        )
        #expect(excluded.lines.contains { $0.hasSuffix("may not serve: excluded") })
    }

    @Test func theCertificateHasAllThatThePlanWasChosenFrom() async throws {
        let server = try await stocked()
        let certificate = try await server.run(
            "source",
            "--line",
            "MUG=9",
            "--line",
            "JUG=1@B",
            "--to",
            "0,1",
            "--policy",
            "cheapest",
            "--splits-max",
            "2",
            "--ordered-at",
            "2026-11-23T13:59:00Z"
        ).json()
        #expect(certificate["outcome"] as? String == "accepted")
        #expect(certificate["policy"] as? String == "cheapest")
        #expect(certificate["proven_optimal"] as? Bool == true)
        #expect(certificate["ordered_at"] as? String == "2026-11-23T13:59:00.000Z")
        let constraints = try #require(certificate["constraints"] as? [String: Any])
        #expect(constraints.integer("splits_max") == 2)
        let candidates = try #require(certificate["candidates"] as? [[String: Any]])
        #expect(candidates.map { $0["warehouse"] as? String } == ["A", "B"])
        #expect(candidates.map { $0["used"] as? Bool } == [true, true])
        #expect(candidates[0].integer("metres") == 111_195)
        let lines = try #require(certificate["lines"] as? [[String: Any]])
        #expect(lines[1]["fixed_warehouse"] as? String == "B")
        #expect((lines[0]["candidates"] as? [Any])?.count == 2)
        #expect((lines[0]["alternatives"] as? [Any])?.isEmpty == true)
        let plan = try #require(certificate["plan"] as? [[String: Any]])
        let units = plan.map { $0.integer("quantity") }
        #expect(units.reduce(0, +) == 10)
        let objective = try #require(certificate["objective"] as? [[String: Any]])
        #expect(objective.first?["tier"] as? String == "short")
        #expect(objective.first?.integer("value") == 0)
        #expect((certificate["lower_bound"] as? [Any])?.count == objective.count)
    }

    @Test func aDryRunOfAShortOrderFailsAndTellsAlternatives() async throws {
        let server = try await stocked()
        let order = ["MUG:10", "--to", "0,1", "--km-max", "200"]
        let short = try await Program.holdfast(["source"] + order + ["--server", server.address])
        #expect(short.status == 1)
        let complaint = "holdfast: source: refused with constraints_unmet at line 1"
        #expect(short.errors.hasPrefix(complaint))
        let start = try #require(short.lines.firstIndex { $0.contains("left out because") })
        #expect(
            short.lines[start..<start + 3] == [
                "line  alternative  sku  from     available  left out because",
                "   1  warehouse    MUG  B                5  too_far",
                "   1  pool         MUG  A/flash          2  -",
            ],
            "\(short.output)"
        )
        let asked = ["source", "--json"] + order + ["--server", server.address]
        let certificate = try #require(try await Program.holdfast(asked).jsonLines().first)
        let lines = try #require(certificate["lines"] as? [[String: Any]])
        let alternatives = try #require(lines[0]["alternatives"] as? [[String: Any]])
        #expect(alternatives.map { $0["kind"] as? String } == ["warehouse", "pool"])
        #expect(alternatives[0]["excluded_because"] as? String == "too_far")
        #expect(alternatives[1]["excluded_because"] is NSNull)
        #expect(alternatives[1]["pool"] as? String == "flash")
    }

    @Test func aReserveTellsAlternativesWhereItIsAsked() async throws {
        let server = try await stocked()
        let order = ["reserve", "MUG:20", "--mode", "best_effort", "--server", server.address]
        let silent = try await Program.holdfast(order)
        #expect(silent.status == 0 && !silent.output.contains("alternative"))
        let held = try await Program.holdfast(order + ["--alternatives"])
        #expect(
            held.lines.dropFirst(2).prefix(3) == [
                "line  alternative  sku  from     available  left out because",
                "   1  pool         MUG  A/flash          2  -",
                "   1  substitute   JUG  B                7  -",
            ],
            "\(held.output)"
        )
        let told = try await Program.holdfast(order + ["--alternatives", "--json"]).json()
        let line = try #require((told["lines"] as? [[String: Any]])?.first)
        let alternatives = try #require(line["alternatives"] as? [[String: Any]])
        #expect(alternatives.map { $0["sku"] as? String } == ["MUG", "JUG"])
        #expect(alternatives[1].integer("available") == 7)

        let refused = try await server.run("reserve", "MUG:3", "--alternatives")
        #expect(refused.status == 1)
        let failure = try refused.json()
        #expect(failure["error"] as? String == "insufficient_stock", "\(failure)")
        let byLine = try #require(failure["alternatives"] as? [[String: Any]])
        #expect(byLine[0].integer("line") == 1)
        #expect((byLine[0]["alternatives"] as? [Any])?.count == 2)
        let table = try await server.run("reserve", "MUG:3", "--alternatives", asJSON: false)
        #expect(table.output.contains("   1  substitute   JUG  B"), "\(table.output)")
    }
}
