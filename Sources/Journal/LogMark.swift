/// A place in a log's chain of batches, and a digest of all before it.
///
/// Two marks of one log at the same LSN are equal exactly if the same batches lead there, but for
/// chance: any change of a record, its place or its order by accident, by a broken disk or by a
/// tool that isn't made to deceive shows. It is no proof against somebody who sets out to forge:
/// neither the checksum of a batch nor the digest is cryptographic. Who needs that sums the bytes
/// of the segments with a cryptographic hash besides.
///
/// The digest begins with the log id. Of each batch with records, in log order, four words go into
/// it: batch number; LSN of the first record; bytes of records × 2^32 + number of records; checksum
/// of the batch. A word `w` makes `mix(digest ^ w)` of `digest`, where `mix(x)` is, modulo 2^64:
///
///     x += 0x9E3779B97F4A7C15
///     x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9
///     x = (x ^ (x >> 27)) * 0x94D049BB133111EB
///     x ^ (x >> 31)
///
/// Opening and closing batches go in by their checksums, which the next batch carries: so the mark
/// at an LSN stays the same when the log is closed and opened there.
package struct LogMark: Hashable, Sendable {
    /// Random number of the log, the same in all its segments.
    package let logID: UInt64
    /// Number of the batch that the digest begins with: 1, or higher where segments were removed.
    package let firstBatchNumber: UInt64
    /// LSN behind the last record that went in.
    package private(set) var lsn: UInt64
    /// Number of the last batch with records.
    package private(set) var batchNumber: UInt64
    /// CRC-32C of that batch.
    package private(set) var checksum: UInt32
    /// The digest of all batches with records up to that one.
    package private(set) var digest: UInt64

    /// The mark before the first batch that is there.
    init(logID: UInt64, before first: BatchHeader) {
        self.logID = logID
        firstBatchNumber = first.number
        lsn = first.firstLSN
        batchNumber = first.number - 1
        checksum = first.previousChecksum
        digest = LogMark.mix(logID)
    }

    /// Goes on over a batch; one without records changes nothing.
    mutating func append(_ batch: BatchHeader) {
        guard batch.recordCount > 0 else { return }
        lsn = batch.endLSN
        batchNumber = batch.number
        checksum = batch.checksum
        let sizes = UInt64(batch.recordBytes) << 32 | UInt64(batch.recordCount)
        for word in [batch.number, batch.firstLSN, sizes, UInt64(batch.checksum)] {
            digest = LogMark.mix(digest ^ word)
        }
    }

    private static func mix(_ word: UInt64) -> UInt64 {
        var mixed = word &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
