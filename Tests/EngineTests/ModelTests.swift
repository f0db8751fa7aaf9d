import Engine
import Glibc
import Inventory
import Support
import Testing

/// Whether the large counts run: `HOLDFAST_FULL=1`.
let isFullRun = getenv("HOLDFAST_FULL").map { String(cString: $0) } == "1"

/// Whether the thread sanitizer watches, which makes everything ten times slower.
let isSanitized = dlsym(nil, "__tsan_init") != nil

@Suite struct ModelTests {
    /// One run of the comparison: how many stripes, and whether time may fall.
    struct Run: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var stripes: (stock: Int, reservations: Int)

        /// Time falls only where one stripe sees every movement: there the instant of each is
        /// known without knowing how names hash.
        var allowsTimeToFall: Bool { stripes == (1, 1) }
        var testDescription: String { "seed \(seed), stripes \(stripes)" }

        static let shapes: [(Int, Int)] = [(1, 1), (1024, 1024), (4, 16), (64, 2), (2, 1)]
        /// 50,000 commands in five runs; ten million in five hundred where all counts are large.
        ///
        /// One thread gives the sanitizer nothing to see, so there a tenth does.
        static let all: [Run] = (0..<(isFullRun && !isSanitized ? 500 : 5)).map { index in
            Run(seed: UInt64(index) &* 7_919 &+ 42, stripes: shapes[index % shapes.count])
        }
        static let commandsPerRun = isSanitized ? 1_000 : isFullRun ? 20_000 : 10_000
    }

    static let commandsBetweenRestarts = 2_500

    static func retention() -> ModelInventory.Settings {
        var settings = ModelInventory.Settings()
        settings.closedRetentionMilliseconds = 5_000
        settings.stockRetentionMilliseconds = 20_000
        settings.holdCapMilliseconds = 40_000
        return settings
    }

    static func engineSettings(_ run: Run) -> EngineSettings {
        var settings = EngineSettings(hashKey: run.seed &* 0x9E37_79B9_7F4A_7C15)
        settings.stockStripes = run.stripes.stock
        settings.reservationStripes = run.stripes.reservations
        return settings
    }

    /// Runs commands until the first difference.
    static func difference(
        in comparison: inout ModelComparison,
        seed: UInt64,
        count: Int,
        allowsTimeToFall: Bool
    ) throws -> String? {
        var choices = Workload.Settings()
        choices.allowsTimeToFall = allowsTimeToFall
        var workload = Workload(seed: seed, settings: choices)
        for number in 1...count {
            if let difference = comparison.step(workload.next()) { return difference }
            if number % commandsBetweenRestarts == 0, let difference = try comparison.restart() {
                return "restarted after command \(number): \(difference)"
            }
        }
        return comparison.differenceOfStates()
    }

    @Test(arguments: Run.all)
    func engineAnswersAsItsNaiveTwin(run: Run) throws {
        var comparison = ModelComparison(
            seed: run.seed,
            model: ModelTests.retention(),
            engine: ModelTests.engineSettings(run)
        )
        let difference = try ModelTests.difference(
            in: &comparison,
            seed: run.seed,
            count: Run.commandsPerRun,
            allowsTimeToFall: run.allowsTimeToFall
        )
        #expect(difference == nil, "\(run.testDescription)")
    }

    // MARK: Canaries: the comparison can fail

    @Test func modelThatExpiresAMillisecondLateIsFoundOut() throws {
        var wrong = ModelTests.retention()
        wrong.expirySlackMilliseconds = 1
        let run = Run(seed: 42, stripes: (1, 1))
        var comparison = ModelComparison(
            seed: run.seed,
            model: wrong,
            engine: ModelTests.engineSettings(run)
        )
        let difference = try ModelTests.difference(
            in: &comparison,
            seed: run.seed,
            count: 10_000,
            allowsTimeToFall: false
        )
        #expect(difference != nil)
    }

    @Test func oneUnitTooManyIsFoundOutByTheHash() throws {
        let run = Run(seed: 42, stripes: (4, 4))
        var comparison = ModelComparison(
            seed: run.seed,
            model: ModelTests.retention(),
            engine: ModelTests.engineSettings(run)
        )
        var workload = Workload(seed: run.seed)
        for _ in 0..<500 { #expect(comparison.step(workload.next()) == nil) }
        let sku = try #require(comparison.model.skus.first { !$0.value.cells.isEmpty })
        let cell = try #require(sku.value.cells.keys.first)
        comparison.model.skus[sku.key]?.cells[cell]?.onHand += 1
        #expect(comparison.differenceOfStates() != nil)
    }
}
