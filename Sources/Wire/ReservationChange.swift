package import Inventory

/// A request to commit, release, fulfil or cancel a reservation or parts of it.
///
/// Body: 16 bytes reservation, 16 bytes request id; unless it is of the whole and without fields
/// u8 fields (bit 0, only of commit: fulfil as well), u8 0, u16 items, then each item: u16 line,
/// u8 fields (bit 0 warehouse, bit 1 pool), u8 0, u32 units (0: all), [u8 size, warehouse],
/// [u8 size, pool].
package struct ReservationChange: Hashable, Sendable, WireRequest {
    /// What becomes of the units.
    package var kind: ReservationChangeKind
    /// The reservation to change.
    package var reservation: ReservationID
    /// The id of this request.
    package var requestID: RequestID
    /// With `commit`: whether the units leave as well.
    package var isFulfilling: Bool
    /// The parts; none for the whole reservation.
    package var items: [ChangeItem]

    /// A change of a whole reservation, or of `items`.
    package init(
        _ kind: ReservationChangeKind,
        _ reservation: ReservationID,
        requestID: RequestID,
        isFulfilling: Bool = false,
        items: [ChangeItem] = []
    ) {
        self.kind = kind
        self.reservation = reservation
        self.requestID = requestID
        self.isFulfilling = isFulfilling
        self.items = items
    }

    /// A commit of the whole.
    package static func commit(
        _ reservation: ReservationID,
        requestID: RequestID
    ) -> ReservationChange {
        ReservationChange(.commit, reservation, requestID: requestID)
    }

    /// A release of the whole.
    package static func release(
        _ reservation: ReservationID,
        requestID: RequestID
    ) -> ReservationChange {
        ReservationChange(.release, reservation, requestID: requestID)
    }

    /// The operation of its kind.
    package var operation: Operation {
        switch kind {
        case .commit: .commit
        case .release: .release
        case .fulfil: .fulfil
        case .cancel: .cancel
        }
    }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        WireLayout.partsFixedSizeBytes + items.count * (WireLayout.itemFixedSizeBytes + 34)
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(!isFulfilling || kind == .commit, "only a commit can fulfil as well")
        writer.put(reservation)
        writer.put(requestID)
        guard isFulfilling || !items.isEmpty else { return }
        guard items.count <= Limits.itemsPerChangeMax else { throw .tooManyItems }
        writer.put(isFulfilling ? WireLayout.fulfillingField : 0)
        writer.putZeros(1)
        writer.put(UInt16(items.count))
        for (index, item) in items.enumerated() {
            var fields: UInt8 = item.warehouse == .none ? 0 : WireLayout.itemWarehouseField
            if item.pool != nil { fields |= WireLayout.itemPoolField }
            writer.put(item.line)
            writer.put(fields)
            writer.putZeros(1)
            writer.put(item.quantity)
            if item.warehouse != .none { try writer.putSized(item.warehouse, at: index) }
            if let pool = item.pool { try writer.putSized(pool, at: index) }
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        guard let kind = ReservationChangeKind(operation) else {
            preconditionFailure("not a change")
        }
        self.init(kind, try reader.takeID(), requestID: try reader.takeID())
        guard reader.rest > 0 else { return }
        let fields = try reader.take(UInt8.self)
        let known = kind == .commit ? WireLayout.fulfillingField : 0
        guard fields & ~known == 0 else { throw .reserved }
        isFulfilling = fields != 0
        try reader.takeZeros(1)
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.itemsPerChangeMax else { throw .tooManyItems }
        guard isFulfilling || count > 0 else {
            throw WireFault(.malformedFrame, "the whole without a field is 32 bytes: two ids")
        }
        items.reserveCapacity(min(count, reader.rest / WireLayout.itemFixedSizeBytes))
        for index in 0..<count { items.append(try reader.takeItem(at: index)) }
    }

    /// The change as the engine takes it; `body` is that of its frame.
    package func request(digestOf body: UnsafeRawBufferPointer) -> ChangeRequest {
        ChangeRequest(
            reservation: reservation,
            id: requestID,
            digest: unsafe WireLayout.digest(body, of: operation),
            kind: kind,
            isFulfilling: isFulfilling,
            items: items
        )
    }
}

extension ReservationChangeKind {
    /// The kind of an operation; `nil` for one that isn't a change of a reservation.
    fileprivate init?(_ operation: Operation) {
        switch operation {
        case .commit: self = .commit
        case .release: self = .release
        case .fulfil: self = .fulfil
        case .cancel: self = .cancel
        default: return nil
        }
    }
}

extension WireFault {
    fileprivate static var tooManyItems: WireFault {
        WireFault(.tooManyLines, "a change has at most 4096 items")
    }
}

extension ByteReader {
    /// Reads an item of a change.
    fileprivate mutating func takeItem(at index: Int) throws(WireFault) -> ChangeItem {
        let line = try take(UInt16.self)
        let fields = try take(UInt8.self)
        guard fields & ~(WireLayout.itemWarehouseField | WireLayout.itemPoolField) == 0 else {
            throw .reserved
        }
        try takeZeros(1)
        var item = ChangeItem(line: line, quantity: try take(UInt32.self))
        if fields & WireLayout.itemWarehouseField != 0 {
            item.warehouse = try takeSizedWarehouse(at: index)
        }
        if fields & WireLayout.itemPoolField != 0 { item.pool = try takeSizedPool(at: index) }
        return item
    }
}

/// A request to let a hold live longer.
///
/// Body: 16 bytes reservation, 16 bytes request id, u32 time to live in milliseconds (0 for the
/// default), u8 reason, 3 × 0.
package struct ExtendRequest: Hashable, Sendable, WireRequest {
    /// The reservation to extend.
    package var reservation: ReservationID
    /// The id of this request.
    package var requestID: RequestID
    /// Milliseconds to hold for from now on; 0 for the server's default.
    package var timeToLiveMilliseconds: UInt32
    /// Why.
    package var reason: ExtendReason

    /// An extension with all its fields.
    package init(
        _ reservation: ReservationID,
        requestID: RequestID,
        timeToLiveMilliseconds: UInt32 = 0,
        reason: ExtendReason = .shopper
    ) {
        self.reservation = reservation
        self.requestID = requestID
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.reason = reason
    }

    /// Always `extend`.
    package var operation: Operation { .extend }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { WireLayout.extendSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(reservation)
        writer.put(requestID)
        writer.put(timeToLiveMilliseconds)
        writer.put(reason.rawValue)
        writer.putZeros(3)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        reservation = try reader.takeID()
        requestID = try reader.takeID()
        timeToLiveMilliseconds = try reader.take(UInt32.self)
        reason = try reader.takeCase(
            ExtendReason.self,
            else: WireFault(.unknownReason, "the reason's number isn't known to this server")
        )
        try reader.takeZeros(3)
    }

    /// The request as the engine takes it; `body` is that of its frame.
    package func request(digestOf body: UnsafeRawBufferPointer) -> HoldExtension {
        HoldExtension(
            reservation,
            id: requestID,
            digest: unsafe WireLayout.digest(body, of: .extend),
            timeToLiveMilliseconds: timeToLiveMilliseconds,
            reason: reason
        )
    }
}

/// A request to show a reservation.
///
/// Body: 16 bytes reservation.
package struct ShowRequest: Hashable, Sendable, WireRequest {
    /// The reservation to show.
    package var reservation: ReservationID

    /// A request to show `reservation`.
    package init(_ reservation: ReservationID) { self.reservation = reservation }

    /// Always `show`.
    package var operation: Operation { .show }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { WireLayout.showSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) { writer.put(reservation) }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        reservation = try reader.takeID()
    }
}

/// A request to show the reservations of an owner.
///
/// Body: 16 bytes owner, u16 limit, u8 fields (bit 0: closed ones as well), u8 0.
package struct OwnerShowRequest: Hashable, Sendable, WireRequest {
    /// The owner.
    package var owner: OwnerID
    /// How many to answer, 1–256.
    package var limit: Int
    /// Whether those are told that are neither held nor committed.
    package var includesClosed: Bool

    /// A request with all its fields.
    package init(
        _ owner: OwnerID,
        limit: Int = Limits.reservationsPerListMax,
        includesClosed: Bool = false
    ) {
        self.owner = owner
        self.limit = limit
        self.includesClosed = includesClosed
    }

    /// Always `owner_show`.
    package var operation: Operation { .ownerShow }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 20 }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        guard limit >= 1, limit <= Limits.reservationsPerListMax else { throw badLimit }
        writer.put(owner)
        writer.put(UInt16(limit))
        writer.put(includesClosed ? WireLayout.closedField : 0)
        writer.putZeros(1)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        owner = try reader.takeOwner()
        limit = Int(try reader.take(UInt16.self))
        let fields = try reader.take(UInt8.self)
        guard fields & ~WireLayout.closedField == 0 else { throw .reserved }
        includesClosed = fields != 0
        try reader.takeZeros(1)
        guard limit >= 1, limit <= Limits.reservationsPerListMax else { throw badLimit }
    }

    private var badLimit: WireFault {
        WireFault(.invalidQuantity, "the limit of a list of reservations is 1-256")
    }
}
