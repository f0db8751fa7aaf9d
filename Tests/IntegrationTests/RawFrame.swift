import Inventory
import Wire

/// A frame of any bytes.
enum RawFrame {
    /// A request for an operation by its number, with this body.
    static func request(
        _ operation: UInt16,
        _ body: [UInt8] = [],
        correlation: UInt64 = 7
    ) -> [UInt8] {
        bytes(UInt32(16 + body.count)) + bytes(operation) + [0, 0] + bytes(correlation) + body
    }

    /// A request for an operation, with this body.
    static func request(
        _ operation: Operation,
        _ body: [UInt8] = [],
        correlation: UInt64 = 7
    ) -> [UInt8] {
        request(operation.rawValue, body, correlation: correlation)
    }

    /// The body of a message.
    static func body(_ message: some WireRequest) throws -> [UInt8] {
        Array(try message.encode(correlation: 0).dropFirst(WireLayout.headerSizeBytes))
    }

    /// The little-endian bytes of a number.
    static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// A text behind its size.
    static func sized(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }
}
