internal import HoldfastClient

/// Ids that come from a text: the same text gives the same id on every machine.
///
/// Two independent 64-bit hashes of the text; the domain keeps ids of different kinds apart.
/// They are no secret and no proof of anything.
enum DerivedID {
    private static let highKey: UInt64 = 0x5851_F42D_4C95_7F2D
    private static let lowKey: UInt64 = 0x1405_7B7E_F767_814F

    /// The id of a request about `text`.
    static func request(_ domain: StaticString, _ text: String) -> RequestID {
        let words = halves(Array("\(domain)\u{0}\(text)".utf8))
        return RequestID(high: words.high, low: words.low)
    }

    /// The id of a request about `bytes`, and a number where there are several.
    static func request(_ domain: StaticString, _ bytes: [UInt8], _ number: Int) -> RequestID {
        request(domain, Content(bytes), number)
    }

    /// The id of a request about a content, and its number among several.
    static func request(_ domain: StaticString, _ content: Content, _ number: Int) -> RequestID {
        request(domain, "\(content.text) \(number)")
    }

    /// The id of a request that applies a content to something named.
    static func request(
        _ domain: StaticString,
        _ content: Content,
        of name: String
    ) -> RequestID {
        request(domain, "\(content.text) \(name)")
    }

    /// What stands for the bytes of a file: hashed once for all its requests.
    struct Content {
        fileprivate let text: String

        /// Hashes `bytes`.
        init(_ bytes: [UInt8]) {
            let words = halves(bytes)
            text = "\(words.high) \(words.low) \(bytes.count)"
        }
    }

    /// An owner named by `text`: its own 32 hexadecimal digits, or a hash of it.
    static func owner(_ text: String) -> OwnerID {
        if let owner = OwnerID(text) { return owner }
        let words = halves(Array("owner\u{0}\(text)".utf8))
        return OwnerID(high: words.high, low: words.low)
    }

    private static func halves(_ bytes: [UInt8]) -> (high: UInt64, low: UInt64) {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return (highKey, lowKey) }
            return (
                KeyedHash(key: highKey).hash(start, size: buffer.count),
                KeyedHash(key: lowKey).hash(start, size: buffer.count)
            )
        }
    }
}
