package import Inventory

/// Reads state records into values, without an engine.
///
/// Records of configuration come before all others: what these name by number is resolved by it.
/// Names of SKUs stay numbers, as their records come in any order.
package struct StateDecoder: Sendable {
    /// The warehouses by number.
    package private(set) var warehouses: [Warehouse] = []
    /// The pools by number.
    package private(set) var pools: [PoolName] = []
    /// The policies that are defined by name, in the order of their numbers.
    package private(set) var policies: [PolicyDefinition] = []
    /// The rate card.
    package private(set) var rates: [RateRow] = []
    /// The sales.
    package private(set) var sales: [Sale] = []
    /// The number that the next sale gets.
    package private(set) var nextSaleNumber: UInt32 = 1
    /// The names of clients; numbers begin at 1.
    package private(set) var actors: [String] = []
    /// The instant of the latest movement, those apart that name a client.
    package private(set) var latest = Instant.distantPast

    /// A decoder that knows nothing yet.
    package init() {}

    /// Calls `body` with what each record of a run tells.
    ///
    /// - Throws: A `StateError` when a record makes no sense, and what `body` throws.
    package mutating func forEach(
        in records: UnsafeRawBufferPointer,
        _ body: (StateValue) throws(StateError) -> Void
    ) throws(StateError) {
        var offset = 0
        while offset < records.count {
            let record = try unsafe StateReader.record(at: offset, in: records)
            try body(try unsafe decode(record))
            offset += record.count
        }
    }

    /// What one whole record tells.
    ///
    /// - Throws: A `StateError` when it makes no sense.
    package mutating func decode(
        _ record: UnsafeRawBufferPointer
    ) throws(StateError) -> StateValue {
        var reader = try unsafe StateReader(record)
        let kind = reader.header.kind
        switch kind {
        case .network: try takeNetwork(&reader)
        case .warehouses:
            for _ in 0..<reader.half {
                let (number, warehouse) = try reader.takeWarehouse()
                guard Int(number) == warehouses.count else {
                    throw reader.error("gives \(warehouse.code) the number \(number)")
                }
                warehouses.append(warehouse)
            }
        case .rates:
            let codes = warehouses.map(\.code)
            for _ in 0..<reader.half { rates.append(try reader.takeRate(codes)) }
        case .actors: try takeActors(&reader)
        case .sales:
            (sales, nextSaleNumber) = try reader.takeSales(pools)
        case .shares:
            let shares = try reader.takeShares()
            try reader.finish()
            return .shares(shares)
        case .sku:
            let sku = try takeSKU(&reader)
            try reader.finish()
            return .sku(sku)
        case .reservation:
            let reservation = try takeReservation(&reader)
            try reader.finish()
            return .reservation(reservation)
        case .write:
            let write = try takeWrite(&reader)
            try reader.finish()
            return .write(write)
        }
        try reader.finish()
        return .configuration(kind)
    }

    // MARK: Configuration

    private mutating func takeNetwork(_ reader: inout StateReader) throws(StateError) {
        latest = Instant(milliseconds: try reader.take())
        let policyCount = try reader.take(UInt64.self)
        for _ in 0..<reader.half {
            let name = try reader.takeID()
            pools.append(PoolName(high: name.high, low: name.low))
        }
        guard policyCount <= Limits.policiesMax else {
            throw reader.error("has \(policyCount) policies")
        }
        for _ in 0..<policyCount { policies.append(try reader.takePolicy().1) }
    }

    private mutating func takeActors(_ reader: inout StateReader) throws(StateError) {
        let first = try reader.take(UInt64.self)
        _ = try reader.take(Int64.self)
        guard first == actors.count + 1 else { throw reader.error("begins with number \(first)") }
        for _ in 0..<reader.half {
            let size = Int(try reader.take(UInt8.self))
            let bytes = try unsafe reader.takeBytes(size: size, paddedTo: 1)
            actors.append(unsafe String(decoding: bytes, as: UTF8.self))
        }
    }

    private func place(
        _ reader: inout StateReader
    ) throws(StateError) -> (warehouse: WarehouseCode, pool: PoolName) {
        let warehouse = try reader.take(UInt16.self)
        let pool = try reader.take(UInt16.self)
        guard Int(warehouse) < warehouses.count, Int(pool) < pools.count else {
            throw reader.error("names warehouse \(warehouse), pool \(pool), never made")
        }
        return (warehouses[Int(warehouse)].code, pools[Int(pool)])
    }

    // MARK: SKUs

    private func takeSKU(_ reader: inout StateReader) throws(StateError) -> StateSKU {
        let version = try reader.take(UInt64.self)
        let number = try reader.take(UInt32.self)
        let weight = try reader.take(UInt32.self)
        let sizes = try reader.take(UInt64.self)
        let name = try unsafe reader.takeBytes(size: Int(sizes & 255), paddedTo: 8)
        var sku = unsafe StateSKU(
            lsn: reader.header.lsn,
            number: number,
            name: String(decoding: name, as: UTF8.self),
            version: version,
            weightGrams: weight,
            hasShortfall: reader.byte & StateLayout.shortfall != 0,
            cells: [],
            substitutes: []
        )
        for _ in 0..<reader.half {
            let place = try place(&reader)
            let figures = CellFigures(
                onHand: Int64(try reader.take(Int32.self)),
                reserved: Int64(try reader.take(Int32.self)),
                committed: Int64(try reader.take(Int32.self)),
                safetyStock: Int64(try reader.take(Int32.self)),
                backorderLimit: Int64(try reader.take(Int32.self))
            )
            sku.cells.append(
                StateCell(warehouse: place.warehouse, pool: place.pool, figures: figures)
            )
        }
        guard sizes >> 8 <= Limits.substitutesPerSKUMax else {
            throw reader.error("has \(sizes >> 8) substitutes")
        }
        for _ in 0..<(sizes >> 8) { sku.substitutes.append(try reader.take()) }
        return sku
    }

    // MARK: Reservations and writes

    private func takeWrite(_ reader: inout StateReader) throws(StateError) -> StateWrite {
        var write = StateWrite(
            lsn: reader.header.lsn,
            id: try reader.takeID(),
            digest: try reader.take(),
            due: .distantPast,
            answer: WriteAnswer(.accepted)
        )
        write.answer.lsn = try reader.take()
        write.due = Instant(milliseconds: try reader.take())
        write.answer.onHand = try reader.take()
        write.answer.available = try reader.take()
        write.answer.version = try reader.take()
        write.answer.rows = try reader.take()
        write.answer.shortfalls = try reader.take()
        return write
    }

    private func takeReservation(
        _ reader: inout StateReader
    ) throws(StateError) -> StateReservation {
        var reservation = try takeIdentity(&reader)
        let lines = Int(try reader.take(UInt16.self))
        let shares = Int(try reader.take(UInt16.self))
        let changes = Int(try reader.take(UInt16.self))
        let constraints = Int(try reader.take(UInt16.self))
        var counts: [Int] = []
        for _ in 0..<lines {
            let sku = try reader.take(UInt32.self)
            let requested = try reader.take(UInt32.self)
            counts.append(Int(try reader.take(UInt32.self)))
            reservation.lines.append(
                StateReservation.Line(
                    sku: sku == .max ? nil : sku,
                    requested: requested & ~(1 << 31),
                    isFixed: requested >> 31 != 0,
                    shares: []
                )
            )
        }
        guard counts.reduce(0, +) == shares else { throw reader.error("counts its shares wrongly") }
        for (line, count) in counts.enumerated() {
            for _ in 0..<count {
                reservation.lines[line].shares.append(try takeShare(&reader, reservation.state))
            }
        }
        if UInt8(truncatingIfNeeded: reader.half) & StateLayout.hasDetail != 0 {
            try takeDetail(&reader, counts, changes: changes, &reservation)
        }
        if constraints > 0 {
            try reader.pad()
            let bytes = try unsafe Array(reader.takeBytes(size: constraints, paddedTo: 8))
            reservation.constraints = RecordedConstraints.decoded(bytes, warehouses: warehouses)
            guard reservation.constraints != nil else {
                throw reader.error("has constraints that make no sense")
            }
        }
        if reader.byte & StateLayout.isOfSale != 0 {
            try reader.pad()
            reservation.sale = try reader.takeSaleOfReservation()
        }
        return reservation
    }

    /// Reads what a reservation's record says before its lines.
    private func takeIdentity(
        _ reader: inout StateReader
    ) throws(StateError) -> StateReservation {
        let flags = UInt8(truncatingIfNeeded: reader.half)
        guard let state = ReservationState(rawValue: reader.byte & ~StateLayout.isOfSale),
            let mode = ReserveMode(rawValue: flags & StateLayout.modeBits)
        else { throw reader.error("is in state \(reader.byte), of mode and flags \(flags)") }
        let id = try reader.takeID()
        let owner = try reader.takeID()
        let digest = try reader.take(UInt64.self)
        let madeLSN = try reader.take(UInt64.self)
        let due = Instant(milliseconds: try reader.take())
        let expiresAt = Instant(milliseconds: try reader.take())
        let life = Int64(try reader.take(UInt32.self))
        guard expiresAt.milliseconds >= 0 else { throw reader.error("expires at \(expiresAt)") }
        var reservation = StateReservation(
            lsn: reader.header.lsn,
            id: id,
            owner: OwnerID(high: owner.high, low: owner.low),
            digest: digest,
            madeLSN: madeLSN,
            state: state,
            mode: mode,
            policy: SourcingPolicy(rawValue: UInt8(reader.half >> 8)),
            due: due,
            expiresAt: expiresAt,
            heldSince: expiresAt.advanced(byMilliseconds: -life),
            answeredExpiresAt: expiresAt,
            promisedAt: Instant(minute: try reader.take()),
            didReplace: flags & StateLayout.didReplace != 0,
            didRestExpire: flags & StateLayout.didRestExpire != 0
        )
        reservation.marks = ChainMarks(
            rawValue: (flags & StateLayout.chainMarksBits) >> StateLayout.chainMarksShift
        )
        let latitude = try reader.take(Int32.self)
        let longitude = try reader.take(Int32.self)
        let region = RegionCode(word: try reader.take())
        if latitude != StateLayout.noPosition {
            let position = Position(
                latitudeMicrodegrees: latitude,
                longitudeMicrodegrees: longitude
            )
            reservation.destination = Destination(position: position, region: region)
        }
        return reservation
    }

    private func takeShare(
        _ reader: inout StateReader,
        _ state: ReservationState?
    ) throws(StateError) -> Share {
        let place = try place(&reader)
        let quantity = try reader.take(UInt32.self)
        return Share(
            warehouse: place.warehouse,
            quantity: quantity,
            pool: place.pool,
            progress: state.map { ShareProgress(quantity, all: $0) }
        )
    }

    private func takeChange(
        _ reader: inout StateReader
    ) throws(StateError) -> StateReservation.Change {
        let id = try reader.takeID()
        let digest = try reader.take(UInt64.self)
        return StateReservation.Change(requestID: id, digest: digest, lsn: try reader.take())
    }

    private func takeDetail(
        _ reader: inout StateReader,
        _ counts: [Int],
        changes: Int,
        _ reservation: inout StateReservation
    ) throws(StateError) {
        try reader.pad()
        reservation.answeredExpiresAt = Instant(milliseconds: try reader.take())
        let last = try takeChange(&reader)
        if last.lsn != 0 { reservation.lastExtension = last }
        let firstCount = try reader.take(UInt64.self)
        for (line, count) in counts.enumerated() {
            for share in 0..<count {
                var progress = ShareProgress(
                    held: try reader.take(),
                    committed: try reader.take(),
                    fulfilled: try reader.take(),
                    cancelled: try reader.take()
                )
                // Of an expired one those are the units that expired.
                if reservation.state == .expired { progress.held = 0 }
                reservation.lines[line].shares[share].progress = progress
                reservation.lines[line].shares[share].backordered = try reader.take()
            }
        }
        for _ in 0..<changes { reservation.changes.append(try takeChange(&reader)) }
        guard firstCount > 0 else { return }
        reservation.firstPromisedAt = Instant(minute: try reader.take())
        var firstCounts: [Int] = []
        for _ in counts { firstCounts.append(Int(try reader.take(UInt32.self))) }
        guard firstCounts.reduce(0, +) == Int(clamping: firstCount) - 1 else {
            throw reader.error("counts its shares wrongly")
        }
        for (line, count) in firstCounts.enumerated() {
            var shares: [Share] = []
            for _ in 0..<count {
                var share = try takeShare(&reader, nil)
                share.backordered = try reader.take()
                shares.append(share)
            }
            reservation.lines[line].firstShares = shares
        }
    }
}
