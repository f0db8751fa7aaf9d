internal import HoldfastClient
internal import Movements
internal import Node
internal import Snapshot

/// What the state in a snapshot comes to: sums, ranks, and what is oldest.
///
/// It reads what is remembered once, then the SKUs once. Memory: 4 bytes for each SKU number, and
/// a few hundred for each warehouse, pool and ranked SKU.
struct ImageOverview {
    /// A SKU among the first of a rank.
    struct RankedSKU {
        let name: String
        let figures: CellFigures
        let cells: Int
        /// Reservations that are held or committed and have units of it.
        let openReservations: Int
    }

    /// A hold.
    struct Hold {
        let id: ReservationID
        let heldSince: Instant
        let expiresAt: Instant
        let units: UInt64
    }

    /// Warehouses, pools, policies, rates and names of clients.
    let configuration: StateDecoder
    /// All cells.
    private(set) var total = CellSum()
    /// SKUs.
    private(set) var skus = 0
    /// SKUs of which a cell promises more than it has, after a correction of stock.
    private(set) var skusInShortfall = 0
    /// Cells by warehouse.
    private(set) var byWarehouse: [WarehouseCode: CellSum] = [:]
    /// Cells by pool.
    private(set) var byPool: [PoolName: CellSum] = [:]
    /// Reservations by state.
    private(set) var reservations: [ReservationState: Int] = [:]
    /// Writes that are remembered with their answers.
    private(set) var writes = 0
    /// The hold whose chain is the oldest; of several, the one of the lowest id.
    private(set) var oldestHold: Hold?
    /// When the next hold expires.
    private(set) var nextExpiry: Instant?
    /// Holds whose time was over and that weren't swept yet.
    private(set) var overdueHolds = 0
    /// The SKUs with the most units on hand.
    private(set) var topByUnits: RankedList<RankedSKU>
    /// The SKUs with units in the most open reservations.
    private(set) var topByHolds: RankedList<RankedSKU>

    private let instant: Instant
    private var openBySKU: [UInt32] = []

    /// Reads an image.
    ///
    /// - Parameters:
    ///   - image: The image.
    ///   - top: SKUs that each rank keeps.
    ///   - progress: Shows the two passes.
    /// - Throws: What is wrong with the image.
    init(
        of image: SettledImage,
        top: Int,
        progress: inout PassProgress
    ) throws(NodeError) {
        configuration = image.configuration
        instant = image.reader.header.facts.instant
        topByUnits = RankedList(countMax: top) { left, right in
            (right.figures.onHand, left.name) < (left.figures.onHand, right.name)
        }
        topByHolds = RankedList(countMax: top) { left, right in
            (right.openReservations, left.name) < (left.openReservations, right.name)
        }
        for warehouse in configuration.warehouses { byWarehouse[warehouse.code] = CellSum() }
        let skuLimit = image.skuNumberLimit
        try image.eachRemembered(progress: { progress.show($0) }) { (value) throws(NodeError) in
            switch value {
            case .reservation(let reservation): try add(reservation, image, skuLimit)
            case .write: writes += 1
            case .sku, .configuration, .shares: break
            }
        }
        progress.beginPass()
        try image.eachSKU(progress: { progress.show($0) }) { (sku) in add(sku) }
        openBySKU = []
    }

    private mutating func add(
        _ reservation: StateReservation,
        _ image: SettledImage,
        _ skuLimit: Int
    ) throws(NodeError) {
        reservations[reservation.state, default: 0] += 1
        guard reservation.isOpen else { return }
        try count(reservation, image, skuLimit)
        let units = reservation.units
        // A committed one may have units left that are held.
        guard reservation.state == .held || units.held > 0 else { return }
        if reservation.expiresAt <= instant { overdueHolds += 1 }
        nextExpiry = min(nextExpiry ?? reservation.expiresAt, reservation.expiresAt)
        let hold = Hold(
            id: reservation.id,
            heldSince: reservation.heldSince,
            expiresAt: reservation.expiresAt,
            units: units.held
        )
        if oldestHold.map({ hold.isOlder(than: $0) }) ?? true { oldestHold = hold }
    }

    /// Counts an open reservation once for each SKU that it has units of.
    private mutating func count(
        _ reservation: StateReservation,
        _ image: SettledImage,
        _ skuLimit: Int
    ) throws(NodeError) {
        var counted: Set<UInt32> = []
        for line in reservation.lines where line.shares.contains(where: reservation.isOpen) {
            guard let sku = line.sku, counted.insert(sku).inserted else { continue }
            guard Int(sku) < skuLimit else {
                throw image.unknownSKU(sku, in: "reservation \(reservation.id)")
            }
            if Int(sku) >= openBySKU.count {
                let more = Int(sku) + 1 - openBySKU.count
                openBySKU.append(contentsOf: repeatElement(0, count: more))
            }
            openBySKU[Int(sku)] += 1
        }
    }

    private mutating func add(_ sku: StateSKU) {
        skus += 1
        if sku.hasShortfall { skusInShortfall += 1 }
        var sum = CellSum()
        for cell in sku.cells {
            sum.add(cell)
            byWarehouse[cell.warehouse, default: CellSum()].add(cell)
            byPool[cell.pool, default: CellSum()].add(cell)
        }
        total.cells += sum.cells
        total.figures.add(sum.figures)
        let number = Int(sku.number)
        let ranked = RankedSKU(
            name: sku.name,
            figures: sum.figures,
            cells: sum.cells,
            openReservations: number < openBySKU.count ? Int(openBySKU[number]) : 0
        )
        topByUnits.add(ranked)
        if ranked.openReservations > 0 { topByHolds.add(ranked) }
    }

    /// Reservations that are held or committed.
    var openReservations: Int {
        reservations[.held, default: 0] + reservations[.committed, default: 0]
    }
}

extension ImageOverview.Hold {
    /// Whether it comes before another in age.
    fileprivate func isOlder(than other: ImageOverview.Hold) -> Bool {
        (heldSince, id.description) < (other.heldSince, other.id.description)
    }
}

extension StateReservation {
    /// Whether units of a share are still held or committed.
    fileprivate func isOpen(_ share: Share) -> Bool {
        let progress = progress(of: share)
        return progress.held > 0 || progress.committed > 0
    }
}
