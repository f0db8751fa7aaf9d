internal import ArgumentParser
internal import Glibc
internal import HoldfastClient
internal import Node
internal import Storage

/// The files that the past is told from.
struct PastOptions: ParsableArguments {
    @Option(help: "The data directory of a server, which may be running.")
    var dataDir: String

    @OptionGroup var archives: ArchiveOptions

    /// The files.
    var sources: PastSources {
        get throws(CommandFailure) { try PastSources(reading: dataDir, archives.archiveDir) }
    }
}

/// Where older segments of a log were moved to.
struct ArchiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A directory that older segments of the log were moved to; may be given several times.",
            valueName: "dir"
        )
    )
    var archiveDir: [String] = []
}

/// A moment on the command line: an instant in UTC, or an LSN.
struct MomentArgument: ExpressibleByArgument {
    private let lsn: UInt64?
    private let instant: Instant

    /// Reads digits as an LSN, all else as `2026-11-27T08:00:00Z`, with a fraction if there is one.
    init?(argument: String) {
        lsn = UInt64(argument)
        guard let instant = lsn.map({ _ in .distantPast }) ?? Instant(text: argument) else {
            return nil
        }
        self.instant = instant
    }

    /// The state at the moment: before the LSN, or with all of the instant.
    var moment: PastMoment { lsn.map { .lsn($0) } ?? .instant(instant) }

    /// The state before the moment: without any of the instant.
    var start: PastMoment { lsn.map { .lsn($0) } ?? .before(instant) }
}

extension PastSources {
    /// The files of a data directory that is there.
    init(reading directory: String, _ archives: [String]) throws(CommandFailure) {
        for path in [directory + "/journal"] + archives where access(path, R_OK) != 0 {
            throw .file("\(path): \(systemMessage(errno)) — name a server's data directory")
        }
        self.init(directory, archives: archives, disk: LinuxDisk())
    }
}

extension CommandFailure {
    /// The past can't be told.
    init(_ error: TimeTravelError) {
        switch error.code {
        case .outsideSpan:
            let span = error.span
            let told = span.map { "what can be told is \($0.text)" } ?? "nothing can be told"
            self.init(.refused, "outside_span", "\(error.description); \(told)")
            guard let span else { return }
            members.append(("first_lsn", .count(span.firstLSN)))
            members.append(("first_instant", .string(span.firstInstant.text)))
            members.append(("end_lsn", .count(span.endLSN)))
            members.append(("last_instant", .string(span.lastInstant.text)))
        case .damaged: self.init(.refused, "damaged", error.description)
        case .removedMeanwhile:
            self.init(.inputOutput, "removed_meanwhile", "\(error.description) — try again")
        case .alreadyThere, .storage: self = .file(error.description)
        }
    }
}

extension PastSpan {
    /// The span as people read it.
    var text: String {
        "LSN \(firstLSN) (\(firstInstant.text)) to LSN \(endLSN) (\(lastInstant.text))"
    }
}

extension PastBase {
    /// Where a telling of the past began, as people read it.
    var text: String {
        switch self {
        case .beginning: "the log's beginning"
        case .snapshot(let path, let lsn, let instant):
            "snapshot \(path) of LSN \(lsn), \(instant.text)"
        }
    }

    /// The snapshot for programs.
    var json: JSON {
        switch self {
        case .beginning: .null
        case .snapshot(let path, _, _): .string(path)
        }
    }
}

/// Runs what tells the past; its failure becomes the command's.
func past<Value>(
    _ body: () throws(TimeTravelError) -> Value
) throws(CommandFailure) -> Value {
    do throws(TimeTravelError) {
        return try body()
    } catch {
        throw CommandFailure(error)
    }
}

extension PastState {
    /// Tells an operator of snapshots that had to be passed over.
    func notePassedOver() {
        for fault in passedOver {
            Terminal.writeErrorLine("holdfast: \(fault); the state before it was begun with")
        }
    }
}
