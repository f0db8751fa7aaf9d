internal import Crypto

/// The names that a server admits, each with a hash of its secret.
///
/// A file of them has a line for each name, `name:sha256:SALT:HASH`: a name of 1–64 bytes of
/// printable ASCII without a space or colon, a salt of 8–64 bytes and the SHA-256 of the salt and
/// the secret behind it, both in hexadecimal. Lines that are empty or begin with `#` are passed
/// over.
///
/// Secrets are drawn by ``newLine(for:)`` with 256 bits, so a fast hash is enough: nobody can guess
/// one. A person's own password doesn't belong here.
package struct Credentials: Sendable {
    private struct Entry: Sendable {
        let salt: [UInt8]
        let hash: [UInt8]
    }

    private var entries: [String: Entry] = [:]
    /// What the proof of a name that isn't known is compared with, so that it takes as long.
    private let stranger: Entry

    /// How many names there are.
    package var count: Int { entries.count }

    /// Reads the bytes of a file of credentials.
    /// - Throws: What is wrong in which line.
    package init(_ file: some Sequence<UInt8>) throws(CredentialsError) {
        let salt = Credentials.randomBytes(Credentials.saltSizeBytes)
        stranger = Entry(salt: salt, hash: Credentials.randomBytes(Credentials.hashSizeBytes))
        let lines = Array(file).split(
            separator: UInt8(ascii: "\n"),
            omittingEmptySubsequences: false
        )
        for (index, line) in lines.enumerated() {
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if text.isEmpty || text.first == UInt8(ascii: "#") { continue }
            try add(text, line: index + 1)
        }
    }

    private mutating func add(
        _ text: ArraySlice<UInt8>,
        line: Int
    ) throws(CredentialsError) {
        let fields = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard fields.count == 4 else {
            throw CredentialsError(line, "a line is name:sha256:SALT:HASH")
        }
        let name = String(decoding: fields[0], as: UTF8.self)
        guard Credentials.isName(name) else {
            throw CredentialsError(line, "a name is 1-64 bytes of printable ASCII without a colon")
        }
        guard fields[1].elementsEqual("sha256".utf8) else {
            throw CredentialsError(line, "the algorithm isn't known; it is sha256")
        }
        guard let salt = Credentials.bytes(ofHexadecimal: fields[2]),
            Credentials.saltSizesBytes.contains(salt.count)
        else { throw CredentialsError(line, "a salt is 16-128 hexadecimal digits, two a byte") }
        guard let hash = Credentials.bytes(ofHexadecimal: fields[3]),
            hash.count == Credentials.hashSizeBytes
        else { throw CredentialsError(line, "a hash is 64 hexadecimal digits") }
        guard entries[name] == nil else {
            throw CredentialsError(line, "the name \(name) stands in a line above already")
        }
        guard entries.count < ServerLimits.credentialsMax else {
            throw CredentialsError(line, "more than \(ServerLimits.credentialsMax) names")
        }
        entries[name] = Entry(salt: salt, hash: hash)
    }

    /// Whether `proof` is the secret of `name`; takes as long for a name that isn't known.
    package func admits(_ name: String, proof: [UInt8]) -> Bool {
        let known = entries[name]
        let entry = known ?? stranger
        let hash = Credentials.hash(entry.salt, proof)
        var difference: UInt8 = 0
        for index in 0..<Credentials.hashSizeBytes {
            difference |= hash[index] ^ entry.hash[index]
        }
        return difference == 0 && known != nil
    }

    // MARK: Making

    /// Draws a secret for `name`.
    /// - Returns: The secret in letters, to be told once, and the line for the file.
    package static func newLine(
        for name: String
    ) throws(CredentialsError) -> (secret: String, line: String) {
        guard isName(name) else {
            throw CredentialsError(
                nil,
                "a name is 1-64 bytes of printable ASCII without a space or colon"
            )
        }
        let secret = hexadecimal(randomBytes(secretSizeBytes))
        let salt = randomBytes(saltSizeBytes)
        let hash = hash(salt, Array(secret.utf8))
        return (secret, "\(name):sha256:\(hexadecimal(salt)):\(hexadecimal(hash))")
    }

    private static let hashSizeBytes = 32
    private static let saltSizeBytes = 16
    private static let secretSizeBytes = 32
    private static let saltSizesBytes = 8...64

    private static func isName(_ name: String) -> Bool {
        let bytes = name.utf8
        // A name that begins a comment couldn't be read back.
        return (1...64).contains(bytes.count) && bytes.first != UInt8(ascii: "#")
            && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
    }

    private static func hash(_ salt: [UInt8], _ secret: [UInt8]) -> [UInt8] {
        var function = SHA256()
        salt.withUnsafeBytes { function.update(bufferPointer: $0) }
        secret.withUnsafeBytes { function.update(bufferPointer: $0) }
        return Array(function.finalize())
    }

    private static func randomBytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    private static func bytes(ofHexadecimal text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in text {
            guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return bytes
    }
}

/// What is wrong with a file of credentials, or with a name for one.
package struct CredentialsError: Error, Sendable, CustomStringConvertible {
    /// The number of the line, from 1.
    package let line: Int?
    /// What is wrong; never a secret.
    package let detail: String

    /// An error in a line, or in no line.
    init(_ line: Int?, _ detail: String) {
        self.line = line
        self.detail = detail
    }

    /// The error for people.
    package var description: String { line.map { "line \($0): \(detail)" } ?? detail }
}
