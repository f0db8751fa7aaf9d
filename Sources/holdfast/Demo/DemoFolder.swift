internal import Glibc

/// A fresh directory for the demo's files.
struct DemoFolder {
    /// The directory's own path.
    let path: String

    /// Makes the directory.
    init() throws(CommandFailure) {
        let parent = Terminal.environment("TMPDIR") ?? "/tmp"
        // `mkdtemp` writes a name of its own over the last six letters.
        let blanks = String(repeating: "X", count: 6)
        var template = Array("\(parent)/holdfast-demo-\(blanks)".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .file("\(parent): \(systemMessage(errno)) — set TMPDIR to a directory with room")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes a file and returns its path.
    func write(_ name: String, _ text: String) throws(CommandFailure) -> String {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file("\(file): \(systemMessage(errno))") }
        Terminal.write(text, to: descriptor)
        close(descriptor)
        return file
    }

    /// Removes the directory and all in it.
    func remove() throws(CommandFailure) {
        guard try ChildProcess.start(["rm", "-rf", "--", path]).waitForEnd() else {
            throw .file("\(path): could not be removed — remove it by hand")
        }
    }
}
