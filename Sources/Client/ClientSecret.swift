/// What proves a client's name: bytes that are never printed.
public struct ClientSecret: Sendable, CustomStringConvertible, CustomReflectable {
    /// The bytes, for a hello.
    package let bytes: [UInt8]

    /// A secret of these bytes, at most 1,024 of them.
    public init(_ bytes: [UInt8]) {
        precondition(bytes.count <= WireLayout.proofSizeBytesMax, "a secret is 1,024 bytes at most")
        self.bytes = bytes
    }

    /// A secret in letters, as `holdfast credentials new` makes them.
    public init(_ text: String) { self.init(Array(text.utf8)) }

    /// Says that there is a secret.
    public var description: String { "(secret)" }

    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
