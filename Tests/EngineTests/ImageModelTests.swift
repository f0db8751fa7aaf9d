import Engine
import Inventory
import Movements
import Support
import Testing

/// The engine is copied while commands run, loaded elsewhere, and goes on there, again and again;
/// its naive twin knows nothing of that.
@Suite struct ImageModelTests {
    static let commandsPerRun = isSanitized ? 400 : isFullRun ? 10_000 : 1_200

    /// Records copied between two commands: from one by one to all at once.
    static let limits = [1, 3, 20, 1_000_000]

    @Test(arguments: ModelTests.Run.all)
    func engineCopiedBetweenCommandsGoesOnAsItsNaiveTwin(run: ModelTests.Run) throws {
        var comparison = ModelComparison(
            seed: run.seed,
            model: ModelTests.retention(),
            engine: ModelTests.engineSettings(run)
        )
        var choices = Workload.Settings()
        choices.allowsTimeToFall = run.allowsTimeToFall
        var workload = Workload(seed: run.seed &+ 1, settings: choices)
        var dice = SplitMix64(seed: run.seed)
        var capture: ImageCapture?
        var restored = 0
        for number in 1...ImageModelTests.commandsPerRun {
            if let difference = comparison.step(workload.next()) {
                Issue.record("\(difference)")
                return
            }
            if capture == nil, dice.next() % 8 == 0 {
                let limit = ImageModelTests.limits[restored % ImageModelTests.limits.count]
                capture = ImageCapture(
                    comparison.harness.engine,
                    limit: limit,
                    reservationsFirst: dice.next() % 2 == 0
                )
            }
            guard let image = capture?.step() else { continue }
            capture = nil
            restored += 1
            if let difference = try comparison.restart(from: image) {
                Issue.record("restored after command \(number): \(difference)")
                return
            }
        }
        #expect(comparison.differenceOfStates() == nil)
        #expect(restored > 5, "\(run.testDescription)")
    }
}
