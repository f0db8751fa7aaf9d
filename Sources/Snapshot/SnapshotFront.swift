internal import Storage

/// Header, directory and trailer of a file, read and checked against each other.
struct SnapshotFront {
    let header: SnapshotHeader
    let sections: [SnapshotSection]
    let checksum: UInt32

    /// Reads them from an open file.
    init(of file: any DiskFile) throws(SnapshotError) {
        let size = try onDisk { () throws(StorageError) in try file.size() }
        let start = try SnapshotFront.bytes(
            of: file,
            at: 0,
            count: min(SnapshotFormat.headerSizeBytes, Int(clamping: size))
        )
        let decoded = unsafe start.withUnsafeBytes { bytes in
            unsafe SnapshotHeader.decode(bytes, fileSizeBytes: size)
        }
        switch decoded {
        case .success(let header): self.header = header
        case .failure(let fault):
            throw SnapshotError(
                fault.code,
                path: file.path,
                offset: fault.offset,
                reason: fault.text
            )
        }
        // The header says no more bytes than the file has, and no more sections than the limit.
        let split = header.directorySizeBytes
        let ending = try SnapshotFront.bytes(
            of: file,
            at: header.directoryOffset,
            count: split + SnapshotFormat.trailerSizeBytes
        )
        checksum = try SnapshotFront.wholeChecksum(start, header, ending, file)
        sections = try SnapshotFront.sections(ending[..<split], of: header, file)
    }

    private static func bytes(
        of file: any DiskFile,
        at offset: UInt64,
        count: Int
    ) throws(SnapshotError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBytes { memory -> Result<Int, StorageError> in
            do throws(StorageError) {
                return unsafe .success(try file.read(into: memory, at: offset))
            } catch {
                return .failure(error)
            }
        }
        let found = try onDisk { () throws(StorageError) in try result.get() }
        guard found == count else {
            throw damage(file, offset, "\(count) bytes should stand here, the file ends before")
        }
        return bytes
    }

    /// Checks the directory and the trailer behind it, byte for byte.
    private static func wholeChecksum(
        _ start: [UInt8],
        _ header: SnapshotHeader,
        _ ending: [UInt8],
        _ file: any DiskFile
    ) throws(SnapshotError) -> UInt32 {
        let split = header.directorySizeBytes
        let directoryChecksum = unsafe ending[..<split].withUnsafeBytes { bytes in
            unsafe SnapshotFormat.checksum(of: bytes)
        }
        guard directoryChecksum == header.directoryChecksum else {
            let reason = "the checksum of the directory's \(split) bytes doesn't match"
            throw damage(file, header.directoryOffset, reason)
        }
        let covered = start + ending.dropLast(4)
        let checksum = unsafe covered.withUnsafeBytes { bytes in
            unsafe SnapshotFormat.checksum(of: bytes)
        }
        let isWhole = unsafe ending[split...].withUnsafeBytes { bytes in
            unsafe bytes.load(UInt64.self, at: 0) == SnapshotFormat.trailerMagic
                && bytes.load(UInt32.self, at: 8) == 0
                && bytes.load(UInt32.self, at: 12) == checksum
        }
        guard isWhole else {
            let offset = header.directoryOffset + UInt64(split)
            throw damage(file, offset, "the trailer doesn't match header and directory")
        }
        return checksum
    }

    /// The entries of a directory whose checksum is right.
    private static func sections(
        _ directory: ArraySlice<UInt8>,
        of header: SnapshotHeader,
        _ file: any DiskFile
    ) throws(SnapshotError) -> [SnapshotSection] {
        var sections: [SnapshotSection] = []
        sections.reserveCapacity(header.sectionCount)
        var sliceLSN = header.startLSN
        let size = SnapshotFormat.entrySizeBytes
        for index in 0..<header.sectionCount {
            let entry = unsafe directory[index * size..<(index + 1) * size].withUnsafeBytes {
                bytes in
                unsafe SnapshotSection.decode(bytes, index: index)
            }
            guard let section = entry,
                section.follows(sections.last, in: header, sliceLSN: sliceLSN)
            else {
                let offset = header.directoryOffset + UInt64(index * size)
                throw damage(file, offset, "directory entry \(index) contradicts the file")
            }
            if section.kind == .logSlice { sliceLSN += UInt64(section.unpackedBytes) }
            sections.append(section)
        }
        let end = sections.last?.endOffset ?? UInt64(SnapshotFormat.headerSizeBytes)
        guard end == header.directoryOffset, sliceLSN == header.facts.endLSN else {
            throw damage(file, header.directoryOffset, "the sections don't fill the file")
        }
        return sections
    }

    private static func damage(
        _ file: any DiskFile,
        _ offset: UInt64,
        _ reason: String
    ) -> SnapshotError {
        SnapshotError(.damaged, path: file.path, offset: offset, reason: reason)
    }
}
