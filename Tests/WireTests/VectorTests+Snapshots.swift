import Inventory
import Testing
import Wire

/// Snapshots, checks on an image, and backups.
extension VectorTests {
    @Test func requestsOfSnapshots() throws {
        try check(PlainRequest(.snapshotStart), "snapshot-start", "take one now")
        try check(PlainRequest(.snapshotStatus), "snapshot-status", "how it goes")
        try check(PlainRequest(.snapshotList), "snapshot-list", "which are kept")
        try check(
            answer: Samples.snapshotReport,
            to: .snapshotStatus,
            "snapshot-status-answer",
            "run 2 is done"
        )
        try check(
            answer: Samples.failedSnapshot,
            to: .snapshotStart,
            "snapshot-start-answer-failed",
            "run 3 found the disk full"
        )
        try check(
            answer: SnapshotList(Samples.snapshots),
            to: .snapshotList,
            "snapshot-list-answer",
            "a whole one, and one whose header is damaged"
        )
    }

    @Test func requestsOfChecksOnAnImage() throws {
        try check(PlainRequest(.checkStart), "check-start", "check on an image")
        try check(PlainRequest(.checkStatus), "check-status", "how it goes")
        let result = CheckResult(
            lsn: 4_711,
            cells: 12,
            openReservations: 3,
            stateHash: 0x0123_4567_89AB_CDEF,
            isClean: false,
            violations: ["BOLT in LON1: promises 2 units more than it has"]
        )
        var image = SnapshotReport(run: 5, state: .done, startedAt: Samples.instant)
        image.endedAt = Samples.instant.advanced(byMilliseconds: 40)
        try check(
            answer: ImageCheckReport(image: image, result: result),
            to: .checkStatus,
            "check-status-answer",
            "run 5 found one cell broken"
        )
        try check(
            answer: ImageCheckReport(image: SnapshotReport(), result: nil),
            to: .checkStatus,
            "check-status-answer-none",
            "nobody asked for one"
        )
    }

    @Test func requestsOfBackups() throws {
        try check(PlainRequest(.backupStart), "backup-start", "what to copy")
        try check(
            BackupRead(token: 99, file: 1, offset: 524_288, sizeBytes: 524_288),
            "backup-read",
            "the second half MiB of the second file"
        )
        try check(BackupEnd(token: 99), "backup-end", "all is copied")
        try check(
            answer: Samples.backupPlan,
            to: .backupStart,
            "backup-start-answer",
            "a snapshot and a segment"
        )
        try check(
            answer: BackupChunk([1, 2, 3, 0xFF]),
            to: .backupRead,
            "backup-read-answer",
            "the last four bytes"
        )
        try check(answer: Acknowledgement(), to: .backupEnd, "backup-end-answer", "done")
    }

    @Test func aBackupTakesNoNameThatLeadsElsewhere() throws {
        for name in ["", "..", ".hidden", "a/b", "/etc"] {
            var plan = Samples.backupPlan
            plan.files[0].name = name
            let frame = try plan.encode(correlation: 1)
            frame.withUnsafeBytes { bytes in
                _ = #expect(throws: WireFault.self, "\(name)") {
                    let body = UnsafeRawBufferPointer(rebasing: bytes[16...])
                    guard case .whole(let header) = FrameHeader.next(in: bytes, at: 0) else {
                        return
                    }
                    _ = try Answered<BackupPlan>(header: header, body: body)
                }
            }
        }
    }
}

extension Samples {
    static let snapshotReport = {
        var report = SnapshotReport(run: 2, state: .done, startedAt: instant)
        report.endedAt = instant.advanced(byMilliseconds: 1_250)
        report.endLSN = 123_456_789
        report.written = 1_000_000
        report.toWrite = 999_990
        report.skus = 100_000
        report.cells = 1_200_000
        report.remembered = 900_000
        report.logBytes = 4_096
        report.unpackedBytes = 64_000_000
        report.sizeBytes = 21_000_000
        report.name = "00000000000123456789.hfs"
        return report
    }()

    static let failedSnapshot = {
        var report = SnapshotReport(run: 3, state: .failed, startedAt: instant)
        report.endedAt = instant.advanced(byMilliseconds: 9)
        report.failure = "snapshots/x.hfs.new: can't be written: no space left on device"
        return report
    }()

    static let snapshots = [
        SnapshotEntry(
            name: "00000000000123456789.hfs",
            endLSN: 123_456_789,
            takenAt: instant,
            sizeBytes: 21_000_000
        ),
        SnapshotEntry(
            name: "00000000000000004096.hfs",
            endLSN: 0,
            takenAt: Instant(milliseconds: 0),
            sizeBytes: 512,
            fault: "the header's checksum doesn't match"
        ),
    ]

    static let backupPlan = BackupPlan(
        token: 99,
        durableLSN: 123_500_000,
        leaseMilliseconds: 60_000,
        files: [
            .init(folder: .snapshots, name: "00000000000123456789.hfs", sizeBytes: 21_000_000),
            .init(folder: .journal, name: "00000000000000000002.log", sizeBytes: 67_108_864),
        ]
    )
}
