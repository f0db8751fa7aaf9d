internal import Engine
internal import HoldfastClient
internal import Movements
internal import Node

/// A count beside what the books say.
struct ReconciledCount {
    /// What became of the count.
    enum Outcome: String {
        /// The books say the same.
        case agrees
        /// The books say something else, and nothing was done about it.
        case differs
        /// The books were corrected.
        case corrected
        /// An earlier run with the same file corrected the books.
        case correctedBefore = "corrected_before"
        /// A later count of the same place has corrected the books.
        case superseded
        /// More units have left since than were counted.
        case contradicted
        /// The SKU or the warehouse isn't known.
        case unknown
        /// The server refused the correction.
        case refused
    }

    let row: CountRow
    /// Units on hand when it was counted.
    var then: Int64 = 0
    /// The SKU as the books have it now.
    var now: StockOfSKU?
    var outcome = Outcome.differs
    /// Whether ``then`` is known.
    fileprivate var isTaken = false
    /// The movement that corrected the books, or that superseded the count.
    var lsn: UInt64?
    /// Why the server refused.
    var refusal = ""
    /// The open reservations of a place that promises more than it has once it is corrected.
    var holds: StockHolds?
    /// How many cells of the place do.
    var shortfalls = 0

    /// Units that were counted more than the books said, below 0 for fewer.
    var difference: Int64 { row.units - then }

    /// Units on hand in the place now.
    var onHandNow: Int64 { onHand(of: now) }

    /// Units on hand in the place, of a stock.
    func onHand(of stock: StockOfSKU?) -> Int64 {
        cells(of: stock).reduce(0) { $0 + $1.figures.onHand }
    }

    /// The cells that the count speaks of.
    private func cells(of stock: StockOfSKU?) -> [CellReport] {
        (stock?.cells ?? []).filter {
            $0.warehouse == row.warehouse && (row.pool == nil || $0.pool == row.pool)
        }
    }

    /// How many cells of the place would promise more than they have if it had `difference` units
    /// more: those of `default` come and go first, then those of the named pools by their names.
    func shortfallsAhead() -> Int {
        let all = cells(of: now).sorted {
            $0.pool == .default || ($1.pool != .default && $0.pool < $1.pool)
        }
        var rest = difference
        return all.count { cell in
            let change = rest >= 0 ? rest : max(rest, -cell.figures.onHand)
            rest -= change
            return cell.figures.available + change < 0
        }
    }
}

/// Compares counts with the books: the state when each was counted, and what has moved since.
///
/// Isolation: none; one thread has it.
final class Reconciliation {
    /// The counts, in the order of the file.
    private(set) var counts: [ReconciledCount]
    /// The books, which hold the SKUs that were counted.
    let state: PastState
    private let ids: [RequestID: Int]
    /// Indices of the counts by SKU.
    private let places: [String: [Int]]
    /// Indices of counts whose instant the books haven't come to; the next one last.
    private var pending: [Int]

    /// Compares the rows of a file with the books of a data directory.
    ///
    /// - Parameters:
    ///   - rows: The rows, at least one.
    ///   - sources: The data directory.
    ///   - id: The id of the request that corrects the books by a row.
    /// - Throws: Where the books don't reach back to the earliest count.
    init(
        _ rows: [CountRow],
        with sources: PastSources,
        id: (CountRow) -> RequestID
    ) throws(TimeTravelError) {
        counts = rows.map { ReconciledCount(row: $0) }
        var places: [String: [Int]] = [:]
        var ids: [RequestID: Int] = [:]
        for (index, row) in rows.enumerated() {
            places[row.sku, default: []].append(index)
            ids[id(row)] = index
        }
        self.places = places
        self.ids = ids
        pending = rows.indices.sorted { rows[$0].asOf > rows[$1].asOf }
        state = try PastState.load(
            sources,
            before: .instant(rows.map(\.asOf).min() ?? .distantPast),
            .skus(Set(places.keys))
        )
        try refresh()
    }

    /// Goes on to the present end of the log.
    func refresh() throws(TimeTravelError) {
        try state.advance(to: nil) { (record, apply) throws(MovementError) in
            while let index = pending.last, record.header.instant > counts[index].row.asOf {
                capture(index)
            }
            try apply()
            if record.header.kind == .stockChanged { try note(record) }
            return true
        }
        while let index = pending.last { capture(index) }
        for index in counts.indices { judge(index) }
    }

    /// Notes what the server said to a correction.
    func set(_ outcome: ReconciledCount.Outcome, of index: Int, lsn: UInt64? = nil) {
        counts[index].outcome = outcome
        counts[index].lsn = lsn ?? counts[index].lsn
    }

    /// Notes why the server refused a correction.
    func refuse(_ index: Int, _ reason: String) {
        counts[index].outcome = .refused
        counts[index].refusal = reason
    }

    /// Notes the reservations that a count touches.
    func set(_ holds: StockHolds?, shortfalls: Int, of index: Int) {
        counts[index].holds = holds
        counts[index].shortfalls = shortfalls
    }

    private func capture(_ index: Int) {
        pending.removeLast()
        counts[index].isTaken = true
        counts[index].then = counts[index].onHand(of: state.engine.stock(of: counts[index].row.sku))
    }

    /// Notes movements that make a correction needless.
    private func note(_ record: PastRecord) throws(MovementError) {
        if let index = ids[record.header.requestID] {
            if counts[index].outcome == .corrected { return }
            return set(.correctedBefore, of: index, lsn: record.lsn)
        }
        guard record.header.cause == StockCause.counted.rawValue else { return }
        var decoder = MovementDecoder(of: state.engine)
        let movement = try decoder.decode(record.bytes, lsn: record.lsn)
        for changed in movement.stockRows {
            for index in places[changed.sku] ?? [] where counts[index].isTaken {
                let isDone = counts[index].outcome == .corrected
                guard counts[index].row.warehouse.description == changed.warehouse,
                    !isDone, counts[index].outcome != .correctedBefore
                else { continue }
                set(.superseded, of: index, lsn: record.lsn)
            }
        }
    }

    /// Says what is to be done about a count that nothing was done about yet.
    private func judge(_ index: Int) {
        let row = counts[index].row
        // What was corrected is told with the figures that it was corrected from.
        if counts[index].outcome == .corrected { return }
        counts[index].now = state.engine.stock(of: row.sku)
        guard counts[index].outcome == .differs || counts[index].outcome == .agrees else { return }
        let isKnown = state.engine.warehouses().contains { $0.code == row.warehouse }
        if !isKnown || counts[index].now == nil {
            counts[index].outcome = .unknown
        } else if counts[index].difference == 0 {
            counts[index].outcome = .agrees
        } else if counts[index].onHandNow + counts[index].difference < 0 {
            counts[index].outcome = .contradicted
        } else {
            counts[index].outcome = .differs
            counts[index].shortfalls = counts[index].shortfallsAhead()
        }
    }
}
