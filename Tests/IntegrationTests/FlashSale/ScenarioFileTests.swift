import Foundation
import Testing

@testable import holdfast

/// Scenario files: what they say, and what is refused with its line.
struct ScenarioFileTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Benchmarks/flash-sale").path

    private func fault(_ text: String) -> String? {
        do throws(CommandFailure) {
            _ = try ScenarioFile.scenario(text, name: "a.scenario")
            return nil
        } catch {
            return error.detail
        }
    }

    @Test func anEmptyFileIsTheDefaults() throws {
        var expected = FlashSaleScenario()
        expected.name = "a.scenario"
        #expect(try ScenarioFile.scenario("\n# nothing\n", name: "a.scenario") == expected)
    }

    @Test func everyKindOfValueIsRead() throws {
        let text = """
            title   Late   night sale   # people read it
            seed 7
            shoppers 120\r
            duration 1500ms
            rush 2min
            early 2.5%
            quantity 1-3
            lines 2
            skus 9
            units 2
            popularity zipf 0.75
            arrivals even
            sells-out yes
            serve --stripes 16
            serve --event-loops 2
            """
        let scenario = try ScenarioFile.scenario(text, name: "x")
        #expect(scenario.title == "Late night sale")
        #expect(scenario.seed == 7)
        #expect(scenario.shoppers == 120)
        #expect(scenario.durationMilliseconds == 1_500)
        #expect(scenario.rushMilliseconds == 120_000)
        #expect(scenario.earlyShare == 0.025)
        #expect(scenario.quantity == 1...3)
        #expect(scenario.lines == 2...2)
        #expect(scenario.popularity == .zipf(0.75))
        #expect(scenario.arrivals == .even)
        #expect(scenario.sellsOut)
        #expect(scenario.serveOptions == ["--stripes", "16", "--event-loops", "2"])
    }

    @Test(arguments: [
        ("\nshopers 10", "a.scenario:2: shopers isn't a name"),
        ("shoppers", "a.scenario:1: shoppers has no value"),
        ("shoppers # 10", "a.scenario:1: shoppers has no value"),
        ("shoppers ten", "a.scenario:1: shoppers ten: give 0 to 1000000"),
        ("shoppers 1000001", "a.scenario:1: shoppers 1000001: give 0 to 1000000"),
        ("shoppers -1", "a.scenario:1: shoppers -1: give"),
        ("seed 1\nskus 3\nseed 2", "a.scenario:3: seed stands in line 1 already"),
        ("duration 30", "a.scenario:1: duration 30: give 100ms to 3600000ms"),
        ("duration 2h", "a.scenario:1: duration 2h: give"),
        ("early 5", "a.scenario:1: early 5: give 0% to 100%"),
        ("early 101%", "a.scenario:1: early 101%: give"),
        ("early nan%", "a.scenario:1: early nan%: give"),
        ("quantity 3-1", "a.scenario:1: quantity 3-1: give 1 to 1000"),
        ("quantity 0-1", "a.scenario:1: quantity 0-1: give"),
        ("quantity 1-2-3", "a.scenario:1: quantity 1-2-3: give"),
        ("lines 5", "a.scenario:1: lines 5: give 1 to 4"),
        ("popularity zipf", "a.scenario:1: popularity zipf: give uniform, or zipf"),
        ("popularity zipf 11", "a.scenario:1: popularity zipf 11: give"),
        ("arrivals late", "a.scenario:1: arrivals late: give decaying or even"),
        ("sells-out maybe", "a.scenario:1: sells-out maybe: give yes or no"),
        ("pool default", "a.scenario:1: pool default: give 1 to 16 bytes"),
        ("pool seventeen-letters", "a.scenario:1: pool seventeen-letters: give"),
        ("sku-prefix Schön", "a.scenario:1: sku-prefix Schön: give"),
        ("serve stripes 3", "a.scenario:1: serve stripes 3: give an option"),
        ("serve --listen 1.2.3.4:5", "a.scenario:1: serve --listen 1.2.3.4:5: give an option"),
        ("connections 2001", "a.scenario:1: connections 2001: give 1 to 2000"),
        ("shoppers 0", "a.scenario: nobody comes"),
        ("shoppers 900000\nbots 100001", "a.scenario: shoppers and bots are at most 1000000"),
        ("shoppers 900000\ntabs 1%\ntabs-max 5", "a.scenario: tabs of shoppers and requests"),
        ("abandoned 60%\npayments-late 41%", "a.scenario: payments-failing, payments-late"),
        ("tabs 60%\nhammering 41%", "a.scenario: tabs and hammering are more"),
        ("connections 2\nthreads 3", "a.scenario: threads: every event loop"),
        ("lines 1-2", "a.scenario: lines: an order has as many SKUs"),
        ("hold 2s\npay-time 1s", "a.scenario: hold: too short"),
        ("skus 3000\nunits 1000000", "a.scenario: units: more than can be counted"),
    ])
    func aBadLineIsNamed(_ text: String, _ says: String) {
        #expect(fault(text)?.hasPrefix(says) == true, "\(fault(text) ?? "no fault")")
    }

    @Test func readyScenariosAreTheFiles() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ScenarioFileTests.folder)
            .filter { $0.hasSuffix(".scenario") }
        #expect(Set(files) == Set(ReadyScenario.texts.map { $0.name + ".scenario" }))
        for (name, text) in ReadyScenario.texts {
            let path = "\(ScenarioFileTests.folder)/\(name).scenario"
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
            #expect(try ReadyScenario.named(name).fault == nil)
        }
    }

    @Test func theDocumentNamesEveryKey() throws {
        let path = ScenarioFileTests.folder + "/README.md"
        let document = try String(contentsOfFile: path, encoding: .utf8)
        let rows = document.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(names == ScenarioKey.all.map(\.name))
    }

    @Test func aFigureIsChangedByName() throws {
        var scenario = FlashSaleScenario()
        try ScenarioFile.set("units=7", in: &scenario)
        try ScenarioFile.set("title=a = b", in: &scenario)
        #expect(scenario.units == 7)
        #expect(scenario.title == "a = b")
        for wrong in ["units", "unit=7", "units=0"] {
            #expect(throws: CommandFailure.self) {
                try ScenarioFile.set(wrong, in: &scenario)
            }
        }
    }

    @Test func aSKUIsKnownByItsNameAlone() {
        var scenario = FlashSaleScenario()
        scenario.skus = 20
        scenario.skuPrefix = "A-1"
        #expect(scenario.skuName(7) == "A-1-00007")
        #expect(scenario.skuIndex(of: "A-1-00007") == 7)
        for other in ["A-1-00020", "A-1-7", "A-00007", "A-1-0000x", "B-1-00007", "A-1-000007"] {
            #expect(scenario.skuIndex(of: other) == nil)
        }
    }
}
