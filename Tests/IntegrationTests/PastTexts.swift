import Foundation
import Testing

/// What a person reads of ``PastBooks/told()``, word for word: the files of `snapshots/past`.
///
/// `UPDATE_SNAPSHOTS=1` writes them anew; the difference is to be read before it is committed.
enum PastTexts {
    private static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "snapshots/past")
    }

    /// Compares a text with its file.
    static func expect(_ text: String, _ name: String) throws {
        let file = folder.appending(path: name + ".txt")
        if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == text, "snapshots/past/\(name).txt")
    }
}
