internal import Storage
internal import Synchronization

/// A segment that is durable, zeroed and has its final name.
struct ReadySegment: Sendable {
    let number: UInt64
    let sizeBytes: UInt64
    let file: any DiskFile
}

/// Makes segments ahead of the log, so that the log thread never waits for zeros.
///
/// Isolation: `prepare` from one thread at a time; `take` from the log thread; the rest from any.
final class SegmentPreparer: Sendable {
    private struct State {
        var ready: [ReadySegment]
        var nextNumber: UInt64
        var isEnding = false
        /// Whether the log waits for a segment.
        var isAwaited = false
    }

    private let disk: any Disk
    private let settings: JournalSettings
    let logID: UInt64
    private let state: Monitor<State>
    private let full = Atomic<Bool>(false)
    /// Whether the log runs beside what is prepared.
    private let isResting = Atomic<Bool>(false)

    /// A preparer with segments left over from an earlier run, in order.
    init(
        disk: any Disk,
        settings: JournalSettings,
        logID: UInt64,
        leftOver: [ReadySegment],
        nextNumber: UInt64
    ) {
        self.disk = disk
        self.settings = settings
        self.logID = logID
        state = Monitor(State(ready: leftOver, nextNumber: nextNumber))
    }

    /// Whether the last try found the disk full.
    var isDiskFull: Bool { full.load(ordering: .acquiring) }

    /// Whether no segment is ready.
    var isNeeded: Bool { state.withLock { $0.ready.isEmpty } }

    /// The next segment, if one is ready.
    func take() -> ReadySegment? {
        state.notifying { $0.ready.isEmpty ? nil : $0.ready.removeFirst() }
    }

    /// Waits until a segment is ready, the preparer ends, or the time is over.
    func waitUntilReady(timeoutMilliseconds: Int) {
        state.notifying { $0.isAwaited = $0.ready.isEmpty }
        state.wait(timeoutMilliseconds: timeoutMilliseconds) { !$0.ready.isEmpty || $0.isEnding }
    }

    /// Waits until the preparer ends or the time is over.
    func pause(milliseconds: Int) {
        state.wait(timeoutMilliseconds: milliseconds) { $0.isEnding }
    }

    /// Makes one segment if none is ready.
    ///
    /// - Returns: Whether one is ready now; false when the disk is full.
    /// - Throws: Any failure but a full disk.
    func prepare() throws(StorageError) -> Bool {
        let (isNeeded, number) = state.withLock { ($0.ready.isEmpty, $0.nextNumber) }
        guard isNeeded else { return true }
        do throws(StorageError) {
            let file = try make(number)
            full.store(false, ordering: .releasing)
            state.notifying {
                $0.ready.append(
                    ReadySegment(
                        number: number,
                        sizeBytes: UInt64(settings.segmentSizeBytes),
                        file: file
                    )
                )
                $0.nextNumber = number + 1
                $0.isAwaited = false
            }
            return true
        } catch {
            guard error.code == .full else { throw error }
            full.store(true, ordering: .releasing)
            return false
        }
    }

    /// Keeps a segment ready until `end`; the body of the preparer's thread.
    func run(onFailure: (StorageError) -> Void) {
        isResting.store(true, ordering: .relaxed)
        while !state.withLock({ $0.isEnding }) {
            do throws(StorageError) {
                let isReady = try prepare()
                state.wait(
                    timeoutMilliseconds: JournalLimits.fullDiskRetryMilliseconds,
                    until: { $0.isEnding || (isReady && $0.ready.isEmpty) }
                )
            } catch {
                onFailure(error)
                return
            }
        }
    }

    /// Ends the thread after what it is doing, and wakes who waits.
    func end() {
        state.notifying { $0.isEnding = true }
    }

    /// Closes the files that the log didn't reach.
    func closeFiles() {
        state.withLock {
            for segment in $0.ready { segment.file.close() }
            $0.ready = []
        }
    }

    /// Writes header and zeros, syncs them, and only then gives the file its name.
    private func make(_ number: UInt64) throws(StorageError) -> any DiskFile {
        let path = settings.directory + "/" + JournalFormat.segmentName(number)
        let unfinished = path + JournalFormat.unfinishedSuffix
        let file = try disk.open(unfinished, for: .create)
        do throws(StorageError) {
            try fill(file, number: number)
            try disk.rename(unfinished, to: path)
            try disk.syncDirectory(settings.directory)
            // Opened again by its name, so that an error names the file that an operator finds.
            file.close()
            return try disk.open(path, for: .update)
        } catch {
            file.close()
            if error.code == .full { try giveRoomBack(unfinished) }
            throw error
        }
    }

    /// Removes what a full disk left half made.
    private func giveRoomBack(_ path: String) throws(StorageError) {
        do throws(StorageError) {
            try disk.remove(path)
        } catch {
            if error.code != .missing { throw error }
        }
    }

    /// Lets the syncs of the log have the disk, unless the log itself waits for the segment.
    private func rest() {
        guard isResting.load(ordering: .relaxed) else { return }
        state.wait(timeoutMilliseconds: JournalLimits.zerosRestMilliseconds) {
            $0.isEnding || $0.isAwaited
        }
    }

    private func fill(_ file: any DiskFile, number: UInt64) throws(StorageError) {
        let size = UInt64(settings.segmentSizeBytes)
        let part = UInt64(JournalLimits.zerosPerRestBytes)
        for offset in stride(from: 0, to: size, by: Int(part)) {
            try file.writeZeros(offset..<min(size, offset + part))
            if (offset + part) % UInt64(JournalLimits.zerosPerSyncBytes) == 0 { try file.sync() }
            rest()
        }
        let header = SegmentHeader(number: number, logID: logID, sizeBytes: size)
        var sector = [UInt8](repeating: 0, count: JournalFormat.sectorSizeBytes)
        unsafe sector.withUnsafeMutableBytes { bytes in unsafe header.encode(into: bytes) }
        try file.writeAll(sector, at: 0)
        try file.sync()
    }
}
