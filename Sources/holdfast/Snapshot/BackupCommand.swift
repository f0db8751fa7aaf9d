internal import ArgumentParser
internal import Glibc
internal import HoldfastClient
internal import Storage

/// `holdfast backup`: copies a running server's state, whole and consistent.
struct BackupCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the snapshot and the log of a running server into a new directory.",
        discussion: """
            The copy is a data directory: `holdfast serve --data-dir DIR` starts from it. It holds \
            all that was durable when the copy began, and at least that. A snapshot is taken first \
            unless --no-snapshot asks for the newest that is there. The directory appears under \
            its name only when all of it is durable.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The directory to make; it may not exist.", completion: .directory)
    var directory: String

    @Flag(name: .long, help: "Take no snapshot first.")
    var noSnapshot = false

    /// Makes the copy.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        guard access(directory, F_OK) != 0 else {
            throw .usage("\(directory) is there already: name a new directory")
        }
        if !noSnapshot { _ = try await takeSnapshot(over: client) }
        let plan = try await accepted("backup") { () throws(ClientError) in
            try await client.startBackup()
        }
        let copy = BackupCopy(plan: plan, directory: directory, disk: LinuxDisk())
        let result: Result<Void, CommandFailure>
        do throws(CommandFailure) {
            try await copy.make { (file, offset, size) throws(CommandFailure) in
                try await accepted("backup") { () throws(ClientError) in
                    try await client.readBackup(
                        plan.token,
                        file: file,
                        offset: offset,
                        sizeBytes: size
                    )
                }
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        // The lease runs out by itself where this isn't heard.
        _ = try await answered { () throws(ClientError) in
            try await client.endBackup(plan.token)
        }
        try result.get()
        report(plan)
    }

    private func report(_ plan: BackupPlan) {
        let bytes = plan.files.reduce(0) { $0 + $1.sizeBytes }
        if options.json {
            let line = JSON.object([
                ("directory", .string(directory)),
                ("durable_lsn", .count(plan.durableLSN)),
                ("bytes", .count(bytes)),
                (
                    "files",
                    .array(
                        plan.files.map {
                            .object([
                                ("name", .string("\($0.folder.name)/\($0.name)")),
                                ("bytes", .count($0.sizeBytes)),
                            ])
                        }
                    )
                ),
            ])
            return Terminal.writeLine(line.text)
        }
        Terminal.writeLine(
            "\(directory): \(counted(plan.files.count, "file")), \(bytesText(bytes)), "
                + "all that was durable up to LSN \(plan.durableLSN)"
        )
    }
}

/// The writing side of a backup: files go into a directory beside the one they are for, which is
/// given its name when all of them are durable.
struct BackupCopy {
    let plan: BackupPlan
    let directory: String
    let disk: any Disk

    private static let unfinishedSuffix = ".new"
    private static let chunkSizeBytes = 524_288

    /// Copies every file, read through `read`.
    ///
    /// - Parameter read: Bytes of a file of the plan by index, offset and size; fewer at its end.
    /// - Throws: What `read` throws; code 74 where a file can't be written.
    func make(
        read: (Int, UInt64, Int) async throws(CommandFailure) -> [UInt8]
    ) async throws(CommandFailure) {
        let unfinished = directory + BackupCopy.unfinishedSuffix
        try onDisk { () throws(StorageError) in
            try disk.makeDirectory(unfinished)
            for folder in BackupPlan.Folder.allCases {
                try disk.makeDirectory("\(unfinished)/\(folder.name)")
            }
        }
        let total = plan.files.reduce(0) { $0 + $1.sizeBytes }
        var bar = ProgressBar("backup", total: Int(clamping: total / 1_024))
        var done: UInt64 = 0
        for (index, file) in plan.files.enumerated() {
            let path = "\(unfinished)/\(file.folder.name)/\(file.name)"
            let output = try onDisk { () throws(StorageError) in
                try disk.open(path, for: .create)
            }
            defer { output.close() }
            var offset: UInt64 = 0
            while offset < file.sizeBytes {
                let size = Int(min(UInt64(BackupCopy.chunkSizeBytes), file.sizeBytes - offset))
                let bytes = try await read(index, offset, size)
                guard !bytes.isEmpty else {
                    bar.clear()
                    throw .file("\(file.name): the server's file has become shorter; begin again")
                }
                try write(bytes, to: output, at: offset)
                offset += UInt64(bytes.count)
                done += UInt64(bytes.count)
                bar.show(Int(clamping: done / 1_024))
            }
            try onDisk { () throws(StorageError) in try output.sync() }
        }
        bar.clear()
        try publish(unfinished)
    }

    private func write(
        _ bytes: [UInt8],
        to file: any DiskFile,
        at offset: UInt64
    ) throws(CommandFailure) {
        let result: Result<Void, StorageError> = bytes.withUnsafeBytes { bytes in
            do throws(StorageError) {
                return .success(try file.write(bytes, at: offset))
            } catch {
                return .failure(error)
            }
        }
        try onDisk { () throws(StorageError) in try result.get() }
    }

    private func publish(_ unfinished: String) throws(CommandFailure) {
        try onDisk { () throws(StorageError) in
            for folder in BackupPlan.Folder.allCases {
                try disk.syncDirectory("\(unfinished)/\(folder.name)")
            }
            try disk.syncDirectory(unfinished)
            try disk.rename(unfinished, to: directory)
            let parent = directory.lastIndex(of: "/").map { String(directory[..<$0]) } ?? "."
            try disk.syncDirectory(parent.isEmpty ? "/" : parent)
        }
    }

    private func onDisk<Value>(
        _ body: () throws(StorageError) -> Value
    ) throws(CommandFailure) -> Value {
        do throws(StorageError) {
            return try body()
        } catch {
            throw .file(error.description)
        }
    }
}
