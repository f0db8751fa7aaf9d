public import Inventory

/// What an accepted reserve or change of a reservation got.
public struct ReservationReceipt: Hashable, Sendable {
    /// What one line got.
    public struct Line: Hashable, Sendable {
        /// Units asked for.
        public var requested: UInt32
        /// Units reserved: the sum of the shares.
        public var reserved: UInt32
        /// Which warehouses serve them, in the order they were taken.
        public var shares: [Share]

        /// A line with all its fields.
        public init(requested: UInt32, reserved: UInt32, shares: [Share]) {
            self.requested = requested
            self.reserved = reserved
            self.shares = shares
        }

        /// Units asked for and not reserved.
        public var short: UInt32 { requested - min(reserved, requested) }
    }

    /// Whether this answer was given before to the same request.
    public var isRepeated: Bool
    /// The present state of the reservation.
    public var state: ReservationState
    /// LSN of the movement; 0 where nothing changed.
    public var lsn: UInt64
    /// When the hold expires; in the answer to a reserve as first answered.
    public var expiresAt: Instant
    /// When the last of its shipments is promised to arrive; `nil` without a destination.
    public var promisedAt: Instant?
    /// Whether it took the place of the hold that its request named.
    public var didReplace: Bool
    /// Whether some of its units ran out of time after others were committed.
    public var didRestExpire: Bool
    /// Whether units have moved to other warehouses since it was first answered.
    ///
    /// A repeated reserve then tells the shares as first answered, and nothing of what became of
    /// them one by one: `show` tells where the units are.
    public var didReroute: Bool
    /// The lines, in the order of the request.
    public var lines: [Line]
    /// What could serve short lines instead, where the request asked for it; found anew for a
    /// repeated answer.
    public var alternatives: [LineAlternatives]

    /// A receipt with all its fields.
    public init(
        isRepeated: Bool,
        state: ReservationState,
        lsn: UInt64,
        expiresAt: Instant,
        promisedAt: Instant? = nil,
        lines: [Line],
        didReplace: Bool = false,
        didRestExpire: Bool = false,
        didReroute: Bool = false,
        alternatives: [LineAlternatives] = []
    ) {
        self.alternatives = alternatives
        self.didReroute = didReroute
        self.didReplace = didReplace
        self.didRestExpire = didRestExpire
        self.isRepeated = isRepeated
        self.state = state
        self.lsn = lsn
        self.expiresAt = expiresAt
        self.promisedAt = promisedAt
        self.lines = lines
    }

    /// Whether every line got all it asked for.
    public var isWhole: Bool { lines.allSatisfy { $0.short == 0 } }

    /// How many units of one of the shares are in which state now.
    ///
    /// None for what a repeated reserve tells of a reservation whose units have moved since.
    public func progress(of share: Share) -> ShareProgress {
        if didReroute, share.progress == nil { return ShareProgress() }
        return share.progress ?? ShareProgress(share.quantity, all: state)
    }
}

extension ReservationReceipt: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        let fixed =
            WireLayout.reservationFixedSizeBytes + WireLayout.sizeBytesMax(of: alternatives)
        return lines.reduce(fixed) { size, line in
            line.shares.reduce(size + WireLayout.resultSizeBytes) { $0 + $1.wireSizeBytes }
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(lsn)
        writer.put(expiresAt.milliseconds)
        writer.put(promisedAt?.milliseconds ?? 0)
        writer.put(state.rawValue)
        let facts = didReplace ? WireLayout.replacedFact : 0
        writer.put(
            facts | (didRestExpire ? WireLayout.restExpiredFact : 0)
                | (didReroute ? WireLayout.reroutedFact : 0)
                | (alternatives.isEmpty ? 0 : WireLayout.alternativesFact)
        )
        writer.put(UInt16(lines.count))
        for (index, line) in lines.enumerated() {
            writer.put(line.requested)
            writer.put(line.reserved)
            writer.put(UInt16(line.shares.count))
            writer.putZeros(2)
            for share in line.shares { try writer.put(share, at: index) }
        }
        if !alternatives.isEmpty { try writer.put(alternatives) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let lsn = try reader.take(UInt64.self)
        let expiresAt = try reader.takeInstant()
        let promisedAt = try reader.takeInstant()
        let state = try reader.takeCase(
            ReservationState.self,
            else: WireFault(.malformedFrame, "the state's number isn't known")
        )
        let facts = try reader.take(UInt8.self)
        let known =
            WireLayout.replacedFact | WireLayout.restExpiredFact | WireLayout.reroutedFact
            | WireLayout.alternativesFact
        guard facts & ~known == 0 else { throw .reserved }
        let count = Int(try reader.take(UInt16.self))
        guard count <= Limits.linesPerReservationMax else {
            throw WireFault(.tooManyLines, "a reservation has at most 4096 lines")
        }
        var lines: [Line] = []
        lines.reserveCapacity(min(count, reader.rest / WireLayout.resultSizeBytes))
        for index in 0..<count {
            lines.append(try Line(from: &reader, at: index))
        }
        self.init(
            isRepeated: isRepeated,
            state: state,
            lsn: lsn,
            expiresAt: expiresAt,
            promisedAt: promisedAt == .distantPast ? nil : promisedAt,
            lines: lines,
            didReplace: facts & WireLayout.replacedFact != 0,
            didRestExpire: facts & WireLayout.restExpiredFact != 0,
            didReroute: facts & WireLayout.reroutedFact != 0
        )
        if facts & WireLayout.alternativesFact != 0 {
            alternatives = try reader.takeAlternatives()
        }
    }
}

extension Share {
    /// Bytes that the share takes in a frame.
    fileprivate var wireSizeBytes: Int {
        WireLayout.shareFixedSizeBytes + warehouse.size + (backordered == 0 ? 0 : 4)
            + (pool == .default ? 0 : 1 + pool.size) + (progress == nil ? 0 : 16)
    }
}

extension ReservationReceipt {
    /// The receipt of an accepted answer.
    package init(_ answer: borrowing ReservationAnswer) {
        precondition(answer.outcome == .accepted, "a refusal has no receipt")
        var lines: [Line] = []
        lines.reserveCapacity(answer.lineCount)
        for index in 0..<answer.lineCount {
            let line = unsafe answer.lines[index]
            var shares: [Share] = []
            let start = Int(line.shareStart)
            for place in start..<(start + Int(line.shareCount)) {
                shares.append(unsafe answer.shares[place])
            }
            lines.append(
                Line(requested: line.requested, reserved: line.reserved, shares: shares)
            )
        }
        self.init(
            isRepeated: answer.isRepeated,
            state: answer.state,
            lsn: answer.lsn,
            expiresAt: answer.expiresAt,
            promisedAt: answer.promisedAt == .distantPast ? nil : answer.promisedAt,
            lines: lines,
            didReplace: answer.didReplace,
            didRestExpire: answer.didRestExpire,
            didReroute: answer.didReroute,
            alternatives: answer.alternatives
        )
    }
}

extension ByteWriter {
    /// Writes a share: u32 units, u8 fields, u8 code size, code, then what the fields say.
    fileprivate mutating func put(_ share: Share, at index: Int) throws(WireFault) {
        var fields: UInt8 = share.backordered == 0 ? 0 : WireLayout.backorderedField
        if share.pool != .default { fields |= WireLayout.sharePoolField }
        if share.progress != nil { fields |= WireLayout.progressField }
        if share.isOffline { fields |= WireLayout.offlineField }
        put(share.quantity)
        put(fields)
        try putSized(share.warehouse, at: index)
        if share.backordered != 0 { put(share.backordered) }
        if share.pool != .default { try putSized(share.pool, at: index) }
        if let progress = share.progress {
            put(progress.held)
            put(progress.committed)
            put(progress.fulfilled)
            put(progress.cancelled)
        }
    }
}

extension ByteReader {
    /// Reads a share.
    fileprivate mutating func takeShare(at index: Int) throws(WireFault) -> Share {
        let quantity = try take(UInt32.self)
        let fields = try take(UInt8.self)
        guard fields <= 15 else { throw .reserved }
        let size = Int(try take(UInt8.self))
        let warehouse = try takeWarehouse(size, at: index)
        var share = Share(warehouse: warehouse, quantity: quantity)
        share.isOffline = fields & WireLayout.offlineField != 0
        if fields & WireLayout.backorderedField != 0 {
            share.backordered = try take(UInt32.self)
            guard share.backordered > 0, share.backordered <= quantity else {
                throw WireFault(.malformedFrame, at: index, "backordered units are some of all")
            }
        }
        if fields & WireLayout.sharePoolField != 0 {
            share.pool = try takeSizedPool(at: index)
            guard share.pool != .default else { throw .invalidPool(at: index) }
        }
        if fields & WireLayout.progressField != 0 {
            let progress = ShareProgress(
                held: try take(UInt32.self),
                committed: try take(UInt32.self),
                fulfilled: try take(UInt32.self),
                cancelled: try take(UInt32.self)
            )
            let told =
                UInt64(progress.held) + UInt64(progress.committed) + UInt64(progress.fulfilled)
                + UInt64(progress.cancelled)
            guard told <= UInt64(quantity) else {
                throw WireFault(.malformedFrame, at: index, "a share tells of more than it has")
            }
            share.progress = progress
        }
        return share
    }
}

extension ReservationReceipt.Line {
    /// Reads one line.
    init(from reader: inout ByteReader, at index: Int) throws(WireFault) {
        let requested = try reader.take(UInt32.self)
        let reserved = try reader.take(UInt32.self)
        let count = Int(try reader.take(UInt16.self))
        try reader.takeZeros(2)
        var shares: [Share] = []
        shares.reserveCapacity(min(count, reader.rest / WireLayout.shareFixedSizeBytes))
        for _ in 0..<count { shares.append(try reader.takeShare(at: index)) }
        self.init(requested: requested, reserved: reserved, shares: shares)
    }
}
