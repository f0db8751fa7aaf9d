internal import Glibc

/// A fresh directory for the data of a server that lives no longer than a benchmark.
struct SaleFolder {
    /// The directory's own path.
    let path: String

    /// Makes the directory.
    init() throws(CommandFailure) {
        let parent = Terminal.environment("TMPDIR") ?? "/tmp"
        // `mkdtemp` writes a name of its own over the last six letters.
        let blanks = String(repeating: "X", count: 6)
        var template = Array("\(parent)/holdfast-sale-\(blanks)".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .file("\(parent): \(systemMessage(errno)) — set TMPDIR to a directory with room")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Leaves the directory where it is and says so.
    func keep() {
        Terminal.writeErrorLine("the server's data stay in \(path) — remove them once seen")
    }

    /// Removes the directory and all in it.
    func remove() throws(CommandFailure) {
        guard try ChildProcess.start(["rm", "-rf", "--", path]).waitForEnd() else {
            throw .file("\(path): could not be removed — remove it by hand")
        }
    }
}
