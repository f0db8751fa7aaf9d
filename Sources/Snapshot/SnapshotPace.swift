/// How fast a snapshot may be made, for the sake of live traffic.
package struct SnapshotPace: Hashable, Sendable {
    /// Bytes of records a second at most while the log doesn't grow faster; nil is as fast as it
    /// goes.
    package let bytesPerSecondMax: UInt64?

    /// A pace of at most so many bytes a second, or none.
    package init(bytesPerSecondMax: UInt64?) {
        precondition(bytesPerSecondMax != 0, "a pace of nothing never ends")
        self.bytesPerSecondMax = bytesPerSecondMax
    }

    /// How long to rest before going on.
    ///
    /// Nobody rests whom the log has outgrown: what it grows by meanwhile is part of the snapshot,
    /// and is at most as long as the state where the copying can keep up with it.
    /// - Parameters:
    ///   - bytes: How far the snapshot has come.
    ///   - logBytes: By how much the log has grown since it began.
    ///   - elapsed: How long ago that was, in nanoseconds.
    /// - Returns: Nanoseconds, at most a second, so that a stop is heard.
    package func restNanoseconds(
        atBytes bytes: UInt64,
        logGrewByBytes logBytes: UInt64,
        afterNanoseconds elapsed: UInt64
    ) -> UInt64 {
        guard let bytesPerSecondMax, bytes > logBytes else { return 0 }
        let due = Double(bytes) / Double(bytesPerSecondMax) * 1e9
        let rest = due - Double(elapsed)
        return rest <= 0 ? 0 : UInt64(min(rest, 1e9))
    }
}

/// How far a snapshot has come.
package struct SnapshotProgress: Hashable, Sendable {
    /// Sections written or read.
    package var sections = 0
    /// Records in them.
    package var records: UInt64 = 0
    /// Bytes of these records.
    package var unpackedBytes: UInt64 = 0
    /// Bytes of the sections' frames.
    package var packedBytes: UInt64 = 0

    /// Nothing yet.
    package init() {}

    /// Adds a section.
    mutating func add(_ section: SnapshotSection) {
        sections += 1
        records += UInt64(section.recordCount)
        unpackedBytes += UInt64(section.unpackedBytes)
        packedBytes += UInt64(section.packedBytes)
    }
}
