import Testing

@testable import Engine

@Suite("HashIndex")
struct HashIndexTests {
    /// A hash whose tag repeats often, so that entries collide.
    private func hash(_ number: UInt32, spread: UInt64) -> UInt64 {
        (UInt64(number) &* 0x9E37_79B9_7F4A_7C15 % spread) << 32
    }

    @Test(arguments: [3, 97, 1 << 30] as [UInt64])
    func findsWhatWasInsertedAndNothingElse(spread: UInt64) {
        let pool = ExtentPool()
        var index = HashIndex(pool: pool, isHinted: false, stripe: 0)
        let count: UInt32 = spread == 3 ? 500 : 5_000
        for number in 0..<count {
            index.insert(hash(number, spread: spread), number: number, pool: pool)
        }
        // Every third goes, the rest must still be found behind the holes.
        for number in stride(from: 0, to: count, by: 3) {
            index.remove(hash(number, spread: spread), number: number)
        }
        for number in 0..<count {
            let found = index.find(hash(number, spread: spread)) { $0 == number }
            #expect(found == (number % 3 == 0 ? nil : number))
        }
        var seen = 0
        index.forEach { _ in seen += 1 }
        #expect(seen == Int(count) - Int((count + 2) / 3))
    }

    @Test(arguments: [3, 97, 1 << 30] as [UInt64])
    func insertsOnceWhatIsLookedUpTwice(spread: UInt64) {
        let pool = ExtentPool()
        var index = HashIndex(pool: pool, isHinted: false, stripe: 0)
        let count: UInt32 = spread == 3 ? 500 : 5_000
        for round in 0..<2 {
            for number in 0..<count {
                let hash = hash(number, spread: spread)
                let found = index.find(hash, orInsert: number, pool: pool) { $0 == number }
                #expect(found == (round == 0 ? nil : number))
            }
        }
        for number in 0..<count {
            #expect(index.find(hash(number, spread: spread)) { $0 == number } == number)
        }
        var seen = 0
        index.forEach { _ in seen += 1 }
        #expect(seen == Int(count))
    }

    @Test func aHintIsTheNumberOrNothing() {
        let pool = ExtentPool()
        var index = HashIndex(pool: pool, isHinted: true, stripe: 0)
        for number in 0..<2_000 as Range<UInt32> {
            index.insert(hash(number, spread: 1 << 30), number: number, pool: pool)
        }
        let hinted = (0..<2_000 as Range<UInt32>).filter {
            index.hint(hash($0, spread: 1 << 30)) == $0
        }
        #expect(hinted.count > 1_900)
        #expect(index.hint(0xDEAD_BEEF << 32) == nil)
    }
}
