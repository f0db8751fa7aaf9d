import Foundation
import Testing

/// What sourcing goes by, from the command line: calendars, rates, substitutes, policies.
@Suite(.serialized) struct CommandLineSourcingTests {
    private let calendars = """
        code,city,lat,lon,priority,shipment_cost_minor,unit_cost_minor,cutoff_hour_utc,\
        handling_hours,per_km_minor,capacity_shipments,regions,closed_weekdays,utc_offset_minutes
        C,Cork,51.9,-8.47,3,180,12,24,2,7,500,IE;GB-NIR,Sat;sunday,60
        D,Delft,52,4.36,4,180,12,24,2,,,,6;7,

        """

    @Test func warehousesHaveCalendarsCapacitiesAndRegions() async throws {
        let server = try await ServerProcess.stocked()
        let file = try server.write("calendars.csv", calendars)
        #expect(try await server.run("import", "warehouses", file).json().integer("rows") == 2)
        let cork = try await server.run("warehouse", "show", "C").json()
        #expect(cork.integer("per_km_minor") == 7)
        #expect(cork.integer("capacity_shipments") == 500)
        #expect(cork["regions"] as? [String] == ["IE", "GB-NIR"])
        #expect(cork["closed_weekdays"] as? [String] == ["sat", "sun"])
        #expect(cork.integer("utc_offset_minutes") == 60)
        #expect(cork.integer("cutoff_hour_utc") == 24)
        let delft = try await server.run("warehouse", "show", "D").json()
        #expect(delft["capacity_shipments"] is NSNull)
        #expect(delft["regions"] as? [String] == [])
        #expect(delft["closed_weekdays"] as? [String] == ["sat", "sun"])

        let changed = try await server.run(
            "warehouse",
            "set",
            "C",
            "--per-km",
            "9",
            "--capacity",
            "any",
            "--regions",
            "",
            "--closed-weekdays",
            "7",
            "--utc-offset",
            "-90",
            "--priority",
            "0"
        ).json()
        #expect(changed.integer("per_km_minor") == 9)
        let table = try await server.run("warehouse", "list", asJSON: false).lines
        #expect(
            table.contains {
                $0.hasPrefix("C     Cork")
                    && $0.contains("sun") && $0.contains("-01:30") && $0.contains("any")
            },
            "\(table)"
        )
        let shown = try await server.run("warehouse", "show", "C", asJSON: false).lines
        #expect(shown.contains("closed on       sun"), "\(shown)")
        #expect(shown.contains("regions         all"), "\(shown)")
    }

    @Test func aRateCardGoesInWhollyAndReplacesTheOneBefore() async throws {
        let server = try await ServerProcess.stocked()
        let columns =
            "warehouse,region,up_to_km,base_minor,per_km_minor,per_kg_minor,transit_hours\n"
        let one = try server.write("one.csv", columns + "A,GB,100.5,299,1,40,20\n*,,*,899,0,0,72\n")
        let two = try server.write("two.csv", columns + "*,*,*,1,1,1,1\n")
        // The same file a second time is another request: the card was another one in between.
        for (file, count) in [(one, 2), (two, 1), (one, 2)] {
            let report = try await server.run("import", "rates", file).json()
            #expect(report.integer("rows") == count)
            #expect(report.integer("rows_repeated") == 0)
            #expect(try await server.run("rates", "list").jsonLines().count == count)
        }
        let rows = try await server.run("rates", "list").jsonLines()
        #expect(rows[0]["warehouse"] as? String == "A")
        #expect(rows[0]["region"] as? String == "GB")
        #expect(rows[0]["up_to_km"] as? Double == 100.5)
        #expect(rows[0].integer("per_kg_minor") == 40)
        #expect(rows[1]["warehouse"] as? String == "*")
        #expect(rows[1]["up_to_km"] is NSNull)
        let bad = try server.write("bad.csv", columns + "*,*,*,1,1,1,1\n*,*,9,x,1,1,1\n")
        let refused = try await server.run("import", "rates", bad, asJSON: false)
        #expect(refused.status == 1)
        #expect(refused.errors.hasSuffix("nothing was imported: mend them\n"), "\(refused)")
        let ghost = try server.write("ghost.csv", columns + "*,*,*,1,1,1,1\nQ,*,9,1,1,1,1\n")
        #expect(try await server.run("import", "rates", ghost).status == 1)
        #expect(try await server.run("rates", "list").jsonLines().count == 2)
        let table = try await server.run("rates", "list", asJSON: false)
        #expect(table.lastLine == "2 rates")
        let empty = try server.write("empty.csv", columns)
        #expect(try await server.run("import", "rates", empty).json().integer("rows") == 0)
        #expect(try await server.run("rates", "list").output.isEmpty)
    }

    @Test func substitutesAreRankedAndTakenAway() async throws {
        let server = try await ServerProcess.stocked()
        let skus = try server.write("skus.csv", "sku,weight_grams\nPAN,1\nPOT,2\n")
        #expect(try await server.run("import", "skus", skus).status == 0)
        let file = try server.write(
            "substitutes.csv",
            "sku,substitute,rank\nMUG,PAN,20\nJUG,MUG,1\nMUG,JUG,3\nPOT,,\n"
        )
        let report = try await server.run("import", "substitutes", file).json()
        #expect(report.integer("rows") == 3)
        let mug = try await server.run("substitutes", "list", "MUG").json()
        #expect(mug["substitutes"] as? [String] == ["JUG", "PAN"])
        #expect(try await server.run("substitutes", "list").jsonLines().count == 2)
        let away = try server.write("away.csv", "sku,substitute,rank\nMUG,,\nJUG,NOBODY,1\n")
        let partly = try await server.run("import", "substitutes", away, asJSON: false)
        #expect(partly.status == 1)
        #expect(partly.lastLine == "1 SKU imported, 1 bad row")
        #expect(
            try await server.run("substitutes", "list", "MUG").json()["substitutes"] as? [String]
                == []
        )
        let table = try await server.run("substitutes", "list", asJSON: false)
        #expect(
            table.lines == ["SKU  rank  substitute", "JUG     1  MUG", "1 substitute of 1 SKU"]
        )
    }

    @Test func policiesAreDefinedAndShownAsTheyWere() async throws {
        let server = try await ServerProcess.stocked()
        let tiers = """
            [{"terms": {"cost_minor": 1, "promise": 2}, "tolerance_percent": 2.5},
             {"terms": {"metres": 1}}]
            """
        let text = "{\"policies\": [{\"name\": \"quick\", \"tiers\": \(tiers)}]}"
        let file = try server.write("policies.json", text)
        let report = try await server.run("policy", "import", file).json()
        #expect(report["policies"] as? [String] == ["quick"])
        let shown = try await server.run("policy", "show", "quick").json()
        #expect(shown.integer("number") == 16)
        // What is shown is as in a file, so it can be defined again.
        let again = try server.write(
            "again.json",
            "{\"policies\": [{\"name\": \"again\", \"tiers\": "
                + String(
                    decoding: try JSONSerialization.data(
                        withJSONObject: try #require(shown["tiers"])
                    ),
                    as: UTF8.self
                ) + "}]}"
        )
        #expect(try await server.run("policy", "import", again).status == 0)
        let table = try await server.run("policy", "list", asJSON: false).lines
        #expect(table[1] == "     0  nearest           metres, shipments, cost_minor", "\(table)")
        for (number, name) in [("16", "quick"), ("17", "again")] {
            #expect(
                table.contains(
                    "    \(number)  \(name)             "
                        + "cost_minor + 2 promise (2.5 %), metres"
                ),
                "\(table)"
            )
        }
        #expect(table.last == "8 policies")
        let tiersShown = try await server.run("policy", "show", "quick", asJSON: false).lines
        #expect(tiersShown[1] == "   1  cost_minor + 2 promise     2.50 %", "\(tiersShown)")
    }

    @Test func theJournalTellsChangesOfWhatSourcingGoesBy() async throws {
        let server = try await ServerProcess.stocked()
        let policies = try server.write(
            "policies.json",
            "{\"policies\": [{\"name\": \"few\", \"tiers\": [{\"terms\": {\"shipments\": 1}}]}]}"
        )
        let rates = try server.write(
            "rates.csv",
            "warehouse,region,up_to_km,base_minor,per_km_minor,per_kg_minor,transit_hours\n"
                + "A,GB,10,1,2,3,4\n"
        )
        let substitutes = try server.write("s.csv", "sku,substitute,rank\nMUG,JUG,1\n")
        let calendars = try server.write("calendars.csv", calendars)
        #expect(try await server.run("policy", "import", policies).status == 0)
        #expect(try await server.run("import", "rates", rates).status == 0)
        #expect(try await server.run("import", "substitutes", substitutes).status == 0)
        #expect(try await server.run("import", "warehouses", calendars).status == 0)
        await server.end(SIGTERM)
        let movements = try await Program.holdfast([
            "journal", "inspect", server.dataDirectory, "--json",
        ]).jsonLines()
        func last(_ kind: String) throws -> [String: Any] {
            try #require(movements.last { $0["kind"] as? String == kind })
        }
        let policy = try #require(last("policies_changed")["policies"] as? [[String: Any]])
        #expect(policy[0]["name"] as? String == "few")
        let rate = try #require(last("rates_changed")["rates"] as? [[String: Any]])
        #expect(rate[0]["warehouse"] as? String == "A")
        #expect(rate[0].integer("per_kg_minor") == 3)
        let row = try #require(last("substitutes_changed")["substitutes"] as? [[String: Any]])
        #expect(row[0]["substitutes"] as? [String] == ["JUG"])
        let cork = try #require(last("warehouses_changed")["warehouses"] as? [[String: Any]])
        #expect(cork[0]["regions"] as? [String] == ["IE", "GB-NIR"])
        #expect(cork[0].integer("utc_offset_minutes") == 60)
    }
}
