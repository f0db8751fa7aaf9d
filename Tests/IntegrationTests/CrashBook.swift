import HoldfastClient
import Inventory
import Synchronization

/// The driver's own record of what it asked and of all that it was shown.
///
/// Isolation: any task; one lock.
final class CrashBook: Sendable {
    /// A reservation that was asked for.
    struct Hold: Sendable {
        var request: ReservationRequest
        /// The first answer; `nil` as long as none came.
        var receipt: ReservationReceipt?
        /// The state that was shown last.
        var state = ReservationState.held
        /// What was asked for and not answered.
        var attempts: Set<ReservationState> = []
    }

    /// A change of stock that was asked for.
    struct Write: Sendable {
        var request: StockWrite
        /// The first answer; `nil` as long as none came.
        var receipt: WriteReceipt?
    }

    /// All that the book holds.
    struct Pages: Sendable {
        var holds: [RequestID: Hold] = [:]
        var writes: [RequestID: Write] = [:]
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
        var violations: [String] = []
    }

    private let pages = Mutex(Pages())

    /// Reads or writes with the lock held.
    func withPages<Value: Sendable>(_ body: (inout Pages) -> Value) -> Value {
        pages.withLock { body(&$0) }
    }

    /// Notes what must not be.
    func complain(_ text: String) {
        withPages { if $0.violations.count < 20 { $0.violations.append(text) } }
    }

    // MARK: Answers

    /// Notes a request to hold before it is sent.
    func begin(_ request: ReservationRequest) {
        withPages { $0.holds[request.id] = Hold(request: request) }
    }

    /// Notes a change of stock before it is sent.
    func begin(_ request: StockWrite) {
        withPages { $0.writes[request.id] = Write(request: request) }
    }

    /// Notes the end of a hold before it is asked for.
    func begin(_ state: ReservationState, of id: ReservationID) {
        withPages { _ = $0.holds[id]?.attempts.insert(state) }
    }

    /// Notes an answer to `reserve`: the first, or one that must be the same again.
    func note(_ id: ReservationID, _ receipt: ReservationReceipt) {
        withPages { pages in
            guard var hold = pages.holds[id] else { return }
            if let first = hold.receipt {
                var expected = first
                expected.isRepeated = true
                expected.state = receipt.state
                if receipt != expected {
                    pages.violations.append("hold \(id): \(receipt), at first \(first)")
                }
            } else {
                hold.receipt = receipt
                pages.checkWhole(hold.request, receipt)
                if !receipt.isRepeated { pages.noteNew(receipt.lsn, "hold \(id)") }
            }
            pages.noteState(receipt.state, of: &hold)
            pages.holds[id] = hold
        }
    }

    /// Notes an answer to `commit`, `release` or `show`, which all tell the lines again.
    func note(_ id: ReservationID, shows receipt: ReservationReceipt) {
        withPages { pages in
            guard var hold = pages.holds[id] else { return }
            if let first = hold.receipt,
                receipt.lines != first.lines || receipt.expiresAt != first.expiresAt
            {
                pages.violations.append("hold \(id) shows \(receipt), at first \(first)")
            }
            pages.noteState(receipt.state, of: &hold)
            pages.holds[id] = hold
        }
    }

    /// Notes that a hold was refused: it isn't there.
    func noteRefused(_ request: ReservationRequest, _ refusal: Refusal) {
        withPages { pages in
            pages.refusalCount += 1
            if pages.holds[request.id]?.receipt != nil {
                pages.violations.append("hold \(request.id) is \(refusal) after it was accepted")
            }
            pages.holds[request.id] = nil
            if refusal.outcome == .insufficientStock, request.lines.count == 1 {
                pages.noteShort(of: request.lines[0].sku, request.lines[0].quantity)
            }
        }
    }

    /// Notes an answer to a change of stock.
    func note(_ id: RequestID, _ receipt: WriteReceipt) {
        withPages { pages in
            guard let write = pages.writes[id] else { return }
            if let first = write.receipt {
                var expected = first
                expected.isRepeated = true
                if receipt != expected {
                    pages.violations.append("write \(id): \(receipt), at first \(first)")
                }
                return
            }
            pages.writes[id]?.receipt = receipt
            if !receipt.isRepeated { pages.noteNew(receipt.lsn, "write \(id)") }
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
    func beginRun() { withPages { $0.lsnMaxOfEarlierRuns = $0.lsnMax } }
}

extension CrashBook.Pages {
    /// Notes the LSN of a movement that was just made: it must be behind all of earlier runs.
    mutating func noteNew(_ lsn: UInt64, _ what: String) {
        if lsn <= lsnMaxOfEarlierRuns {
            violations.append("\(what) has LSN \(lsn), shown before: \(lsnMaxOfEarlierRuns)")
        }
        lsnMax = max(lsnMax, lsn)
    }

    /// Notes a state; none that was shown may be taken back.
    mutating func noteState(_ state: ReservationState, of hold: inout CrashBook.Hold) {
        let isPossible =
            switch (hold.state, state) {
            case (.held, .held): true
            case (.held, .expired): hold.request.isBrief
            case (.held, let new): hold.attempts.contains(new)
            case (let old, let new): old == new
            }
        if !isPossible {
            violations.append("hold \(hold.request.id) went from \(hold.state) to \(state)")
        }
        hold.state = state
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
