import Glibc
import Storage
import Support
import Testing

@testable import Journal
@testable import Movements

/// The journal with its threads, on the machine's disk.
struct JournalThreadTests {
    @Test(arguments: Durability.allCases)
    func manyThreadsAppendAndEveryRecordIsThere(durability: Durability) throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        var settings = JournalSettings(directory: directory.path + "/journal")
        settings.durability = durability
        settings.segmentSizeBytes = 4 * 1_048_576 + 4_096
        let recovery = try Journal.recover(
            settings: settings,
            disk: LinuxDisk(),
            note: { _ in },
            apply: { _, _ in }
        )
        let ring = MovementRing(capacityBytes: 4 * 1_048_576, startLSN: recovery.nextLSN)
        let journal = try Journal(
            goingOnFrom: recovery,
            ring: ring,
            clock: LinuxClock(),
            entropy: LinuxEntropy()
        )
        let published = Monitor<UInt64>(0)
        journal.setDurableListener { lsn in published.notifying { $0 = lsn } }
        let threads = (0..<4).map { _ in
            SystemThread(name: "append") {
                for index in 0..<20_000 {
                    while !ring.takeCredit(64) { sched_yield() }
                    let (lsn, record) = ring.append(size: 64)
                    record.storeBytes(of: lsn, toByteOffset: 8, as: UInt64.self)
                    ring.publish(record, size: 64)
                    if index % 16 == 15 { ring.ringDoorbell() }
                }
            }
        }
        for thread in threads { thread.join() }
        let tail = ring.tail
        if durability == .sync {
            published.wait(timeoutMilliseconds: 60_000) { $0 >= tail }
            #expect(journal.durableLSN == tail)
        }
        journal.close()
        var lsns: [UInt64] = []
        let again = try Journal.recover(
            settings: settings,
            disk: LinuxDisk(),
            note: { _ in },
            apply: { record, lsn in
                if record.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == lsn {
                    lsns.append(lsn)
                }
            }
        )
        #expect(lsns.count == 80_000)
        #expect(lsns == lsns.sorted())
        #expect(again.isClean)
        #expect(again.nextLSN == tail)
        let report = try Journal.verify(directory: settings.directory, disk: LinuxDisk())
        #expect(report.isClosed)
        #expect(report.segmentCount >= 2)
    }
}
