internal import Inventory
internal import Sourcing

/// The constraints of one request, its warehouses by number.
struct PlanConstraints {
    /// The most warehouses that may ship; 0 for any number.
    var splitsMax = 0
    /// The most warehouses that may serve one line; 0 for any number.
    var splitsPerLineMax = 0
    /// The most metres to the destination; 0 for any distance.
    var metresMax: UInt32 = 0
    /// The latest instant that may be promised; `nil` for any.
    var latestPromise: Instant?
    /// Whether nothing may be backordered.
    var shipsComplete = false
    /// Warehouses that may not serve.
    var excluded: [UInt16] = []
    /// The only warehouses that may serve; empty for all.
    var required: [UInt16] = []
    /// Warehouses to be used before others; empty for none.
    var preferred: [UInt16] = []

    /// No constraint at all.
    init() {}

    /// The constraints of a request, or of a reservation; all their warehouses are in `network`.
    init(_ constraints: SourcingConstraints, in network: Network) {
        splitsMax = Int(constraints.splitsMax)
        splitsPerLineMax = Int(constraints.splitsPerLineMax)
        metresMax = constraints.metresMax
        latestPromise = constraints.latestPromise
        shipsComplete = constraints.shipsComplete
        excluded = constraints.excluded.compactMap { network.number(of: $0) }
        required = constraints.required.compactMap { network.number(of: $0) }
        preferred = constraints.preferred.compactMap { network.number(of: $0) }
    }

    /// Writes into the terms of a warehouse what the constraints say of it.
    func apply(to terms: inout WarehouseTerms, of number: UInt16) {
        if !preferred.isEmpty { terms.isPreferred = preferred.contains(number) }
        if terms.exclusion != .none { return }
        if excluded.contains(number) {
            terms.exclusion = .excluded
        } else if !required.isEmpty, !required.contains(number) {
            terms.exclusion = .notRequired
        } else if metresMax > 0, terms.metres > metresMax {
            terms.exclusion = .tooFar
        } else if let latestPromise, Instant(minute: terms.promisedMinute) > latestPromise {
            terms.exclusion = .tooLate
        }
    }
}

/// The terms of the warehouses for one order, each worked out when it is first asked for.
///
/// Those of an order without destination and constraints stay for the next such order.
@safe
struct TermsTable {
    /// The terms by number of the warehouse; only those that were asked for mean anything.
    let terms: UnsafeMutablePointer<WarehouseTerms>
    private let rounds: UnsafeMutablePointer<UInt32>
    private let metres: UnsafeMutablePointer<UInt32>
    private var round: UInt32 = 1
    private var isPlain = false
    private var position: Position?
    private var destination: Destination?
    private var orderedAt = Instant.distantPast
    private static let unknown = UInt32.max

    /// A table that knows nothing yet.
    init() {
        unsafe terms = .allocate(capacity: Limits.warehousesMax)
        unsafe rounds = .allocate(capacity: Limits.warehousesMax)
        unsafe rounds.initialize(repeating: 0, count: Limits.warehousesMax)
        unsafe metres = .allocate(capacity: Limits.warehousesMax)
    }

    /// Gives the memory back.
    func destroy() {
        unsafe terms.deallocate()
        unsafe rounds.deallocate()
        unsafe metres.deallocate()
    }

    /// Forgets all: warehouses or rates may have changed.
    mutating func forget() {
        position = nil
        isPlain = false
        beginRound()
    }

    private mutating func beginRound() {
        if round == .max {
            unsafe rounds.update(repeating: 0, count: Limits.warehousesMax)
            round = 0
        }
        round += 1
    }

    /// Turns to another order.
    @inline(__always)
    mutating func aim(
        at destination: Destination?,
        orderedAt: Instant,
        isConstrained: Bool,
        warehouses: Int
    ) {
        let isPlain = destination == nil && !isConstrained
        if isPlain, self.isPlain { return }
        self.isPlain = isPlain
        self.destination = destination
        self.orderedAt = orderedAt
        beginRound()
        if let destination, destination.position != position {
            unsafe metres.update(repeating: TermsTable.unknown, count: warehouses)
            position = destination.position
        }
    }

    /// Whether the terms of a warehouse for the present order are worked out.
    @inline(__always)
    func isKnown(_ number: UInt16) -> Bool { unsafe rounds[Int(number)] == round }

    /// The terms of a warehouse.
    @inline(__always)
    mutating func terms(
        of number: UInt16,
        _ network: Network,
        _ constraints: UnsafePointer<PlanConstraints>?
    ) -> WarehouseTerms {
        if unsafe rounds[Int(number)] != round {
            unsafe workOut(number, network, constraints)
        }
        return unsafe terms[Int(number)]
    }

    @inline(never)
    private mutating func workOut(
        _ number: UInt16,
        _ network: Network,
        _ constraints: UnsafePointer<PlanConstraints>?
    ) {
        let index = Int(number)
        var distance: UInt32 = 0
        var rate: RateRow?
        if let destination {
            if unsafe metres[index] == TermsTable.unknown {
                unsafe metres[index] = GreatCircle.metres(
                    from: network.profiles[index].position,
                    to: destination.position
                )
            }
            distance = unsafe metres[index]
            rate = network.rates.rate(
                warehouse: number,
                region: destination.region,
                metres: distance
            )
        }
        var worked = unsafe WarehouseTerms.of(
            network.profiles[index],
            destination: destination,
            metres: distance,
            orderedAt: orderedAt,
            rate: rate
        )
        if let constraints = unsafe constraints {
            unsafe constraints.pointee.apply(to: &worked, of: number)
        }
        unsafe (terms + index).initialize(to: worked)
        unsafe rounds[index] = round
    }
}
