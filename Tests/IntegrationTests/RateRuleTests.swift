import Inventory
import Support
import Testing

@testable import Server

/// Token buckets and the bounded table of owners, under a clock that the tests move.
@Suite struct RateRuleTests {
    private static func limit(_ requests: Int, _ burst: Int) -> RateLimit {
        RateLimit(requests: requests, periodSeconds: 1, burst: burst)
    }

    /// A bucket told plainly: tokens in fractions of one, filled as time passes.
    private struct PlainBucket {
        let rule: ArrivalRule
        var filled: UInt64
        var since: UInt64 = 0

        init(_ rule: ArrivalRule) {
            self.rule = rule
            filled = rule.tolerance
        }

        mutating func take(at now: UInt64) -> Bool {
            filled = min(rule.tolerance, filled + (now - since))
            since = now
            guard filled >= rule.interval else { return false }
            filled -= rule.interval
            return true
        }
    }

    @Test func theArrivalRuleLetsThroughWhatATokenBucketLetsThrough() {
        var generator = SplitMix64(seed: 7)
        func roll(_ limit: UInt64) -> UInt64 { generator.next() % limit }
        for _ in 0..<200 {
            let limit = RateRuleTests.limit(Int(1 + roll(1_000)), Int(1 + roll(40)))
            let rule = limit.rule(tickNanoseconds: 1)
            var bucket = PlainBucket(rule)
            var arrival: UInt64 = 0
            // A clock doesn't begin at zero.
            var now = rule.tolerance + 1
            bucket.since = now
            for _ in 0..<500 {
                now += roll(4) == 0 ? roll(rule.tolerance * 2) : roll(rule.interval)
                let (next, wait) = rule.decide(arrival, now: now)
                #expect((wait == 0) == bucket.take(at: now))
                if wait > 0 {
                    #expect(next == arrival)
                    #expect(rule.decide(arrival, now: now + wait).wait == 0)
                    #expect(rule.decide(arrival, now: now + wait - 1).wait == 1)
                }
                arrival = next
            }
        }
    }

    @Test func whereTicksTellNothingMoreAllIsLetThrough() {
        let table = RateTable(limit: RateRuleTests.limit(10, 2), ownersMax: 8, hashKey: 1)
        let owner = OwnerID(high: 1, low: 2)
        let last: UInt64 = 1 << 40 - 1
        for ticks in [last - 1, last, last + 1, .max] {
            for _ in 0..<10 { #expect(table.take(owner, ticks: ticks) == 0) }
            #expect(table.wait(owner, ticks: ticks) == 0)
        }
    }

    @Test func lookingTakesNothing() {
        let table = RateTable(limit: RateRuleTests.limit(10, 2), ownersMax: 8, hashKey: 1)
        let owner = OwnerID(high: 1, low: 2)
        for _ in 0..<10 { #expect(table.wait(owner, ticks: 5_000) == 0) }
        for _ in 0..<2 { #expect(table.take(owner, ticks: 5_000) == 0) }
        let wait = table.wait(owner, ticks: 5_000)
        #expect(wait > 0 && wait == table.take(owner, ticks: 5_000))
    }

    @Test func intervalsOfTicksAreRoundedToTheNearest() {
        let ticks = RateTable.tickNanoseconds
        #expect(RateRuleTests.limit(10, 20).rule(tickNanoseconds: ticks).interval == 1_000)
        #expect(RateRuleTests.limit(1_000, 1).rule(tickNanoseconds: ticks).interval == 10)
        let slow = RateLimit(requests: 1, periodSeconds: 60, burst: 3).rule(tickNanoseconds: ticks)
        #expect(slow == ArrivalRule(interval: 600_000, tolerance: 1_800_000))
    }

    // MARK: The table of owners

    @Test func eachOwnerHasABucketOfItsOwn() {
        let limit = RateRuleTests.limit(10, 5)
        let table = RateTable(limit: limit, ownersMax: 1 << 12, hashKey: 0x5EED)
        let rule = limit.rule(tickNanoseconds: RateTable.tickNanoseconds)
        var arrivals: [OwnerID: UInt64] = [:]
        var generator = SplitMix64(seed: 11)
        var now: UInt64 = 0
        for _ in 0..<50_000 {
            now += generator.next() % 40
            let owner = OwnerID(high: 9, low: generator.next() % 100)
            let (next, wait) = rule.decide(arrivals[owner] ?? 0, now: now)
            #expect(table.take(owner, ticks: now) == wait)
            arrivals[owner] = next
        }
    }

    @Test func memoryIsBoundedAndAFloodRefusesNobodyElse() {
        let table = RateTable(limit: RateRuleTests.limit(1, 2), ownersMax: 60, hashKey: 1)
        #expect(table.ownersMax == 64)
        var generator = SplitMix64(seed: 3)
        for index in 0..<20_000 {
            let owner = OwnerID(high: generator.next(), low: generator.next())
            #expect(table.take(owner, ticks: UInt64(index / 100)) == 0)
        }
    }

    @Test func theLeastIndebtedGoesWhereASetIsFull() {
        // One set of eight.
        let table = RateTable(limit: RateRuleTests.limit(1, 10), ownersMax: 8, hashKey: 2)
        func owner(_ number: Int) -> OwnerID { OwnerID(high: 5, low: UInt64(number)) }
        for number in 0..<8 {
            for _ in 0..<(number == 3 ? 2 : 10) {
                #expect(table.take(owner(number), ticks: 1) == 0)
            }
        }
        #expect(table.take(owner(0), ticks: 1) > 0)
        #expect(table.take(owner(8), ticks: 1) == 0)
        for number in [0, 1, 2, 4, 5, 6, 7] { #expect(table.take(owner(number), ticks: 1) > 0) }
        // The one that went begins anew in the place of the ninth, whose debt is the smallest now.
        for _ in 0..<10 { #expect(table.take(owner(3), ticks: 1) == 0) }
        #expect(table.take(owner(3), ticks: 1) > 0)
    }

    @Test func anEntryWhoseTimeHasPassedIsFree() {
        let limit = RateRuleTests.limit(1, 1)
        let table = RateTable(limit: limit, ownersMax: 8, hashKey: 4)
        let indebted = OwnerID(high: 1, low: 1)
        for number in 0..<7 {
            #expect(table.take(OwnerID(high: 2, low: UInt64(number)), ticks: 0) == 0)
        }
        #expect(table.take(indebted, ticks: 9_000) == 0)
        // Their second is over: newcomers take those places, not that of who is in debt.
        for number in 0..<7 {
            #expect(table.take(OwnerID(high: 3, low: UInt64(number)), ticks: 10_001) == 0)
        }
        #expect(table.take(indebted, ticks: 10_002) == 8_998)
    }

    @Test func threadsTogetherPassNoMoreThanTheBurst() async {
        let table = RateTable(limit: RateRuleTests.limit(1, 100), ownersMax: 64, hashKey: 6)
        let owner = OwnerID(high: 1, low: 2)
        // Its entry is there before they race for it.
        #expect(table.take(owner, ticks: 0) == 0)
        let passed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<200).count { _ in table.take(owner, ticks: 0) == 0 }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(passed == 99)
    }

    @Test func namesBeyondTheLimitTakeThePlaceOfTheLeastIndebted() {
        let buckets = RateBuckets()
        let rule = RateRuleTests.limit(1, 1).rule(tickNanoseconds: 1)
        let first = buckets.bucket(of: "checkout")
        #expect(first.take(rule, now: 1) == 0)
        #expect(buckets.bucket(of: "checkout") === first)
        for number in 0..<(ServerLimits.credentialsMax + 100) {
            _ = buckets.bucket(of: "made-up-\(number)")
        }
        #expect(buckets.bucket(of: "checkout").take(rule, now: 2) > 0)
    }
}
