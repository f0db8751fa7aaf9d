import HoldfastClient
import Inventory

extension CrashShopper {
    /// One thing that shoppers, and now and then the shop, do in a sale.
    mutating func stepInSale() async throws(ClientError) {
        switch roll(100) {
        case ..<36: try await reserve(saleRequest(in: CrashSales.seats))
        case ..<56: try await reserve(saleRequest(in: CrashSales.drop))
        case ..<62: try await replaceInSale()
        case ..<80: try await change(inSale: true)
        case ..<88: try await extendInSale()
        case ..<95: try await holdAgain()
        case ..<97: try await openOrClose()
        default: try await show(inSale: true)
        }
    }

    private mutating func saleRequest(in pool: PoolName) -> ReservationRequest {
        let skus = CrashSales.skus[pool, default: []]
        let lines = (0...roll(3)).map { _ in
            ReservationRequest.Line(
                sku: skus[roll(skus.count)],
                quantity: roll(3) == 0 ? 2 : 1,
                pools: [pool]
            )
        }
        let owner = CrashSales.owner(firstOwner + UInt64(roll(CrashSales.ownersAtOnce)))
        return ReservationRequest(
            id: newID(),
            owner: owner,
            lines: lines,
            timeToLiveMilliseconds: CrashWorld.longMilliseconds
        )
    }

    private mutating func replaceInSale() async throws(ClientError) {
        guard let old = pick(inSale: true), old.pending == nil, !old.request.isBrief else { return }
        var request = saleRequest(in: CrashSales.seats)
        request.owner = old.request.owner
        request.replaces = old.request.id
        book.begin(.replace(by: request.id), of: old.request.id)
        try await reserve(request)
    }

    /// Lets a payment begin, or be decided elsewhere, or asks for more time.
    private mutating func extendInSale() async throws(ClientError) {
        guard let hold = pick(inSale: true), hold.units?.isOpen ?? false, hold.pending == nil else {
            return
        }
        let reason = ExtendReason.allCases[roll(ExtendReason.allCases.count)]
        let isLong = !hold.request.isBrief && reason != .paymentPending
        let milliseconds =
            isLong ? CrashWorld.longMilliseconds + UInt32(roll(1_000)) : UInt32(1 + roll(300))
        try await ask(.extend(milliseconds, reason, newID()), of: hold)
    }

    /// A payment that may have come too late: what a hold held is held again, or still held.
    private mutating func holdAgain() async throws(ClientError) {
        guard let old = pick(inSale: true), old.request.isBrief, old.isWhole, old.pending == nil
        else { return }
        var request = old.request
        request.id = newID()
        book.begin(request, again: old.request.id, by: name)
        let again = HeldAgain(old: old.request.id, request: request)
        switch try await again.send(with: client) {
        case .success(let held):
            book.note(held, again)
            if held.id == request.id { note(mine: request) }
        case .failure(let refusal): book.noteRefused(request, refusal)
        }
    }

    private mutating func openOrClose() async throws(ClientError) {
        let pool = CrashSales.pools[roll(CrashSales.pools.count)]
        let order = CrashBook.Order(
            id: newID(),
            changes: [roll(3) == 0 ? .closing(pool) : .opening(pool)]
        )
        book.begin(order)
        switch try await client.write(order.changes, requestID: order.id) {
        case .success(let receipt): book.note(order: order.id, receipt)
        case .failure(let refusal): book.complain("\(order.changes): \(refusal)")
        }
    }
}

/// A request to hold again what an older hold held.
struct HeldAgain: Sendable {
    /// The older hold.
    var old: ReservationID
    /// What is held if it has expired.
    var request: ReservationRequest

    /// Sends it.
    func send(
        with client: HoldfastClient
    ) async throws(ClientError) -> Result<HeldReservation, Refusal> {
        try await client.holdAgain(old, as: request.id, owner: request.owner)
    }
}
