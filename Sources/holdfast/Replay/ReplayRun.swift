internal import HoldfastClient

/// How a replay treats each order.
struct ReplayManner {
    let mode: ReserveMode
    let policy: PolicyArgument
    /// Whether committed orders leave as well.
    let isFulfilling: Bool
    /// Every so many-th order with lines replaces a hold of half of its lines; `nil` for none.
    let replaceEvery: Int?
    /// Whether every answer is thrown away once and asked for again.
    let losesAnswers: Bool
}

/// Plays orders over one connection: a wave of reserves and returns in file order, then the
/// commit of each as its answer comes.
///
/// The server handles one connection's requests in their order, so two replays of one file against
/// equal stock give equal results, however many requests are under way.
struct ReplayRun {
    private typealias Change = ReplayedRequest<ReservationReceipt>

    private let client: HoldfastClient
    private let network: ReplayNetwork
    private let manner: ReplayManner
    private var reserveCount = 0
    private(set) var report = ReplayReport()

    /// What was sent for an order and not answered yet.
    private struct Underway {
        let order: Order
        /// A hold of half of the lines, which the reserve replaces.
        let half: Change?
        let reserve: Change?
        let returns: [(units: Int64, answer: ReplayedRequest<WriteReceipt>)]
    }

    /// A commit, and where units leave their fulfilment, sent and not answered yet.
    private struct Closing {
        let units: Int64
        let commit: Change
        let fulfilment: Change?
    }

    /// A run against the server of `client`.
    init(client: HoldfastClient, network: ReplayNetwork, manner: ReplayManner) {
        self.client = client
        self.network = network
        self.manner = manner
    }

    /// Plays all orders, `outstanding` at a time.
    mutating func play(_ orders: [Order], outstanding: Int) async throws(CommandFailure) {
        var progress = ProgressBar("replay", total: orders.count)
        defer { progress.clear() }
        let clock = ContinuousClock()
        let start = clock.now
        for first in stride(from: 0, to: orders.count, by: outstanding) {
            let end = min(first + outstanding, orders.count)
            try await playWave(orders[first..<end])
            progress.show(end)
        }
        report.seconds = (clock.now - start) / .seconds(1)
    }

    private mutating func playWave(_ orders: ArraySlice<Order>) async throws(CommandFailure) {
        var underway: [Underway] = []
        for order in orders { underway.append(try send(order)) }
        do throws(ClientError) {
            var closings: [Closing] = []
            for sent in underway {
                if let closing = try await finishReserve(sent) { closings.append(closing) }
                try await finishReturns(sent)
            }
            for closing in closings { try await finish(closing) }
        } catch {
            throw CommandFailure(error)
        }
    }

    // MARK: Sending

    private mutating func send(_ order: Order) throws(CommandFailure) -> Underway {
        var half: Change?
        var reserve: Change?
        if !order.lines.isEmpty {
            var request = ReservationRequest(
                id: DerivedID.request("order", order.id),
                owner: order.owner,
                lines: order.lines,
                mode: manner.mode,
                policy: manner.policy.policy,
                policyName: manner.policy.name,
                destination: order.destination.map { Destination(position: $0) },
                orderedAt: order.placedAt
            )
            reserveCount += 1
            if let every = manner.replaceEvery, reserveCount % every == 0 {
                var first = request
                first.id = DerivedID.request("half", order.id)
                first.lines = Array(order.lines.prefix((order.lines.count + 1) / 2))
                half = start(first)
                request.replaces = first.id
            }
            reserve = start(request)
        }
        return Underway(
            order: order,
            half: half,
            reserve: reserve,
            returns: try sendReturns(order)
        )
    }

    private func start<Content: ReplayComparable>(
        _ request: some WireRequest
    ) -> ReplayedRequest<Content> {
        ReplayedRequest(client, request, losesAnswer: manner.losesAnswers)
    }

    private func sendReturns(
        _ order: Order
    ) throws(CommandFailure) -> [(units: Int64, answer: ReplayedRequest<WriteReceipt>)] {
        guard !order.returns.isEmpty else { return [] }
        guard let warehouse = network.nearest(to: order.destination) else {
            throw CommandFailure(
                .refused,
                "no_warehouses",
                "order \(order.id), line \(order.line): goods come back and there is no warehouse"
                    + " — import warehouses first"
            )
        }
        let step = Limits.rowsPerRequestMax
        return stride(from: 0, to: order.returns.count, by: step).map { first in
            let part = order.returns[first..<min(first + step, order.returns.count)]
            let request = StockWrite(
                id: DerivedID.request("return", Array(order.id.utf8), first / step),
                cause: .returned,
                rows: part.map {
                    StockWrite.Row(sku: $0.sku, warehouse: warehouse, units: $0.units)
                }
            )
            return (part.reduce(0) { $0 + $1.units }, start(request))
        }
    }

    // MARK: Taking answers

    /// Waits for an answer and notes whether its repeat was the same.
    private mutating func take<Content: ReplayComparable>(
        _ request: ReplayedRequest<Content>
    ) async throws(ClientError) -> ReplayedAnswer<Content> {
        let answer = try await request.value
        if let isEqual = answer.repeatEquals {
            report.answersAskedAgain += 1
            if !isEqual { report.answersDiffering += 1 }
        }
        return answer
    }

    /// Counts the answer to a reserve; the commit that follows it.
    private mutating func finishReserve(
        _ sent: Underway
    ) async throws(ClientError) -> Closing? {
        // Refused or not, the reserve behind it tells how the order fared.
        if let half = sent.half { _ = try await take(half) }
        guard let reserve = sent.reserve else { return nil }
        let answer = try await take(reserve)
        report.latency.record(nanoseconds: answer.nanoseconds)
        report.orders += 1
        report.lines += sent.order.lines.count
        report.unitsRequested += sent.order.lines.reduce(0) { $0 + Int64($1.quantity) }
        switch answer.result {
        case .failure(let refusal):
            report.ordersRefused += 1
            report.refusals[refusal.outcome.name, default: 0] += 1
            return nil
        case .success(let receipt):
            let units = count(receipt, of: sent.order)
            return close(sent.order, units: units)
        }
    }

    private func close(_ order: Order, units: Int64) -> Closing {
        let id = DerivedID.request("order", order.id)
        let commit: Change = start(
            ReservationChange.commit(id, requestID: DerivedID.request("commit", order.id))
        )
        guard manner.isFulfilling, units > 0 else {
            return Closing(units: units, commit: commit, fulfilment: nil)
        }
        let requestID = DerivedID.request("fulfil", order.id)
        let fulfilment: Change = start(ReservationChange(.fulfil, id, requestID: requestID))
        return Closing(units: units, commit: commit, fulfilment: fulfilment)
    }

    private mutating func finish(_ closing: Closing) async throws(ClientError) {
        switch try await take(closing.commit).result {
        case .success: report.commits += 1
        case .failure(let refusal): noteUnexpected(refusal)
        }
        guard let fulfilment = closing.fulfilment else { return }
        switch try await take(fulfilment).result {
        case .success:
            report.ordersFulfilled += 1
            report.unitsFulfilled += closing.units
        case .failure(let refusal): noteUnexpected(refusal)
        }
    }

    /// Adds up what an order got.
    /// - Returns: Its units.
    private mutating func count(_ receipt: ReservationReceipt, of order: Order) -> Int64 {
        if receipt.isWhole {
            report.ordersWhole += 1
        } else if receipt.lines.contains(where: { $0.reserved > 0 }) {
            report.ordersPartial += 1
        } else {
            // An empty hold: for the shopper as good as a refusal, but remembered.
            report.ordersRefused += 1
        }
        // Asked again on purpose every answer is marked: the mark says nothing of earlier runs.
        if receipt.isRepeated, !manner.losesAnswers { report.ordersRepeated += 1 }
        if receipt.didReplace { report.ordersReplaced += 1 }
        var unitsByWarehouse: [WarehouseCode: Int64] = [:]
        for share in receipt.lines.lazy.flatMap(\.shares) {
            unitsByWarehouse[share.warehouse, default: 0] += Int64(share.quantity)
        }
        for (warehouse, units) in unitsByWarehouse {
            report.unitsReserved += units
            report.shipments += 1
            report.metres += Int64(network.metres(from: warehouse, to: order.destination))
            report.costMinor += network.costMinor(from: warehouse, units: units)
        }
        return unitsByWarehouse.values.reduce(0, +)
    }

    private mutating func finishReturns(_ sent: Underway) async throws(ClientError) {
        guard !sent.returns.isEmpty else { return }
        report.ordersReturned += 1
        for (units, request) in sent.returns {
            switch try await take(request).result {
            case .success: report.unitsReturned += units
            case .failure(let refusal): noteUnexpected(refusal)
            }
        }
    }

    private mutating func noteUnexpected(_ refusal: Refusal) {
        report.unexpectedRefusals += 1
        report.refusals[refusal.outcome.name, default: 0] += 1
    }
}
