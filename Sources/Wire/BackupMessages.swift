public import Inventory

/// What a backup copies.
///
/// Body: u64 token, u64 LSN, u32 milliseconds of the lease, u32 count, then each: u64 bytes, u8
/// folder, u8 name size, name.
extension BackupPlan: WireAnswer {
    private static let fileFixedSizeBytes = 10

    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        files.reduce(24) { $0 + BackupPlan.fileFixedSizeBytes + $1.name.utf8.count }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(token)
        writer.put(durableLSN)
        writer.put(leaseMilliseconds)
        writer.put(UInt32(files.count))
        for file in files {
            writer.put(file.sizeBytes)
            writer.put(file.folder.rawValue)
            writer.put(UInt8(try WireLayout.fileNameSize(file.name)))
            writer.put(file.name)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let token = try reader.take(UInt64.self)
        let durableLSN = try reader.take(UInt64.self)
        let lease = try reader.take(UInt32.self)
        let count = Int(try reader.take(UInt32.self))
        var files: [File] = []
        files.reserveCapacity(min(count, reader.rest / BackupPlan.fileFixedSizeBytes))
        for index in 0..<count {
            let sizeBytes = try reader.take(UInt64.self)
            let folder = try reader.takeCase(
                Folder.self,
                else: WireFault(.malformedFrame, at: index, "the folder is 0 or 1")
            )
            let size = Int(try reader.take(UInt8.self))
            let name = try reader.takeName(size, sizeMax: WireLayout.fileNameSizeBytesMax)
            // The name becomes one of a file here: it mustn't lead elsewhere.
            guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
                throw WireFault(.malformedFrame, at: index, "a file's name leads elsewhere")
            }
            files.append(File(folder: folder, name: name, sizeBytes: sizeBytes))
        }
        self.init(
            token: token,
            durableLSN: durableLSN,
            leaseMilliseconds: lease,
            files: files
        )
    }
}

/// A request for bytes of a file that a backup copies.
///
/// Body: u64 token, u64 offset, u32 index of the file, u32 bytes.
package struct BackupRead: Hashable, Sendable, WireRequest {
    /// The backup.
    package var token: UInt64
    /// Where to read from.
    package var offset: UInt64
    /// The file's index in the plan.
    package var file: UInt32
    /// How many bytes, at most ``WireLayout/backupReadSizeBytesMax``.
    package var sizeBytes: UInt32

    /// A request with all its fields.
    package init(token: UInt64, file: UInt32, offset: UInt64, sizeBytes: UInt32) {
        self.token = token
        self.file = file
        self.offset = offset
        self.sizeBytes = sizeBytes
    }

    /// Always `backup_read`.
    package var operation: Operation { .backupRead }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 24 }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(token)
        writer.put(offset)
        writer.put(file)
        writer.put(sizeBytes)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        token = try reader.take(UInt64.self)
        offset = try reader.take(UInt64.self)
        file = try reader.take(UInt32.self)
        sizeBytes = try reader.take(UInt32.self)
        guard sizeBytes >= 1, sizeBytes <= WireLayout.backupReadSizeBytesMax else {
            throw WireFault(.malformedFrame, "a read of a backup is 1 to 524288 bytes")
        }
    }
}

/// Bytes of a file that a backup copies; fewer than asked for where the file ends.
///
/// Body: u32 size, bytes.
package struct BackupChunk: Hashable, Sendable, WireAnswer {
    /// The bytes.
    package var bytes: [UInt8]

    /// A chunk of bytes.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 4 + bytes.count }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(UInt32(bytes.count))
        writer.put(bytes)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let size = Int(try reader.take(UInt32.self))
        guard let told = unsafe reader.nextBytes(size) else { throw .truncated }
        bytes = unsafe Array(told)
    }
}

/// A request that says that a backup has all it wants.
///
/// Body: u64 token.
package struct BackupEnd: Hashable, Sendable, WireRequest {
    /// The backup.
    package var token: UInt64

    /// The end of a backup.
    package init(token: UInt64) { self.token = token }

    /// Always `backup_end`.
    package var operation: Operation { .backupEnd }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 8 }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) { writer.put(token) }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        token = try reader.take(UInt64.self)
    }
}

/// The answer to a request of which nothing is told but that it is done; no body.
package struct Acknowledgement: Hashable, Sendable, WireAnswer {
    /// An acknowledgement.
    package init() {}

    /// The body is empty.
    package var bodySizeMax: Int { 0 }

    /// Writes nothing.
    package func write(to writer: inout ByteWriter) throws(WireFault) {}

    /// Reads nothing.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {}
}
