public import Inventory

/// A request to hold lines for an owner, as a client makes it.
public struct ReservationRequest: Hashable, Sendable {
    /// One line: so many units of a SKU, from one warehouse only if that is named.
    public struct Line: Hashable, Sendable {
        /// The name of the SKU.
        public var sku: String
        /// Units asked for.
        public var quantity: UInt32
        /// The only warehouse that may serve the line.
        public var warehouse: WarehouseCode?

        /// A line of `quantity` units of `sku`.
        public init(sku: String, quantity: UInt32, warehouse: WarehouseCode? = nil) {
            self.sku = sku
            self.quantity = quantity
            self.warehouse = warehouse
        }
    }

    /// The id of the request and of the reservation it makes.
    public var id: ReservationID
    /// Whom the units are held for.
    public var owner: OwnerID
    /// The lines, in the order of the answer.
    public var lines: [Line]
    /// Milliseconds to hold for; 0 for the server's default.
    public var timeToLiveMilliseconds: UInt32
    /// What to do when not all is there.
    public var mode: ReserveMode
    /// What sourcing minimises.
    public var policy: SourcingPolicy
    /// Where the goods go to.
    public var destination: Destination?
    /// When the shopper ordered; `nil` for now.
    public var orderedAt: Instant?

    /// A request with all its fields.
    public init(
        id: ReservationID,
        owner: OwnerID,
        lines: [Line],
        timeToLiveMilliseconds: UInt32 = 0,
        mode: ReserveMode = .allOrNothing,
        policy: SourcingPolicy = .nearest,
        destination: Destination? = nil,
        orderedAt: Instant? = nil
    ) {
        self.id = id
        self.owner = owner
        self.lines = lines
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.mode = mode
        self.policy = policy
        self.destination = destination
        self.orderedAt = orderedAt
    }
}

extension ReservationRequest: WireRequest {
    /// Always `reserve`.
    package var operation: Operation { .reserve }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        lines.reduce(WireLayout.reserveFixedSizeBytes + 24) { size, line in
            size + WireLayout.lineFixedSizeBytes + 17 + line.sku.utf8.count
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        guard !lines.isEmpty else { throw WireFault(.noLines, "a reservation needs a line") }
        guard lines.count <= Limits.linesPerReservationMax else {
            throw WireFault(.tooManyLines, "a reservation has at most 4096 lines")
        }
        writer.put(id)
        writer.put(owner.high)
        writer.put(owner.low)
        writer.put(timeToLiveMilliseconds)
        writer.put(UInt16(lines.count))
        writer.put(mode.rawValue)
        writer.put(policy.rawValue)
        var fields: UInt8 = destination == nil ? 0 : WireLayout.destinationField
        if orderedAt != nil { fields |= WireLayout.orderedAtField }
        let region = destination?.region ?? .none
        if region != .none { fields |= WireLayout.regionField }
        writer.put(fields)
        writer.putZeros(3)
        if let position = destination?.position {
            guard position.isValid else {
                throw WireFault(.invalidPosition, "the destination isn't on Earth")
            }
            writer.put(position.latitudeMicrodegrees)
            writer.put(position.longitudeMicrodegrees)
        }
        if let orderedAt { writer.put(orderedAt.milliseconds) }
        if region != .none { writer.put(region.word) }
        for (index, line) in lines.enumerated() {
            writer.put(line.quantity)
            writer.put(line.warehouse == nil ? 0 : WireLayout.warehouseField)
            try writer.putSKUSize(line.sku, at: index)
            if let warehouse = line.warehouse { try writer.putSized(warehouse, at: index) }
            writer.put(line.sku)
        }
    }

    /// Reads the body into values of its own.
    package init(
        from reader: inout ByteReader,
        operation: Operation
    ) throws(WireFault) {
        guard operation == .reserve, let body = unsafe reader.nextBytes(reader.rest) else {
            throw .truncated
        }
        let capacity = Limits.linesPerReservationMax
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: capacity)
        let request = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: 1)
        defer {
            unsafe lines.deallocate()
            unsafe request.deallocate()
        }
        if let fault = unsafe ReserveDecoder.decode(body, lines: lines, into: request) {
            throw fault
        }
        let decoded = unsafe request.pointee
        unsafe self.init(
            id: decoded.id,
            owner: decoded.owner,
            lines: decoded.lines.map {
                unsafe Line(
                    sku: $0.sku.text,
                    quantity: $0.quantity,
                    warehouse: $0.warehouse == .none ? nil : $0.warehouse
                )
            },
            timeToLiveMilliseconds: decoded.timeToLiveMilliseconds,
            mode: decoded.mode,
            policy: decoded.policy,
            destination: decoded.destination,
            orderedAt: decoded.orderedAt
        )
    }
}

/// Names with their sizes.
extension ByteWriter {
    /// Writes the size of a SKU's name, refused unless it is a valid name.
    mutating func putSKUSize(_ sku: String, at index: Int) throws(WireFault) {
        let size = sku.utf8.count
        guard size >= 1, size <= Limits.skuSizeBytesMax,
            sku.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw WireFault(.invalidSKU, at: index, "a SKU is 1-64 bytes of printable ASCII")
        }
        put(UInt8(size))
    }

    /// Writes the size and the bytes of a warehouse code.
    mutating func putSized(_ code: WarehouseCode, at index: Int) throws(WireFault) {
        guard code != .none else {
            throw WireFault(
                .invalidWarehouseCode,
                at: index,
                "a warehouse is 1-16 bytes of printable ASCII"
            )
        }
        put(UInt8(code.size))
        put(code)
    }
}
