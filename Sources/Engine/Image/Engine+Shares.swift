internal import Inventory
internal import Movements

/// Where the copying of what owners have of sales goes on.
package struct OwnerEntryPosition: Hashable, Sendable {
    /// The stripe.
    var stripe: Int
    /// The slot in it.
    var slot: UInt32

    /// The first of all.
    package static let first = OwnerEntryPosition(stripe: 0, slot: 0)
}

// See `Engine+Capture.swift` for why this is whole. Shares are copied behind the configuration: all
// about a sale that is newer than that is in the log behind it, so its entries are passed over when
// they are loaded; a sale that was forgotten since takes its entries along when the log says so. An
// entry keeps its slot as long as its sale is known.
extension Engine {
    private static var entriesPerHoldMax: Int { 256 }

    /// Copies what owners have of sales as state records until the buffer is full.
    ///
    /// Holds one lock at a time, for at most 256 slots.
    /// - Parameters:
    ///   - position: Where to begin, `.first` at first.
    ///   - buffer: At least ``StateLayout/recordSizeBytesMax``.
    ///   - limit: Records copied, at most.
    /// - Returns: What was copied; `parts` are entries.
    package func captureShares(
        from position: OwnerEntryPosition,
        into buffer: UnsafeMutableRawBufferPointer,
        limit: Int = .max
    ) -> CapturedRecords<OwnerEntryPosition> {
        guard buffer.count >= StateLayout.recordSizeBytesMax, let base = buffer.baseAddress else {
            preconditionFailure("a buffer holds the largest record")
        }
        var captured = CapturedRecords<OwnerEntryPosition>()
        var place = position
        let most = StateLayout.headerSizeBytes + Engine.entriesPerHoldMax * OwnerEntry.sizeBytes
        while place.stripe < owners.count {
            guard captured.records < limit, buffer.count - captured.sizeBytes >= most else {
                captured.next = place
                return captured
            }
            unsafe captureHold(&place, base, &captured)
        }
        return captured
    }

    /// Copies what one hold of a stripe's lock is long enough for.
    private func captureHold(
        _ place: inout OwnerEntryPosition,
        _ base: UnsafeMutableRawPointer,
        _ captured: inout CapturedRecords<OwnerEntryPosition>
    ) {
        let lock = owners.lock(place.stripe)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe owners.state(place.stripe)
        let count = unsafe stripe.pointee.entries.slotCount
        let end = min(count, place.slot + UInt32(Engine.entriesPerHoldMax))
        var found = 0
        for slot in place.slot..<end
        where unsafe stripe.pointee.entries.entry(slot).sale != 0 { found += 1 }
        if found > 0 {
            let size = StateLayout.headerSizeBytes + found * OwnerEntry.sizeBytes
            var writer = unsafe MovementWriter(
                state: base + captured.sizeBytes,
                size: size,
                StateHeader(kind: .shares, lsn: ring.tail),
                half: UInt16(found)
            )
            for slot in place.slot..<end {
                let entry = unsafe stripe.pointee.entries.entry(slot)
                if entry.sale == 0 { continue }
                unsafe writer.put(entry.address, size: OwnerEntry.sizeBytes, paddedTo: 1)
            }
            writer.finish()
            captured.sizeBytes += size
            captured.records += 1
            captured.parts += found
        }
        place.slot = end
        if end == count { place = OwnerEntryPosition(stripe: place.stripe + 1, slot: 0) }
    }

    // MARK: Loading

    /// Loads the sales, once the pools are loaded.
    func loadSales(_ reader: inout StateReader) throws(StateError) {
        guard network.book.next == 1 else { throw reader.error("is there a second time") }
        let (sales, next) = try reader.takeSales(network.pools)
        guard next > 1 else { throw reader.error("gives the next sale the number \(next)") }
        try reader.finish()
        replaceNetwork(network.replacing(book: SaleBook(sales, next: next)))
    }

    /// Loads entries of what owners have of sales, each under its stripe's lock; those of sales
    /// that aren't known count for nothing.
    func loadShares(_ reader: inout StateReader, _ gate: StateGate) throws(StateError) {
        if !gate.hasShares { return }
        let book = network.book
        for _ in 0..<reader.half {
            let bytes = try unsafe reader.takeBytes(size: OwnerEntry.sizeBytes, paddedTo: 1)
            guard let source = bytes.baseAddress else { throw reader.error("is cut short") }
            try unsafe load(entry: source, book, reader, gate)
        }
        try reader.finish()
    }

    private func load(
        entry source: UnsafeRawPointer,
        _ book: SaleBook,
        _ reader: borrowing StateReader,
        _ gate: StateGate
    ) throws(StateError) {
        let sale = unsafe source.loadUnaligned(fromByteOffset: 16, as: UInt32.self)
        let sku = unsafe source.loadUnaligned(fromByteOffset: 20, as: UInt32.self)
        let owner = unsafe OwnerID(
            high: source.loadUnaligned(as: UInt64.self),
            low: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
        guard sale > 0, sku < Limits.skusMax || sku >= StateLayout.ofClient else {
            throw reader.error("has an entry of sale \(sale), SKU \(sku)")
        }
        guard book.sale(sale) != nil else { return }
        let key = OwnerEntryKey(owner, sale: sale, sku: sku)
        let ownerHash = hash.hash(owner.high, owner.low)
        let index = owners.index(of: ownerHash)
        let lock = owners.lock(index)
        lock.lock()
        defer { lock.unlock() }
        let stripe = unsafe owners.state(index)
        let entryHash = entryHash(key, ownerHash)
        guard unsafe stripe.pointee.find(key, hash: entryHash) == nil else {
            throw reader.error("has an entry of owner \(owner) a second time")
        }
        let slot = unsafe stripe.pointee.add(key, hash: entryHash, pool: pool)
        let entry = unsafe stripe.pointee.entries.entry(slot)
        unsafe entry.create(from: source)
        if entry.isOfAllSKUs {
            let share = entry.share
            unsafe stripe.pointee.withSum(of: sale) { $0.add(share) }
        }
        gate.set(reader.header.lsn, ofEntry: slot, in: index)
    }
}
