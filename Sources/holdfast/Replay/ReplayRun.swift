internal import HoldfastClient

/// Plays orders over one connection: a wave of reserves and returns in file order, then the
/// commit of each as its answer comes.
///
/// The server handles one connection's requests in their order, so two replays of one file against
/// equal stock give equal results, however many requests are under way.
struct ReplayRun {
    private let client: HoldfastClient
    private let network: ReplayNetwork
    private let mode: ReserveMode
    private let policy: SourcingPolicy
    private(set) var report = ReplayReport()

    /// What was sent for an order and not answered yet.
    private struct Underway {
        let order: Order
        let reserve: PendingAnswer<ReservationReceipt>?
        let returns: [(units: Int64, answer: PendingAnswer<WriteReceipt>)]
    }

    /// A run against the server of `client`.
    init(
        client: HoldfastClient,
        network: ReplayNetwork,
        mode: ReserveMode,
        policy: SourcingPolicy
    ) {
        self.client = client
        self.network = network
        self.mode = mode
        self.policy = policy
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
        var commits: [PendingAnswer<ReservationReceipt>] = []
        for sent in underway {
            do throws(ClientError) {
                if let commit = try await finishReserve(sent) { commits.append(commit) }
                try await finishReturns(sent)
            } catch {
                throw CommandFailure(error)
            }
        }
        for commit in commits {
            do throws(ClientError) {
                switch try await commit.value {
                case .success: report.commits += 1
                case .failure(let refusal): noteUnexpected(refusal)
                }
            } catch {
                throw CommandFailure(error)
            }
        }
    }

    // MARK: Sending

    private func send(_ order: Order) throws(CommandFailure) -> Underway {
        var reserve: PendingAnswer<ReservationReceipt>?
        if !order.lines.isEmpty {
            reserve = client.start(
                ReservationRequest(
                    id: DerivedID.request("order", order.id),
                    owner: order.owner,
                    lines: order.lines,
                    mode: mode,
                    policy: policy,
                    destination: order.destination.map { Destination(position: $0) },
                    orderedAt: order.placedAt
                )
            )
        }
        return Underway(order: order, reserve: reserve, returns: try sendReturns(order))
    }

    private func sendReturns(
        _ order: Order
    ) throws(CommandFailure) -> [(units: Int64, answer: PendingAnswer<WriteReceipt>)] {
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
        return stride(from: 0, to: order.returns.count, by: step).map { start in
            let part = order.returns[start..<min(start + step, order.returns.count)]
            let request = StockWrite(
                id: DerivedID.request("return", Array(order.id.utf8), start / step),
                cause: .returned,
                rows: part.map {
                    StockWrite.Row(sku: $0.sku, warehouse: warehouse, units: $0.units)
                }
            )
            return (part.reduce(0) { $0 + $1.units }, client.start(request))
        }
    }

    // MARK: Taking answers

    /// Counts the answer to a reserve; the commit that follows it.
    private mutating func finishReserve(
        _ sent: Underway
    ) async throws(ClientError) -> PendingAnswer<ReservationReceipt>? {
        guard let reserve = sent.reserve else { return nil }
        let (result, nanoseconds) = try await reserve.valueWithLatency
        report.latency.record(nanoseconds: nanoseconds)
        report.orders += 1
        report.lines += sent.order.lines.count
        report.unitsRequested += sent.order.lines.reduce(0) { $0 + Int64($1.quantity) }
        switch result {
        case .failure(let refusal):
            report.ordersRefused += 1
            report.refusals[refusal.outcome.name, default: 0] += 1
            return nil
        case .success(let receipt):
            count(receipt, of: sent.order)
            let id = DerivedID.request("order", sent.order.id)
            let commitID = DerivedID.request("commit", sent.order.id)
            return client.start(ReservationChange.commit(id, requestID: commitID))
        }
    }

    private mutating func count(_ receipt: ReservationReceipt, of order: Order) {
        if receipt.isWhole {
            report.ordersWhole += 1
        } else if receipt.lines.contains(where: { $0.reserved > 0 }) {
            report.ordersPartial += 1
        } else {
            // An empty hold: for the shopper as good as a refusal, but remembered.
            report.ordersRefused += 1
        }
        if receipt.isRepeated { report.ordersRepeated += 1 }
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
    }

    private mutating func finishReturns(_ sent: Underway) async throws(ClientError) {
        guard !sent.returns.isEmpty else { return }
        report.ordersReturned += 1
        for (units, answer) in sent.returns {
            switch try await answer.value {
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
