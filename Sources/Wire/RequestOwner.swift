package import Inventory

/// Finds the owner that a request is made for where it stands in the frame.
package enum RequestOwner {
    /// Offset of the owner in the body of a reserve.
    private static let reserveOffset = 16
    /// Offset of the fields in a question for availability.
    private static let availabilityFieldsOffset = 5

    /// The owner that a request names; `nil` where it names none, or is cut short.
    ///
    /// A hold_again counts for nobody, though it names an owner: who has paid can always go on.
    /// What is planned only may be for nobody, told by an owner of zeros.
    package static func find(in body: UnsafeRawBufferPointer, code: UInt16) -> OwnerID? {
        switch Operation(rawValue: code) {
        case .reserve: return unsafe owner(in: body, at: reserveOffset)
        case .source:
            let owner = unsafe owner(in: body, at: reserveOffset)
            return owner == OwnerID(high: 0, low: 0) ? nil : owner
        case .ownerShow: return unsafe owner(in: body, at: 0)
        case .availability:
            guard body.count > availabilityFieldsOffset,
                unsafe body[availabilityFieldsOffset] & WireLayout.ownerField != 0
            else { return nil }
            return unsafe owner(in: body, at: WireLayout.availabilityFixedSizeBytes)
        default: return nil
        }
    }

    private static func owner(in body: UnsafeRawBufferPointer, at offset: Int) -> OwnerID? {
        guard body.count >= offset + 16 else { return nil }
        return unsafe OwnerID(
            high: body.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian,
            low: body.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self).littleEndian
        )
    }
}
