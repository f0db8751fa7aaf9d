import Inventory
import Support
import Testing

@testable import holdfast

/// The parts that the commands for snapshots are made of.
@Suite struct SnapshotToolsTests {
    @Test func aRankedListKeepsTheFirstOfTheOrder() {
        var generator = SplitMix64(seed: 5)
        var list = RankedList<Int>(countMax: 7) { $0 > $1 }
        let numbers = (0..<500).map { _ in generator.below(1_000) }
        for number in numbers { list.add(number) }
        #expect(list.elements == Array(numbers.sorted(by: >).prefix(7)))
        #expect(list.leftOut == 493)
        var empty = RankedList<Int>(countMax: 0) { $0 > $1 }
        empty.add(1)
        #expect(empty.elements.isEmpty && empty.leftOut == 1)
    }

    @Test func bucketsOfEqualSetsHoldNoDifference() {
        var generator = SplitMix64(seed: 6)
        var buckets = DifferenceBuckets(things: 20_000)
        let things = (0..<5_000).map { _ in (generator.next(), generator.next()) }
        for (hash, digest) in things { buckets.add(hash, digest: digest, weight: 3) }
        for (hash, digest) in things.shuffled(using: &generator) {
            buckets.subtract(hash, digest: digest, weight: 3)
        }
        #expect(buckets.passes(weightMax: 10).isEmpty)
    }

    @Test func passesHoldAllThatDiffersAndNotMuchMoreThanTheyMay() {
        var generator = SplitMix64(seed: 7)
        var buckets = DifferenceBuckets(things: 20_000)
        var changed: [UInt64] = []
        for number in 0..<20_000 {
            let hash = generator.next()
            let digest = generator.next()
            buckets.add(hash, digest: digest, weight: 1)
            if number % 4 == 0 { changed.append(hash) }
            if number % 8 == 0 { continue }
            buckets.subtract(hash, digest: number % 4 == 0 ? digest &+ 1 : digest, weight: 1)
        }
        let passes = buckets.passes(weightMax: 500)
        #expect(passes.count > 10)
        #expect(zip(passes, passes.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        for hash in changed {
            #expect(buckets.mayDiffer(hash))
            let bucket = buckets.bucket(hash)
            #expect(passes.filter { $0.contains(bucket) }.count == 1)
        }
        for pass in passes {
            let inside = changed.filter { pass.contains(buckets.bucket($0)) }
            #expect(inside.count <= 500)
        }
    }

    @Test(arguments: [
        (["a", "b"], "a,b"), (["LAMP,\"OAK\"", "1"], "\"LAMP,\"\"OAK\"\"\",1"), (["", "x"], ",x"),
        (["two\nlines"], "\"two\nlines\""),
    ])
    func valuesAreQuotedWhereTheyMustBe(_ values: [String], _ row: String) {
        #expect(CSVValue.row(values) == row)
    }

    @Test(arguments: [(UInt32(0), "00000000"), (0xBB17_95BA, "bb1795ba"), (7, "00000007")])
    func numbersHaveAllTheirDigits(_ number: UInt32, _ text: String) {
        #expect(hexadecimal(number) == text)
    }
}
