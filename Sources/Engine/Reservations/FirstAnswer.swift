internal import Inventory

/// The shares of a reservation as its first answer told them, kept once units of it have moved.
///
/// Layout: u32 number of shares, u32 promised arrival in whole minutes since 1970 (0: none), by
/// line u32 number of its shares, then the shares of all lines, 12 bytes each: u16 warehouse, u16
/// pool, u32 units, u32 of them backordered.
///
/// Isolation: none; the lock of the reservation's stripe is held.
@safe
struct FirstAnswer {
    /// Where it stands.
    let address: UnsafeMutableRawPointer
    private let lineCount: Int

    private static let headerSizeBytes = 8
    private static let shareSizeBytes = 12

    /// The first answer at `address`, of a reservation of `lines` lines.
    init(at address: UnsafeMutableRawPointer, lines: Int) {
        unsafe self.address = unsafe address
        lineCount = lines
    }

    /// Bytes of a first answer.
    static func sizeBytes(lines: Int, shares: Int) -> Int {
        headerSizeBytes + lines * 4 + shares * shareSizeBytes
    }

    /// Bytes that it takes.
    var sizeBytes: Int { FirstAnswer.sizeBytes(lines: lineCount, shares: shareCount) }

    /// How many shares it has.
    var shareCount: Int { unsafe Int(address.load(as: UInt32.self)) }

    /// When the last of its shipments was promised to arrive, in whole minutes since 1970; 0: none.
    var promisedMinute: UInt32 { unsafe address.load(fromByteOffset: 4, as: UInt32.self) }

    /// How many of them are a line's.
    func shareCount(ofLine line: Int) -> Int {
        precondition(line >= 0 && line < lineCount, "line index out of range")
        return unsafe Int(
            address.load(
                fromByteOffset: FirstAnswer.headerSizeBytes + line * 4,
                as: UInt32.self
            )
        )
    }

    private func place(_ share: Int) -> UnsafeMutableRawPointer {
        precondition(share >= 0 && share < shareCount, "share index out of range")
        return unsafe address + FirstAnswer.headerSizeBytes + lineCount * 4
            + share * FirstAnswer.shareSizeBytes
    }

    /// The share at `index`, counted over all lines, and how many of its units were backordered.
    func share(_ index: Int) -> (stored: StoredShare, backordered: UInt32) {
        let place = unsafe place(index)
        let stored = unsafe StoredShare(
            warehouse: place.load(as: UInt16.self),
            pool: place.load(fromByteOffset: 2, as: UInt16.self),
            quantity: place.load(fromByteOffset: 4, as: UInt32.self)
        )
        return unsafe (stored, place.load(fromByteOffset: 8, as: UInt32.self))
    }

    /// Makes the memory a first answer whose lines and shares are still to be written.
    func create(shares: Int, promisedMinute: UInt32) {
        unsafe address.storeBytes(of: UInt32(shares), as: UInt32.self)
        unsafe address.storeBytes(of: promisedMinute, toByteOffset: 4, as: UInt32.self)
    }

    /// Writes how many shares are a line's.
    func setShareCount(_ count: UInt32, ofLine line: Int) {
        precondition(line >= 0 && line < lineCount, "line index out of range")
        unsafe address.storeBytes(
            of: count,
            toByteOffset: FirstAnswer.headerSizeBytes + line * 4,
            as: UInt32.self
        )
    }

    /// Writes the share at `index`, counted over all lines.
    func setShare(_ index: Int, _ share: StoredShare, backordered: UInt32) {
        let place = unsafe place(index)
        unsafe place.storeBytes(of: share.warehouse, as: UInt16.self)
        unsafe place.storeBytes(of: share.pool, toByteOffset: 2, as: UInt16.self)
        unsafe place.storeBytes(of: share.quantity, toByteOffset: 4, as: UInt32.self)
        unsafe place.storeBytes(of: backordered, toByteOffset: 8, as: UInt32.self)
    }

    /// Writes the present lines and shares of a record.
    func create(from record: ReservationRecord) {
        create(shares: record.shareCount, promisedMinute: record.promisedMinute)
        for line in 0..<lineCount { setShareCount(record.line(line).shareCount, ofLine: line) }
        for index in 0..<record.shareCount {
            setShare(index, record.share(index), backordered: record.backordered(index))
        }
    }
}

/// Units of a reservation that a reroute moves: what leaves a share, or what comes to a line.
struct MovedUnits {
    /// Index of the share that they leave, or of the line that they come to.
    var index: Int
    /// Number of the SKU.
    var sku: UInt32
    /// Warehouse, pool, and how many.
    var stored: StoredShare
    /// How many of them are backordered.
    var backordered: UInt32
}

extension ReservationStripe {
    /// A share with all that is told of it.
    private struct WholeShare {
        var stored: StoredShare
        var progress: ShareProgress
        var backordered: UInt32
    }

    /// Moves held units of a reservation, which from now on has a detail and its first answer.
    ///
    /// What comes to a warehouse and pool that the line has a share of joins that share, else it is
    /// a new last one of the line. A share that nothing is left of goes.
    mutating func move(
        _ left: [MovedUnits],
        to came: [MovedUnits],
        _ slot: UInt32,
        pool: ExtentPool
    ) {
        addDetail(slot, pool: pool)
        let record = records.record(slot)
        keepFirstAnswer(of: record, pool: pool)
        var shares = wholeShares(of: record)
        for units in left {
            shares[units.index].stored.quantity -= units.stored.quantity
            shares[units.index].progress.held -= units.stored.quantity
            shares[units.index].backordered -= units.backordered
        }
        var lines: [StoredLine] = []
        var kept: [WholeShare] = []
        var start = 0
        for index in 0..<record.lineCount {
            var line = record.line(index)
            let end = start + Int(line.shareCount)
            var ofLine = shares[start..<end].filter { $0.stored.quantity > 0 }
            start = end
            for units in came where units.index == index { join(units, &ofLine) }
            line.shareCount = UInt32(ofLine.count)
            lines.append(line)
            kept += ofLine
        }
        write(lines, kept, to: record, pool: pool)
    }

    private func wholeShares(of record: ReservationRecord) -> [WholeShare] {
        (0..<record.shareCount).map {
            WholeShare(
                stored: record.share($0),
                progress: record.progress($0),
                backordered: record.backordered($0)
            )
        }
    }

    private func join(_ units: MovedUnits, _ shares: inout [WholeShare]) {
        let known = shares.firstIndex {
            $0.stored.warehouse == units.stored.warehouse && $0.stored.pool == units.stored.pool
        }
        guard let known else {
            shares.append(
                WholeShare(
                    stored: units.stored,
                    progress: ShareProgress(held: units.stored.quantity),
                    backordered: units.backordered
                )
            )
            return
        }
        shares[known].stored.quantity += units.stored.quantity
        shares[known].progress.held += units.stored.quantity
        shares[known].backordered += units.backordered
    }

    private mutating func keepFirstAnswer(of record: ReservationRecord, pool: ExtentPool) {
        if record.firstAnswer != nil { return }
        let size = FirstAnswer.sizeBytes(lines: record.lineCount, shares: record.shareCount)
        let block = unsafe arena.allocate(size, from: pool)
        let first = unsafe FirstAnswer(at: block, lines: record.lineCount)
        first.create(from: record)
        record.firstAnswer = first
    }

    /// Gives a reservation with a detail other shares.
    private mutating func write(
        _ lines: [StoredLine],
        _ shares: [WholeShare],
        to record: ReservationRecord,
        pool: ExtentPool
    ) {
        let oldSize = record.blockSize
        let old = unsafe record.block
        let oldDetail = ReservationDetail.offset(lines: lines.count, shares: record.shareCount)
        let newDetail = ReservationDetail.offset(lines: lines.count, shares: shares.count)
        let constraints = record.constraintsBytes
        let sale = record.sale
        let size = ReservationRecord.blockSize(
            lines: lines.count,
            shares: shares.count,
            hasDetail: true,
            constraintsSize: constraints.count,
            isOfSale: sale != nil
        )
        let block = unsafe arena.allocate(size, from: pool)
        unsafe (block + newDetail).copyMemory(
            from: old + oldDetail,
            byteCount: ReservationDetail.headerSizeBytes
        )
        unsafe arena.free(old, oldSize, to: pool)
        record.shareCount = shares.count
        unsafe record.block = unsafe block
        if !constraints.isEmpty { record.setConstraints(constraints) }
        if let sale { record.setSale(sale) }
        for (index, line) in lines.enumerated() { record.setLine(index, line) }
        for (index, share) in shares.enumerated() {
            record.setShare(index, share.stored)
            record.setProgress(index, share.progress)
            record.setBackordered(index, share.backordered)
        }
    }
}
