import Foundation
import Journal
import Support
import Testing

/// A `crash-server` that runs on a directory, and the ways to end it.
final class CrashServer: Sendable {
    /// When and how the power goes.
    struct Cut: CustomStringConvertible {
        var moment: CutMoment
        var calls: Int
        var seed: UInt64

        /// The three words that the server understands.
        var words: [String] { [moment.rawValue, String(calls), String(seed)] }
        var description: String { words.joined(separator: " ") }

        /// A cut at a random moment.
        static func random(_ generator: inout SplitMix64, callsMax: Int) -> Cut {
            let moments = CutMoment.allCases
            return Cut(
                moment: moments[Int(generator.next() % UInt64(moments.count))],
                calls: Int(generator.next() % UInt64(callsMax + 1)),
                seed: generator.next()
            )
        }
    }

    /// The port it serves on.
    let port: Int
    private let process: Process
    private let commands: Pipe
    private let errors: URL

    /// Starts a server and waits until it serves or has ended.
    ///
    /// - Returns: `nil` if it ended by its own cut before it served.
    static func start(
        on directory: String,
        durability: Durability = .sync,
        cut: Cut? = nil
    ) throws -> CrashServer? {
        let process = Process()
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = bundle.appendingPathComponent("crash-server")
        process.arguments = [directory + "/data", durability.rawValue] + (cut?.words ?? [])
        let commands = Pipe()
        let output = Pipe()
        let errors = URL(fileURLWithPath: directory + "/errors")
        try Data().write(to: errors)
        process.standardInput = commands
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()

        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { break }
            line += more
        }
        let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        if words.count == 2, words[0] == "ready", let port = Int(words[1]) {
            return CrashServer(port, process, commands, errors)
        }
        process.waitUntilExit()
        let wasCut =
            process.terminationReason == .uncaughtSignal
            && process.terminationStatus == SIGKILL
        guard cut != nil, wasCut else {
            let text = try String(contentsOf: errors, encoding: .utf8)
            throw CrashServerError(
                "the server didn't start: status "
                    + "\(process.terminationStatus): \(text)"
            )
        }
        return nil
    }

    private init(_ port: Int, _ process: Process, _ commands: Pipe, _ errors: URL) {
        self.port = port
        self.process = process
        self.commands = commands
        self.errors = errors
    }

    /// Ends it from outside, at once.
    func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

    /// Tells it to end itself at a later call to its disk.
    func arm(_ cut: Cut) throws {
        try commands.fileHandleForWriting.write(contentsOf: Data("\(cut)\n".utf8))
    }

    /// Waits until it has ended.
    /// - Throws: If it ended in another way than by SIGKILL.
    func waitUntilKilled() throws {
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL {
            return
        }
        let text = try String(contentsOf: errors, encoding: .utf8)
        throw CrashServerError("ended with status \(process.terminationStatus): \(text)")
    }
}

/// What a server did that it must not.
struct CrashServerError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
