package import Inventory

/// How much of each kind was copied into a snapshot.
package struct SnapshotCounts: Hashable, Sendable {
    /// SKUs.
    package var skus: UInt64
    /// Cells of all SKUs.
    package var cells: UInt64
    /// Reservations that are held or committed.
    package var openReservations: UInt64
    /// Reservations that are closed and still remembered.
    package var retainedReservations: UInt64
    /// Request ids that are remembered with their answers.
    package var requestIDs: UInt64

    /// Counts of each kind.
    package init(
        skus: UInt64 = 0,
        cells: UInt64 = 0,
        openReservations: UInt64 = 0,
        retainedReservations: UInt64 = 0,
        requestIDs: UInt64 = 0
    ) {
        self.skus = skus
        self.cells = cells
        self.openReservations = openReservations
        self.retainedReservations = retainedReservations
        self.requestIDs = requestIDs
    }
}

/// What a snapshot's maker says about the state in it.
package struct SnapshotFacts: Hashable, Sendable {
    /// The log whose movements made the state.
    package var logID: UInt64
    /// The instant of the state.
    package var instant: Instant
    /// The LSN whose state the file is; it is excluded.
    package var endLSN: UInt64
    /// Digest of warehouses, pools, policies and rates.
    package var configurationDigest: UInt64
    /// The number that the next new SKU gets.
    package var nextSKUNumber: UInt64
    /// Stripes of the engine that was copied.
    package var stripeCount: UInt32
    /// How much was copied.
    package var counts: SnapshotCounts

    /// Facts for the header.
    package init(
        logID: UInt64,
        instant: Instant,
        endLSN: UInt64,
        configurationDigest: UInt64,
        nextSKUNumber: UInt64,
        stripeCount: UInt32,
        counts: SnapshotCounts
    ) {
        self.logID = logID
        self.instant = instant
        self.endLSN = endLSN
        self.configurationDigest = configurationDigest
        self.nextSKUNumber = nextSKUNumber
        self.stripeCount = stripeCount
        self.counts = counts
    }
}

/// The first 512 bytes of a snapshot, checked.
package struct SnapshotHeader: Hashable, Sendable {
    /// What the maker said about the state.
    package let facts: SnapshotFacts
    /// No state record was copied at a lower LSN; the log slice begins here.
    package let startLSN: UInt64
    /// Bytes in the file.
    package let sizeBytes: UInt64
    /// Sections in the file.
    package let sectionCount: Int
    /// Where the directory begins.
    let directoryOffset: UInt64
    /// Its checksum.
    let directoryChecksum: UInt32

    /// The version of the format.
    package var version: UInt32 { SnapshotFormat.version }

    /// Bytes in the directory.
    var directorySizeBytes: Int { sectionCount * SnapshotFormat.entrySizeBytes }

    /// Writes the header into its 512 bytes.
    func encode(into bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count == SnapshotFormat.headerSizeBytes, "a header is 512 bytes")
        unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe bytes.store(SnapshotFormat.headerMagic, at: 0)
        unsafe bytes.store(SnapshotFormat.version, at: 12)
        unsafe bytes.store(sizeBytes, at: 16)
        unsafe bytes.store(directoryOffset, at: 24)
        unsafe bytes.store(UInt32(sectionCount), at: 32)
        unsafe bytes.store(directoryChecksum, at: 36)
        unsafe bytes.store(facts.logID, at: 40)
        unsafe bytes.store(facts.instant.milliseconds, at: 48)
        unsafe bytes.store(startLSN, at: 56)
        unsafe bytes.store(facts.endLSN, at: 64)
        unsafe bytes.store(facts.configurationDigest, at: 72)
        unsafe bytes.store(facts.nextSKUNumber, at: 80)
        unsafe bytes.store(facts.stripeCount, at: 88)
        unsafe bytes.store(facts.counts.skus, at: 96)
        unsafe bytes.store(facts.counts.cells, at: 104)
        unsafe bytes.store(facts.counts.openReservations, at: 112)
        unsafe bytes.store(facts.counts.retainedReservations, at: 120)
        unsafe bytes.store(facts.counts.requestIDs, at: 128)
        let covered = unsafe UnsafeRawBufferPointer(rebasing: bytes[12...])
        unsafe bytes.store(SnapshotFormat.checksum(of: covered), at: 8)
    }

    /// The header in the first bytes of a file of `fileSizeBytes`, or what is wrong with it.
    static func decode(
        _ bytes: UnsafeRawBufferPointer,
        fileSizeBytes: UInt64
    ) -> Result<SnapshotHeader, SnapshotHeaderFault> {
        let frameBytes = SnapshotFormat.headerSizeBytes + SnapshotFormat.trailerSizeBytes
        guard bytes.count >= 8, unsafe bytes.load(UInt64.self, at: 0) == SnapshotFormat.headerMagic
        else { return .failure(.magic) }
        guard bytes.count == SnapshotFormat.headerSizeBytes, fileSizeBytes >= UInt64(frameBytes)
        else { return .failure(.short) }
        let covered = unsafe UnsafeRawBufferPointer(rebasing: bytes[12...])
        guard unsafe bytes.load(UInt32.self, at: 8) == SnapshotFormat.checksum(of: covered) else {
            return .failure(.checksum)
        }
        let version = unsafe bytes.load(UInt32.self, at: 12)
        guard version == SnapshotFormat.version else { return .failure(.version(version)) }
        let header = unsafe fields(of: bytes)
        guard header.sizeBytes == fileSizeBytes else {
            return .failure(.size(said: header.sizeBytes, found: fileSizeBytes))
        }
        guard header.hasSoundLayout, unsafe bytes[136...].allSatisfy({ $0 == 0 }),
            unsafe bytes.load(UInt32.self, at: 92) == 0
        else { return .failure(.contradiction) }
        return .success(header)
    }

    private static func fields(of bytes: UnsafeRawBufferPointer) -> SnapshotHeader {
        let counts = unsafe SnapshotCounts(
            skus: bytes.load(UInt64.self, at: 96),
            cells: bytes.load(UInt64.self, at: 104),
            openReservations: bytes.load(UInt64.self, at: 112),
            retainedReservations: bytes.load(UInt64.self, at: 120),
            requestIDs: bytes.load(UInt64.self, at: 128)
        )
        let facts = unsafe SnapshotFacts(
            logID: bytes.load(UInt64.self, at: 40),
            instant: Instant(milliseconds: bytes.load(Int64.self, at: 48)),
            endLSN: bytes.load(UInt64.self, at: 64),
            configurationDigest: bytes.load(UInt64.self, at: 72),
            nextSKUNumber: bytes.load(UInt64.self, at: 80),
            stripeCount: bytes.load(UInt32.self, at: 88),
            counts: counts
        )
        return unsafe SnapshotHeader(
            facts: facts,
            startLSN: bytes.load(UInt64.self, at: 56),
            sizeBytes: bytes.load(UInt64.self, at: 16),
            sectionCount: Int(bytes.load(UInt32.self, at: 32)),
            directoryOffset: bytes.load(UInt64.self, at: 24),
            directoryChecksum: bytes.load(UInt32.self, at: 36)
        )
    }

    /// Whether directory and trailer end the file, and the LSNs are in order.
    private var hasSoundLayout: Bool {
        guard sectionCount <= SnapshotLimits.sectionCountMax else { return false }
        let ending = UInt64(directorySizeBytes + SnapshotFormat.trailerSizeBytes)
        return directoryOffset >= UInt64(SnapshotFormat.headerSizeBytes) && sizeBytes >= ending
            && directoryOffset == sizeBytes - ending && startLSN <= facts.endLSN
            && startLSN % 8 == 0 && facts.endLSN % 8 == 0
    }
}

/// What is wrong with a snapshot's header.
enum SnapshotHeaderFault: Error {
    case magic
    case short
    case checksum
    case version(UInt32)
    case size(said: UInt64, found: UInt64)
    case contradiction

    var code: SnapshotError.Code {
        switch self {
        case .magic: .notASnapshot
        case .version: .otherVersion
        case .short, .checksum, .size, .contradiction: .damaged
        }
    }

    var offset: UInt64 {
        switch self {
        case .magic, .short, .contradiction: 0
        case .checksum: 8
        case .version: 12
        case .size: 16
        }
    }

    var text: String {
        switch self {
        case .magic: "this is not a Holdfast snapshot"
        case .short: "the file is shorter than a header and a trailer"
        case .checksum: "the header's checksum doesn't match"
        case .version(let version):
            "snapshot version \(version) isn't \(SnapshotFormat.version), the one that this build "
                + "reads"
        case .size(let said, let found):
            "the header says \(said) bytes, the file has \(found)"
        case .contradiction: "the header's fields contradict each other"
        }
    }
}
