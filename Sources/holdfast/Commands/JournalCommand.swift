internal import ArgumentParser
internal import Glibc
internal import Journal
internal import Storage

/// `holdfast journal`: tools for the log of a data directory.
struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Look into the log of a data directory.",
        subcommands: [JournalVerifyCommand.self, JournalInspectCommand.self]
    )
}

/// `holdfast journal verify`: reads a whole log and says whether it is good.
struct JournalVerifyCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read a whole log, check every batch and record, change nothing.",
        discussion: """
            Exit code 1 means damage: bytes that were durable are no longer what was written. A \
            torn tail is no damage: it was never durable, and the next start cuts it. While a \
            server writes the log, its newest batch can look like a torn tail.

            The chain is a digest of all records in their order, up to the last batch or, with \
            --mark-at, up to the last batch that ends at or before an LSN. Note it with its LSN \
            and keep it elsewhere: the same LSN gives the same chain later only if no record \
            before it was changed, removed, added or moved, also across restarts and archives. \
            Where the log's beginning is gone it begins with the batch that is named, so compare \
            it with a chain that began there, or give --archive-dir. It finds accidents and \
            careless edits, no forger: none of its checksums is cryptographic. Against one, sum \
            the segments with a cryptographic hash and keep that too.
            """
    )

    @Argument(help: "The data directory of a server, or its journal directory.")
    var directory: String

    @OptionGroup var archives: ArchiveOptions

    @Option(
        name: .customLong("mark-at"),
        help: ArgumentHelp(
            "Tell the chain up to this LSN besides, to compare it with one noted before.",
            valueName: "lsn"
        )
    )
    var markAt: UInt64?

    @Flag(name: .long, help: "Print JSON for programs.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    /// Verifies the log.
    func perform() async throws(CommandFailure) {
        let inner = directory + "/journal"
        let path = access(inner, F_OK) == 0 ? inner : directory
        guard access(path, F_OK) == 0 else {
            throw .file("\(path): \(systemMessage(errno)) — name a data directory")
        }
        let report: JournalReport
        do throws(JournalError) {
            let log = LogSources(path, archives: archives.archiveDir)
            report = try Journal.verify(log, markAt: markAt, disk: LinuxDisk())
        } catch {
            throw .file(error.description)
        }
        guard report.segmentCount > 0 || report.damage != nil else {
            throw .file("\(path): holds no segment of a log — name a data directory")
        }
        if json {
            Terminal.writeLine(reportJSON(report).text)
        } else {
            printText(report)
        }
        if let damage = report.damage {
            throw CommandFailure(
                .refused,
                "journal_damaged",
                "\(damage.description) — keep this file, and start from a copy or a backup"
            )
        }
    }

    private func printText(_ report: JournalReport) {
        let counts =
            "\(counted(report.segmentCount, "segment")), "
            + "\(counted(report.batchCount, "batch", "batches")), "
            + "\(counted(report.recordCount, "record")), LSN \(report.firstLSN) to \(report.endLSN)"
        if let tail = report.tornTail {
            Terminal.writeLine(
                "torn tail in \(tail.path) at byte \(tail.offset): \(tail.sizeBytes) bytes, "
                    + "never durable"
            )
        }
        if let mark = report.mark { Terminal.writeLine("chain: \(mark.text)") }
        if let markAt {
            let text = report.askedMark?.text ?? "none of the log lies before it"
            Terminal.writeLine("mark at LSN \(markAt): \(text)")
        }
        let verdict =
            report.damage == nil
            ? Terminal.styled("good", .green) : Terminal.styled("damaged", .red)
        Terminal.writeLine("\(verdict): \(counts)\(report.isClosed ? ", closed" : "")")
    }

    private func reportJSON(_ report: JournalReport) -> JSON {
        .object([
            ("ok", .boolean(report.damage == nil)),
            ("segments", .count(report.segmentCount)),
            ("batches", .count(report.batchCount)),
            ("records", .count(report.recordCount)),
            ("first_lsn", .count(report.firstLSN)),
            ("end_lsn", .count(report.endLSN)),
            ("closed", .boolean(report.isClosed)),
            ("chain", report.mark.map(\.json) ?? .null),
            ("mark", report.askedMark.map(\.json) ?? .null),
            ("torn_tail", report.tornTail.map(tailJSON) ?? .null),
            ("damage", report.damage.map { .string($0.description) } ?? .null),
        ])
    }

    private func tailJSON(_ tail: TornTail) -> JSON {
        .object([
            ("path", .string(tail.path)),
            ("offset", .count(tail.offset)),
            ("bytes", .count(tail.sizeBytes)),
        ])
    }
}

extension LogMark {
    /// The mark as people compare it.
    fileprivate var text: String {
        let batches =
            batchNumber < firstBatchNumber
            ? "no records" : "batches \(firstBatchNumber) to \(batchNumber)"
        return "log \(LogMark.hexadecimal(logID)), \(batches), "
            + "LSN \(lsn), checksum \(LogMark.hexadecimal(checksum)), "
            + "digest \(LogMark.hexadecimal(digest))"
    }

    /// The mark for programs; hexadecimal what isn't counted.
    fileprivate var json: JSON {
        .object([
            ("log_id", .string(LogMark.hexadecimal(logID))),
            ("first_batch", .count(firstBatchNumber)),
            ("batch", .count(batchNumber)),
            ("lsn", .count(lsn)),
            ("checksum", .string(LogMark.hexadecimal(checksum))),
            ("digest", .string(LogMark.hexadecimal(digest))),
        ])
    }

    /// A word with all its digits.
    private static func hexadecimal(_ word: some FixedWidthInteger & UnsignedInteger) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: word.bitWidth / 4 - digits.count) + digits
    }
}
