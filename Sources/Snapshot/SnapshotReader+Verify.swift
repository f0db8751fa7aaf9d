package import Storage

extension SnapshotReader {
    /// Reads every section and checks every checksum.
    ///
    /// - Parameter progress: Called after each section.
    /// - Returns: What is wrong, section by section; empty if the file is whole.
    /// - Complexity: O(bytes), in the memory of one ``SectionBuffer``.
    package func verify(progress: (SnapshotProgress) -> Void = { _ in }) -> [SnapshotError] {
        let buffer = SectionBuffer()
        var faults: [SnapshotError] = []
        var done = SnapshotProgress()
        for section in sections {
            do throws(SnapshotError) {
                try read(section, into: buffer)
            } catch {
                faults.append(error)
            }
            done.add(section)
            progress(done)
        }
        return faults
    }

    /// Writes the frames of sections, as they stand in the file, to another file that `lz4 -d`
    /// unpacks: one behind the other they are one LZ4 file.
    ///
    /// - Parameters:
    ///   - chosen: Some of ``sections``.
    ///   - target: The file to make; one of that name is replaced.
    ///   - disk: The port to it.
    /// - Throws: Codes `damaged`, naming the section, `diskFull` and `storage`.
    package func export(
        _ chosen: some Sequence<SnapshotSection>,
        to target: String,
        disk: any Disk
    ) throws(SnapshotError) {
        let output = try onDisk { () throws(StorageError) in try disk.open(target, for: .create) }
        defer { output.close() }
        var offset: UInt64 = 0
        unsafe try eachFrame(of: chosen) { (frame) throws(StorageError) in
            unsafe try output.write(frame, at: offset)
            offset += UInt64(frame.count)
        }
        try onDisk { () throws(StorageError) in try output.sync() }
    }

    /// Calls `body` with the frames of sections, as they stand in the file, checksums verified.
    ///
    /// - Parameters:
    ///   - chosen: Some of ``sections``.
    ///   - body: Takes a frame, valid until it returns; what it throws becomes code `storage`.
    /// - Throws: Codes `damaged`, naming the section, `diskFull` and `storage`.
    package func eachFrame(
        of chosen: some Sequence<SnapshotSection>,
        _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Void
    ) throws(SnapshotError) {
        let buffer = SectionBuffer()
        for section in chosen {
            let packed = unsafe try packedBytes(of: section, into: buffer)
            try onDisk(section) { () throws(StorageError) in unsafe try body(packed) }
        }
    }
}
