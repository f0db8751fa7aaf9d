internal import Inventory

/// The stock of one SKU in one warehouse and pool, where it stands: 24 bytes.
///
/// Layout: u16 warehouse, u16 pool, then as i32: on hand, reserved, committed, safety stock,
/// backorder limit. Figures stay within `Limits.unitsPerCellMax`; storing more traps.
/// Isolation: none; the lock of the SKU's stripe is held.
@safe
struct StockCell {
    private let address: UnsafeMutableRawPointer

    /// Bytes of a cell.
    static let sizeBytes = 24

    /// The cell at `address`.
    @inline(__always)
    init(at address: UnsafeMutableRawPointer) { unsafe self.address = unsafe address }

    /// Makes the memory a cell of zeros.
    func create(warehouse: UInt16, pool: UInt16) {
        unsafe address.storeBytes(of: warehouse, as: UInt16.self)
        unsafe address.storeBytes(of: pool, toByteOffset: 2, as: UInt16.self)
        for offset in stride(from: 4, to: StockCell.sizeBytes, by: 4) {
            unsafe address.storeBytes(of: 0, toByteOffset: offset, as: Int32.self)
        }
    }

    /// Number of the warehouse.
    @inline(__always) var warehouse: UInt16 { unsafe address.load(as: UInt16.self) }
    /// Number of the pool.
    @inline(__always) var pool: UInt16 { unsafe address.load(fromByteOffset: 2, as: UInt16.self) }

    /// Units physically there.
    @inline(__always) var onHand: Int64 {
        get { figure(4) }
        nonmutating set { setFigure(4, newValue) }
    }
    /// Units held by open reservations.
    @inline(__always) var reserved: Int64 {
        get { figure(8) }
        nonmutating set { setFigure(8, newValue) }
    }
    /// Units that orders own and that haven't left.
    @inline(__always) var committed: Int64 {
        get { figure(12) }
        nonmutating set { setFigure(12, newValue) }
    }
    /// Units never offered.
    @inline(__always) var safetyStock: Int64 {
        get { figure(16) }
        nonmutating set { setFigure(16, newValue) }
    }
    /// Units that may be promised beyond what is there.
    @inline(__always) var backorderLimit: Int64 {
        get { figure(20) }
        nonmutating set { setFigure(20, newValue) }
    }

    @inline(__always)
    private func figure(_ offset: Int) -> Int64 {
        unsafe Int64(address.load(fromByteOffset: offset, as: Int32.self))
    }

    @inline(__always)
    private func setFigure(_ offset: Int, _ value: Int64) {
        precondition(value >= 0, "a figure of a cell is never negative")
        unsafe address.storeBytes(of: Int32(value), toByteOffset: offset, as: Int32.self)
    }

    /// Units that may be promised now; below zero in a shortfall.
    @inline(__always) var available: Int64 {
        onHand - reserved - committed - safetyStock + backorderLimit
    }

    /// Units that a reservation may take: ``available``, within what the figures can count.
    @inline(__always) var takeable: Int64 {
        min(available, Limits.unitsPerCellMax - reserved - committed)
    }

    /// Units that a reservation may take and that are there; below zero in a shortfall.
    @inline(__always) var present: Int64 { onHand - reserved - committed - safetyStock }

    /// Units that are there and that a reservation may take, within what the figures can count.
    @inline(__always) var takeablePresent: Int64 {
        let taken = reserved + committed
        return min(onHand - taken - safetyStock, Limits.unitsPerCellMax - taken)
    }

    /// Units that may be committed whatever is reserved: what is there or may be promised beyond.
    var committable: Int64 { onHand + backorderLimit - committed }

    /// All five figures.
    var figures: CellFigures {
        CellFigures(
            onHand: onHand,
            reserved: reserved,
            committed: committed,
            safetyStock: safetyStock,
            backorderLimit: backorderLimit
        )
    }
}
