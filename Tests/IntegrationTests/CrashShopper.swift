import HoldfastClient
import Inventory
import Support

/// One connection of the crash driver: asks, and writes down what it is shown.
struct CrashShopper {
    let client: HoldfastClient
    let book: CrashBook
    /// The name of its client.
    let name: String
    /// The first of the owners who come to sales while this server runs.
    let firstOwner: UInt64
    /// How many of a hundred steps are made in sales.
    private let salePercent: Int
    private var generator: SplitMix64
    /// Called with each answer's number; strikes when its time has come.
    private let didAnswer: @Sendable (Int) -> Void
    private var mine: [ReservationID] = []
    private var mineInSales: [ReservationID] = []

    init(
        _ client: HoldfastClient,
        as name: String = ClientConfiguration().name,
        book: CrashBook,
        seed: UInt64,
        salePercent: Int = 12,
        didAnswer: @escaping @Sendable (Int) -> Void
    ) {
        self.client = client
        self.book = book
        self.name = name
        self.salePercent = salePercent
        self.didAnswer = didAnswer
        generator = SplitMix64(seed: seed)
        firstOwner = book.withPages { $0.runs } * CrashSales.ownersPerRun
    }

    mutating func roll(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }

    mutating func newID() -> RequestID {
        RequestID(high: generator.next(), low: generator.next())
    }

    /// Trades until no answer comes any more, or until `isOver` says so.
    mutating func trade(until isOver: () -> Bool = { false }) async {
        while !isOver() {
            do throws(ClientError) {
                try await step()
            } catch {
                return
            }
            didAnswer(
                book.withPages {
                    $0.answerCount += 1
                    return $0.answerCount
                }
            )
        }
    }

    private mutating func step() async throws(ClientError) {
        if roll(100) < salePercent { return try await stepInSale() }
        switch roll(100) {
        case ..<24: try await reserve(plainRequest())
        case ..<30: try await reserve(briefRequest())
        case ..<36: try await reserve(oneWayRequest())
        case ..<40: try await reserve(countedRequest())
        case ..<46: try await replace()
        case ..<76: try await change()
        case ..<80: try await extend()
        case ..<85: try await show()
        case ..<89: try await readStock()
        case ..<93: try await restock()
        case ..<97: try await rewriteStock()
        default: try await repeatHold()
        }
    }

    // MARK: Requests

    private mutating func request(_ lines: [ReservationRequest.Line]) -> ReservationRequest {
        let owner = OwnerID(high: generator.next(), low: generator.next())
        var request = ReservationRequest(id: newID(), owner: owner, lines: lines)
        request.mode = ReserveMode.allCases[roll(3)]
        request.timeToLiveMilliseconds = CrashWorld.longMilliseconds
        if roll(2) == 0 {
            request.destination = Destination(position: Workload.position(index: roll(20)))
        }
        return request
    }

    private mutating func plainRequest() -> ReservationRequest {
        var lines: [ReservationRequest.Line] = []
        for _ in 0..<(1 + roll(4)) {
            let warehouse = roll(5) == 0 ? CrashWorld.codes[roll(CrashWorld.codes.count)] : nil
            var line = ReservationRequest.Line(
                sku: CrashWorld.plain[roll(CrashWorld.plain.count)],
                quantity: UInt32(1 + roll(4)),
                warehouse: warehouse
            )
            if roll(4) == 0 { line.pools = [CrashWorld.pool, .default] }
            lines.append(line)
        }
        return request(lines)
    }

    private mutating func countedRequest() -> ReservationRequest {
        let sku = CrashWorld.counted[roll(CrashWorld.counted.count)]
        return request([ReservationRequest.Line(sku: sku, quantity: UInt32(1 + roll(5)))])
    }

    private mutating func briefRequest() -> ReservationRequest {
        let sku = CrashWorld.brief[roll(CrashWorld.brief.count)]
        var request = request([ReservationRequest.Line(sku: sku, quantity: UInt32(1 + roll(9)))])
        request.timeToLiveMilliseconds = UInt32(1 + roll(400))
        return request
    }

    private mutating func oneWayRequest() -> ReservationRequest {
        let sku = CrashWorld.oneWay[roll(CrashWorld.oneWay.count)]
        return request([ReservationRequest.Line(sku: sku, quantity: UInt32(1 + roll(3)))])
    }

    mutating func reserve(_ request: ReservationRequest) async throws(ClientError) {
        book.begin(request, by: name)
        switch try await client.reserve(request) {
        case .success(let receipt):
            book.note(request.id, receipt)
            note(mine: request)
        case .failure(let refusal): book.noteRefused(request, refusal)
        }
    }

    /// Remembers a hold, to do more with it.
    mutating func note(mine request: ReservationRequest) {
        if request.salePool == nil {
            mine.append(request.id)
            if mine.count > 200 { mine.removeFirst(50) }
        } else {
            mineInSales.append(request.id)
            if mineInSales.count > 40 { mineInSales.removeFirst(10) }
        }
    }

    mutating func pick(inSale: Bool = false) -> CrashBook.Hold? {
        let ids = inSale ? mineInSales : mine
        guard !ids.isEmpty else { return nil }
        let id = ids[roll(ids.count)]
        return book.withPages { $0.holds[id] }
    }

    /// Takes a hold on: its whole or parts.
    mutating func change(inSale: Bool = false) async throws(ClientError) {
        guard let hold = pick(inSale: inSale), hold.units?.isOpen ?? false, hold.pending == nil
        else { return }
        let sku = hold.request.lines[0].sku
        var kind = ReservationChangeKind.allCases[roll(4)]
        if roll(3) == 0 { kind = .commit }
        let isOneWay = sku.hasPrefix(CrashWorld.oneWayPrefix)
        if isOneWay, kind == .release || kind == .cancel { return }
        // What is on hand of a counted SKU is for the counts alone to say.
        let mayLeave = !CrashWorld.counted.contains(sku)
        if kind == .fulfil, !mayLeave { return }
        // What has left counts for good, and owners are to go on.
        if kind == .fulfil, inSale, roll(4) > 0 { kind = .cancel }
        var items: [ChangeItem] = []
        if roll(2) == 0 {
            for _ in 0...roll(2) {
                let line = UInt16(roll(hold.request.lines.count))
                items.append(ChangeItem(line: line, quantity: UInt32(roll(3))))
            }
        }
        let isFulfilling = kind == .commit && mayLeave && roll(4) == 0
        try await ask(.change(kind, items, isFulfilling: isFulfilling, newID()), of: hold)
    }

    private mutating func extend() async throws(ClientError) {
        guard let hold = pick(), hold.units?.isOpen ?? false, hold.pending == nil else { return }
        // Brief ones stay brief, all others live past the test.
        let milliseconds =
            hold.request.isBrief
            ? UInt32(1 + roll(400)) : CrashWorld.longMilliseconds + UInt32(roll(1_000))
        try await ask(.extend(milliseconds, .shopper, newID()), of: hold)
    }

    func ask(
        _ change: CrashChange,
        of hold: CrashBook.Hold
    ) async throws(ClientError) {
        let id = hold.request.id
        book.begin(change, of: id)
        switch try await change.send(id, with: client) {
        case .success(let receipt): book.note(id, change, receipt)
        case .failure(let refusal):
            if !CrashWorld.mayRefuse(refusal.outcome) {
                book.complain("\(change) of \(hold): \(refusal)")
            }
            book.noteRefused(change, of: id, refusal)
        }
    }

    /// Lets a new hold take the place of one of mine.
    private mutating func replace() async throws(ClientError) {
        guard let old = pick(), old.pending == nil, !old.request.isBrief,
            !old.request.lines[0].sku.hasPrefix(CrashWorld.oneWayPrefix)
        else { return }
        var request = plainRequest()
        request.owner = old.request.owner
        request.replaces = old.request.id
        book.begin(.replace(by: request.id), of: old.request.id)
        try await reserve(request)
    }

    mutating func show(inSale: Bool = false) async throws(ClientError) {
        guard let hold = pick(inSale: inSale) else { return }
        switch try await client.show(hold.request.id) {
        case .success(let report):
            book.note(hold.request.id, shows: report.receipt)
            if report.owner != hold.request.owner || report.skus != hold.request.lines.map(\.sku) {
                book.complain("hold \(hold.request) shows \(report)")
            }
        case .failure(let refusal): book.complain("show of \(hold): \(refusal)")
        }
    }

    private mutating func readStock() async throws(ClientError) {
        let sku = CrashWorld.skus[roll(CrashWorld.skus.count)]
        let floor = book.version(of: sku)
        switch try await client.stock(of: sku) {
        case .success(let report): book.note(report, floor: floor)
        case .failure(let refusal): book.complain("stock of \(sku): \(refusal)")
        }
    }

    private mutating func restock() async throws(ClientError) {
        let rows = [0, 1].map { offset in
            StockWrite.Row(
                sku: CrashWorld.plain[(roll(CrashWorld.plain.count / 2) * 2 + offset)],
                warehouse: CrashWorld.codes[roll(CrashWorld.codes.count)],
                units: Int64(1 + roll(6))
            )
        }
        let cause = roll(4) == 0 ? StockCause.returned : .received
        try await write(StockWrite(id: newID(), cause: cause, rows: rows))
    }

    /// Counts, moves between warehouses and pools, and sets safety stock.
    private mutating func rewriteStock() async throws(ClientError) {
        let warehouse = CrashWorld.codes[roll(CrashWorld.codes.count)]
        let counted = CrashWorld.counted[roll(CrashWorld.counted.count)]
        var rows: [StockWrite.Row] = []
        let cause: StockCause
        switch roll(3) {
        case 0:
            cause = .counted
            rows = [StockWrite.Row(sku: counted, warehouse: warehouse, units: Int64(roll(120)))]
        case 1:
            cause = .configured
            rows = [
                StockWrite.Row(
                    sku: counted,
                    warehouse: warehouse,
                    units: 0,
                    safetyStock: Int64(roll(5))
                )
            ]
        default:
            cause = .transferred
            let sku = CrashWorld.plain[roll(CrashWorld.plain.count)]
            let units = Int64(1 + roll(5))
            rows = [
                StockWrite.Row(sku: sku, warehouse: warehouse, units: -units),
                StockWrite.Row(sku: sku, warehouse: warehouse, units: units),
            ]
            if roll(2) == 0 {
                rows[1].pool = CrashWorld.pool
            } else {
                rows[1].warehouse = CrashWorld.codes.first { $0 != warehouse } ?? warehouse
            }
        }
        try await write(StockWrite(id: newID(), cause: cause, reason: "crash test", rows: rows))
    }

    private func write(_ write: StockWrite) async throws(ClientError) {
        book.begin(write)
        switch try await client.write(write) {
        case .success(let receipt): book.note(write.id, receipt)
        case .failure(let refusal):
            if refusal.outcome != .insufficientStock { book.complain("\(write): \(refusal)") }
            book.noteRefused(write, refusal)
        }
    }

    private mutating func repeatHold() async throws(ClientError) {
        guard let hold = pick() else { return }
        switch try await client.reserve(hold.request) {
        case .success(let receipt): book.note(hold.request.id, receipt)
        case .failure(let refusal): book.complain("repeat of \(hold): \(refusal)")
        }
    }
}
