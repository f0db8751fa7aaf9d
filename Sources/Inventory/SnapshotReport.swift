/// How far an image of the state has come: a snapshot, or a check on one that isn't kept.
///
/// The numbers are stable on the wire.
@frozen
public enum SnapshotState: UInt8, Sendable, CaseIterable {
    /// None was taken since the server started.
    case none = 0
    /// State is copied and written.
    case running = 1
    /// It is durable and has its name, or was read and isn't kept.
    case done = 2
    /// It ended early; the report says why, and nothing was left behind.
    case failed = 3

    /// The name in answers, in snake case.
    public var name: String {
        switch self {
        case .none: "none"
        case .running: "running"
        case .done: "done"
        case .failed: "failed"
        }
    }
}

/// How the taking of a snapshot goes, or what came of it.
public struct SnapshotReport: Hashable, Sendable {
    /// The number of the run, from 1 since the server started; 0 where there was none.
    public var run: UInt64
    /// How far it has come.
    public var state: SnapshotState
    /// When it began.
    public var startedAt: Instant
    /// When it ended; `distantPast` as long as it hasn't.
    public var endedAt = Instant.distantPast
    /// The LSN whose state it is; 0 as long as that isn't known.
    public var endLSN: UInt64 = 0
    /// Records of the state that are written.
    public var written: UInt64 = 0
    /// How many there were when it began, about.
    public var toWrite: UInt64 = 0
    /// SKUs in it.
    public var skus: UInt64 = 0
    /// Cells in it.
    public var cells: UInt64 = 0
    /// Reservations and remembered requests in it.
    public var remembered: UInt64 = 0
    /// Bytes of the log in it: what happened while it was taken.
    public var logBytes: UInt64 = 0
    /// Bytes of its sections before they were compressed.
    public var unpackedBytes: UInt64 = 0
    /// Bytes of the file.
    public var sizeBytes: UInt64 = 0
    /// The name of the file; empty as long as it has none.
    public var name = ""
    /// Why it failed; empty unless it did.
    public var failure = ""

    /// A report on nothing yet.
    public init(
        run: UInt64 = 0,
        state: SnapshotState = .none,
        startedAt: Instant = .distantPast
    ) {
        self.run = run
        self.state = state
        self.startedAt = startedAt
    }

    /// Whether it has come to its end.
    public var isOver: Bool { state != .running }
}

/// A snapshot file that a server keeps.
public struct SnapshotEntry: Hashable, Sendable {
    /// The name of the file.
    public var name: String
    /// The LSN whose state it is; 0 where its header can't be read.
    public var endLSN: UInt64
    /// When it was taken; `distantPast` where its header can't be read.
    public var takenAt: Instant
    /// Bytes of the file.
    public var sizeBytes: UInt64
    /// What is wrong with it; empty where header and directory are whole.
    public var fault: String

    /// An entry with all its fields.
    public init(
        name: String,
        endLSN: UInt64,
        takenAt: Instant,
        sizeBytes: UInt64,
        fault: String = ""
    ) {
        self.name = name
        self.endLSN = endLSN
        self.takenAt = takenAt
        self.sizeBytes = sizeBytes
        self.fault = fault
    }
}

/// What a backup copies, in the order in which it is best copied: the snapshot before the log.
public struct BackupPlan: Hashable, Sendable {
    /// The directory of a data directory that a file stands in.
    ///
    /// The numbers are stable on the wire.
    @frozen
    public enum Folder: UInt8, Sendable, CaseIterable {
        /// Snapshots.
        case snapshots = 0
        /// Segments of the log.
        case journal = 1

        /// The name of the directory.
        public var name: String {
            switch self {
            case .snapshots: "snapshots"
            case .journal: "journal"
            }
        }
    }

    /// One file.
    public struct File: Hashable, Sendable {
        /// Where it stands.
        public var folder: Folder
        /// Its name there.
        public var name: String
        /// Its size in bytes.
        public var sizeBytes: UInt64

        /// A file with all its fields.
        public init(folder: Folder, name: String, sizeBytes: UInt64) {
            self.folder = folder
            self.name = name
            self.sizeBytes = sizeBytes
        }
    }

    /// Names the backup in its reads.
    public var token: UInt64
    /// The files hold the log at least up to here.
    public var durableLSN: UInt64
    /// Milliseconds without a read after which the server gives the files free.
    public var leaseMilliseconds: UInt32
    /// The files.
    public var files: [File]

    /// A plan with all its fields.
    public init(token: UInt64, durableLSN: UInt64, leaseMilliseconds: UInt32, files: [File]) {
        self.token = token
        self.durableLSN = durableLSN
        self.leaseMilliseconds = leaseMilliseconds
        self.files = files
    }
}
