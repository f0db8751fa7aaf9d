package import Storage

/// A snapshot among those of a directory.
package struct SnapshotFile: Hashable, Sendable {
    /// Where it is.
    package let path: String
    /// The LSN that its name stands for.
    package let endLSN: UInt64
    /// What it says of itself, or what is wrong with it.
    package var content: Result<SnapshotHeader, SnapshotError>

    /// A file with what was found in it.
    package init(path: String, endLSN: UInt64, content: Result<SnapshotHeader, SnapshotError>) {
        self.path = path
        self.endLSN = endLSN
        self.content = content
    }
}

extension SnapshotFile {
    /// All snapshots of a directory, newest first, bad ones with what is wrong.
    ///
    /// Header, directory and trailer of each are checked, not the content of its sections.
    /// - Throws: Code `storage` if the directory can't be read.
    package static func list(
        _ directory: String,
        disk: any Disk
    ) throws(SnapshotError) -> [SnapshotFile] {
        let names = try onDisk { () throws(StorageError) in try disk.list(directory) }
        // The names have digits of a fixed number: their order is that of the LSNs.
        return names.reversed().compactMap { name in
            SnapshotFormat.lsn(ofName: name).map { lsn in
                let path = directory + "/" + name
                return SnapshotFile(
                    path: path,
                    endLSN: lsn,
                    content: content(of: path, endLSN: lsn, disk: disk)
                )
            }
        }
    }

    private static func content(
        of path: String,
        endLSN: UInt64,
        disk: any Disk
    ) -> Result<SnapshotHeader, SnapshotError> {
        do throws(SnapshotError) {
            let header = try SnapshotReader(path: path, disk: disk).header
            guard header.facts.endLSN == endLSN else {
                throw SnapshotError(
                    .damaged,
                    path: path,
                    offset: 64,
                    reason: "the state is that of LSN \(header.facts.endLSN), not of its name"
                )
            }
            return .success(header)
        } catch {
            return .failure(error)
        }
    }

    /// Removes what unfinished snapshots have left; nobody may be writing one.
    /// - Returns: The paths of the files that were removed.
    /// - Throws: Code `storage`.
    package static func removeUnfinished(
        in directory: String,
        disk: any Disk
    ) throws(SnapshotError) -> [String] {
        let suffix = SnapshotFormat.unfinishedSuffix
        let names = try onDisk { () throws(StorageError) in try disk.list(directory) }
        let paths = names.filter { name in
            name.hasSuffix(suffix)
                && SnapshotFormat.lsn(ofName: String(name.dropLast(suffix.utf8.count))) != nil
        }.map { directory + "/" + $0 }
        try remove(paths, from: directory, disk: disk)
        return paths
    }

    /// Removes snapshots in the order given and makes that durable.
    /// - Throws: Code `storage`; those before the one that failed are gone.
    package static func remove(
        _ files: [SnapshotFile],
        from directory: String,
        disk: any Disk
    ) throws(SnapshotError) {
        try remove(files.map(\.path), from: directory, disk: disk)
    }

    private static func remove(
        _ paths: [String],
        from directory: String,
        disk: any Disk
    ) throws(SnapshotError) {
        if paths.isEmpty { return }
        try onDisk { () throws(StorageError) in
            for path in paths { try disk.remove(path) }
            try disk.syncDirectory(directory)
        }
    }
}
