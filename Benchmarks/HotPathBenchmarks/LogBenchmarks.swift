import Benchmark
import Movements

/// Records into the ring, as an engine appends them.
func logBenchmarks() {
    let ring = MovementRing(capacityBytes: 1 << 22, startLSN: 0)
    Benchmark("Append, 96 bytes") { benchmark in
        let size = 96
        guard ring.takeCredit(operationCount * size) else {
            preconditionFailure("the ring is empty")
        }
        let start = ring.tail
        benchmark.measure { index in
            let (lsn, record) = ring.append(size: size)
            // The rest of a record, behind its size.
            for offset in stride(from: 8, to: size, by: 8) {
                record.storeBytes(of: lsn, toByteOffset: offset, as: UInt64.self)
            }
            ring.publish(record, size: size)
        }
        ring.ringDoorbell()
        var read = start
        while read < ring.tail {
            let runs = ring.gather(from: read, upTo: ring.tail, limitBytes: 1 << 20)
            read += UInt64(runs.first.count + runs.second.count)
            ring.release(runs.first, runs.second)
        }
    }
}
