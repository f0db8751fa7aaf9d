import Inventory
import Storage
import Support
import Testing

@testable import Node

struct EngineClockTests {
    private final class Notes: Sendable {
        private let list = Monitor<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func append(_ line: String) { list.withLock { $0.append(line) } }
    }

    private let wallStart: Int64 = 1_750_000_000_000

    private func clock(
        aheadMilliseconds: Int64
    ) -> (simulated: SimulatedClock, engine: EngineClock, notes: Notes) {
        let simulated = SimulatedClock(wallMilliseconds: wallStart)
        let notes = Notes()
        let engine = EngineClock(
            clock: simulated,
            lastInstant: Instant(milliseconds: wallStart + aheadMilliseconds),
            note: { notes.append($0) }
        )
        return (simulated, engine, notes)
    }

    @Test func itStartsAtTheLaterOfWallClockAndLastInstant() {
        #expect(clock(aheadMilliseconds: -50_000).engine.now().milliseconds == wallStart)
        let ahead = clock(aheadMilliseconds: 5_000)
        #expect(ahead.engine.now().milliseconds == wallStart + 5_000)
        #expect(ahead.notes.all.count == 1)
        #expect(ahead.notes.all.first?.contains("5000 ms behind") == true)
    }

    @Test func itIsDrawnBackToTheWallClockByAMillisecondASecond() {
        let (simulated, engine, notes) = clock(aheadMilliseconds: 900)
        #expect(notes.all.isEmpty)
        for second in Int64(1)...1_000 {
            for _ in 0..<250 {
                simulated.advance(milliseconds: 4)
                engine.tick()
            }
            let lead = engine.now().milliseconds - simulated.wallMilliseconds()
            let expected = max(0, 900 - second)
            #expect(abs(lead - expected) <= 1)
        }
        #expect(notes.all.isEmpty)
    }

    @Test func aWallClockThatJumpsIsReportedOnceAndFollowedSlowly() {
        for jump in [Int64(-3_600_000), -1_001, 1_001, 86_400_000] {
            let (simulated, engine, notes) = clock(aheadMilliseconds: 0)
            simulated.advance(milliseconds: 4)
            engine.tick()
            let before = engine.now()
            simulated.jumpWall(milliseconds: jump)
            for _ in 0..<1_000 {
                simulated.advance(milliseconds: 4)
                engine.tick()
            }
            #expect(notes.all.count == 1)
            #expect(notes.all.first?.contains("jumped by \(jump) ms") == true)
            let passed = engine.now().milliseconds - before.milliseconds
            #expect(abs(passed - 4_000) <= 5)
        }
    }

    @Test func smallStepsOfTheWallClockAreNotReported() {
        let (simulated, engine, notes) = clock(aheadMilliseconds: 0)
        for step in [Int64(400), -700, 1_000, -1_000] {
            simulated.jumpWall(milliseconds: step)
            simulated.advance(milliseconds: 2)
            engine.tick()
        }
        #expect(notes.all.isEmpty)
    }

    @Test func itNeverFallsWhateverTheWallClockDoes() {
        for seed in UInt64(1)...50 {
            var random = SplitMix64(seed: seed)
            let (simulated, engine, _) = clock(aheadMilliseconds: Int64(random.below(10_000)))
            var last = engine.now()
            for _ in 0..<2_000 {
                switch random.below(4) {
                case 0: simulated.advance(milliseconds: Int64(random.below(3)))
                case 1: simulated.jumpWall(milliseconds: Int64(random.below(4_000)) - 2_000)
                case 2: engine.tick()
                default: break
                }
                let now = engine.now()
                #expect(now >= last)
                last = now
            }
        }
    }
}
