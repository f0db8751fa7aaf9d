/// What the records of a section are.
///
/// The numbers are stable in the file; sections stand in their order.
package enum SnapshotSectionKind: UInt32, Sendable, CaseIterable, Comparable {
    /// SKUs with their cells and substitutes.
    case skus = 1
    /// Reservations and other remembered requests.
    case reservations = 2
    /// Warehouses, pools, policies, rates, actors: behind what names them, since they are copied
    /// last, but loaded first.
    case configuration = 3
    /// Records of the log.
    case logSlice = 4

    /// The kind as people read it.
    package var name: String {
        switch self {
        case .configuration: "configuration"
        case .skus: "skus"
        case .reservations: "reservations"
        case .logSlice: "log slice"
        }
    }

    /// Whether sections of `left` stand before those of `right`.
    package static func < (left: SnapshotSectionKind, right: SnapshotSectionKind) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// One entry of a snapshot's directory.
package struct SnapshotSection: Hashable, Sendable {
    /// Its place among the sections, from 0.
    package let index: Int
    /// What its records are.
    package let kind: SnapshotSectionKind
    /// Where its frame begins in the file.
    package let offset: UInt64
    /// Bytes of its frame.
    package let packedBytes: Int
    /// Bytes of its records.
    package let unpackedBytes: Int
    /// Records in it.
    package let recordCount: Int
    /// LSN of the first record of a log slice, zero for other kinds.
    ///
    /// The LSN of another record is this and the bytes before it.
    package let firstLSN: UInt64
    /// CRC-32C of its frame.
    package let checksum: UInt32

    /// The byte behind its frame.
    package var endOffset: UInt64 { offset + UInt64(packedBytes) }

    /// Number and kind as people read them.
    package var name: String { "section \(index) (\(kind.name))" }

    /// Writes the entry into its 48 bytes.
    func encode(into bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count == SnapshotFormat.entrySizeBytes, "an entry is 48 bytes")
        unsafe bytes.store(kind.rawValue, at: 0)
        unsafe bytes.store(checksum, at: 4)
        unsafe bytes.store(offset, at: 8)
        unsafe bytes.store(UInt64(packedBytes), at: 16)
        unsafe bytes.store(UInt64(unpackedBytes), at: 24)
        unsafe bytes.store(UInt64(recordCount), at: 32)
        unsafe bytes.store(firstLSN, at: 40)
    }

    /// The entry in 48 bytes, if each of its fields is in its range.
    static func decode(_ bytes: UnsafeRawBufferPointer, index: Int) -> SnapshotSection? {
        precondition(bytes.count == SnapshotFormat.entrySizeBytes, "an entry is 48 bytes")
        let packedBytes = unsafe bytes.load(UInt64.self, at: 16)
        let unpackedBytes = unsafe bytes.load(UInt64.self, at: 24)
        let recordCount = unsafe bytes.load(UInt64.self, at: 32)
        guard let kind = unsafe SnapshotSectionKind(rawValue: bytes.load(UInt32.self, at: 0)),
            packedBytes <= UInt64(SnapshotLimits.packedSizeBytesMax),
            unpackedBytes <= UInt64(SnapshotLimits.sectionSizeBytesMax), unpackedBytes % 8 == 0,
            recordCount > 0, recordCount <= unpackedBytes / 8
        else { return nil }
        return unsafe SnapshotSection(
            index: index,
            kind: kind,
            offset: bytes.load(UInt64.self, at: 8),
            packedBytes: Int(packedBytes),
            unpackedBytes: Int(unpackedBytes),
            recordCount: Int(recordCount),
            firstLSN: bytes.load(UInt64.self, at: 40),
            checksum: bytes.load(UInt32.self, at: 4)
        )
    }

    /// Whether this section may stand behind `previous` (or first) in a file with `header`, the
    /// log slice having come to `sliceLSN`.
    func follows(
        _ previous: SnapshotSection?,
        in header: SnapshotHeader,
        sliceLSN: UInt64
    ) -> Bool {
        let expectedOffset = previous?.endOffset ?? UInt64(SnapshotFormat.headerSizeBytes)
        guard offset == expectedOffset, kind >= previous?.kind ?? .skus,
            offset <= header.directoryOffset,
            UInt64(packedBytes) <= header.directoryOffset - offset
        else { return false }
        return firstLSN == (kind == .logSlice ? sliceLSN : 0)
    }
}
