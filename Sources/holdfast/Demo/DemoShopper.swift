internal import HoldfastClient
internal import Synchronization

/// What a shopper was told, and must still be true at the end.
struct DemoReceipt: Sendable {
    /// How the shopper left the reservation.
    enum Ending: Sendable {
        case committed
        case released
        case abandoned
    }

    let id: ReservationID
    let lines: [ReservationRequest.Line]
    let shares: [[Share]]
    var ending: Ending
}

/// What one shopper did.
struct DemoTally: Sendable {
    var receipts: [DemoReceipt] = []
    var orders = 0
    var refused = 0
    var answers = 0
    var repeated = 0
    /// Refusals of a commit or release that should have been accepted.
    var surprises: [String] = []
    var latency = LatencyHistogram()

    /// Adds what another shopper did.
    mutating func add(_ other: DemoTally) {
        receipts += other.receipts
        orders += other.orders
        refused += other.refused
        answers += other.answers
        repeated += other.repeated
        surprises += other.surprises
        latency.add(other.latency)
    }
}

/// A person who buys, hesitates, gives back or just leaves, as the seed decides.
struct DemoShopper {
    let network: DemoNetwork
    let client: HoldfastClient
    let progress: DemoProgress
    private let owner: OwnerID
    private let home: Position
    private var draws: SeededGenerator
    private var tally = DemoTally()

    /// The longest that a shopper thinks before an order.
    private static let hesitationMillisecondsMax = 200
    /// How many orders a shopper tries to place.
    static let ordersPerShopper = 30
    /// Milliseconds that a hold lives which its shopper walks away from.
    private static let abandonedTimeToLiveMilliseconds: UInt32 = 1_500
    private static let timeToLiveMilliseconds: UInt32 = 120_000

    /// Shopper number `index` of a seed.
    init(
        index: Int,
        seed: UInt64,
        network: DemoNetwork,
        client: HoldfastClient,
        progress: DemoProgress
    ) {
        draws = SeededGenerator(seed: seed ^ UInt64(index) &* 0xD6E8_FEB8_6659_FD93)
        owner = DerivedID.owner("demo shopper \(index)")
        let city = DemoNetwork.cities[index % DemoNetwork.cities.count]
        home = Position(
            latitudeMicrodegrees: Int32(city.latitude * 1e6),
            longitudeMicrodegrees: Int32(city.longitude * 1e6)
        )
        self.network = network
        self.client = client
        self.progress = progress
    }

    /// Shops until all orders are placed or refused.
    mutating func shop() async throws(ClientError) -> DemoTally {
        for _ in 0..<DemoShopper.ordersPerShopper {
            await hesitate()
            try await placeOrder()
            tally.orders += 1
            progress.noteOrder()
        }
        return tally
    }

    /// Thinks for a while; whoever is called off thinks no longer.
    private mutating func hesitate() async {
        let pause = Int.random(in: 0...DemoShopper.hesitationMillisecondsMax, using: &draws)
        do { try await Task.sleep(for: .milliseconds(pause)) } catch { return }
    }

    private mutating func placeOrder() async throws(ClientError) {
        let mood = Int.random(in: 0..<100, using: &draws)
        let ending: DemoReceipt.Ending = mood < 84 ? .committed : mood < 92 ? .released : .abandoned
        let request = ReservationRequest(
            id: RequestID(high: draws.next(), low: draws.next()),
            owner: owner,
            lines: drawLines(),
            timeToLiveMilliseconds: ending == .abandoned
                ? DemoShopper.abandonedTimeToLiveMilliseconds
                : DemoShopper.timeToLiveMilliseconds,
            mode: .allOrNothing,
            destination: Destination(position: home)
        )
        let answer: PendingAnswer<ReservationReceipt> = client.start(request)
        guard let receipt = try await take(answer, isSurprise: false) else {
            tally.refused += 1
            return
        }
        tally.receipts.append(
            DemoReceipt(
                id: request.id,
                lines: request.lines,
                shares: receipt.lines.map(\.shares),
                ending: .abandoned
            )
        )
        let requestID = RequestID(high: draws.next(), low: draws.next())
        let change: ReservationChange
        switch ending {
        case .committed: change = .commit(request.id, requestID: requestID)
        case .released: change = .release(request.id, requestID: requestID)
        case .abandoned: return
        }
        if try await take(client.start(change), isSurprise: true) != nil {
            tally.receipts[tally.receipts.count - 1].ending = ending
        }
    }

    /// One to three lines, mostly of what everybody wants.
    private mutating func drawLines() -> [ReservationRequest.Line] {
        var skus: [String] = []
        for _ in 0..<Int.random(in: 1...3, using: &draws) {
            let isScarce = Int.random(in: 0..<10, using: &draws) < 7
            let choices = isScarce ? network.scarce : network.common
            let sku = choices[Int.random(in: 0..<choices.count, using: &draws)]
            if !skus.contains(sku) { skus.append(sku) }
        }
        return skus.map {
            ReservationRequest.Line(sku: $0, quantity: UInt32.random(in: 1...2, using: &draws))
        }
    }

    private mutating func take(
        _ answer: PendingAnswer<ReservationReceipt>,
        isSurprise: Bool
    ) async throws(ClientError) -> ReservationReceipt? {
        let (result, nanoseconds) = try await answer.valueWithLatency
        tally.answers += 1
        tally.latency.record(nanoseconds: nanoseconds)
        switch result {
        case .success(let receipt):
            if receipt.isRepeated { tally.repeated += 1 }
            return receipt
        case .failure(let refusal):
            if isSurprise || refusal.outcome != .insufficientStock {
                tally.surprises.append(refusal.description)
            }
            return nil
        }
    }
}

/// How far all shoppers are, and the moment at which something happens.
final class DemoProgress: Sendable {
    private let orders = Atomic<Int>(0)
    private let milestone: Int
    private let reached: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation

    /// Progress with a milestone.
    init(milestone: Int) {
        self.milestone = milestone
        (reached, tell) = AsyncStream<Void>.makeStream()
    }

    /// Orders placed or refused so far.
    var orderCount: Int { orders.load(ordering: .relaxed) }

    /// Counts one order.
    func noteOrder() {
        let count = orders.add(1, ordering: .relaxed).newValue
        if count == milestone { tell.finish() }
    }

    /// Ends all waiting, also short of the milestone.
    func end() { tell.finish() }

    /// Waits until the milestone is reached.
    func waitForMilestone() async {
        for await _ in reached {}
    }
}
