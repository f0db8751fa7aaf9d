import Support
import Testing

@testable import Engine

@Suite("Memory of the tables")
struct MemoryTests {
    @Test func blocksOfThePoolNeverOverlap() {
        let pool = ExtentPool()
        var random = SplitMix64(seed: 11)
        var live: [(start: UInt, size: Int)] = []
        for _ in 0..<2_000 {
            if Int.random(in: 0..<3, using: &random) == 0, let last = live.popLast() {
                if let block = UnsafeMutableRawPointer(bitPattern: last.start) {
                    pool.free(block, last.size)
                }
                continue
            }
            let size = 4_096 << Int.random(in: 0...6, using: &random)
            live.append((UInt(bitPattern: pool.allocate(size)), size))
        }
        let sorted = live.sorted { $0.start < $1.start }
        for (left, right) in zip(sorted, sorted.dropFirst()) {
            #expect(left.start + UInt(left.size) <= right.start)
        }
    }

    @Test func blocksOfTheArenaNeverOverlapAndServeAgain() {
        let pool = ExtentPool()
        var arena = BlockArena()
        var random = SplitMix64(seed: 12)
        var live: [(start: UInt, size: Int)] = []
        for _ in 0..<5_000 {
            if Int.random(in: 0..<3, using: &random) == 0, let last = live.popLast() {
                if let block = UnsafeMutableRawPointer(bitPattern: last.start) {
                    arena.free(block, last.size, to: pool)
                }
                continue
            }
            let size = Int.random(in: 1...9_000, using: &random)
            live.append((UInt(bitPattern: arena.allocate(size, from: pool)), size))
        }
        let sorted = live.sorted { $0.start < $1.start }
        for (left, right) in zip(sorted, sorted.dropFirst()) {
            #expect(left.start + UInt(left.size) <= right.start)
        }
    }

    @Test func aStripeSetIsWalkedInAscendingOrder() {
        var set = StripeSet(count: 256)
        defer { set.destroy() }
        for stripe in [200, 3, 64, 63, 3, 255] { set.insert(stripe) }
        var walked: [Int] = []
        set.forEach { walked.append($0) }
        #expect(walked == [3, 63, 64, 200, 255])
        set.clear()
        set.insert(7)
        walked = []
        set.forEach { walked.append($0) }
        #expect(walked == [7])
    }
}
