public import Inventory

/// What a frame has wrong: the refusal it gets, where, and a few words for people.
@frozen
public struct WireFault: Error, Sendable, CustomStringConvertible {
    /// The refusal.
    public let outcome: Outcome
    /// Index of the line or row that is wrong, or −1.
    public let index: Int32
    /// What is wrong and what would be right, in ASCII.
    public let detail: StaticString

    /// A fault in line or row `index`, or in the whole frame.
    @inlinable
    public init(_ outcome: Outcome, at index: Int = -1, _ detail: StaticString) {
        self.outcome = outcome
        self.index = Int32(truncatingIfNeeded: index)
        self.detail = detail
    }

    /// The fault for people.
    public var description: String {
        index < 0 ? "\(outcome.name): \(detail)" : "\(outcome.name) at \(index): \(detail)"
    }
}

/// Faults that many messages share.
extension WireFault {
    /// The body ends before its last field.
    @inlinable package static var truncated: WireFault {
        WireFault(.malformedFrame, "the body ends before its last field")
    }

    /// Bytes follow the last field.
    @inlinable package static var trailing: WireFault {
        WireFault(.malformedFrame, "bytes follow the last field")
    }

    /// A byte or bit that must be zero isn't.
    @inlinable package static var reserved: WireFault {
        WireFault(.malformedFrame, "a byte or bit that must be zero is not")
    }

    /// A name that no SKU can have.
    @inlinable
    package static func invalidSKU(at index: Int) -> WireFault {
        WireFault(.invalidSKU, at: index, "a SKU is 1-64 bytes of printable ASCII")
    }

    /// A name that no policy can have.
    package static var invalidPolicyName: WireFault {
        WireFault(.malformedFrame, "a policy's name is 1-16 bytes of printable ASCII")
    }

    /// A code that no warehouse can have.
    @inlinable
    package static func invalidWarehouse(at index: Int) -> WireFault {
        WireFault(
            .invalidWarehouseCode,
            at: index,
            "a warehouse is 1-16 bytes of printable ASCII"
        )
    }

    /// A number that no SKU's version can have.
    @inlinable
    package static func noVersion(at index: Int) -> WireFault {
        WireFault(.invalidQuantity, at: index, "a version lies below 2^64 - 1")
    }
}
