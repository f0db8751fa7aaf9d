public import Inventory

/// A request to hold lines for an owner, as a client makes it.
public struct ReservationRequest: Hashable, Sendable {
    /// One line: so many units of a SKU, from one warehouse or some pools only if they are named.
    public struct Line: Hashable, Sendable {
        /// The name of the SKU.
        public var sku: String
        /// Units asked for.
        public var quantity: UInt32
        /// The only warehouse that may serve the line.
        public var warehouse: WarehouseCode?
        /// The pools that may serve the line, 1–8 in the order they are tried; none for `default`.
        public var pools: [PoolName]
        /// The version that the SKU must have; 0 for one that isn't known yet, `nil` for any.
        public var expectedVersion: UInt64?

        /// A line of `quantity` units of `sku`.
        public init(
            sku: String,
            quantity: UInt32,
            warehouse: WarehouseCode? = nil,
            pools: [PoolName] = [],
            expectedVersion: UInt64? = nil
        ) {
            self.pools = pools
            self.expectedVersion = expectedVersion
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
    /// What sourcing minimises, unless ``policyName`` says it.
    public var policy: SourcingPolicy
    /// The name of what sourcing minimises, as `policy list` tells it; `nil`: ``policy`` says it.
    public var policyName: PolicyName?
    /// Where the goods go to.
    public var destination: Destination?
    /// When the shopper ordered; `nil` for now.
    public var orderedAt: Instant?
    /// The hold of the same owner whose place this one takes.
    ///
    /// If it isn't held any more this is a plain reserve, and the receipt's `didReplace` is false.
    public var replaces: ReservationID?
    /// What the plan has to keep to.
    public var constraints: SourcingConstraints
    /// Whether the answer is to tell what could serve short lines instead; a dry run always does.
    public var wantsAlternatives: Bool

    /// A request with all its fields.
    public init(
        id: ReservationID,
        owner: OwnerID,
        lines: [Line],
        timeToLiveMilliseconds: UInt32 = 0,
        mode: ReserveMode = .allOrNothing,
        policy: SourcingPolicy = .nearest,
        policyName: PolicyName? = nil,
        destination: Destination? = nil,
        orderedAt: Instant? = nil,
        replaces: ReservationID? = nil,
        constraints: SourcingConstraints = .none,
        wantsAlternatives: Bool = false
    ) {
        self.id = id
        self.owner = owner
        self.lines = lines
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
        self.mode = mode
        self.policy = policy
        self.policyName = policyName
        self.constraints = constraints
        self.wantsAlternatives = wantsAlternatives
        self.destination = destination
        self.orderedAt = orderedAt
        self.replaces = replaces
    }
}

extension ReservationRequest: WireRequest {
    /// Always `reserve`.
    package var operation: Operation { .reserve }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        let names = 1 + Limits.policyNameSizeBytesMax + WireLayout.constraintsSizeBytesMax
        return lines.reduce(WireLayout.reserveFixedSizeBytes + 40 + names) { size, line in
            size + WireLayout.lineFixedSizeBytes + 17 + 1 + line.pools.count * 17 + 8
                + line.sku.utf8.count
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        guard !lines.isEmpty else { throw WireFault(.noLines, "a reservation needs a line") }
        guard lines.count <= Limits.linesPerReservationMax else {
            throw WireFault(.tooManyLines, "a reservation has at most 4096 lines")
        }
        writer.put(id)
        writer.put(owner)
        writer.put(timeToLiveMilliseconds)
        writer.put(UInt16(lines.count))
        writer.put(mode.rawValue)
        writer.put(policyName == nil ? policy.rawValue : WireLayout.namedPolicy)
        var fields: UInt8 = destination == nil ? 0 : WireLayout.destinationField
        if orderedAt != nil { fields |= WireLayout.orderedAtField }
        let region = destination?.region ?? .none
        if region != .none { fields |= WireLayout.regionField }
        if replaces != nil { fields |= WireLayout.replacesField }
        if constraints != .none { fields |= WireLayout.constraintsField }
        if policyName != nil { fields |= WireLayout.policyNameField }
        if wantsAlternatives { fields |= WireLayout.alternativesField }
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
        if let replaces { writer.put(replaces) }
        if constraints != .none { try writer.put(constraints) }
        if let policyName { try writer.putSized(policyName) }
        for (index, line) in lines.enumerated() { try writer.put(line, at: index) }
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
                    warehouse: $0.warehouse == .none ? nil : $0.warehouse,
                    pools: $0.poolNames,
                    expectedVersion: $0.expectedVersion == WireLayout.anyVersion
                        ? nil : $0.expectedVersion
                )
            },
            timeToLiveMilliseconds: decoded.timeToLiveMilliseconds,
            mode: decoded.mode,
            policy: decoded.policyName == .none ? decoded.policy : .nearest,
            policyName: decoded.policyName == .none ? nil : decoded.policyName,
            destination: decoded.destination,
            orderedAt: decoded.orderedAt,
            replaces: decoded.replaces,
            constraints: decoded.constraints?.value ?? .none,
            wantsAlternatives: decoded.wantsAlternatives
        )
    }
}

extension RequestLine {
    /// The pools that the line names; none for `default` alone, unnamed.
    fileprivate var poolNames: [PoolName] {
        var names: [PoolName] = []
        if let view = unsafe pools { unsafe view.forEach { names.append($0) } }
        return names
    }
}

extension ByteWriter {
    /// Writes a line: u32 units, u8 fields, u8 SKU size, then what the fields say, SKU.
    fileprivate mutating func put(
        _ line: ReservationRequest.Line,
        at index: Int
    ) throws(WireFault) {
        var fields: UInt8 = line.warehouse == nil ? 0 : WireLayout.warehouseField
        if !line.pools.isEmpty { fields |= WireLayout.poolsField }
        if line.expectedVersion != nil { fields |= WireLayout.versionField }
        put(line.quantity)
        put(fields)
        try putSKUSize(line.sku, at: index)
        if let warehouse = line.warehouse { try putSized(warehouse, at: index) }
        if !line.pools.isEmpty {
            let isDistinct = Set(line.pools).count == line.pools.count
            guard isDistinct, line.pools.count <= Limits.poolsPerLineMax else {
                throw .invalidPool(at: index)
            }
            put(UInt8(line.pools.count))
            for pool in line.pools { try putSized(pool, at: index) }
        }
        if let version = line.expectedVersion {
            guard version != WireLayout.anyVersion else { throw .noVersion(at: index) }
            put(version)
        }
        put(line.sku)
    }
}
