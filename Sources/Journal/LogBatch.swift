internal import Movements
internal import Storage

/// Records that were written at once, checked, in log order.
///
/// Its bytes stay as they are for as long as somebody holds it; each batch held keeps up to 4 MiB.
/// Isolation: any thread.
@safe
package struct LogBatch: Sendable {
    /// Whole records one behind the other: sizes add up, each a multiple of 8 and in the record's
    /// first four bytes.
    package nonisolated(unsafe) let records: UnsafeRawBufferPointer
    /// LSN of the first of them.
    package let firstLSN: UInt64
    /// How many there are; at least one.
    package let recordCount: Int
    /// The batch's number in the log.
    package let number: UInt64
    /// The segment file it stands in.
    package let path: String
    /// Byte offset of the batch in that file.
    package let offset: UInt64

    private let window: ReadWindow

    /// LSN behind the last of the records.
    package var endLSN: UInt64 { firstLSN + (unsafe UInt64(records.count)) }

    /// The records of a batch with LSNs in `lsns`; nil where there are none.
    ///
    /// - Throws: Code `damaged` where the records don't add up to the batch's size.
    init?(
        _ found: FoundBatch,
        at place: LogPlace,
        in path: String,
        lsns: Range<UInt64>
    ) throws(JournalError) {
        let header = unsafe found.header
        let whole = unsafe found.records
        var count = 0
        var offset = 0
        // What is taken: offsets in the batch.
        var start = 0
        var end = 0
        var taken = 0
        while offset < whole.count {
            let size = unsafe Int(whole.load(UInt32.self, at: offset))
            guard size > 0, size % 8 == 0, size <= whole.count - offset else { break }
            let lsn = header.firstLSN + UInt64(offset)
            offset += size
            count += 1
            if lsn >= lsns.lowerBound, lsn < lsns.upperBound {
                taken += 1
                end = offset
            } else if taken == 0 {
                start = offset
            }
        }
        guard offset == whole.count, count == header.recordCount else {
            throw JournalError(
                .damaged,
                path: path,
                offset: place.offset,
                reason: "the records of batch \(header.number) don't add up to its size"
            )
        }
        guard taken > 0 else { return nil }
        unsafe records = UnsafeRawBufferPointer(rebasing: whole[start..<end])
        firstLSN = header.firstLSN + UInt64(start)
        recordCount = taken
        number = header.number
        self.path = path
        self.offset = place.offset
        window = unsafe found.window
    }

    /// The records one by one.
    package var allRecords: LogRecords { LogRecords(self) }

    /// Runs `body` on this batch; a record that it refuses becomes an error that names the file.
    func visited<Value>(
        _ body: (LogBatch) throws(MovementError) -> Value
    ) throws(JournalError) -> Value {
        do throws(MovementError) {
            return try body(self)
        } catch {
            throw JournalError(.recordRefused, path: path, offset: offset, reason: "\(error)")
        }
    }
}

/// The records of a batch, one after the other; valid as long as the batch is held.
@safe
package struct LogRecords {
    private let batch: LogBatch
    private var offset = 0

    init(_ batch: LogBatch) { self.batch = batch }

    /// The next record and its LSN; nil behind the last one.
    package mutating func next() -> (record: UnsafeRawBufferPointer, lsn: UInt64)? {
        let records = unsafe batch.records
        guard offset < records.count else { return nil }
        let start = offset
        offset += unsafe Int(records.load(UInt32.self, at: start))
        return unsafe (
            UnsafeRawBufferPointer(rebasing: records[start..<offset]),
            batch.firstLSN + UInt64(start)
        )
    }
}
