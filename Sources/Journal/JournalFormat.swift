internal import CChecksum

// The log on disk
// ===============
//
// A log is a directory of segments, `00000000000000000001.log` and on, numbered without a gap from
// 1 as long as none was removed. All integers are little-endian. Checksums are CRC-32C (RFC 3720).
//
// A segment is a file of fixed size: one header sector, then batches, then zeros. It gets its name
// only when header and zeros are durable (`….new` before that), so a bad header is never the work
// of a crash.
//
//     segment header, 512 bytes
//     offset  width  field
//          0      8  magic "HFJRNL01"
//          8      4  checksum of bytes 12 to 511
//         12      4  version, 3; raised with the layout of batches or of the records in them
//         16      8  segment number
//         24      8  log id: random, the same in all segments
//         32      8  segment size in bytes, a multiple of 512
//         40    472  zero
//
// A batch begins at a multiple of 512 and never spans segments: one that doesn't fit goes to the
// next segment, and what it left stays zero. So where a segment has no further batch, the next one
// stands at byte 512 of the segment after it, or nowhere: then zeros fill every segment up to its
// end.
//
//     batch header, 64 bytes, then the records, then zeros up to a multiple of 512
//     offset  width  field
//          0      4  magic "HFB1"
//          4      4  checksum of bytes 8 to 63 and of the records
//          8      4  size of the records in bytes, a multiple of 8, at most 2 MiB
//         12      4  number of records
//         16      8  batch number: 1 for the first of the log, then up by one, through all runs
//         24      8  LSN of the first record
//         32      8  LSN up to which the log was durable when this batch was written
//         40      8  run: random, drawn at each start
//         48      4  checksum (field 4) of the batch before; 0 for the first of the log
//         52      4  flags: 1 opening, 2 closing
//         56      8  log id
//
// A record begins with its size in bytes (4 bytes, a multiple of 8). An LSN counts bytes of
// records only. The log's first record has LSN 8; LSN 0 means "none".
//
// A run begins with an opening batch (no records), which is durable before anything else of the run
// is written. It alone may skip LSNs, and does so after an unclean stop. A clean stop ends with a
// closing batch (no records), written after all before it is durable.
//
// Recovery
// --------
// Batches are taken as long as each is whole and goes on from the one before: number, checksum of
// the one before, run, LSN. At the first place where that fails recovery looks at all that follows.
// The place is *damage* if a later whole batch of this log
//   - is of the same run and was written when the log was durable beyond this place, or
//   - is of a later run: its opening batch waited until all before it was durable;
// also if a segment's header is bad or a segment is missing; also if the last good batch is a
// closing one, unless only the sector of the next opening batch is bad. Otherwise the place is the
// *torn tail*: no batch there was ever reported durable. It is zeroed and synced before anything
// is appended.
//
// A log that begins later
// -----------------------
// Older segments may be gone, in order from segment 1 on, or lie in an archive directory under the
// same names; a segment in both places is the same in both. A segment goes only when the first
// batch of the next one is durable. So the oldest segment that is left, if its number is above 1,
// has a good first batch, and what that says of the batch before is taken as it is; a bad one is
// damage. A log made beside a state from elsewhere begins with segment 2 and batch 2, whose
// opening batch names the LSN that the state must reach.
//
// Records from an LSN on are read from the last segment whose first batch begins at or before it:
// all records of the segments before are older. Segments before that one aren't looked at.

/// Widths and magic numbers of the log on disk.
enum JournalFormat {
    static let version: UInt32 = 3
    static let sectorSizeBytes = 512
    static let batchHeaderSizeBytes = 64
    /// "HFJRNL01", read as a little-endian integer.
    static let segmentMagic: UInt64 = 0x3130_4C4E_524A_4648
    /// "HFB1", read as a little-endian integer.
    static let batchMagic: UInt32 = 0x3142_4648
    /// LSN of the first record of a log.
    static let firstLSN: UInt64 = 8

    /// Suffix of a segment that is durable.
    static let segmentSuffix = ".log"
    private static let segmentDigitCount = 20
    /// Suffix of a segment that isn't durable yet.
    static let unfinishedSuffix = ".new"

    /// The size on disk of a batch with `count` bytes of records.
    static func batchSizeOnDisk(recordBytes count: Int) -> Int {
        (batchHeaderSizeBytes + count + sectorSizeBytes - 1) & ~(sectorSizeBytes - 1)
    }

    /// The file name of a segment.
    static func segmentName(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: segmentDigitCount - digits.utf8.count) + digits
            + segmentSuffix
    }

    /// The number of the segment that a file name stands for.
    static func segmentNumber(of name: String) -> UInt64? {
        guard name.hasSuffix(segmentSuffix) else { return nil }
        let digits = name.dropLast(segmentSuffix.utf8.count)
        guard digits.utf8.count == segmentDigitCount, digits.allSatisfy(\.isWholeNumber) else {
            return nil
        }
        return UInt64(digits)
    }

    /// CRC-32C of `bytes`.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        unsafe holdfast_crc32c(0, bytes.baseAddress, bytes.count)
    }
}

/// The first sector of a segment.
struct SegmentHeader: Hashable {
    var number: UInt64
    var logID: UInt64
    var sizeBytes: UInt64

    /// Writes the header into a sector.
    func encode(into sector: UnsafeMutableRawBufferPointer) {
        precondition(sector.count == JournalFormat.sectorSizeBytes, "a header fills one sector")
        unsafe sector.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe sector.store(JournalFormat.segmentMagic, at: 0)
        unsafe sector.store(JournalFormat.version, at: 12)
        unsafe sector.store(number, at: 16)
        unsafe sector.store(logID, at: 24)
        unsafe sector.store(sizeBytes, at: 32)
        let covered = unsafe UnsafeRawBufferPointer(rebasing: sector[12...])
        unsafe sector.store(JournalFormat.checksum(of: covered), at: 8)
    }

    /// The header in a sector, or what is wrong with it.
    static func decode(_ sector: UnsafeRawBufferPointer) -> Result<SegmentHeader, HeaderFault> {
        guard sector.count == JournalFormat.sectorSizeBytes else { return .failure(.short) }
        guard unsafe sector.load(UInt64.self, at: 0) == JournalFormat.segmentMagic else {
            return .failure(.magic)
        }
        let covered = unsafe UnsafeRawBufferPointer(rebasing: sector[12...])
        guard unsafe sector.load(UInt32.self, at: 8) == JournalFormat.checksum(of: covered) else {
            return .failure(.checksum)
        }
        let version = unsafe sector.load(UInt32.self, at: 12)
        guard version == JournalFormat.version else { return .failure(.version(version)) }
        return unsafe .success(
            SegmentHeader(
                number: sector.load(UInt64.self, at: 16),
                logID: sector.load(UInt64.self, at: 24),
                sizeBytes: sector.load(UInt64.self, at: 32)
            )
        )
    }
}

/// What is wrong with a segment header.
enum HeaderFault: Error {
    case short
    case magic
    case checksum
    case version(UInt32)

    var text: String {
        switch self {
        case .short: "the segment is shorter than its header"
        case .magic: "this is not a segment of a Holdfast log"
        case .checksum: "the segment header's checksum doesn't match"
        case .version(let version):
            "log version \(version) isn't \(JournalFormat.version), the one that this build reads: "
                + "use the build that wrote it, or another directory"
        }
    }
}

/// The first 64 bytes of a batch.
struct BatchHeader: Hashable {
    static let opening: UInt32 = 1
    static let closing: UInt32 = 2

    var checksum: UInt32 = 0
    var recordBytes = 0
    var recordCount = 0
    var number: UInt64
    var firstLSN: UInt64
    var durableLSN: UInt64
    var run: UInt64
    var previousChecksum: UInt32
    var flags: UInt32 = 0
    var logID: UInt64

    var isOpening: Bool { flags & BatchHeader.opening != 0 }
    var isClosing: Bool { flags & BatchHeader.closing != 0 }
    var endLSN: UInt64 { firstLSN + UInt64(recordBytes) }
    var sizeOnDisk: Int { JournalFormat.batchSizeOnDisk(recordBytes: recordBytes) }

    /// Writes a batch of two runs of records, zeros behind them, and sets ``checksum``.
    mutating func encode(
        into bytes: UnsafeMutableRawBufferPointer,
        first: UnsafeRawBufferPointer,
        second: UnsafeRawBufferPointer
    ) {
        let headerSize = JournalFormat.batchHeaderSizeBytes
        let end = headerSize + recordBytes
        precondition(bytes.count >= end, "the batch fits its memory")
        precondition(first.count + second.count == recordBytes, "runs and size disagree")
        unsafe bytes.store(JournalFormat.batchMagic, at: 0)
        unsafe bytes.store(UInt32(recordBytes), at: 8)
        unsafe bytes.store(UInt32(recordCount), at: 12)
        unsafe bytes.store(number, at: 16)
        unsafe bytes.store(firstLSN, at: 24)
        unsafe bytes.store(durableLSN, at: 32)
        unsafe bytes.store(run, at: 40)
        unsafe bytes.store(previousChecksum, at: 48)
        unsafe bytes.store(flags, at: 52)
        unsafe bytes.store(logID, at: 56)
        let records = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[headerSize...])
        unsafe records.copyMemory(from: first)
        unsafe UnsafeMutableRawBufferPointer(rebasing: records[first.count...])
            .copyMemory(from: second)
        unsafe UnsafeMutableRawBufferPointer(rebasing: records[recordBytes...])
            .initializeMemory(as: UInt8.self, repeating: 0)
        let covered = unsafe UnsafeRawBufferPointer(rebasing: bytes[8..<end])
        checksum = unsafe JournalFormat.checksum(of: covered)
        unsafe bytes.store(checksum, at: 4)
    }

    /// The header at the start of a batch, if its fields make sense; nothing is summed yet.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> BatchHeader? {
        guard bytes.count >= JournalFormat.batchHeaderSizeBytes,
            unsafe bytes.load(UInt32.self, at: 0) == JournalFormat.batchMagic
        else { return nil }
        let header = unsafe BatchHeader(
            checksum: bytes.load(UInt32.self, at: 4),
            recordBytes: Int(bytes.load(UInt32.self, at: 8)),
            recordCount: Int(bytes.load(UInt32.self, at: 12)),
            number: bytes.load(UInt64.self, at: 16),
            firstLSN: bytes.load(UInt64.self, at: 24),
            durableLSN: bytes.load(UInt64.self, at: 32),
            run: bytes.load(UInt64.self, at: 40),
            previousChecksum: bytes.load(UInt32.self, at: 48),
            flags: bytes.load(UInt32.self, at: 52),
            logID: bytes.load(UInt64.self, at: 56)
        )
        guard header.recordBytes <= JournalLimits.batchSizeBytesMax, header.recordBytes % 8 == 0,
            header.firstLSN <= UInt64.max - UInt64(header.recordBytes)
        else { return nil }
        return header
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Stores an integer, little-endian, at any offset.
    func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        unsafe storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}

extension UnsafeRawBufferPointer {
    /// Loads a little-endian integer from any offset.
    func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type,
        at offset: Int
    ) -> Value {
        unsafe Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
