internal import Glibc
internal import Storage

/// A directory that a test makes and removes.
package struct TemporaryDirectory: Sendable {
    /// Where it is.
    package let path: String

    /// Makes an empty directory with a name of its own.
    package init() {
        // `mkdtemp` writes a name of its own over the last six letters.
        let blanks = String(repeating: "X", count: 6)
        var template = Array("/tmp/holdfast-test-\(blanks)".utf8CString)
        let isMade = template.withUnsafeMutableBufferPointer { pointer in
            pointer.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        precondition(isMade, "no directory for a test")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the directory and all in it.
    package func remove() { TemporaryDirectory.remove(path) }

    private static func remove(_ path: String) {
        do {
            for name in try LinuxDisk().list(path) { remove(path + "/" + name) }
        } catch {
            // A file, not a directory: nothing in it.
        }
        Glibc.remove(path)
    }
}
