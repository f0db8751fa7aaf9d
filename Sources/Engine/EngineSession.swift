internal import Inventory
internal import Movements
internal import Sourcing

/// Buffers and log credit of one thread that calls the engine.
///
/// Isolation: one session belongs to one thread (or event loop) at a time.
@safe
package final class EngineSession {
    let engine: Engine
    let counters = EngineCounters()
    let workspace: UnsafeMutablePointer<Workspace>
    private(set) var network: Network
    /// Finds the plans of this session's requests.
    var planner = SourcingPlanner()
    /// Number of the client for whom the next calls are made; 0 is nobody named.
    package var actor: UInt16 {
        // Beside the other things of a request: reading a class's own storage costs a check.
        get { unsafe workspace.pointee.actor }
        set { unsafe workspace.pointee.actor = newValue }
    }
    /// Steps that a reserve's search may take while no lock is held.
    package var searchStepsMax: Int {
        get { unsafe workspace.pointee.searchStepsMax }
        set {
            precondition(newValue > 0, "a search takes steps")
            unsafe workspace.pointee.searchStepsMax = newValue
        }
    }
    /// Whether a reserve is left undecided where its search is cut off, so that the caller can have
    /// it searched longer elsewhere (``Engine/searchLong(_:now:session:)``).
    package var leavesLongSearches: Bool {
        get { unsafe workspace.pointee.leavesLongSearches }
        set { unsafe workspace.pointee.leavesLongSearches = newValue }
    }
    /// What was found for the next request, until it is taken away again.
    package var longSearch: LongSearch? {
        get { unsafe workspace.pointee.longSearch }
        set { unsafe workspace.pointee.longSearch = newValue }
    }

    /// A session of `engine`.
    package init(engine: Engine) {
        self.engine = engine
        network = engine.network
        unsafe workspace = .allocate(capacity: 1)
        unsafe workspace.initialize(to: Workspace(stripes: engine.stock.count, network: network))
        engine.register(counters)
    }

    deinit {
        engine.unregister(counters)
        unsafe engine.ring.returnCredit(workspace.pointee.credit)
        unsafe workspace.pointee.destroy()
        unsafe workspace.deinitialize(count: 1)
        unsafe workspace.deallocate()
    }

    /// Takes log credit for what the next calls may write, or none.
    package func takeCredit(_ bytes: Int) -> Bool {
        guard engine.ring.takeCredit(bytes) else { return false }
        unsafe workspace.pointee.credit += bytes
        return true
    }

    /// Makes sure that the credit covers one record of `bytes`.
    ///
    /// Callers take credit before they call, so it does, unless warehouses were added since: then
    /// a record of the same batch may have needed more than was foreseen. Never waits.
    /// - Returns: Whether it does; if not, the log has no room at this instant.
    @inline(__always)
    func coversRecord(of bytes: Int) -> Bool {
        let credit = unsafe workspace.pointee.credit
        return bytes <= credit || takeCredit(bytes - credit)
    }

    /// Gives back the credit that the calls since didn't use.
    package func returnCredit() {
        unsafe engine.ring.returnCredit(workspace.pointee.credit)
        unsafe workspace.pointee.credit = 0
    }

    /// Takes over the engine's present network if it has been replaced.
    @inline(__always)
    func refreshNetwork() {
        if unsafe workspace.pointee.networkVersion != engine.networkVersion { adoptNetwork() }
    }

    @inline(never)
    private func adoptNetwork() {
        network = engine.network
        unsafe workspace.pointee.adopt(network)
    }
}

/// One SKU of a request: where it stands and what was read of it.
struct SKUGroup {
    /// The hash of its name.
    var hash: UInt64
    /// Its version when its cells were copied; 0 for an unknown SKU.
    var version: UInt64
    /// Index of the first line that names it.
    var line: Int
    /// Its number; `.max` for an unknown SKU.
    var number: UInt32
    /// Index of its first supply.
    var supplyStart: Int
    /// How many supplies it has.
    var supplyCount: Int
    /// Whether the movement has raised its version.
    var isTouched: Bool
}

/// The memory in which one request is planned and carried out, used again for the next.
@safe
struct Workspace {
    var credit = 0
    var actor: UInt16 = 0
    var searchStepsMax = SourcingLimits.workDefault
    var leavesLongSearches = false
    /// Steps of the searches since a reserve last ended ``ReserveEnd/decidedAtLength`` or was left.
    var stepsTaken = 0
    var longSearch: LongSearch?
    /// Whether a line of the request expects a version of its SKU.
    var expectsVersions = false
    /// What the request's sourcing minimises.
    var policy = SourcingPolicy.nearest
    /// When the shopper ordered, for the promise.
    var orderedAt = Instant.distantPast
    /// What the plan has to keep to, while ``constraintsSize`` isn't 0.
    var planConstraints = PlanConstraints()
    /// Warehouses whose shipment an older hold gives back, or the same reservation has already.
    var givenBack: [UInt16] = []
    /// Whether some warehouse has as many open shipments as it takes.
    var hasFull = false
    /// Warehouses whose capacity is locked, in ascending order.
    var lockedCapacity: [UInt16] = []
    /// When the last shipment of the plan arrives, in whole minutes since 1970; 0: no promise.
    var promisedMinute: UInt32 = 0
    /// The bytes that stand for the request's constraints, ``constraintsSize`` of them.
    var constraints: [UInt8] = []
    /// 0 for a request without constraints, whatever ``constraints`` holds of an earlier one.
    var constraintsSize = 0
    var networkVersion: UInt64
    var codes: UnsafeMutablePointer<WarehouseCode>
    var ranks: UnsafeMutablePointer<UInt16>
    var isOpen: UnsafeMutablePointer<Bool>
    var isOffline: UnsafeMutablePointer<Bool>
    var poolNames: UnsafeMutablePointer<PoolName>
    var saleTerms: UnsafeMutablePointer<SaleTerms>
    /// Whether there is a sale.
    var hasSales: Bool
    /// The sale that the request belongs to.
    var sale = SaleClaim()
    /// The owner stripes of the request or reservation; none where it isn't of a sale.
    var owners = OwnerStripeSet()

    let lines: UnsafeMutablePointer<SourcingLine>
    let groupOfLine: UnsafeMutablePointer<Int32>
    let groups: UnsafeMutablePointer<SKUGroup>
    /// By SKU of a sale's request the units that its owner would have with the lines so far.
    let ownedUnits: UnsafeMutablePointer<UInt64>
    var groupCount = 0
    var supplies: UnsafeMutablePointer<Supply>
    var supplyCount = 0
    private var supplyCapacity: Int
    let shares: UnsafeMutablePointer<PlannedShare>
    let linePools: UnsafeMutablePointer<UInt16>
    var stripes: StripeSet
    var distinct: DistinctTable
    var terms: TermsTable
    let touched: TouchSet

    private static let suppliesMin = 4_096

    /// Empty buffers for an engine of `stripes` stock stripes with the warehouses of `network`.
    init(stripes count: Int, network: Network) {
        networkVersion = network.version
        unsafe codes = unsafe network.codes
        unsafe ranks = unsafe network.ranks
        unsafe isOpen = unsafe network.isOpen
        unsafe isOffline = unsafe network.isOffline
        unsafe poolNames = unsafe network.poolNames
        unsafe saleTerms = unsafe network.saleTerms
        hasSales = network.hasSales
        unsafe lines = .allocate(capacity: Limits.linesPerReservationMax)
        unsafe groupOfLine = .allocate(capacity: Limits.linesPerReservationMax)
        unsafe groups = .allocate(capacity: Limits.linesPerReservationMax)
        unsafe ownedUnits = .allocate(capacity: Limits.linesPerReservationMax)
        supplyCapacity = Workspace.suppliesMin
        unsafe supplies = .allocate(capacity: supplyCapacity)
        unsafe shares = .allocate(capacity: Limits.sharesPerReservationMax)
        unsafe linePools = .allocate(
            capacity: Limits.linesPerReservationMax * Limits.poolsPerLineMax
        )
        stripes = StripeSet(count: count)
        distinct = DistinctTable()
        terms = TermsTable()
        touched = TouchSet()
    }

    /// Gives the buffers back.
    mutating func destroy() {
        unsafe lines.deallocate()
        unsafe groupOfLine.deallocate()
        unsafe groups.deallocate()
        unsafe ownedUnits.deallocate()
        unsafe supplies.deallocate()
        unsafe shares.deallocate()
        unsafe linePools.deallocate()
        stripes.destroy()
        distinct.destroy()
        terms.destroy()
        touched.destroy()
    }

    /// Reads warehouses from `network` from now on; the session keeps it alive.
    mutating func adopt(_ network: Network) {
        networkVersion = network.version
        unsafe codes = unsafe network.codes
        unsafe ranks = unsafe network.ranks
        unsafe isOpen = unsafe network.isOpen
        unsafe isOffline = unsafe network.isOffline
        unsafe poolNames = unsafe network.poolNames
        unsafe saleTerms = unsafe network.saleTerms
        hasSales = network.hasSales
        terms.forget()
    }

    /// Makes room for `count` more supplies.
    @inline(__always)
    mutating func makeRoom(forSupplies count: Int) {
        if supplyCount + count > supplyCapacity { growSupplies(to: supplyCount + count) }
    }

    @inline(never)
    private mutating func growSupplies(to count: Int) {
        var capacity = supplyCapacity
        while capacity < count { capacity *= 2 }
        let larger = UnsafeMutablePointer<Supply>.allocate(capacity: capacity)
        unsafe larger.update(from: supplies, count: supplyCount)
        unsafe supplies.deallocate()
        unsafe supplies = unsafe larger
        supplyCapacity = capacity
    }
}
