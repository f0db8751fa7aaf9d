internal import ArgumentParser
internal import Engine
internal import HoldfastClient
internal import Node
internal import Snapshot

/// `holdfast snapshot verify`: reads snapshots wholly and says whether they are good.
struct SnapshotVerifyCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every byte of snapshots and every invariant of the state in them.",
        discussion: """
            First the checksums of header, directory and all sections, then the state at the \
            snapshot's LSN: no cell promises more than it has but in a known shortfall, and what \
            cells count is what reservations claim. The state hash is that of every engine with \
            the same state, whatever its stripes. Memory grows with the number of SKUs (17 bytes \
            each, and 48 for each cell of two million) and with what the log in the file touched. \
            Exit code 1 means damage, named by section and offset, or a broken invariant; 74 that \
            a file couldn't be read.
            """
    )

    @Argument(help: "The snapshots.", completion: .file(extensions: ["hfs"]))
    var files: [String]

    @Flag(name: .long, help: "Print JSON for programs.")
    var json = false

    /// As the flag says.
    var printsJSON: Bool { json }

    /// Verifies the files one after the other.
    func perform() async throws(CommandFailure) {
        var verdicts: [SnapshotVerdict] = []
        for file in files {
            let verdict = SnapshotVerdict(of: file)
            // Of one file, what ends the command is told as its failure.
            if !json { Terminal.writeLines(verdict.lines(withoutFirst: files.count == 1)) }
            verdicts.append(verdict)
        }
        let members: [(name: String, value: JSON)] = [
            ("ok", .boolean(verdicts.allSatisfy(\.isGood))),
            ("files", .array(verdicts.map(\.json))),
        ]
        let bad = verdicts.filter { !$0.isGood }
        guard let first = bad.first?.failure else {
            if json { Terminal.writeLine(JSON.object(members).text) }
            return
        }
        let unread = bad.first { $0.failure?.status == .inputOutput }
        let text =
            files.count == 1
            ? first.detail
            : "\(bad.count) of \(files.count) files aren't good; the first: \(first.detail)"
        let worst = unread?.failure ?? first
        var failure = CommandFailure(worst.status, worst.name, text)
        failure.members = members
        throw failure
    }
}

/// What reading a snapshot wholly has found.
struct SnapshotVerdict {
    /// The file.
    let file: String
    private var reader: SnapshotReader?
    private var faults: [CommandFailure] = []
    private var report: CheckReport?

    private static let faultsShownMax = 20
    private static let progressStepsCount = 1_000

    /// Reads the file: its checksums, and where these are right its state.
    init(of file: String) {
        self.file = file
        do throws(CommandFailure) {
            let reader = try SnapshotReader.opened(file)
            self.reader = reader
            faults = SnapshotVerdict.damage(to: reader) + SnapshotVerdict.wrongCounts(reader)
            if faults.isEmpty { report = try SnapshotVerdict.check(reader) }
        } catch {
            faults.append(error)
        }
    }

    /// Whether nothing is wrong with it.
    var isGood: Bool { failure == nil }

    /// Why it isn't good, the first reason.
    var failure: CommandFailure? {
        if let fault = faults.first { return fault }
        guard let violation = report?.violations.first else { return nil }
        return CommandFailure(
            .refused,
            "invariants_broken",
            "\(file): \(violation) — keep this file and report it"
        )
    }

    private static func damage(to reader: SnapshotReader) -> [CommandFailure] {
        let total = reader.sections.reduce(0) { $0 + UInt64($1.unpackedBytes) }
        var progress = PassProgress("checksums", totalBytes: total)
        defer { progress.clear() }
        return reader.verify { progress.show($0.unpackedBytes) }.map { CommandFailure($0) }
    }

    /// What the header counts otherwise than the sections.
    private static func wrongCounts(_ reader: SnapshotReader) -> [CommandFailure] {
        let counts = reader.header.facts.counts
        let remembered =
            counts.openReservations &+ counts.retainedReservations &+ counts.requestIDs
        let pairs: [(SnapshotSectionKind, UInt64)] = [
            (.skus, counts.skus), (.reservations, remembered),
        ]
        return pairs.compactMap { kind, count in
            let records = reader.sections(of: kind).reduce(0) { $0 + $1.recordCount }
            guard UInt64(records) != count else { return nil }
            let reason = "the header counts \(count) records of \(kind.name), there are \(records)"
            return CommandFailure(reader.refusal(reason: reason))
        }
    }

    private static func check(_ reader: SnapshotReader) throws(CommandFailure) -> CheckReport {
        let image = try reader.settled()
        var bar = ProgressBar("invariants", total: progressStepsCount)
        defer { bar.clear() }
        return try onImage { () throws(NodeError) in
            try image.check { bar.show(Int($0 * Double(progressStepsCount))) }
        }
    }

    // MARK: For people

    /// What is wrong, line by line, all or all but the first, and the verdict.
    func lines(withoutFirst: Bool) -> [String] {
        let all = faults.map(\.detail) + (report?.violations ?? [])
        let wrong = all.dropFirst(withoutFirst ? 1 : 0)
        var lines = wrong.prefix(SnapshotVerdict.faultsShownMax).map {
            Terminal.styled($0, .red)
        }
        if wrong.count > lines.count { lines.append("and \(wrong.count - lines.count) more") }
        return lines + [verdictLine]
    }

    private var verdictLine: String {
        let verdict = isGood ? Terminal.styled("good", .green) : Terminal.styled("bad", .red)
        var text = "\(verdict): \(file)"
        guard let reader else { return text }
        text +=
            ", LSN \(reader.header.facts.endLSN), \(counted(reader.sections.count, "section")), "
            + bytesText(reader.header.sizeBytes)
        guard let report else { return text }
        return text
            + ", \(counted(report.cells, "cell")), "
            + "\(counted(report.openReservations, "open reservation")), state hash "
            + String(report.stateHash, radix: 16)
    }

    // MARK: For programs

    /// The verdict for programs.
    var json: JSON {
        .object([
            ("file", .string(file)),
            ("ok", .boolean(isGood)),
            ("lsn", reader.map { .count($0.header.facts.endLSN) } ?? .null),
            ("sections", reader.map { .count($0.sections.count) } ?? .null),
            ("bytes", reader.map { .count($0.header.sizeBytes) } ?? .null),
            ("checksum", reader.map { .string(hexadecimal($0.checksum)) } ?? .null),
            ("cells", report.map { .count($0.cells) } ?? .null),
            ("open_reservations", report.map { .count($0.openReservations) } ?? .null),
            ("state_hash", report.map { .string(String($0.stateHash, radix: 16)) } ?? .null),
            ("faults", .array(faults.map(\.json))),
            ("violations", .array((report?.violations ?? []).map { .string($0) })),
        ])
    }
}
