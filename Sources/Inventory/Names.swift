/// The code of a warehouse: 1–16 bytes of printable ASCII without a space.
///
/// Zero-padded, in two words.
@frozen
public struct WarehouseCode: Hashable, Sendable {
    /// Bytes 0–7, read little-endian.
    public let high: UInt64
    /// Bytes 8–15, read little-endian.
    public let low: UInt64

    /// A code from the two halves of its zero-padded bytes.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// No warehouse.
    @inlinable
    public static var none: WarehouseCode { WarehouseCode(high: 0, low: 0) }

    /// The number of bytes in use, 0 for ``none``.
    @inlinable
    public var size: Int {
        low != 0 ? 16 - low.leadingZeroBitCount / 8 : 8 - high.leadingZeroBitCount / 8
    }
}

/// The name of a pool: 1–16 bytes of printable ASCII without a space, or ``default``.
///
/// Zero-padded, in two words.
@frozen
public struct PoolName: Hashable, Sendable {
    /// Bytes 0–7, read little-endian.
    public let high: UInt64
    /// Bytes 8–15, read little-endian.
    public let low: UInt64

    /// A name from the two halves of its zero-padded bytes.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The pool that a line takes from when it names none; zeros.
    @inlinable
    public static var `default`: PoolName { PoolName(high: 0, low: 0) }

    /// The number of bytes in use, 0 for ``default``.
    @inlinable
    public var size: Int { WarehouseCode(high: high, low: low).size }
}

/// The name of a sourcing policy: 1–16 bytes of printable ASCII without a space.
///
/// Zero-padded, in two words.
@frozen
public struct PolicyName: Hashable, Sendable {
    /// Bytes 0–7, read little-endian.
    public let high: UInt64
    /// Bytes 8–15, read little-endian.
    public let low: UInt64

    /// A name from the two halves of its zero-padded bytes.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// No name: the policy's number says which.
    @inlinable
    public static var none: PolicyName { PolicyName(high: 0, low: 0) }

    /// The number of bytes in use, 0 for ``none``.
    @inlinable
    public var size: Int { WarehouseCode(high: high, low: low).size }
}

/// The code of a region (for example `GB` or `US-CA`): 0–8 bytes of printable ASCII, zero-padded.
@frozen
public struct RegionCode: Hashable, Sendable {
    /// The bytes, read little-endian.
    public let word: UInt64

    /// A region from its zero-padded bytes.
    @inlinable
    public init(word: UInt64) { self.word = word }

    /// No region.
    @inlinable
    public static var none: RegionCode { RegionCode(word: 0) }

    /// The region around this one: its code before the last `-`; ``none`` where there isn't one.
    @inlinable
    public var enclosing: RegionCode {
        // Bytes that are a `-` become zero bytes, and those the only ones with their top bit set.
        let marked = word ^ 0x2D2D_2D2D_2D2D_2D2D
        let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
        let dashes = ~(((marked & low) &+ low) | marked | low) & ~0xFF
        if dashes == 0 { return .none }
        let index = UInt64(63 &- dashes.leadingZeroBitCount) / 8
        return RegionCode(word: word & ((1 << (index &* 8)) &- 1))
    }

    /// Whether this is `region` or lies in it: `GB-LND` lies in `GB`; nothing lies in ``none``.
    @inlinable
    public func lies(in region: RegionCode) -> Bool {
        var place = self
        while place != .none {
            if place == region { return true }
            place = place.enclosing
        }
        return false
    }
}

/// Packs up to `limit` bytes of printable ASCII without a space into words, or refuses.
private func packed(_ text: some StringProtocol, limit: Int) -> (UInt64, UInt64)? {
    var words: [UInt64] = [0, 0]
    guard text.utf8.count <= limit else { return nil }
    for (index, byte) in text.utf8.enumerated() {
        guard byte > 0x20, byte < 0x7F else { return nil }
        words[index / 8] |= UInt64(byte) << (UInt64(index % 8) * 8)
    }
    return (words[0], words[1])
}

/// The bytes of zero-padded words as text.
private func unpacked(_ words: [UInt64]) -> String {
    let bytes = words.flatMap { word in
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (UInt64($0) * 8)) }
    }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
}

extension WarehouseCode: CustomStringConvertible, LosslessStringConvertible, Comparable {
    /// The code as text.
    public var description: String { unpacked([high, low]) }

    /// Reads a code; `nil` unless it is 1–16 bytes of printable ASCII without a space.
    public init?(_ description: String) {
        guard !description.isEmpty, let (high, low) = packed(description, limit: 16) else {
            return nil
        }
        self.init(high: high, low: low)
    }

    /// Whether `left` comes before `right` in byte order.
    @inlinable
    public static func < (left: WarehouseCode, right: WarehouseCode) -> Bool {
        (left.high.byteSwapped, left.low.byteSwapped) < (
            right.high.byteSwapped, right.low.byteSwapped
        )
    }
}

extension PoolName: CustomStringConvertible, LosslessStringConvertible, Comparable {
    /// The name as text; `default` for ``default``.
    public var description: String { self == .default ? "default" : unpacked([high, low]) }

    /// Reads a name; `nil` unless it is 1–16 bytes of printable ASCII without a space.
    ///
    /// `default` reads as ``default``.
    public init?(_ description: String) {
        if description == "default" {
            self = .default
            return
        }
        guard !description.isEmpty, let (high, low) = packed(description, limit: 16) else {
            return nil
        }
        self.init(high: high, low: low)
    }

    /// Whether the pool has been named by a client: neither ``default`` nor its name in letters.
    public var isProper: Bool { self != .default && self != PoolName.defaultInLetters }

    private static let defaultInLetters = PoolName(high: 0x0074_6C75_6166_6564, low: 0)

    /// Whether `left` comes before `right` in byte order; ``default`` is first.
    @inlinable
    public static func < (left: PoolName, right: PoolName) -> Bool {
        (left.high.byteSwapped, left.low.byteSwapped) < (
            right.high.byteSwapped, right.low.byteSwapped
        )
    }
}

extension PolicyName: CustomStringConvertible, LosslessStringConvertible {
    /// The name as text.
    public var description: String { unpacked([high, low]) }

    /// Reads a name; `nil` unless it is 1–16 bytes of printable ASCII without a space.
    public init?(_ description: String) {
        guard !description.isEmpty, let (high, low) = packed(description, limit: 16) else {
            return nil
        }
        self.init(high: high, low: low)
    }
}

extension RegionCode: CustomStringConvertible, LosslessStringConvertible {
    /// The region as text, empty for ``none``.
    public var description: String { unpacked([word]) }

    /// Reads a region; `nil` unless it is at most 8 bytes of printable ASCII without a space.
    public init?(_ description: String) {
        guard let (word, _) = packed(description, limit: 8) else { return nil }
        self.init(word: word)
    }
}
