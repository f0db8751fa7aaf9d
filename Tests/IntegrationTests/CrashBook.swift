import HoldfastClient
import Inventory
import Storage

/// The driver's own record of what it asked and of all that it was shown.
///
/// Isolation: any task; one lock.
final class CrashBook: Sendable {
    /// A reservation that was asked for.
    struct Hold: Sendable {
        var request: ReservationRequest
        /// The older hold whose units it was to hold again, if it came to be so.
        var again: ReservationID?
        /// The name of the client with which it was made, as far as it is known.
        var client: String?
        /// When it was made; the first of its chain where it took another's place.
        var heldSince: Instant?
        /// Whether nothing but its time was ever to be changed.
        var isWhole = true
        /// The first answer; `nil` as long as none came.
        var receipt: ReservationReceipt?
        /// Its units as they were shown last; none before the first answer.
        var units: CrashUnits?
        /// What was asked of it and not answered.
        var pending: CrashChange?
        /// The last change that is remembered by its id, with its LSN.
        var remembered: (change: CrashChange, lsn: UInt64)?
        /// How often it was found as it should be since it was changed last.
        var audits = 0
    }

    /// A change of stock that was asked for.
    struct Write: Sendable {
        var request: StockWrite
        /// The first answer; `nil` as long as none came.
        var receipt: WriteReceipt?
    }

    /// A change of sales that was asked for.
    struct Order: Sendable {
        var id: RequestID
        var changes: [SaleChange]
        /// The first answer; `nil` as long as none came.
        var receipt: WriteReceipt?
    }

    /// All that the book holds.
    struct Pages: Sendable {
        var holds: [RequestID: Hold] = [:]
        /// The ids of what was asked for in sales.
        var saleIDs: [RequestID] = []
        var writes: [RequestID: Write] = [:]
        var orders: [RequestID: Order] = [:]
        /// The latest stock of each SKU that was shown.
        var reports: [String: StockReport] = [:]
        /// Of SKUs that nobody gives back: the smallest quantity that was refused.
        var refusedQuantities: [String: UInt32] = [:]
        /// The highest LSN shown.
        var lsnMax: UInt64 = 0
        /// The highest LSN shown before the server was started last.
        var lsnMaxOfEarlierRuns: UInt64 = 0
        var answerCount = 0
        var refusalCount = 0
        /// What holds and changes of them were refused for.
        var outcomes: Set<Outcome> = []
        /// How often a server was started.
        var runs: UInt64 = 0
        var violations: [String] = []
    }

    private let pages = Monitor(Pages())

    /// Reads or writes with the lock held.
    func withPages<Value: Sendable>(_ body: (inout Pages) -> Value) -> Value {
        pages.withLock { body(&$0) }
    }

    /// Notes what must not be.
    func complain(_ text: String) {
        withPages { if $0.violations.count < 20 { $0.violations.append(text) } }
    }

    // MARK: Answers

    /// Notes a request to hold, or to hold again, before it is sent.
    func begin(
        _ request: ReservationRequest,
        again old: ReservationID? = nil,
        by client: String
    ) {
        withPages {
            $0.holds[request.id] = Hold(request: request, again: old, client: client)
            if request.salePool != nil { $0.saleIDs.append(request.id) }
        }
    }

    /// Notes a change of sales before it is sent.
    func begin(_ order: Order) { withPages { $0.orders[order.id] = order } }

    /// Notes a change of stock before it is sent.
    func begin(_ request: StockWrite) {
        withPages { $0.writes[request.id] = Write(request: request) }
    }

    /// Notes a change of a hold before it is asked for.
    func begin(_ change: CrashChange, of id: ReservationID) {
        withPages { pages in
            pages.holds[id]?.pending = change
            pages.holds[id]?.audits = 0
            if !change.isOfTime { pages.holds[id]?.isWhole = false }
        }
    }

    /// Notes that a change of a hold was refused: it did nothing.
    func noteRefused(_ change: CrashChange, of id: ReservationID, _ refusal: Refusal) {
        withPages { pages in
            pages.refusalCount += 1
            pages.note(refusal)
            if pages.holds[id]?.pending == change { pages.holds[id]?.pending = nil }
        }
    }

    /// Notes an answer to a change of a hold.
    func note(_ id: ReservationID, _ change: CrashChange, _ receipt: ReservationReceipt) {
        note(id, shows: receipt)
        withPages { pages in
            guard var hold = pages.holds[id] else { return }
            if hold.pending == change { hold.pending = nil }
            if change.isRemembered, receipt.lsn != 0 {
                if let known = hold.remembered, known.change == change,
                    !receipt.isRepeated || known.lsn != receipt.lsn
                {
                    pages.violations.append("\(change) of \(id): \(receipt), first \(known.lsn)")
                }
                hold.remembered = (change, receipt.lsn)
            }
            if !receipt.isRepeated, receipt.lsn != 0 {
                pages.noteNew(receipt.lsn, "\(change) of \(id)")
            }
            pages.holds[id] = hold
        }
    }

    /// Notes an answer to `reserve`: the first, or one that must be the same again.
    func note(_ id: ReservationID, _ receipt: ReservationReceipt) {
        withPages { pages in
            guard var hold = pages.holds[id] else { return }
            if let first = hold.receipt {
                if !receipt.isRepeated || !receipt.repeats(first)
                    || receipt.expiresAt != first.expiresAt || receipt.lsn != first.lsn
                {
                    pages.violations.append("hold \(id): \(receipt), at first \(first)")
                }
            } else {
                hold.receipt = receipt
                pages.checkWhole(hold.request, receipt)
                if !receipt.isRepeated { pages.noteNew(receipt.lsn, "hold \(id)") }
            }
            pages.noteUnits(receipt, of: &hold)
            pages.holds[id] = hold
            if let old = hold.request.replaces { pages.settle(old, id, receipt.didReplace) }
        }
    }

    /// Notes an answer to anything but `reserve`; all tell the lines again.
    func note(_ id: ReservationID, shows receipt: ReservationReceipt) {
        withPages { pages in
            guard var hold = pages.holds[id] else { return }
            if let first = hold.receipt,
                !receipt.repeats(first) || receipt.expiresAt < first.expiresAt
            {
                pages.violations.append("hold \(id) shows \(receipt), at first \(first)")
            }
            pages.noteUnits(receipt, of: &hold)
            pages.holds[id] = hold
        }
    }

    /// Notes that a hold was refused: it isn't there.
    func noteRefused(_ request: ReservationRequest, _ refusal: Refusal) {
        withPages { pages in
            pages.refusalCount += 1
            pages.note(refusal)
            if pages.holds[request.id]?.receipt != nil {
                pages.violations.append("hold \(request.id) is \(refusal) after it was accepted")
            }
            pages.holds[request.id] = nil
            if let old = request.replaces { pages.settle(old, request.id, false) }
            if refusal.outcome == .insufficientStock, request.lines.count == 1 {
                pages.noteShort(of: request.lines[0].sku, request.lines[0].quantity)
            }
        }
    }

    /// Notes an answer to a request to hold again: what it made, or the older hold.
    func note(_ held: HeldReservation, _ again: HeldAgain) {
        if held.id == again.request.id { return note(again.request.id, held.receipt) }
        withPages { pages in
            if held.id != again.old || pages.holds[again.request.id]?.receipt != nil {
                pages.violations.append("\(again) is \(held)")
            }
            pages.holds[again.request.id] = nil
        }
        note(again.old, shows: held.receipt)
    }

    /// Notes an answer to a change of stock.
    func note(_ id: RequestID, _ receipt: WriteReceipt) {
        withPages { pages in
            guard let write = pages.writes[id] else { return }
            pages.writes[id]?.receipt = write.receipt ?? receipt
            pages.note(receipt, after: write.receipt, "write \(id)")
        }
    }

    /// Notes an answer to a change of sales.
    func note(order id: RequestID, _ receipt: WriteReceipt) {
        withPages { pages in
            guard let order = pages.orders[id] else { return }
            pages.orders[id]?.receipt = order.receipt ?? receipt
            pages.note(receipt, after: order.receipt, "change of sales \(id)")
        }
    }

    /// Notes that a change of stock was refused: it isn't there.
    func noteRefused(_ write: StockWrite, _ refusal: Refusal) {
        withPages { pages in
            pages.refusalCount += 1
            if pages.writes[write.id]?.receipt != nil {
                pages.violations.append("write \(write.id) is \(refusal) after it was accepted")
            }
            pages.writes[write.id] = nil
        }
    }

    /// Notes the stock of a SKU that was shown; `floor` is the version known before it was asked.
    func note(_ report: StockReport, floor: UInt64) {
        withPages { pages in
            if report.version < floor {
                pages.violations.append("\(report.sku) fell from version \(floor): \(report)")
            }
            guard let known = pages.reports[report.sku] else {
                pages.reports[report.sku] = report
                return
            }
            if known.version == report.version, known != report {
                pages.violations.append("two figures of one version: \(known) \(report)")
            }
            if known.version < report.version { pages.reports[report.sku] = report }
        }
    }

    /// The version of a SKU that was shown last.
    func version(of sku: String) -> UInt64 { withPages { $0.reports[sku]?.version ?? 0 } }

    /// Begins another run of the server.
    func beginRun() {
        withPages {
            $0.lsnMaxOfEarlierRuns = $0.lsnMax
            $0.runs += 1
        }
    }
}

extension CrashBook.Pages {
    /// Notes the LSN of a movement that was just made: it must be behind all of earlier runs.
    mutating func noteNew(_ lsn: UInt64, _ what: String) {
        if lsn <= lsnMaxOfEarlierRuns {
            violations.append("\(what) has LSN \(lsn), shown before: \(lsnMaxOfEarlierRuns)")
        }
        lsnMax = max(lsnMax, lsn)
    }

    /// Notes the answer to a change of stock or sales: the first, or one that must be it again.
    mutating func note(_ receipt: WriteReceipt, after first: WriteReceipt?, _ what: String) {
        guard var expected = first else {
            if !receipt.isRepeated { noteNew(receipt.lsn, what) }
            return
        }
        expected.isRepeated = true
        if receipt != expected { violations.append("\(what): \(receipt), at first \(expected)") }
    }

    /// Notes what something was refused for.
    mutating func note(_ refusal: Refusal) { outcomes.insert(refusal.outcome) }

    /// Notes the units of a hold; nothing that was shown may be taken back, nothing come of itself.
    mutating func noteUnits(_ receipt: ReservationReceipt, of hold: inout CrashBook.Hold) {
        let shown = CrashUnits(receipt)
        defer { hold.units = shown }
        guard let known = hold.units else { return }
        var possible = [known]
        if let pending = hold.pending { possible.append(pending.applied(to: known)) }
        // A pending replacement and another change can both have been carried out.
        if hold.request.isBrief {
            possible += possible.map { units in units.moved { $0.held = 0 } }
            if let pending = hold.pending {
                possible.append(pending.applied(to: known.moved { $0.held = 0 }))
            }
        }
        if !possible.contains(shown) {
            violations.append(
                "hold \(hold.request.id) went from \(known) to \(shown), asked: "
                    + "\(String(describing: hold.pending))"
            )
        }
    }

    /// Notes whether a hold took the place of the one that it named.
    mutating func settle(_ old: ReservationID, _ new: ReservationID, _ didReplace: Bool) {
        guard var hold = holds[old], hold.pending == .replace(by: new) else { return }
        hold.pending = nil
        if didReplace { hold.units = hold.units?.moved { $0.held = 0 } }
        holds[old] = hold
    }

    /// Notes that less than `quantity` units were there.
    mutating func noteShort(of sku: String, _ quantity: UInt32) {
        guard sku.hasPrefix(CrashWorld.oneWayPrefix) else { return }
        refusedQuantities[sku] = min(refusedQuantities[sku] ?? .max, quantity)
    }

    /// Checks that an accepted hold is what its mode promises.
    mutating func checkWhole(_ request: ReservationRequest, _ receipt: ReservationReceipt) {
        guard receipt.lines.count == request.lines.count else {
            violations.append("hold \(request.id) has \(receipt.lines.count) lines")
            return
        }
        for (line, got) in zip(request.lines, receipt.lines) {
            let units = got.shares.map(\.quantity).reduce(0, +)
            let isWhole = got.reserved == line.quantity
            let isRight =
                switch request.mode {
                case .allOrNothing: isWhole
                case .wholeLines: isWhole || got.reserved == 0
                case .bestEffort: got.reserved <= line.quantity
                }
            if units != got.reserved || got.requested != line.quantity || !isRight {
                violations.append("hold \(request.id): \(line) got \(got)")
            }
            if got.reserved < line.quantity, request.mode == .bestEffort {
                noteShort(of: line.sku, 1)
            }
        }
    }
}

extension ReservationReceipt {
    /// Whether it tells the lines and shares of another answer about the same reservation.
    func repeats(_ other: ReservationReceipt) -> Bool {
        lines.count == other.lines.count
            && zip(lines, other.lines).allSatisfy { mine, theirs in
                mine.requested == theirs.requested && mine.reserved == theirs.reserved
                    && mine.shares.map(\.identity) == theirs.shares.map(\.identity)
            }
    }
}

extension Share {
    /// The share without what changes.
    fileprivate var identity: Share {
        Share(warehouse: warehouse, quantity: quantity, pool: pool, backordered: backordered)
    }
}
