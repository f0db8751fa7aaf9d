import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

/// Crashes at random points of random work, one after the other on the same disk.
struct JournalCrashTests {
    private struct Life {
        var random: SplitMix64
        let disk = emptyDisk()
        /// Every LSN that was ever handed out.
        var handedOut: Set<UInt64> = []
        /// What must be there from now on.
        var durable: [UInt64: [UInt8]] = [:]
        var cuts = 0

        mutating func run(_ settings: JournalSettings, seed: UInt64) throws {
            let willCutPower = random.chance(2, in: 3)
            if willCutPower { disk.failCall(1 + random.below(120), isFinal: true) }
            let log: LogHarness
            do throws(JournalError) {
                log = try LogHarness(disk, settings: settings)
            } catch {
                // The power went while it started: never damage.
                try #require(error.code == .storage, "seed \(seed): \(error)")
                return
            }
            cuts += log.recovery.cutBytes > 0 ? 1 : 0
            for (lsn, bytes) in durable {
                try #require(log.recovered[lsn] == bytes, "seed \(seed): lost LSN \(lsn)")
            }
            for (lsn, bytes) in log.recovered {
                #expect(bytes == LogHarness.recordBytes(lsn: lsn, size: bytes.count))
            }
            durable = log.recovered
            for _ in 0..<random.below(60) {
                for _ in 0..<random.below(4) {
                    let lsn = log.append(size: 8 * (1 + random.below(120)))
                    try #require(handedOut.insert(lsn).inserted, "seed \(seed): LSN used again")
                }
                if random.chance(1, in: 4) { log.clock.advance(milliseconds: 6) }
                if random.chance(3, in: 4) { _ = log.journal.step() }
            }
            if random.chance(1, in: 5) { log.journal.close() }
            if settings.durability != .none { durable = log.durableRecords }
            if !log.reported.isEmpty { #expect(willCutPower) }
        }
    }

    @Test(arguments: Durability.allCases)
    func whatWasPublishedSurvivesEveryCrash(durability: Durability) throws {
        var cuts = 0
        for seed in UInt64(1)...100 {
            var life = Life(random: SplitMix64(seed: seed))
            let settings = LogHarness.settings(
                durability: durability,
                segmentSizeBytes: 8_192,
                batchSizeBytes: 2_048
            )
            for run in UInt64(0)..<8 {
                try life.run(settings, seed: seed * 100 + run)
                if durability == .none { life.durable = [:] }
                let isPowerLost = life.random.chance(3, in: 4)
                if isPowerLost {
                    life.disk.crash(seed: life.random.next())
                } else {
                    life.disk.killProcess()
                }
            }
            cuts += life.cuts
        }
        #expect(cuts > 20, "the crashes tear nothing: the test proves nothing")
    }
}
