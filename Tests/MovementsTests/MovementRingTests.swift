import Glibc
import Movements
import Testing

@Suite("MovementRing")
struct MovementRingTests {
    private static let capacityBytes = 1 << 21

    /// Appends a record of `size` bytes whose content repeats its LSN.
    @discardableResult
    private func append(_ size: Int, to ring: MovementRing) -> UInt64 {
        let (lsn, record) = ring.append(size: size)
        for offset in stride(from: 8, to: size, by: 8) {
            record.storeBytes(of: lsn, toByteOffset: offset, as: UInt64.self)
        }
        ring.publish(record, size: size)
        return lsn
    }

    @Test func creditNeverPassesTheCapacity() {
        let ring = MovementRing(capacityBytes: Self.capacityBytes, startLSN: 0)
        #expect(ring.takeCredit(Self.capacityBytes - 64))
        #expect(!ring.takeCredit(128))
        #expect(ring.takeCredit(64))
        #expect(!ring.takeCredit(1))
        ring.returnCredit(8)
        #expect(ring.takeCredit(8))
    }

    @Test func anLSNIsTheBytePositionInTheLog() {
        let ring = MovementRing(capacityBytes: Self.capacityBytes, startLSN: 4_096)
        #expect(ring.takeCredit(1_024))
        #expect(append(64, to: ring) == 4_096)
        #expect(append(128, to: ring) == 4_160)
        #expect(ring.tail == 4_288)
    }

    @Test func gatherStopsBeforeARecordThatIsNotPublished() {
        let ring = MovementRing(capacityBytes: Self.capacityBytes, startLSN: 0)
        #expect(ring.takeCredit(1_024))
        append(64, to: ring)
        let late = ring.append(size: 64)
        append(64, to: ring)
        #expect(ring.gather(from: 0, upTo: ring.tail, limitBytes: 1 << 20).records == 1)
        ring.publish(late.record, size: 64)
        #expect(ring.gather(from: 0, upTo: ring.tail, limitBytes: 1 << 20).records == 3)
    }

    @Test func gatherHonoursItsLimitButTakesAtLeastOne() {
        let ring = MovementRing(capacityBytes: Self.capacityBytes, startLSN: 0)
        #expect(ring.takeCredit(1_024))
        for _ in 0..<4 { append(64, to: ring) }
        #expect(ring.gather(from: 0, upTo: ring.tail, limitBytes: 130).records == 2)
        #expect(ring.gather(from: 0, upTo: ring.tail, limitBytes: 1).records == 1)
    }

    @Test func recordsSurviveManyTurnsOfTheRingWhole() {
        let ring = MovementRing(capacityBytes: Self.capacityBytes, startLSN: 0)
        var read: UInt64 = 0
        var seen = 0
        for index in 0..<20_000 {
            let size = 64 + index * 8 % 1_000 / 8 * 8
            #expect(ring.takeCredit(size))
            append(size, to: ring)
            guard index % 100 == 99 else { continue }
            let runs = ring.gather(from: read, upTo: ring.tail, limitBytes: 1 << 20)
            for run in [runs.first, runs.second] {
                var offset = 0
                while offset < run.count {
                    let size = Int(run.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                    let last = run.loadUnaligned(
                        fromByteOffset: offset + size - 8,
                        as: UInt64.self
                    )
                    #expect(last == read)
                    offset += size
                    read += UInt64(size)
                    seen += 1
                }
            }
            ring.release(runs.first, runs.second)
        }
        #expect(seen == 20_000)
        #expect(read == ring.tail)
    }

    @Test func manyAppendersNeverShareAPlace() {
        let ring = MovementRing(capacityBytes: 1 << 24, startLSN: 0)
        let threads = 4
        let perThread = 20_000
        let handles = (0..<threads).map { _ in
            let job = Unmanaged.passRetained(
                Appender {
                    for _ in 0..<perThread where ring.takeCredit(64) { append(64, to: ring) }
                }
            )
            var handle = pthread_t()
            pthread_create(
                &handle,
                nil,
                { argument in
                    guard let argument else { return nil }
                    Unmanaged<Appender>.fromOpaque(argument).takeRetainedValue().body()
                    return nil
                },
                job.toOpaque()
            )
            return handle
        }
        for handle in handles { pthread_join(handle, nil) }
        #expect(ring.tail == UInt64(threads * perThread * 64))
        let all = ring.gather(from: 0, upTo: ring.tail, limitBytes: .max)
        #expect(all.records == threads * perThread)
    }

    private final class Appender: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
