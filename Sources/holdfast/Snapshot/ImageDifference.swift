internal import HoldfastClient
internal import Movements

/// What differs between the states in two snapshots.
struct ImageDifference {
    /// How many things of a kind differ, and how.
    struct Counts: Hashable {
        var onlyBefore = 0
        var onlyAfter = 0
        var changed = 0

        /// How many differ.
        var all: Int { onlyBefore + onlyAfter + changed }

        /// Counts a thing by where it is.
        mutating func note(isBefore: Bool, isAfter: Bool) {
            if !isAfter {
                onlyBefore += 1
            } else if !isBefore {
                onlyAfter += 1
            } else {
                changed += 1
            }
        }
    }

    /// A cell that differs; `nil` on the side where it isn't.
    struct Cell {
        let sku: String
        let warehouse: WarehouseCode
        let pool: PoolName
        let before: CellFigures?
        let after: CellFigures?
    }

    /// A reservation that differs; `nil` on the side where it isn't.
    struct Reservation {
        let id: ReservationID
        let before: StateReservation?
        let after: StateReservation?
        /// Whether its lines name the same SKUs, have the same units asked for and the same shares.
        let hasSameLines: Bool
    }

    /// Cells of a warehouse in both.
    struct WarehouseSums {
        var before = CellSum()
        var after = CellSum()
    }

    /// The hash of each whole state: equal where nothing differs that counts.
    var stateHashes: (before: UInt64, after: UInt64) = (0, 0)
    /// What differs in warehouses, pools, policies, rates, clients and substitutes.
    var configuration: [String] = []
    /// SKUs: their version, their weight or a cell.
    var skus = Counts()
    /// Cells.
    var cells = Counts()
    /// Reservations.
    var reservations = Counts()
    /// Other remembered requests.
    var writes = Counts()
    /// Sums of all cells by warehouse.
    var warehouses: [WarehouseCode: WarehouseSums] = [:]
    /// The first cells that differ, by SKU, warehouse and pool.
    var cellList: RankedList<Cell>
    /// The first reservations that differ, by id.
    var reservationList: RankedList<Reservation>

    /// Nothing differs so far; at most `limit` of each kind are kept.
    init(limit: Int) {
        cellList = RankedList(countMax: limit) { left, right in
            (left.sku, left.warehouse, left.pool) < (right.sku, right.warehouse, right.pool)
        }
        reservationList = RankedList(countMax: limit) { left, right in
            (left.id.high.byteSwapped, left.id.low.byteSwapped) < (
                right.id.high.byteSwapped, right.id.low.byteSwapped
            )
        }
    }

    /// Whether nothing differs.
    var isEmpty: Bool {
        configuration.isEmpty && skus.all == 0 && reservations.all == 0 && writes.all == 0
    }

    // MARK: Taking

    /// Takes a SKU that differs, and those of its cells that do.
    mutating func add(_ before: StateSKU?, _ after: StateSKU?) {
        guard let name = before?.name ?? after?.name else { return }
        skus.note(isBefore: before != nil, isAfter: after != nil)
        var old: [CellPlace: CellFigures] = [:]
        for cell in before?.cells ?? [] { old[CellPlace(cell)] = cell.figures }
        for cell in after?.cells ?? [] {
            let figures = old.removeValue(forKey: CellPlace(cell))
            if figures != cell.figures { add(name, CellPlace(cell), figures, cell.figures) }
        }
        for (place, figures) in old { add(name, place, figures, nil) }
    }

    private mutating func add(
        _ sku: String,
        _ place: CellPlace,
        _ before: CellFigures?,
        _ after: CellFigures?
    ) {
        cells.note(isBefore: before != nil, isAfter: after != nil)
        cellList.add(
            Cell(
                sku: sku,
                warehouse: place.warehouse,
                pool: place.pool,
                before: before,
                after: after
            )
        )
    }

    /// Takes a reservation that differs.
    mutating func add(_ reservation: Reservation) {
        reservations.note(
            isBefore: reservation.before != nil,
            isAfter: reservation.after != nil
        )
        reservationList.add(reservation)
    }
}

/// Where a SKU's cell is.
private struct CellPlace: Hashable {
    let warehouse: WarehouseCode
    let pool: PoolName

    init(_ cell: StateCell) {
        warehouse = cell.warehouse
        pool = cell.pool
    }
}

extension ImageDifference.Reservation {
    /// In what it differs, in words; empty where it is on one side only.
    var differences: [String] {
        guard let before, let after else { return [] }
        var words: [String] = []
        if before.state != after.state { words.append("state") }
        if before.expiresAt != after.expiresAt { words.append("expiry") }
        if before.units != after.units { words.append("units") }
        if !hasSameLines { words.append("lines") }
        if before.promisedAt != after.promisedAt { words.append("promise") }
        if before.owner != after.owner { words.append("owner") }
        return words.isEmpty ? ["history"] : words
    }
}
