public import Inventory

/// Reads reserve requests where they stand in the frame.
///
/// | offset | type | field |
/// |---|---|---|
/// | 0 | 16 bytes | id of the request and of the reservation |
/// | 16 | 16 bytes | owner |
/// | 32 | u32 | time to live in milliseconds, 0 for the default |
/// | 36 | u16 | number of lines |
/// | 38 | u8 | mode |
/// | 39 | u8 | policy |
/// | 40 | u8 | fields: bit 0 destination, bit 1 ordered_at, bit 2 region, bit 3 replaces, |
/// | | | bit 4 constraints, bit 5 the policy's name, bit 6 alternatives wanted |
/// | 41 | 3 bytes | zero |
/// | 44 | i32, i32 | with bit 0: latitude and longitude in microdegrees |
/// | … | i64 | with bit 1: when the shopper ordered, in milliseconds since 1970 |
/// | … | 8 bytes | with bit 2 (and bit 0): region, zero-padded, not empty |
/// | … | 16 bytes | with bit 3: the hold that this one replaces |
/// | … | … | with bit 4: what the plan has to keep to, see `ConstraintsView` |
/// | … | u8, bytes | with bit 5 (and policy 255): the policy's name |
/// | … | lines | u32 quantity, u8 fields, u8 SKU size, [u8 code size, code], [u8 count, pools], |
/// | … | | [u64 expected version], SKU |
@frozen
@usableFromInline
package enum ReserveDecoder {
    // MARK: Hot path

    /// How many lines the body says it has; 0 when it is too short to say.
    @inlinable
    package static func lineCount(in body: UnsafeRawBufferPointer) -> Int {
        guard body.count >= WireLayout.reserveFixedSizeBytes, let base = body.baseAddress else {
            return 0
        }
        return Int(
            UInt16(
                littleEndian: unsafe base.loadUnaligned(
                    fromByteOffset: WireLayout.reserveLineCountOffset,
                    as: UInt16.self
                )
            )
        )
    }

    /// Decodes a reserve into `request`, with its lines in `lines`.
    ///
    /// SKUs stay where they are in the frame; their bytes and the quantities are the engine's to
    /// check. No line is written beyond `lines`.
    /// - Parameters:
    ///   - body: The frame behind its header.
    ///   - lines: Room for ``lineCount(in:)`` lines, or for the most that a request may have.
    ///   - request: Room for one request; set only when there is no fault.
    /// - Returns: What is wrong with the body, or `nil`.
    @inlinable
    package static func decode(
        _ body: UnsafeRawBufferPointer,
        lines: UnsafeMutableBufferPointer<RequestLine>,
        into request: UnsafeMutablePointer<ReserveRequest>
    ) -> WireFault? {
        guard body.count >= WireLayout.reserveFixedSizeBytes, let base = body.baseAddress else {
            return .truncated
        }
        let count = unsafe lineCount(in: body)
        guard count > 0 else { return WireFault(.noLines, "a reservation needs a line") }
        guard count <= Limits.linesPerReservationMax else {
            return WireFault(.tooManyLines, "a reservation has at most 4096 lines")
        }
        precondition(lines.count >= count, "no room for the lines")
        let choices = unsafe base.loadUnaligned(fromByteOffset: 38, as: UInt16.self).littleEndian
        guard let mode = ReserveMode(rawValue: UInt8(truncatingIfNeeded: choices)) else {
            return WireFault(.unknownMode, "the mode is 0, 1 or 2")
        }
        let policy = SourcingPolicy(rawValue: UInt8(choices >> 8))
        let fieldsAndZeros =
            unsafe base.loadUnaligned(fromByteOffset: 40, as: UInt32.self).littleEndian
        guard fieldsAndZeros <= WireLayout.reserveFields else { return .reserved }
        if policy != .nearest || fieldsAndZeros & UInt32(WireLayout.policyNameField) != 0 {
            if let fault = faultOfPolicy(policy, UInt8(fieldsAndZeros)) { return fault }
        }

        var reader = unsafe ByteReader(body)
        reader.offset = WireLayout.reserveFixedSizeBytes
        var optional = unsafe OptionalFields()
        if fieldsAndZeros != 0 {
            let fields = UInt8(fieldsAndZeros)
            if let fault = unsafe readOptional(fields, from: &reader, into: &optional) {
                return fault
            }
        }
        for index in 0..<count {
            if let fault = unsafe readLine(from: &reader, at: index, into: lines) { return fault }
        }
        guard reader.rest == 0 else { return .trailing }
        if let constraints = unsafe optional.constraints {
            let decoded = unsafe UnsafeMutableBufferPointer(rebasing: lines[0..<count])
            let fault = unsafe fault(of: constraints, optional, mode, decoded)
            if let fault { return fault }
        }
        unsafe request.initialize(
            to: ReserveRequest(
                id: loadID(base, at: 0),
                owner: OwnerID(
                    high: base.loadUnaligned(fromByteOffset: 16, as: UInt64.self).littleEndian,
                    low: base.loadUnaligned(fromByteOffset: 24, as: UInt64.self).littleEndian
                ),
                digest: WireLayout.digest(body, of: .reserve),
                timeToLiveMilliseconds: base.loadUnaligned(fromByteOffset: 32, as: UInt32.self)
                    .littleEndian,
                mode: mode,
                policy: policy,
                destination: optional.destination,
                orderedAt: optional.orderedAt,
                policyName: optional.policyName,
                replaces: optional.replaces,
                constraints: optional.constraints,
                wantsAlternatives: fieldsAndZeros & UInt32(WireLayout.alternativesField) != 0,
                lines: UnsafeMutableBufferPointer(rebasing: lines[0..<count])
            )
        )
        return nil
    }

    /// The id whose 16 bytes stand at `offset`.
    @inlinable
    @inline(__always)
    static func loadID(_ base: UnsafeRawPointer, at offset: Int) -> RequestID {
        unsafe RequestID(
            high: base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian,
            low: base.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self).littleEndian
        )
    }

    /// What stands between the fixed part and the lines.
    @frozen
    @usableFromInline
    @unsafe
    struct OptionalFields {
        /// Where the goods go to.
        @usableFromInline var destination: Destination?
        /// When the shopper ordered.
        @usableFromInline var orderedAt: Instant?
        /// The hold whose place this one takes.
        @usableFromInline var replaces: ReservationID?
        /// What the plan has to keep to.
        @usableFromInline var constraints: ConstraintsView?
        /// The name of the policy.
        @usableFromInline var policyName = PolicyName.none

        /// None of them.
        @inlinable init() {}
    }

    /// What is wrong with the number of a policy.
    @inlinable
    static func faultOfPolicy(_ policy: SourcingPolicy, _ fields: UInt8) -> WireFault? {
        if policy.rawValue == WireLayout.namedPolicy {
            guard fields & WireLayout.policyNameField != 0 else {
                return WireFault(.malformedFrame, "policy 255 without its name")
            }
            return nil
        }
        guard policy.rawValue < WireLayout.builtInPolicies else {
            return WireFault(.unknownPolicy, "the policy is 0-5, or 255 with a name")
        }
        guard fields & WireLayout.policyNameField == 0 else {
            return WireFault(.malformedFrame, "a policy has a number or a name")
        }
        return nil
    }

    /// Reads the fields that stand between the fixed part and the lines.
    @inlinable
    static func readOptional(
        _ fields: UInt8,
        from reader: inout ByteReader,
        into optional: inout OptionalFields
    ) -> WireFault? {
        var position: Position?
        if fields & WireLayout.destinationField != 0 {
            guard let latitude = reader.next(Int32.self), let longitude = reader.next(Int32.self)
            else { return .truncated }
            let place = Position(
                latitudeMicrodegrees: latitude,
                longitudeMicrodegrees: longitude
            )
            guard place.isValid else {
                return WireFault(.invalidPosition, "the destination isn't on Earth")
            }
            position = place
        }
        if fields & WireLayout.orderedAtField != 0 {
            guard let milliseconds = reader.next(Int64.self) else { return .truncated }
            guard milliseconds >= 0, milliseconds <= WireLayout.instantMax else {
                return WireFault(.malformedFrame, "ordered_at lies outside 1970 to 9999")
            }
            unsafe optional.orderedAt = Instant(milliseconds: milliseconds)
        }
        var region = RegionCode.none
        if fields & WireLayout.regionField != 0 {
            guard let word = reader.next(UInt64.self) else { return .truncated }
            guard position != nil, isRegion(word) else {
                return WireFault(
                    .malformedFrame,
                    "a region is 1-8 bytes of printable ASCII with a place"
                )
            }
            region = RegionCode(word: word)
        }
        if let position {
            unsafe optional.destination = Destination(position: position, region: region)
        }
        if fields & WireLayout.replacesField != 0 {
            guard let high = reader.next(UInt64.self), let low = reader.next(UInt64.self) else {
                return .truncated
            }
            unsafe optional.replaces = ReservationID(high: high, low: low)
        }
        if fields < WireLayout.constraintsField { return nil }
        return unsafe readSourcing(fields, from: &reader, into: &optional)
    }

    /// Whether a word is 1–8 bytes of printable ASCII, zero-padded.
    @inlinable
    static func isRegion(_ word: UInt64) -> Bool {
        guard word != 0 else { return false }
        var rest = word
        while rest != 0 {
            let byte = UInt8(truncatingIfNeeded: rest)
            if byte <= 0x20 || byte >= 0x7F { return false }
            rest >>= 8
        }
        return true
    }

    /// Reads one line to its place in `lines`.
    @inlinable
    @inline(__always)
    static func readLine(
        from reader: inout ByteReader,
        at index: Int,
        into lines: UnsafeMutableBufferPointer<RequestLine>
    ) -> WireFault? {
        guard let quantity = reader.next(UInt32.self), let sizes = reader.next(UInt16.self) else {
            return .truncated
        }
        let fields = UInt8(truncatingIfNeeded: sizes)
        let skuSize = Int(sizes >> 8)
        var line = unsafe LineFields()
        if fields != 0 {
            if let fault = unsafe readFields(fields, from: &reader, at: index, into: &line) {
                return fault
            }
        }
        guard skuSize >= 1, skuSize <= Limits.skuSizeBytesMax else {
            return .invalidSKU(at: index)
        }
        guard let bytes = unsafe reader.nextBytes(skuSize), let start = bytes.baseAddress
        else { return .truncated }
        unsafe (lines.baseAddress.unsafelyUnwrapped + index).initialize(
            to: RequestLine(
                sku: SKUView(bytes: start, size: skuSize),
                quantity: quantity,
                warehouse: line.warehouse,
                pools: line.pools,
                expectedVersion: line.expectedVersion
            )
        )
        return nil
    }

    /// What a line may have besides units and SKU.
    @frozen
    @usableFromInline
    @unsafe
    struct LineFields {
        /// The only warehouse that may serve the line, or `.none`.
        @usableFromInline var warehouse = WarehouseCode.none
        /// The pools that may serve the line.
        @usableFromInline var pools: PoolListView?
        /// The version that the SKU must have.
        @usableFromInline var expectedVersion = WireLayout.anyVersion

        /// A line without any of them.
        @inlinable init() {}
    }

    /// Reads what stands between the fixed part of a line and its SKU.
    @inlinable
    static func readFields(
        _ fields: UInt8,
        from reader: inout ByteReader,
        at index: Int,
        into line: inout LineFields
    ) -> WireFault? {
        guard fields <= 7 else { return .reserved }
        if fields & WireLayout.warehouseField != 0 {
            guard let size = reader.next(UInt8.self), reader.rest >= Int(size) else {
                return .truncated
            }
            guard let code = reader.nextWarehouse(Int(size)) else {
                return .invalidWarehouse(at: index)
            }
            unsafe line.warehouse = code
        }
        if fields & WireLayout.poolsField != 0 {
            if let fault = unsafe readPools(from: &reader, at: index, into: &line) { return fault }
        }
        if fields & WireLayout.versionField != 0 {
            guard let version = reader.next(UInt64.self) else { return .truncated }
            guard version != WireLayout.anyVersion else { return .noVersion(at: index) }
            unsafe line.expectedVersion = version
        }
        return nil
    }

    /// Checks the pools of a line and leaves them where they stand.
    @inlinable
    static func readPools(
        from reader: inout ByteReader,
        at index: Int,
        into line: inout LineFields
    ) -> WireFault? {
        guard let base = unsafe reader.base else { return .truncated }
        let view = unsafe PoolListView(bytes: base + reader.offset)
        guard let count = reader.next(UInt8.self) else { return .truncated }
        guard count >= 1, Int(count) <= Limits.poolsPerLineMax else {
            return .invalidPool(at: index)
        }
        var names = InlineArray<8, PoolName>(repeating: .default)
        for place in 0..<Int(count) {
            guard let size = reader.next(UInt8.self), reader.rest >= Int(size) else {
                return .truncated
            }
            guard let name = reader.nextPool(Int(size)) else { return .invalidPool(at: index) }
            for other in 0..<place where names[other] == name { return .invalidPool(at: index) }
            names[place] = name
        }
        unsafe line.pools = unsafe view
        return nil
    }

    /// The number of pools that a decoded line names beyond its first; 0 for most.
    @inlinable
    @inline(__always)
    package static func poolsBeyondFirst(_ line: RequestLine) -> Int {
        guard let pools = unsafe line.pools else { return 0 }
        return unsafe pools.count &- 1
    }
}

/// Reads the ids of requests for the whole of a reservation.
@frozen
@usableFromInline
package enum ChangeDecoder {
    /// The reservation and the request id of a change of the whole; `nil` unless the size is right.
    @inlinable
    package static func decodeChange(
        _ body: UnsafeRawBufferPointer
    ) -> (reservation: ReservationID, requestID: RequestID)? {
        guard body.count == WireLayout.changeSizeBytes, let base = body.baseAddress else {
            return nil
        }
        return unsafe (ReserveDecoder.loadID(base, at: 0), ReserveDecoder.loadID(base, at: 16))
    }

    /// The reservation of a show; `nil` unless the size is right.
    @inlinable
    package static func decodeShow(_ body: UnsafeRawBufferPointer) -> ReservationID? {
        guard body.count == WireLayout.showSizeBytes, let base = body.baseAddress else {
            return nil
        }
        return unsafe ReserveDecoder.loadID(base, at: 0)
    }
}
