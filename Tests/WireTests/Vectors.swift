import Foundation
import Inventory
import Testing
import Wire

/// A frame in hex with its name and meaning: `snapshots/wire/NAME.txt`.
///
/// The file has `name:`, `kind:` (request or answer to an operation) and `meaning:` lines, then
/// `hex:` and rows of 16 bytes.
struct Vector {
    var name: String
    var kind: String
    var meaning: String
    var frame: [UInt8]

    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "snapshots/wire")

    static var rewrites: Bool { ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1" }

    var text: String {
        var text = "name: \(name)\nkind: \(kind)\nmeaning: \(meaning)\nhex:\n"
        for start in stride(from: 0, to: frame.count, by: 16) {
            let row = frame[start..<min(start + 16, frame.count)].map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }
            text += row.joined(separator: " ") + "\n"
        }
        return text
    }

    /// Compares the frame with the golden file, or writes it there.
    func check() throws {
        let file = Vector.folder.appending(path: name + ".txt")
        if Vector.rewrites {
            try text.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(try String(contentsOf: file, encoding: .utf8) == text)
        }
    }
}

/// Bytes at the end of a page with an unreadable page behind: reading past the end crashes.
final class GuardedBytes {
    private let base: UnsafeMutableRawPointer
    private let page = 4_096
    private let pages: Int

    init(sizeMax: Int) {
        pages = (sizeMax + page - 1) / page
        let region = mmap(
            nil,
            (pages + 1) * page,
            PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS,
            -1,
            0
        )
        guard let region, region != MAP_FAILED else { fatalError("mmap failed") }
        base = region
        mprotect(region + pages * page, page, PROT_NONE)
    }

    deinit { munmap(base, (pages + 1) * page) }

    /// Puts `bytes` right before the unreadable page and reads them there.
    func hold<Result>(
        _ bytes: some Collection<UInt8>,
        _ read: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let start = base + (pages * page - bytes.count)
        let buffer = UnsafeMutableRawBufferPointer(start: start, count: bytes.count)
        buffer.copyBytes(from: bytes)
        return try withExtendedLifetime(self) { try read(UnsafeRawBufferPointer(buffer)) }
    }
}

/// Numbers that look random and are the same for the same seed.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
