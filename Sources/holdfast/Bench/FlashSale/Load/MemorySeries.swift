internal import NIOCore
internal import Synchronization

/// The memory of a server over time.
final class MemorySeries: Sendable {
    private let server: SaleServer
    private let intervalSeconds: Int
    private let isOver = Atomic<Bool>(false)

    private static let pauseNanoseconds: UInt64 = 50_000_000

    /// A series of a running server, a sample each interval.
    init(_ server: SaleServer, intervalSeconds: Int) {
        self.server = server
        self.intervalSeconds = intervalSeconds
    }

    /// Says that no more samples are wanted.
    func end() { isOver.store(true, ordering: .relaxed) }

    /// Samples until it is over, or the server: bytes at the end of each interval.
    func sample() async -> [Int] {
        var samples: [Int] = []
        let interval = UInt64(intervalSeconds) * 1_000_000_000
        var next = NIODeadline.now().uptimeNanoseconds + interval
        while !isOver.load(ordering: .relaxed) {
            let now = NIODeadline.now().uptimeNanoseconds
            if now >= next {
                guard !server.hasEnded, let bytes = server.residentBytes else { return samples }
                next += interval
                samples.append(bytes)
            }
            await SaleRun.wait(until: min(next, now + MemorySeries.pauseNanoseconds))
        }
        return samples
    }
}
