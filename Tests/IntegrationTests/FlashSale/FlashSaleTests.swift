import Foundation
import HoldfastClient
import Support
import Testing

@testable import holdfast

/// Small crowds against real servers.
@Suite(.serialized) struct FlashSaleTests {
    private func play(_ arguments: String...) async throws -> ProgramResult {
        try await play(arguments)
    }

    private func play(_ arguments: [String]) async throws -> ProgramResult {
        try await Program.holdfast(["bench", "flash-sale"] + arguments + ["--json", "--quiet"])
    }

    /// A sale of half a second with a bit of everything.
    private static let scenario = """
        title            Small sale
        shoppers         400
        connections      8
        duration         2500ms
        early            20%
        early-by         200ms
        rush             300ms
        patience         2500ms
        retry-pause      150ms
        answer-timeout   200ms
        tabs             20%
        hammering        10%
        double-clicks    30%
        switches         30%
        quantity         1-2
        pay-time         150ms
        payments-failing 10%
        payments-late    5%
        abandoned        10%
        hold             700ms
        skus             3
        units            20
        popularity       zipf 0.5
        pool             test
        limit-owner      4
        limit-owner-sku  3
        limit-order      2
        limit-open-holds 2
        limit-window     2
        window           1s
        bots             4
        bot-owners       3
        bot-requests     3
        serve            --segment-size 16MiB
        """

    private func scenario(_ more: String = "") throws -> (folder: TemporaryDirectory, path: String)
    {
        let folder = TemporaryDirectory()
        let path = folder.path + "/small.scenario"
        try (FlashSaleTests.scenario + "\n" + more).write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
        return (folder, path)
    }

    @Test func aSaleWithAKillInItPassesItsChecks() async throws {
        let (folder, path) = try scenario()
        defer { folder.remove() }
        let result = try await play(path, "--kills", "1", "--seed", "5")
        let report = try result.json()
        #expect(report["complaints"] as? [String] == [])
        #expect(result.status == 0)
        #expect((report["kills"] as? [Double])?.count == 1)
        #expect(report["log_read"] as? Bool == true)
        #expect(report.integer("held") == 0)
        #expect(report.integer("sold") + report.integer("free") == 60)
        #expect(report.integer("sold") > 30)
        #expect(report.integer("sent_twice") > 0)
        #expect(report.integer("sent_again") > 0)
        #expect(report.integer("answers_repeated") > 0)
        let refused = try ["refused_bots", "refused_shoppers"].map {
            try #require(report[$0] as? [String: Int])["window_limit", default: 0]
        }
        #expect(refused.reduce(0, +) > 0)
        let fates = try #require(report["fates"] as? [String: Int])
        #expect(fates.values.reduce(0, +) == 400)
    }

    @Test func aServerThatRunsAlreadyCanBeTheSales() async throws {
        let server = try await ServerProcess()
        let (folder, path) = try scenario("sku-prefix OTHER")
        defer { folder.remove() }
        let file = try String(contentsOfFile: path, encoding: .utf8)
            .replacingOccurrences(of: "serve            --segment-size 16MiB\n", with: "")
        try file.write(toFile: path, atomically: true, encoding: .utf8)
        let result = try await play(path, "--server", server.address, "--set", "threads=2")
        #expect(result.status == 0, "\(result.output)")
        let report = try result.json()
        #expect(report["log_read"] as? Bool == false)
        let sold = try await server.stock().filter { $0.key.hasSuffix("/test") }
        #expect(sold.count == 3)
        let committed = sold.values.reduce(0) { $0 + $1.integer("committed") }
        #expect(committed == report.integer("sold"))
        // The same goods again would count what was sold before.
        let again = try await play(path, "--server", server.address)
        #expect(again.status == 1)
        #expect(again.errors.contains("OTHER-00000 is there already"))
    }

    @Test func allThatIsToBeSoldIsMissedAndTheEvidenceKeptWhereNobodyPays() async throws {
        let (folder, path) = try scenario("sells-out yes")
        defer { folder.remove() }
        let changes = [
            "bots=0", "patience=1ms", "abandoned=100%", "payments-failing=0%",
            "payments-late=0%",
        ]
        let result = try await play([path] + changes.flatMap { ["--set", $0] })
        #expect(result.status == 1)
        #expect(result.errors.contains("all were to be sold"))
        let words = result.errors.split(whereSeparator: \.isWhitespace).map(String.init)
        let kept = try #require(words.first { $0.contains("/holdfast-sale-") })
        let report = try await Program.holdfast(["journal", "verify", kept + "/data"])
        try FileManager.default.removeItem(atPath: kept)
        #expect(report.status == 0, "\(report.errors)")
    }

    /// A unit that comes back is another's, or is held again by who pays late: never both.
    @Test(arguments: [(units: 20, gone: 0), (units: 1, gone: 1)])
    func aLatePaymentIsHeldAgainOrGone(_ units: Int, _ gone: Int) async throws {
        let (folder, path) = try scenario()
        defer { folder.remove() }
        let changes = [
            "shoppers=12", "bots=0", "tabs=0%", "units=\(units)", "skus=1", "quantity=1",
            "payments-failing=0%", "abandoned=0%", "payments-late=100%", "retry-pause=50ms",
            "patience=1min", "sells-out=\(gone > 0 ? "yes" : "no")",
        ]
        let result = try await play([path] + changes.flatMap { ["--set", $0] })
        let report = try result.json()
        #expect(report["complaints"] as? [String] == [])
        let fates = try #require(report["fates"] as? [String: Int])
        #expect(fates["bought_late"] == min(units, 12))
        #expect(fates["gone", default: 0] >= gone)
        #expect(report.integer("holds_again") == min(units, 12))
    }

    @Test(arguments: [
        (["nothing-like-it"], 64, "give a file, or one of sneaker-drop"),
        (["./missing.scenario"], 74, "missing.scenario"),
        (["demo", "--set", "units=0"], 64, "--set units=0: give 1 to 1000000"),
        (["demo", "--shoppers", "1000000"], 64, "shoppers and bots are at most"),
        (["demo", "--shoppers", "400"], 64, "400 shoppers may leave units behind — give 3909"),
        (["demo", "--server", "127.0.0.1:1"], 64, "--kills: only a server of its own"),
        (["demo", "--own-server", "--server", "127.0.0.1:1"], 64, "give one of them"),
        (["demo", "--set", "serve=--data-dir=/x"], 64, "other than --data-dir"),
        (["demo", "--set", "serve=--stripes 4 --listen=:1"], 64, "other than --data-dir"),
        (["fairness", "--serve=--listen=127.0.0.1:1"], 64, "other than --data-dir"),
        (["endurance", "--rate", "1", "--serve=--json"], 64, "other than --data-dir"),
        (["fairness", "--seeds", "0"], 64, "--seeds 0: give 1 to 1000"),
        (["goodput", "--rate", "0"], 64, "--rate 0: give"),
        (["endurance", "--rate", "10", "--failing", "90", "--retries", "20"], 64, "--failing"),
    ])
    func aSaleThatCannotBeIsNamed(
        _ arguments: [String],
        _ status: Int32,
        _ says: String
    ) async throws {
        let result = try await Program.holdfast(["bench", "flash-sale"] + arguments)
        #expect(result.status == status)
        #expect(result.errors.contains(says), "\(result.errors)")
    }

    @Test func shoppersWhoComeTogetherAreCompared() async throws {
        let result = try await Program.holdfast([
            "bench", "flash-sale", "fairness", "--seeds", "2", "--shoppers", "200",
            "--connections", "20", "--alpha", "0.000001", "--json",
        ])
        let report = try result.json()
        #expect(result.status == 0)
        let comparisons = try #require(report["comparisons"] as? [[String: Any]])
        #expect(comparisons.compactMap { $0["class"] as? String }.count == 2)
        for comparison in comparisons {
            let power = try #require(comparison["power"] as? Double)
            #expect(power > 0 && power < 1)
        }
    }

    /// That the test can find what it looks for: who hammers before the opening is first.
    @Test func anAdvantageThatIsThereIsFound() async throws {
        let result = try await Program.holdfast([
            "bench", "flash-sale", "fairness", "--control", "--seeds", "4", "--shoppers", "400",
            "--connections", "20", "--json",
        ])
        let report = try result.json()
        #expect(result.status == 0, "\(result.errors)")
        #expect(report["advantage_found"] as? Bool == true)
        #expect(report["fair"] as? Bool == false)
    }

    /// A comparison in one round; the bots may be too slow where the machine is.
    private func goodput(_ arguments: String...) async throws -> ProgramResult {
        try await Program.holdfast(
            [
                "bench", "flash-sale", "goodput", "--rate", "200", "--rounds", "1", "--duration",
                "0.5", "--skus", "100", "--connections", "2", "--bot-connections", "2",
                "--serve=--segment-size", "--serve=16MiB", "--json",
            ] + arguments
        )
    }

    private func round(_ result: ProgramResult) throws -> [String: Any] {
        #expect(result.status == 0 || result.output.contains("bots_too_slow"))
        let rounds = try #require(try result.jsonLines().first?["rounds"] as? [[String: Any]])
        #expect(rounds.count == 1)
        return try #require(rounds.first)
    }

    @Test func goodputIsComparedRoundByRound() async throws {
        let round = try round(try await goodput("--factor", "3", "--bar", "0"))
        #expect(round["per_second_with"] as? Double ?? 0 > 0)
        #expect(round["bot_multiple"] as? Double ?? 0 > 0)
        #expect(round.integer("bot_holds") > 0)
        #expect(round.integer("bot_holds") == round.integer("bot_requests"))
    }

    @Test func botsAreHeldToTheRatesOfOwnersAndAskOnlyOnce() async throws {
        let result = try await goodput(
            "--factor",
            "3",
            "--bar",
            "0",
            "--bot-owners",
            "1",
            "--serve=--rate-owner",
            "--serve=1/s:5"
        )
        let round = try round(result)
        let refusals = try #require(round["bot_refusals"] as? [String: Int])
        let holds = round.integer("bot_holds")
        let limited = refusals["rate_limited", default: 0]
        #expect(holds > 0 && limited > holds)
        #expect(holds + limited == round.integer("bot_requests"))
    }

    @Test func aBarThatBotsAreTooSlowForIsNotJudged() async throws {
        let result = try await goodput("--factor", "1000", "--rate", "100000", "--bar", "0")
        #expect(result.status == 1)
        #expect(result.errors.contains("bots_too_slow") || result.output.contains("bots_too_slow"))
        #expect(result.output.contains("\"judged\":false"))
    }

    @Test func aLongLoadIsToldIntervalByInterval() async throws {
        let result = try await Program.holdfast([
            "bench", "flash-sale", "endurance", "--rate", "500", "--duration", "2",
            "--interval", "1", "--warmup", "0", "--retries", "20", "--hold", "300ms",
            "--skus", "100", "--serve=--segment-size", "--serve=16MiB", "--json",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let report = try result.json()
        #expect(report.integer("repeated") > 100)
        #expect((report["refusals"] as? [String: Int])?.isEmpty == true)
        let rows = try #require(report["rows"] as? [[String: Any]])
        #expect((1...2).contains(rows.count))
        #expect(rows[0].integer("resident_bytes") > 1_000_000)
        // Two rows are no trend.
        let verdicts = (report["trends"] as? [[String: Any]])?.compactMap { $0["verdict"] }
        #expect(verdicts as? [String] == Array(repeating: "undecided", count: 4))
    }

    @Test func aLongLoadThatIsRefusedSomethingFails() async throws {
        let result = try await Program.holdfast([
            "bench", "flash-sale", "endurance", "--rate", "500", "--duration", "1",
            "--interval", "1", "--warmup", "0", "--skus", "100", "--serve=--segment-size",
            "--serve=16MiB", "--serve=--rate-connection", "--serve=1/s:5",
        ])
        #expect(result.status == 1)
        #expect(result.errors.contains("rate_limited"), "\(result.errors)")
    }
}
