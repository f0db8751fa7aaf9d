import Inventory
import Support
import Testing

@testable import Engine

@Suite("ExpiryWheel")
struct ExpiryWheelTests {
    /// A stripe's slab and wheel with records that are due at given instants.
    private struct Fixture: ~Copyable {
        let pool = ExtentPool()
        var slab: RecordSlab
        var wheel: ExpiryWheel
        var dueBySlot: [UInt32: Int64] = [:]

        init(phase: UInt64) {
            slab = RecordSlab(pool: pool)
            wheel = ExpiryWheel(phaseMilliseconds: phase, pool: pool)
        }

        mutating func insert(due: Int64, now: Int64) {
            let slot = slab.allocate(pool: pool)
            let record = slab.record(slot)
            record.due = Instant(milliseconds: due)
            wheel.insert(slot, record, now: Instant(milliseconds: now), records: slab)
            dueBySlot[slot] = due
        }

        mutating func removeAny() {
            guard let slot = dueBySlot.keys.min() else { return }
            wheel.remove(slab.record(slot), records: slab)
            slab.free(slot)
            dueBySlot[slot] = nil
        }

        /// Takes out all that is due, in small bites.
        mutating func sweep(at now: Int64) -> [Int64] {
            var taken: [Int64] = []
            while true {
                var budget = 7
                while let slot = wheel.nextDue(
                    at: Instant(milliseconds: now),
                    budget: &budget,
                    records: slab
                ) {
                    taken.append(dueBySlot.removeValue(forKey: slot) ?? -1)
                    slab.free(slot)
                }
                if budget > 0 { return taken }
            }
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func everyRecordComesUpOnceAtItsMillisecond(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var fixture = Fixture(phase: seed * 3_217)
        var now: Int64 = 1_700_000_000_000
        for _ in 0..<400 {
            for _ in 0..<Int.random(in: 0...8, using: &random) {
                let span = Int64(1) << Int64.random(in: 0...36, using: &random)
                fixture.insert(due: now + Int64.random(in: 0...span, using: &random), now: now)
            }
            if Bool.random(using: &random) { fixture.removeAny() }
            now += Int64(1) << Int64.random(in: 0...28, using: &random)
            let expected = fixture.dueBySlot.values.filter { $0 <= now }.sorted()
            #expect(fixture.sweep(at: now).sorted() == expected)
            let earliest = fixture.wheel.earliestWork.milliseconds
            #expect(earliest <= fixture.dueBySlot.values.min() ?? .max)
            #expect(earliest > now)
        }
    }

    @Test func aRecordIsNotDueAMillisecondEarly() {
        var fixture = Fixture(phase: 5)
        fixture.insert(due: 1_000_000, now: 1_000)
        #expect(fixture.sweep(at: 999_999) == [])
        #expect(fixture.sweep(at: 1_000_000) == [1_000_000])
    }

    @Test func aLateRecordIsDueAtOnce() {
        var fixture = Fixture(phase: 0)
        fixture.insert(due: 9_000_000, now: 5_000_000)
        #expect(fixture.sweep(at: 5_000_500) == [])
        fixture.insert(due: 5_000_100, now: 5_000_500)
        #expect(fixture.sweep(at: 5_000_500) == [5_000_100])
    }
}
