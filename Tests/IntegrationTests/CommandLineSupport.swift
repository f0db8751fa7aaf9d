import Foundation
import Testing

/// A fresh folder that a test removes at its end.
struct TemporaryFolder {
    /// The folder's own path.
    let path: String

    /// Makes the folder.
    init() throws {
        var template = Array("\(NSTemporaryDirectory())/holdfast-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        path = template.withUnsafeBufferPointer {
            String(decoding: $0.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// The path of an entry.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        return path(name)
    }

    /// Removes the folder and all in it.
    func remove() {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("could not remove \(path): \(error)")
        }
    }
}

/// What a finished program printed, and how it ended.
struct ProgramResult {
    let status: Int32
    let output: String
    let errors: String

    /// The last line of standard output.
    var lastLine: String {
        output.split(separator: "\n").last.map(String.init) ?? ""
    }

    /// The last line of standard output as a JSON object.
    func json() throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(lastLine.utf8))
        return try #require(object as? [String: Any])
    }
}

/// Programs as processes.
enum Program {
    /// Runs a program found on the path to its end.
    @discardableResult
    static func run(_ name: String, _ arguments: [String]) throws -> ProgramResult {
        try run(executable: "/usr/bin/env", [name] + arguments)
    }

    /// Runs the `holdfast` that was built with these tests.
    @discardableResult
    static func holdfast(_ arguments: String...) throws -> ProgramResult {
        try run(executable: holdfastPath, arguments)
    }

    /// The `holdfast` beside the test bundle.
    static var holdfastPath: String {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return bundle.appendingPathComponent("holdfast").path
    }

    private static func run(
        executable: String,
        _ arguments: [String]
    ) throws -> ProgramResult {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        let output = try folder.handle("output")
        let errors = try folder.handle("errors")
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return ProgramResult(
            status: process.terminationStatus,
            output: try String(contentsOfFile: folder.path("output"), encoding: .utf8),
            errors: try String(contentsOfFile: folder.path("errors"), encoding: .utf8)
        )
    }
}

extension TemporaryFolder {
    /// A new file to write to.
    fileprivate func handle(_ name: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path(name)))
        return try #require(FileHandle(forWritingAtPath: path(name)))
    }
}
