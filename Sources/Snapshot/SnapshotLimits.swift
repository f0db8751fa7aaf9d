/// The snapshot file's limits and their relations.
package enum SnapshotLimits {
    /// Bytes in one record.
    package static let recordSizeBytesMax = 1_048_576
    /// Bytes in one section before it is packed, as the format has it.
    package static let sectionSizeBytesMax = 4_194_304
    /// Bytes in one section before it is packed, as the writer makes it where nothing else is
    /// asked; never less than the largest record.
    package static let sectionSizeBytesDefault = 1_048_576
    /// Sections in one file.
    package static let sectionCountMax = 1_048_576
    /// Bytes that a frame may be larger than its content: its head, its end, and what content that
    /// doesn't shrink costs.
    static let frameOverheadBytesMax = 65_536
    /// Level that LZ4 packs with: its fastest, because a snapshot competes with live traffic.
    static let compressionLevel: Int32 = 1
    /// Packed bytes between two syncs, so that no sync of the log waits long behind a snapshot.
    static let unsyncedBytesMax: UInt64 = 1_048_576
    /// Bytes in one section after it is packed.
    static let packedSizeBytesMax = sectionSizeBytesMax + frameOverheadBytesMax
}
