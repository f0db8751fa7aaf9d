/// The 128-bit id that a client gives to a request that changes state.
///
/// A reservation's id is the id of the request that made it; all ids share one space. Sixteen
/// bytes, compared as bytes; the first eight are `high` read little-endian.
@frozen
public struct RequestID: Hashable, Sendable {
    /// Bytes 0–7, read little-endian.
    public let high: UInt64
    /// Bytes 8–15, read little-endian.
    public let low: UInt64

    /// An id from its two halves.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An id that nobody can guess.
    public static func random() -> RequestID {
        var generator = SystemRandomNumberGenerator()
        return RequestID(high: generator.next(), low: generator.next())
    }
}

/// The id of a reservation: the id of the request that made it.
public typealias ReservationID = RequestID

/// Sixteen opaque bytes that name the shopper who owns a reservation.
///
/// Clients make them by hashing the shop's own id with a secret, so no personal data enters.
@frozen
public struct OwnerID: Hashable, Sendable {
    /// Bytes 0–7, read little-endian.
    public let high: UInt64
    /// Bytes 8–15, read little-endian.
    public let low: UInt64

    /// An owner from the two halves of its bytes.
    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Sixteen bytes as 32 hexadecimal digits, in byte order.
private func hexadecimal(_ high: UInt64, _ low: UInt64) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(32)
    for word in [high, low] {
        for byteIndex in 0..<8 {
            let byte = UInt8(truncatingIfNeeded: word >> (UInt64(byteIndex) * 8))
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
    return String(decoding: text, as: UTF8.self)
}

/// The halves of sixteen bytes written as 32 hexadecimal digits; dashes are passed over.
private func halves(ofHexadecimal text: some StringProtocol) -> (UInt64, UInt64)? {
    let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
    guard digits.count == 32 else { return nil }
    var words: [UInt64] = [0, 0]
    for (index, digit) in digits.enumerated() {
        guard let value = Character(UnicodeScalar(digit)).hexDigitValue else { return nil }
        let byteIndex = index / 2
        let shift = UInt64(byteIndex % 8) * 8 + (index % 2 == 0 ? 4 : 0)
        words[byteIndex / 8] |= UInt64(value) << shift
    }
    return (words[0], words[1])
}

extension RequestID: CustomStringConvertible, LosslessStringConvertible {
    /// The 32 hexadecimal digits of the id.
    public var description: String { hexadecimal(high, low) }

    /// Reads 32 hexadecimal digits, dashes passed over; `nil` for anything else.
    public init?(_ description: String) {
        guard let (high, low) = halves(ofHexadecimal: description) else { return nil }
        self.init(high: high, low: low)
    }
}

extension OwnerID: CustomStringConvertible, LosslessStringConvertible {
    /// The 32 hexadecimal digits of the owner.
    public var description: String { hexadecimal(high, low) }

    /// Reads 32 hexadecimal digits, dashes passed over; `nil` for anything else.
    public init?(_ description: String) {
        guard let (high, low) = halves(ofHexadecimal: description) else { return nil }
        self.init(high: high, low: low)
    }
}
