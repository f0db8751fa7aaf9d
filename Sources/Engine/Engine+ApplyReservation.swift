internal import Inventory
internal import Movements

// Recovery of what became of reservations.
extension Engine {
    // MARK: Reserved and replaced

    /// What a reserved record says before its lines.
    private struct ReservedHead {
        var owner: OwnerID
        var digest: UInt64
        var timeToLiveMilliseconds: Int64
        var lines: Int
        var shares: Int
        var choices: UInt32
        var destination: Destination?
        var promisedMinute: UInt32 = 0
        var constraints: [UInt8] = []
        var sale: SalePart?

        var fields: UInt8 { UInt8(truncatingIfNeeded: choices >> 16) }
        var hasBackordered: Bool { fields & MovementLayout.hasBackordered != 0 }
        var marks: ChainMarks { ChainMarks(rawValue: UInt8(truncatingIfNeeded: choices >> 24)) }
    }

    private func takeHead(_ reader: inout MovementReader) throws(MovementError) -> ReservedHead {
        let owner = try reader.takeID()
        var head = ReservedHead(
            owner: OwnerID(high: owner.high, low: owner.low),
            digest: try reader.take(UInt64.self),
            timeToLiveMilliseconds: Int64(try reader.take(UInt32.self)),
            lines: Int(try reader.take(UInt16.self)),
            shares: Int(try reader.take(UInt16.self)),
            choices: try reader.take(UInt32.self)
        )
        if head.fields & MovementLayout.hasDestination != 0 {
            let latitude = try reader.take(Int32.self)
            let longitude = try reader.take(Int32.self)
            head.destination = Destination(
                position: Position(
                    latitudeMicrodegrees: latitude,
                    longitudeMicrodegrees: longitude
                ),
                region: RegionCode(word: try reader.take(UInt64.self))
            )
        }
        if head.fields & MovementLayout.hasPromise != 0 {
            head.promisedMinute = try reader.take(UInt32.self)
        }
        if head.fields & MovementLayout.hasConstraints != 0 {
            head.constraints = try takeConstraints(&reader)
        }
        let marks: ChainMarks = reader.header.kind == .replaced ? .all : []
        guard head.marks.isSubset(of: marks) else {
            throw reader.error("marks its chain with \(head.marks.rawValue)")
        }
        if head.fields & MovementLayout.hasSale != 0 { head.sale = try reader.takeSalePart() }
        guard head.lines >= 1, head.lines <= Limits.linesPerReservationMax,
            head.shares <= Limits.sharesPerReservationMax
        else { throw reader.error("has \(head.lines) lines and \(head.shares) shares") }
        return head
    }

    private func takeConstraints(
        _ reader: inout MovementReader
    ) throws(MovementError) -> [UInt8] {
        let size = try reader.take(UInt16.self)
        let sizeBytes = [UInt8(truncatingIfNeeded: size), UInt8(size >> 8)]
        guard Int(size) >= MovementLayout.constraintsFixedSizeBytes else {
            throw reader.error("has constraints of \(size) bytes")
        }
        let rest = unsafe try reader.takeBytes(size: Int(size) - 2, paddedTo: 1)
        let bytes = unsafe sizeBytes + Array(rest)
        guard StoredConstraints.constraints(from: bytes, in: network) != nil else {
            throw reader.error("has constraints that make no sense")
        }
        return bytes
    }

    /// Applies a reserved or replaced record.
    func applyReserved(
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let header = reader.header
        let head = try takeHead(&reader)
        let place = try placeOfNew(header.requestID, reader, lsn, gate)
        var heldSince = header.instant
        if header.kind == .replaced { heldSince = try applyGivenBack(head, &reader, lsn, gate) }
        if let place {
            let slot = try makeReserved(head, place, heldSince: heldSince, lsn, reader)
            gate?.set(0, ofSlot: slot, in: place.stripe)
        }
        if let sale = head.sale {
            try applyHold(sale, of: head.owner, head.lines, reader, lsn, gate)
        }
        try applyToStock(head, &reader, lsn, gate)
    }

    /// Makes the reservation that a record tells of; `reader` stands before its lines.
    /// - Returns: Its number in its stripe.
    private func makeReserved(
        _ head: ReservedHead,
        _ place: (hash: UInt64, stripe: Int),
        heldSince: Instant,
        _ lsn: UInt64,
        _ reader: MovementReader
    ) throws(MovementError) -> UInt32 {
        let header = reader.header
        let (slot, record) = makeReservation(
            header.requestID,
            place.hash,
            place.stripe,
            owner: head.owner,
            ReservationHead(
                mode: ReserveMode(rawValue: UInt8(truncatingIfNeeded: head.choices))
                    ?? .allOrNothing,
                policy: SourcingPolicy(rawValue: UInt8(truncatingIfNeeded: head.choices >> 8)),
                lines: head.lines,
                shares: head.shares,
                hasDetail: head.hasBackordered,
                constraintsSize: head.constraints.count,
                isOfSale: head.sale != nil
            )
        )
        let expiresAt = header.instant.advanced(byMilliseconds: head.timeToLiveMilliseconds)
        guard expiresAt.milliseconds - heldSince.milliseconds <= Int64(UInt32.max),
            heldSince <= header.instant
        else { throw reader.error("has a chain of holds that began at \(heldSince)") }
        record.digest = head.digest
        record.lsn = lsn
        record.setTimes(expiresAt: expiresAt, heldSince: heldSince)
        record.due = expiresAt
        record.destination = head.destination
        record.promisedMinute = head.promisedMinute
        if record.hasConstraints { record.setConstraints(head.constraints) }
        if let sale = head.sale { record.setSale(sale) }
        if header.kind == .replaced { record.didReplace = true }
        record.chainMarks = head.marks
        if head.hasBackordered { record.createDetail(answeredExpiresAt: expiresAt) }
        try setLines(of: record, head, reader)
        openShipments(of: record, in: place.stripe)
        reservations.schedule(slot, record, in: place.stripe, now: header.instant)
        return slot
    }

    /// Writes lines and shares into a reservation; `reader` stands before its lines.
    private func setLines(
        of record: ReservationRecord,
        _ head: ReservedHead,
        _ reader: MovementReader
    ) throws(MovementError) {
        var reader = reader
        var total = 0
        for index in 0..<head.lines {
            let sku = try reader.take(UInt32.self)
            let requested = try reader.take(UInt32.self)
            let count = try reader.take(UInt16.self)
            let flags = try reader.take(UInt16.self)
            guard requested <= Limits.unitsPerLineMax else {
                throw reader.error("asks for \(requested) units in a line")
            }
            record.setLine(
                index,
                StoredLine(
                    sku: sku,
                    requested: requested,
                    shareCount: UInt32(count),
                    isFixed: flags & UInt16(MovementLayout.fixedWarehouse) != 0
                )
            )
            total += Int(count)
        }
        guard total == head.shares else { throw reader.error("counts its shares wrongly") }
        for share in 0..<head.shares {
            let warehouse = try reader.take(UInt16.self)
            let pool = try reader.take(UInt16.self)
            let quantity = try reader.take(UInt32.self)
            try checkPlace(warehouse, pool, reader)
            let stored = StoredShare(warehouse: warehouse, pool: pool, quantity: quantity)
            record.setShare(share, stored)
            if head.hasBackordered { record.setProgress(share, ShareProgress(held: quantity)) }
        }
        guard head.hasBackordered else { return }
        for share in 0..<head.shares { record.setBackordered(share, try reader.take()) }
    }

    /// Holds in their cells what a reserved record takes; `reader` stands before its lines.
    private func applyToStock(
        _ head: ReservedHead,
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        var shares = reader
        try shares.skip(head.lines * MovementLayout.lineSizeBytes)
        var total = 0
        for _ in 0..<head.lines {
            let sku = try reader.take(UInt32.self)
            _ = try reader.take(UInt32.self)
            let count = try reader.take(UInt16.self)
            let flags = try reader.take(UInt16.self)
            total += Int(count)
            // Of a line without units the name needn't be known.
            if count == 0 { continue }
            guard let entry = try entry(sku, reader, lsn, gate) else {
                try shares.skip(Int(count) * MovementLayout.shareSizeBytes)
                continue
            }
            if flags & UInt16(MovementLayout.firstTouch) != 0 { entry.version += 1 }
            for _ in 0..<count {
                let warehouse = try shares.take(UInt16.self)
                let pool = try shares.take(UInt16.self)
                let cell = try cell(entry, warehouse, pool, reader)
                try hold(try shares.take(UInt32.self), in: cell, reader)
            }
        }
        guard total == head.shares else { throw reader.error("counts its shares wrongly") }
    }

    /// Takes back the units of a replaced hold.
    /// - Returns: The instant of the first hold of its chain.
    private func applyGivenBack(
        _ head: ReservedHead,
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) -> Instant {
        let id = try reader.takeID()
        let heldSince = Instant(milliseconds: try reader.take(Int64.self))
        let count = Int(try reader.take(UInt32.self))
        if let place = try reservation(id, reader, lsn, gate) {
            guard place.record.state == .held else {
                throw reader.error("replaces what isn't held")
            }
            try takeOn(count, of: place, to: .released, part: nil, reader, gate)
        }
        let changes = reader
        try applyToStock(count, to: .released, isPart: false, &reader, lsn, gate)
        if head.fields & MovementLayout.replacedSale != 0 {
            let sale = try reader.takeSalePart()
            let units = SaleUnits(sale, of: head.owner, count: count, isPart: false)
            try applyChange(units, to: .released, changes, lsn, gate)
        }
        return heldSince
    }

    // MARK: Committed, released, expired, fulfilled, cancelled

    /// Applies a record that takes units of one reservation on.
    func applyChange(
        _ target: UnitTarget,
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        let id = try reader.takeID()
        let count = Int(try reader.take(UInt16.self))
        let fields = try reader.take(UInt16.self)
        let isPart = fields & UInt16(MovementLayout.isPart) != 0
        let digest = isPart ? try reader.take(UInt64.self) : 0
        if let place = try reservation(id, reader, lsn, gate) {
            let change = RememberedChange(
                requestID: reader.header.requestID,
                digest: digest,
                lsn: lsn
            )
            try takeOn(count, of: place, to: target, part: isPart ? change : nil, reader, gate)
        }
        let changes = reader
        try applyToStock(count, to: target, isPart: isPart, &reader, lsn, gate)
        if fields & UInt16(MovementLayout.isOfSale) != 0 {
            let owner = try reader.takeID()
            let units = SaleUnits(
                try reader.takeSalePart(),
                of: OwnerID(high: owner.high, low: owner.low),
                count: count,
                isPart: isPart
            )
            try applyChange(units, to: target, changes, lsn, gate)
        }
    }

    /// Takes units of a reservation on; `reader` stands before the changes.
    private func takeOn(
        _ count: Int,
        of place: RecordPlace,
        to target: UnitTarget,
        part: RememberedChange?,
        _ reader: MovementReader,
        _ gate: StateGate?
    ) throws(MovementError) {
        var reader = reader
        let record = place.record
        let state = record.state
        guard state == .held || state == .committed else {
            throw reader.error("changes reservation \(record.id), which is \(state)")
        }
        let open = target == .committed ? [] : openWarehouses(of: record)
        let stripe = unsafe reservations.state(place.stripe)
        if part != nil {
            guard record.changeCount < Limits.changesPerReservationMax else {
                throw reader.error("is one change too many")
            }
            unsafe stripe.pointee.addDetail(place.slot, pool: pool)
        }
        let changes = try takeChanges(count, of: place, to: target, isPart: part != nil, &reader)
        for change in changes {
            let progress = record.progress(change.share)
            let there = change.source == .held ? progress.held : progress.committed
            guard change.stored.quantity <= there else {
                throw reader.error("takes more than is \(change.source)")
            }
            note(change, to: target, record)
        }
        if let part { unsafe stripe.pointee.remember(part, place.slot, pool: pool) }
        let instant = reader.header.instant
        settle(place, to: target, instant: instant, isScheduled: true, isReplayed: true)
        keepRetention(of: place, instant, gate)
        if target == .expired { keepExpired(changes, record) }
        if target != .committed { recountShipments(open, of: place) }
    }

    /// Moves the units of changes in their cells; `reader` stands before the changes.
    private func applyToStock(
        _ count: Int,
        to target: UnitTarget,
        isPart: Bool,
        _ reader: inout MovementReader,
        _ lsn: UInt64,
        _ gate: StateGate?
    ) throws(MovementError) {
        for _ in 0..<count {
            let sku = try reader.take(UInt32.self)
            let warehouse = try reader.take(UInt16.self)
            let flagged = try reader.take(UInt16.self)
            let units = try reader.take(UInt32.self)
            if isPart { try reader.skip(4) }
            guard let entry = try entry(sku, reader, lsn, gate) else { continue }
            if flagged & MovementLayout.firstTouchOfPool != 0 { entry.version += 1 }
            let cell = try cell(entry, warehouse, flagged & MovementLayout.poolNumber, reader)
            let source = source(to: target, flagged)
            let counted = source == .held ? cell.reserved : cell.committed
            guard Int64(units) <= counted else {
                throw reader.error("takes more than is \(source)")
            }
            guard target != .fulfilled || Int64(units) <= cell.onHand else {
                throw reader.error("fulfils more than is on hand")
            }
            move(units, in: cell, from: source, to: target)
        }
    }

    /// Reads changes and finds the share of each.
    private func takeChanges(
        _ count: Int,
        of place: RecordPlace,
        to target: UnitTarget,
        isPart: Bool,
        _ reader: inout MovementReader
    ) throws(MovementError) -> [UnitChange] {
        let shares = sharesOf(place.record)
        var next = 0
        var changes: [UnitChange] = []
        for _ in 0..<count {
            let sku = try reader.take(UInt32.self)
            let warehouse = try reader.take(UInt16.self)
            let flagged = try reader.take(UInt16.self)
            let quantity = try reader.take(UInt32.self)
            let stored = StoredShare(
                warehouse: warehouse,
                pool: flagged & MovementLayout.poolNumber,
                quantity: quantity
            )
            let source = source(to: target, flagged)
            if isPart { next = Int(try reader.take(UInt32.self)) }
            // A share has one change of held units: a second one is of another share, even if that
            // looks the same.
            if !isPart, source == .held, changes.last?.share == next { next += 1 }
            while next < shares.count, !isPart,
                !shares[next].matches(sku, stored, source, place.record)
            {
                next += 1
            }
            guard next < shares.count, shares[next].isOf(sku, stored) else {
                throw reader.error("changes a share that reservation \(place.record.id) hasn't")
            }
            changes.append(
                UnitChange(
                    line: shares[next].line,
                    share: next,
                    sku: sku,
                    stored: stored,
                    source: source
                )
            )
            // Held and committed units of one share follow each other.
            if !isPart, source == .committed || target != .fulfilled { next += 1 }
        }
        return changes
    }

    @inline(__always)
    func source(to target: UnitTarget, _ flagged: UInt16) -> UnitSource {
        switch target {
        case .committed, .released, .expired: .held
        case .cancelled: .committed
        case .fulfilled: flagged & MovementLayout.wereHeld != 0 ? .held : .committed
        }
    }

    private func sharesOf(_ record: ReservationRecord) -> [ShareIdentity] {
        var shares: [ShareIdentity] = []
        shares.reserveCapacity(record.shareCount)
        record.forEachShareByLine { line, sku, index in
            let stored = record.share(index)
            shares.append(
                ShareIdentity(
                    line: line,
                    index: index,
                    sku: sku,
                    warehouse: stored.warehouse,
                    pool: stored.pool
                )
            )
        }
        return shares
    }
}

/// What tells a share of a reservation from the others.
private struct ShareIdentity {
    var line: Int
    var index: Int
    var sku: UInt32
    var warehouse: UInt16
    var pool: UInt16

    /// Whether a change names this share's SKU, warehouse and pool.
    func isOf(_ sku: UInt32, _ stored: StoredShare) -> Bool {
        self.sku == sku && warehouse == stored.warehouse && pool == stored.pool
    }

    /// Whether a change of a whole takes all units of this share from `source`.
    func matches(
        _ sku: UInt32,
        _ stored: StoredShare,
        _ source: UnitSource,
        _ record: ReservationRecord
    ) -> Bool {
        guard isOf(sku, stored) else { return false }
        let progress = record.progress(index)
        return stored.quantity == (source == .held ? progress.held : progress.committed)
    }
}
