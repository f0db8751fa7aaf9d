internal import Inventory
internal import Movements

/// Builds state records of configuration, some of which hold many rows.
struct StateBuilder {
    private var bytes: [UInt8] = []
    private var rows: [UInt8] = []
    private var rowCount = 0
    private var rowsKind = StateKind.warehouses
    private var rowsLSN: UInt64 = 0

    private static let rowsSizeBytesMax = 65_536

    /// Adds a record of `size` bytes, which `body` fills behind the header.
    mutating func add(
        _ kind: StateKind,
        _ lsn: UInt64,
        _ size: Int,
        half: UInt16,
        _ body: (inout MovementWriter) -> Void
    ) {
        flush()
        append(kind, lsn, size, half: half, body)
    }

    private mutating func append(
        _ kind: StateKind,
        _ lsn: UInt64,
        _ size: Int,
        half: UInt16,
        _ body: (inout MovementWriter) -> Void
    ) {
        let start = bytes.count
        let size = MovementLayout.padded(size)
        bytes.append(contentsOf: repeatElement(0, count: size))
        unsafe bytes.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a record has bytes") }
            var writer = unsafe MovementWriter(
                state: base + start,
                size: size,
                StateHeader(kind: kind, lsn: lsn),
                half: half
            )
            body(&writer)
            writer.finish()
        }
    }

    /// Adds a row of `size` bytes, a multiple of 8, to the record of its kind.
    mutating func addRow(
        _ kind: StateKind,
        _ lsn: UInt64,
        _ size: Int,
        _ body: (inout MovementWriter) -> Void
    ) {
        if rowCount > 0, kind != rowsKind || rows.count + size > StateBuilder.rowsSizeBytesMax {
            flush()
        }
        rowsKind = kind
        rowsLSN = lsn
        let start = rows.count
        rows.append(contentsOf: repeatElement(0, count: size))
        unsafe rows.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("a row has bytes") }
            var writer = unsafe MovementWriter(row: base + start, size: size)
            body(&writer)
            writer.finish()
        }
        rowCount += 1
    }

    /// Adds the names of clients, whose numbers begin at 1.
    mutating func addActors(_ names: [String], latest: Instant, lsn: UInt64) {
        flush()
        var first = 0
        repeat {
            var size = StateLayout.actorsSizeBytes
            var count = 0
            while first + count < names.count {
                let needed = 1 + names[first + count].utf8.count
                if size + needed > StateBuilder.rowsSizeBytesMax { break }
                size += needed
                count += 1
            }
            append(.actors, lsn, size, half: UInt16(count)) { writer in
                writer.put(UInt64(first + 1))
                writer.put(latest.milliseconds)
                for name in names[first..<first + count] {
                    writer.put(UInt8(name.utf8.count))
                    for byte in name.utf8 { writer.put(byte) }
                }
            }
            first += count
        } while first < names.count
    }

    private mutating func flush() {
        guard rowCount > 0 else { return }
        let rows = self.rows
        append(
            rowsKind,
            rowsLSN,
            StateLayout.headerSizeBytes + rows.count,
            half: UInt16(rowCount)
        ) { writer in
            for byte in rows { writer.put(byte) }
        }
        self.rows.removeAll(keepingCapacity: true)
        rowCount = 0
    }

    /// All records that were added.
    consuming func finished() -> [UInt8] {
        flush()
        return bytes
    }
}
