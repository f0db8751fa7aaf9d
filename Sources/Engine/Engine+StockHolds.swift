package import Inventory

/// What a walk over reservations looks for, and what it has found so far.
private struct HoldSearch {
    /// Number of the SKU.
    let sku: UInt32
    /// Number of the warehouse; `nil` for all.
    let warehouse: UInt16?
    /// How many reservations to keep.
    let limit: Int
    /// The reservations, and the LSNs by which the older comes first.
    private var found: [(lsn: UInt64, hold: StockHolds.Hold)] = []
    private var count = 0
    private var held: UInt64 = 0
    private var committed: UInt64 = 0

    private static let spareHolds = 4_096

    init(sku: UInt32, warehouse: UInt16?, limit: Int) {
        self.sku = sku
        self.warehouse = warehouse
        self.limit = limit
    }

    /// Adds a reservation with units there.
    mutating func add(_ hold: StockHolds.Hold, lsn: UInt64) {
        count += 1
        held += UInt64(hold.held)
        committed += UInt64(hold.committed)
        found.append((lsn, hold))
    }

    /// Drops what is too many, once that is worth it; for between two slices, as it takes a while.
    mutating func trim() {
        if found.count - HoldSearch.spareHolds >= limit { cut() }
    }

    private mutating func cut() {
        found.sort { $0.lsn < $1.lsn }
        if found.count > limit { found.removeLast(found.count - limit) }
    }

    /// What was found, the oldest reservations first.
    mutating func result() -> StockHolds {
        cut()
        return StockHolds(
            count: UInt32(clamping: count),
            held: held,
            committed: committed,
            holds: found.map(\.hold)
        )
    }
}

extension Engine {
    /// The open reservations that have units of a SKU; `nil` if it isn't known.
    ///
    /// Walks over all reservations, and gives each stripe's lock back after a few hundred of them:
    /// each reservation is told as it is at one instant, one made meanwhile may be missing, one
    /// that was there before and is there afterwards is told. Units whose time is over at `now`
    /// don't count, also before their expiry is logged.
    /// - Complexity: O(reservations).
    package func holds(
        of sku: String,
        warehouse: WarehouseCode?,
        limit: Int,
        now: Instant
    ) -> StockHolds? {
        guard let number = number(of: sku) else { return nil }
        var warehouseNumber: UInt16?
        if let warehouse {
            warehouseNumber = network.number(of: warehouse)
            if warehouseNumber == nil {
                return StockHolds(count: 0, held: 0, committed: 0, holds: [])
            }
        }
        var search = HoldSearch(sku: number, warehouse: warehouseNumber, limit: limit)
        for stripe in 0..<reservations.count {
            var slot: UInt32? = 0
            while let start = slot {
                slot = walk(stripe, from: start, now: now, &search)
                search.trim()
            }
        }
        return search.result()
    }

    /// The number of a SKU.
    private func number(of sku: String) -> UInt32? {
        var name = sku
        return name.withUTF8 { bytes -> UInt32? in
            guard let base = bytes.baseAddress, bytes.count <= Limits.skuSizeBytesMax else {
                return nil
            }
            let view = unsafe SKUView(bytes: base, size: bytes.count)
            let skuHash = unsafe hash.hash(view.bytes, size: view.size)
            let lock = stock.lock(stock.index(of: skuHash))
            lock.lock()
            defer { lock.unlock() }
            return unsafe find(view, hash: skuHash)
        }
    }

    static var recordsPerSlice: Int { 512 }
    static var sharesPerSlice: Int { 8_192 }

    /// Looks through some records of a stripe under its lock.
    /// - Returns: The record to go on from; `nil` at the end.
    private func walk(
        _ index: Int,
        from start: UInt32,
        now: Instant,
        _ search: inout HoldSearch
    ) -> UInt32? {
        let lock = reservations.lock(index)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe reservations.state(index)
        let instant = unsafe max(now, stripe.pointee.lastInstant)
        let end = unsafe stripe.pointee.records.slotCount
        var recordsLeft = Engine.recordsPerSlice
        var sharesLeft = Engine.sharesPerSlice
        var slot = start
        while slot < end {
            if recordsLeft <= 0 || sharesLeft <= 0 { return slot }
            let record = unsafe stripe.pointee.records.record(slot)
            slot += 1
            recordsLeft -= 1
            if record.isFree || record.kind != .reservation { continue }
            sharesLeft -= record.lineCount + record.shareCount
            look(at: record, instant, &search)
        }
        return nil
    }

    private func look(
        at record: ReservationRecord,
        _ instant: Instant,
        _ search: inout HoldSearch
    ) {
        let state = record.state
        guard state == .held || state == .committed else { return }
        var held: UInt64 = 0
        var committed: UInt64 = 0
        var index = 0
        let isOver = instant >= record.expiresAt
        record.forEachShare { sku, share in
            defer { index += 1 }
            guard sku == search.sku, search.warehouse ?? share.warehouse == share.warehouse else {
                return
            }
            let progress = record.progress(index)
            held += isOver ? 0 : UInt64(progress.held)
            committed += UInt64(progress.committed)
        }
        if held == 0, committed == 0 { return }
        search.add(
            StockHolds.Hold(
                id: record.id,
                owner: record.owner,
                expiresAt: record.expiresAt,
                held: UInt32(clamping: held),
                committed: UInt32(clamping: committed)
            ),
            lsn: record.lsn
        )
    }

    // MARK: Fill

    /// The stock of each warehouse over all its cells, in the order of codes.
    ///
    /// Takes one stripe's lock for one SKU at a time: each SKU is read at one instant, not all of
    /// them at the same.
    /// - Complexity: O(cells).
    package func warehouseFill() -> [WarehouseFill] {
        var cells = [UInt64](repeating: 0, count: Limits.warehousesMax)
        var sums = [CellFigures](repeating: .zero, count: Limits.warehousesMax)
        for number in 0..<directory.count {
            let entry = directory.entry(number)
            let skuHash = entry.hash
            if skuHash == 0 { continue }
            let lock = stock.lock(stock.index(of: skuHash))
            lock.lock()
            for index in 0..<entry.cellCount {
                let cell = entry.cell(index)
                cells[Int(cell.warehouse)] += 1
                sums[Int(cell.warehouse)].add(cell.figures)
            }
            lock.unlock()
        }
        let open = openShipmentsByWarehouse()
        let warehouses = network.warehouses
        return warehouses.indices.sorted { warehouses[$0].code < warehouses[$1].code }.map {
            WarehouseFill(
                warehouse: warehouses[$0].code,
                state: warehouses[$0].state,
                cells: cells[$0],
                figures: sums[$0],
                openShipments: open[$0],
                capacityShipments: warehouses[$0].capacityShipments
            )
        }
    }
}
