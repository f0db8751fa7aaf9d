import Inventory
import Support
import Testing

@testable import Engine

@Suite("ForgetQueue")
struct ForgetQueueTests {
    /// Long enough to grow, at any place of the ring.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func whatGoesInComesOutInOrder(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let pool = ExtentPool()
        var queue = ForgetQueue(pool: pool)
        var expected: [UInt32] = []
        var next: UInt32 = 0
        var most = 0
        for round in 0..<60 {
            for _ in 0..<Int.random(in: 0...400, using: &random) {
                let due = Instant(milliseconds: Int64(round))
                let isIn = queue.append(next, due: due, pool: pool)
                #expect(isIn)
                expected.append(next)
                next += 1
            }
            let count = queue.count
            #expect(count == expected.count)
            most = max(most, count)
            for offset in stride(from: 0, through: expected.count, by: 37) {
                let slot = queue.slot(at: offset)
                #expect(slot == (offset < count ? expected[offset] : nil))
            }
            let taken = Int.random(in: 0...min(300, expected.count), using: &random)
            queue.removeFirst(taken)
            expected.removeFirst(taken)
        }
        #expect(most > 1_024)
        var rest: [UInt32] = []
        while let slot = queue.slot(at: 0) {
            rest.append(slot)
            queue.removeFirst(1)
        }
        #expect(rest == expected)
    }

    @Test func whatIsDueEarlierThanTheLastIsRefused() {
        let pool = ExtentPool()
        var queue = ForgetQueue(pool: pool)
        let isFirstIn = queue.append(1, due: Instant(milliseconds: 20), pool: pool)
        #expect(isFirstIn)
        let isEarlierIn = queue.append(2, due: Instant(milliseconds: 19), pool: pool)
        #expect(!isEarlierIn)
        let isSecondIn = queue.append(3, due: Instant(milliseconds: 20), pool: pool)
        #expect(isSecondIn)
        queue.removeFirst(2)
        let first = queue.slot(at: 0)
        #expect(first == nil)
        let isLateIn = queue.append(4, due: Instant(milliseconds: 19), pool: pool)
        #expect(!isLateIn)
    }
}
