internal import HoldfastClient
internal import Movements

extension CellFigures {
    /// Adds the figures of another cell.
    mutating func add(_ other: CellFigures) {
        onHand += other.onHand
        reserved += other.reserved
        committed += other.committed
        safetyStock += other.safetyStock
        backorderLimit += other.backorderLimit
    }

    /// Units that are promised.
    var promised: Int64 { reserved + committed }

    /// How much of what is there is promised, in percent: `62.5 %`; `-` where nothing is there.
    var fillText: String {
        guard onHand > 0 else { return "-" }
        return (Double(promised) * 100 / Double(onHand)).rounded(toPlaces: 1) + " %"
    }

    /// The same for programs.
    var fillJSON: JSON {
        onHand > 0 ? .decimal(Double(promised) * 100 / Double(onHand), 1) : .null
    }
}

/// Cells that are summed: how many, and their figures.
struct CellSum: Hashable {
    var cells = 0
    var figures = CellFigures.zero

    /// Adds a cell.
    mutating func add(_ cell: StateCell) {
        cells += 1
        figures.add(cell.figures)
    }
}

/// Units of a reservation by what became of them.
struct ReservationUnits: Hashable {
    var requested: UInt64 = 0
    var reserved: UInt64 = 0
    var held: UInt64 = 0
    var committed: UInt64 = 0
    var fulfilled: UInt64 = 0
    var cancelled: UInt64 = 0
}

extension StateReservation {
    /// Whether it is held or committed.
    var isOpen: Bool { state == .held || state == .committed }

    /// What became of a share's units.
    func progress(of share: Share) -> ShareProgress {
        share.progress ?? ShareProgress(share.quantity, all: state)
    }

    /// Units of all its lines.
    var units: ReservationUnits {
        var units = ReservationUnits()
        for line in lines {
            units.requested += UInt64(line.requested)
            for share in line.shares {
                let progress = progress(of: share)
                units.reserved += UInt64(share.quantity)
                units.held += UInt64(progress.held)
                units.committed += UInt64(progress.committed)
                units.fulfilled += UInt64(progress.fulfilled)
                units.cancelled += UInt64(progress.cancelled)
            }
        }
        return units
    }
}

/// The words of a place: its warehouse, and its pool where that isn't `default`.
func placeText(_ warehouse: WarehouseCode, _ pool: PoolName) -> String {
    pool == .default ? warehouse.description : "\(warehouse)/\(pool)"
}
