import Foundation

/// The Python client, where the sources stand.
enum PythonClient {
    /// Its folder.
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "tools/python")

    /// Runs one of its programs, or a module after `-m`, in its folder to its end.
    static func run(_ program: String, _ arguments: [String]) async throws -> ProgramResult {
        let words = program.hasSuffix(".py") ? [program] : ["-m", program]
        return try await Program.run("-C", [folder.path, "python3"] + words + arguments)
    }
}
