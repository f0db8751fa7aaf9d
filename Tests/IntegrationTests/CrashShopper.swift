import HoldfastClient
import Inventory
import Support

/// One connection of the crash driver: asks, and writes down what it is shown.
struct CrashShopper {
    private let client: HoldfastClient
    private let book: CrashBook
    private var generator: SplitMix64
    /// Called with each answer's number; strikes when its time has come.
    private let didAnswer: @Sendable (Int) -> Void
    private var mine: [ReservationID] = []

    init(
        _ client: HoldfastClient,
        book: CrashBook,
        seed: UInt64,
        didAnswer: @escaping @Sendable (Int) -> Void
    ) {
        self.client = client
        self.book = book
        self.didAnswer = didAnswer
        generator = SplitMix64(seed: seed)
    }

    private mutating func roll(_ limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }

    private mutating func newID() -> RequestID {
        RequestID(high: generator.next(), low: generator.next())
    }

    /// Trades until no answer comes any more.
    mutating func trade() async {
        while true {
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
        switch roll(100) {
        case ..<36: try await reserve(plainRequest())
        case ..<44: try await reserve(briefRequest())
        case ..<54: try await reserve(oneWayRequest())
        case ..<68: try await end(as: .committed)
        case ..<78: try await end(as: .released)
        case ..<86: try await show()
        case ..<92: try await readStock()
        case ..<96: try await restock()
        default: try await repeatHold()
        }
    }

    // MARK: Requests

    private mutating func request(_ lines: [ReservationRequest.Line]) -> ReservationRequest {
        let owner = OwnerID(high: generator.next(), low: generator.next())
        var request = ReservationRequest(id: newID(), owner: owner, lines: lines)
        request.mode = ReserveMode.allCases[roll(3)]
        if roll(2) == 0 {
            request.destination = Destination(position: Workload.position(index: roll(20)))
        }
        return request
    }

    private mutating func plainRequest() -> ReservationRequest {
        var lines: [ReservationRequest.Line] = []
        for _ in 0..<(1 + roll(4)) {
            let warehouse = roll(5) == 0 ? CrashWorld.codes[roll(CrashWorld.codes.count)] : nil
            lines.append(
                ReservationRequest.Line(
                    sku: CrashWorld.plain[roll(CrashWorld.plain.count)],
                    quantity: UInt32(1 + roll(4)),
                    warehouse: warehouse
                )
            )
        }
        return request(lines)
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

    private mutating func reserve(_ request: ReservationRequest) async throws(ClientError) {
        book.begin(request)
        switch try await client.reserve(request) {
        case .success(let receipt):
            book.note(request.id, receipt)
            mine.append(request.id)
            if mine.count > 200 { mine.removeFirst(50) }
        case .failure(let refusal): book.noteRefused(request, refusal)
        }
    }

    private mutating func pick() -> CrashBook.Hold? {
        guard !mine.isEmpty else { return nil }
        let id = mine[roll(mine.count)]
        return book.withPages { $0.holds[id] }
    }

    private mutating func end(as state: ReservationState) async throws(ClientError) {
        guard let hold = pick() else { return }
        let isOneWay = hold.request.lines[0].sku.hasPrefix(CrashWorld.oneWayPrefix)
        if isOneWay, state == .released { return }
        let id = hold.request.id
        book.begin(state, of: id)
        let result =
            state == .committed ? try await client.commit(id) : try await client.release(id)
        switch result {
        case .success(let receipt): book.note(id, shows: receipt)
        case .failure(let refusal):
            guard let shown = refusal.state else {
                return book.complain("\(state) of hold \(id): \(refusal)")
            }
            book.withPages { pages in
                guard var hold = pages.holds[id] else { return }
                hold.attempts.remove(state)
                pages.noteState(shown, of: &hold)
                pages.holds[id] = hold
            }
        }
    }

    private mutating func show() async throws(ClientError) {
        guard let hold = pick() else { return }
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
        let write = StockWrite(id: newID(), cause: .received, rows: rows)
        book.begin(write)
        switch try await client.write(write) {
        case .success(let receipt): book.note(write.id, receipt)
        case .failure(let refusal): book.complain("restock: \(refusal)")
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
