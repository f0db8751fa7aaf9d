package import Storage

/// An open snapshot whose header, directory and trailer are whole.
///
/// Isolation: any number of threads, each with its own ``SectionBuffer``.
package final class SnapshotReader: Sendable {
    /// The file.
    package let path: String
    /// What the file says of itself.
    package let header: SnapshotHeader
    /// Its sections in the order of the file.
    package let sections: [SnapshotSection]
    /// The checksum of the whole, which names the content.
    package let checksum: UInt32
    private let file: any DiskFile

    /// Opens a snapshot and checks all but the sections' content.
    ///
    /// - Parameters:
    ///   - path: The file; its name is free.
    ///   - disk: The port to it.
    /// - Throws: Codes `notASnapshot`, `otherVersion`, `damaged` with the place, `storage`.
    /// - Complexity: O(sections).
    package init(path: String, disk: any Disk) throws(SnapshotError) {
        let file = try onDisk { () throws(StorageError) in try disk.open(path, for: .read) }
        do throws(SnapshotError) {
            let front = try SnapshotFront(of: file)
            header = front.header
            sections = front.sections
            checksum = front.checksum
        } catch {
            file.close()
            throw error
        }
        self.path = path
        self.file = file
    }

    deinit { file.close() }

    /// The sections of a kind.
    package func sections(of kind: SnapshotSectionKind) -> ArraySlice<SnapshotSection> {
        let first = sections.firstIndex { $0.kind >= kind } ?? sections.endIndex
        let end = sections[first...].firstIndex { $0.kind > kind } ?? sections.endIndex
        return sections[first..<end]
    }

    /// Reads a section's records into a buffer, checked: checksum of the packed bytes, checksum of
    /// the content, sizes and number of the records.
    ///
    /// - Parameters:
    ///   - section: One of ``sections``.
    ///   - buffer: Takes the records in place of what it held.
    /// - Throws: Codes `damaged`, naming the section, and `storage`.
    /// - Complexity: O(bytes).
    package func read(
        _ section: SnapshotSection,
        into buffer: SectionBuffer
    ) throws(SnapshotError) {
        _ = unsafe try packedBytes(of: section, into: buffer)
        if let fault = buffer.unpack(section) { throw damage(to: section, fault) }
    }

    /// Reads a section's frame as it stands in the file, its checksum verified.
    func packedBytes(
        of section: SnapshotSection,
        into buffer: SectionBuffer
    ) throws(SnapshotError) -> UnsafeRawBufferPointer {
        precondition(sections[section.index] == section, "a section of this file")
        let memory = unsafe buffer.frameMemory(ofBytes: section.packedBytes)
        let count = try onDisk(section) { () throws(StorageError) in
            unsafe try file.read(into: memory, at: section.offset)
        }
        guard count == section.packedBytes else { throw damage(to: section, "it is cut short") }
        let packed = UnsafeRawBufferPointer(memory)
        guard unsafe SnapshotFormat.checksum(of: packed) == section.checksum else {
            throw damage(to: section, "the checksum of its \(count) bytes doesn't match")
        }
        return unsafe packed
    }

    /// An error about a record that is whole and says what can't be.
    ///
    /// - Parameters:
    ///   - section: The record's section.
    ///   - offset: Where the record begins among the section's unpacked bytes, if that is known.
    ///   - reason: What is wrong with it.
    /// - Returns: Code `recordRefused`, naming file, section and record.
    package func refusal(
        of section: SnapshotSection,
        at offset: Int?,
        reason: String
    ) -> SnapshotError {
        SnapshotError(
            .recordRefused,
            path: path,
            section: section,
            offset: section.offset,
            reason: (offset.map { "record at unpacked byte \($0): " } ?? "") + reason
        )
    }

    /// An error about records that are whole and contradict each other.
    package func refusal(reason: String) -> SnapshotError {
        SnapshotError(.recordRefused, path: path, offset: nil, reason: reason)
    }

    private func damage(to section: SnapshotSection, _ reason: String) -> SnapshotError {
        SnapshotError(
            .damaged,
            path: path,
            section: section,
            offset: section.offset,
            reason: reason
        )
    }
}
