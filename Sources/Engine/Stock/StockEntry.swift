internal import CPrefetch
internal import Glibc
internal import Inventory
internal import Synchronization

/// One SKU where it stands: a cache line of 64 bytes that never moves.
///
/// Layout:
///
///      0  u64  hash of the name, set last when the SKU is made; 0 before
///      8  u64  version
///     16  u8   bytes in the name
///     17  u8   flags (bit 0: a stock change left a cell in a shortfall)
///     18  u16  number of cells
///     20  16 B the name, or 4 zero bytes, 8 bytes of address and 4 zero bytes for a longer one
///     36  u32  weight of a unit in grams; 0: not known
///     40  24 B the only cell, or the address of the block of cells and its bytes as u64
///
/// Isolation: none; the lock of the SKU's stripe is held. Hash and name never change.
@safe
struct StockEntry {
    private let address: UnsafeMutableRawPointer

    /// Bytes of an entry.
    static let sizeBytes = 64
    private static let inlineNameSizeBytes = 16

    /// The entry at `address`.
    @inline(__always)
    init(at address: UnsafeMutableRawPointer) { unsafe self.address = unsafe address }

    /// Makes the zeroed memory a SKU without cells.
    func create(
        name: UnsafeRawPointer,
        size: Int,
        hash: UInt64,
        arena: inout BlockArena,
        pool: ExtentPool
    ) {
        precondition(size >= 1 && size <= Limits.skuSizeBytesMax, "size of a SKU's name")
        unsafe address.storeBytes(of: UInt8(size), toByteOffset: 16, as: UInt8.self)
        if size <= StockEntry.inlineNameSizeBytes {
            unsafe memcpy(address + 20, name, size)
        } else {
            let block = unsafe arena.allocate(size, from: pool)
            unsafe memcpy(block, name, size)
            unsafe address.storeBytes(of: UInt(bitPattern: block), toByteOffset: 24, as: UInt.self)
        }
        unsafe address.assumingMemoryBound(to: Atomic<UInt64>.self).pointee
            .store(hash, ordering: .releasing)
    }

    /// The hash of the name; 0 as long as the SKU is being made.
    @inline(__always) var hash: UInt64 {
        unsafe address.assumingMemoryBound(to: Atomic<UInt64>.self).pointee.load(
            ordering: .acquiring
        )
    }

    /// Rises by one with each movement that touches the SKU.
    @inline(__always) var version: UInt64 {
        get { unsafe address.load(fromByteOffset: 8, as: UInt64.self) }
        nonmutating set {
            unsafe address.storeBytes(of: newValue, toByteOffset: 8, as: UInt64.self)
        }
    }

    /// The weight of a unit in grams; 0 where it isn't known.
    var weightGrams: UInt32 {
        get { unsafe address.load(fromByteOffset: 36, as: UInt32.self) }
        nonmutating set {
            unsafe address.storeBytes(of: newValue, toByteOffset: 36, as: UInt32.self)
        }
    }

    /// Whether the last stock change left a cell promising more than it has.
    var hasShortfall: Bool {
        get { unsafe address.load(fromByteOffset: 17, as: UInt8.self) & 1 != 0 }
        nonmutating set {
            unsafe address.storeBytes(of: newValue ? 1 : 0, toByteOffset: 17, as: UInt8.self)
        }
    }

    /// The bytes of the name.
    @inline(__always) var name: UnsafeRawBufferPointer {
        let size = unsafe Int(address.load(fromByteOffset: 16, as: UInt8.self))
        if size <= StockEntry.inlineNameSizeBytes {
            return unsafe UnsafeRawBufferPointer(start: address + 20, count: size)
        }
        return unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(
                bitPattern: address.load(fromByteOffset: 24, as: UInt.self)
            ),
            count: size
        )
    }

    /// Whether the name is `sku`.
    @inline(__always)
    func isNamed(_ sku: SKUView) -> Bool {
        let name = unsafe name
        guard unsafe name.count == sku.size, let base = name.baseAddress else { return false }
        return unsafe memcmp(base, sku.bytes, sku.size) == 0
    }

    // MARK: Cells

    /// The sums over all cells.
    var sums: CellFigures {
        var sums = CellFigures.zero
        for index in 0..<cellCount {
            sums.add(cell(index).figures)
        }
        return sums
    }

    /// How many cells the SKU has.
    @inline(__always) var cellCount: Int {
        unsafe Int(address.load(fromByteOffset: 18, as: UInt16.self))
    }

    /// The cell at `index`.
    @inline(__always)
    func cell(_ index: Int) -> StockCell {
        let count = cellCount
        precondition(index >= 0 && index < count, "cell index out of range")
        return unsafe StockCell(at: cells(count) + index &* StockCell.sizeBytes)
    }

    /// Brings its first cells close to the processor.
    @inline(__always)
    func prefetchCells() {
        if cellCount > 1 { unsafe holdfast_prefetch(cells(2)) }
    }

    /// Where its cells stand, one behind the other; arbitrary memory if there are none.
    var cells: UnsafeMutableRawPointer { unsafe cells(cellCount) }

    @inline(__always)
    private func cells(_ count: Int) -> UnsafeMutableRawPointer {
        if count <= 1 { return unsafe address + 40 }
        let word = unsafe address.load(fromByteOffset: 40, as: UInt.self)
        guard let block = unsafe UnsafeMutableRawPointer(bitPattern: word) else {
            preconditionFailure("SKU without its block of cells")
        }
        return unsafe block
    }

    /// The index of the cell of `warehouse` and `pool`, if there is one.
    /// - Complexity: O(cells of the SKU).
    @inline(__always)
    func cellIndex(warehouse: UInt16, pool: UInt16) -> Int? {
        let count = cellCount
        let cells = unsafe cells(count)
        let wanted = UInt32(warehouse) | UInt32(pool) << 16
        for index in 0..<count {
            let key = unsafe cells.load(
                fromByteOffset: index &* StockCell.sizeBytes,
                as: UInt32.self
            )
            if key == wanted { return index }
        }
        return nil
    }

    /// Adds a cell of zeros; the SKU has none of `warehouse` and `pool`.
    /// - Returns: Its index: the number of cells before.
    func addCell(
        warehouse: UInt16,
        pool poolNumber: UInt16,
        arena: inout BlockArena,
        pool: ExtentPool
    ) -> Int {
        let count = cellCount
        precondition(count < Limits.cellsPerSKUMax, "too many cells of one SKU")
        if count >= 1 { makeRoom(for: count + 1, arena: &arena, pool: pool) }
        unsafe address.storeBytes(of: UInt16(count + 1), toByteOffset: 18, as: UInt16.self)
        cell(count).create(warehouse: warehouse, pool: poolNumber)
        return count
    }

    /// Gives a SKU without cells all that it has, as they stand at `source`, 4-byte aligned or not.
    ///
    /// No two are of the same warehouse and pool.
    func setCells(
        _ source: UnsafeRawPointer,
        count: Int,
        arena: inout BlockArena,
        pool: ExtentPool
    ) {
        precondition(cellCount == 0, "a SKU gets all its cells once")
        precondition(count >= 1 && count <= Limits.cellsPerSKUMax, "number of cells")
        if count > 1 {
            let sizeBytes = BlockArena.roundedSize(count * StockCell.sizeBytes)
            let block = unsafe arena.allocate(sizeBytes, from: pool)
            unsafe address.storeBytes(of: UInt(bitPattern: block), toByteOffset: 40, as: UInt.self)
            unsafe address.storeBytes(of: sizeBytes, toByteOffset: 48, as: Int.self)
        }
        unsafe address.storeBytes(of: UInt16(count), toByteOffset: 18, as: UInt16.self)
        unsafe memcpy(cells(count), source, count * StockCell.sizeBytes)
    }

    /// Moves the cells into a larger block when they fill theirs.
    private func makeRoom(for count: Int, arena: inout BlockArena, pool: ExtentPool) {
        let size = count * StockCell.sizeBytes
        let oldCount = count - 1
        let old = unsafe cells(oldCount)
        let oldBytes = unsafe oldCount > 1 ? address.load(fromByteOffset: 48, as: Int.self) : 0
        if oldBytes >= size { return }
        let newBytes = BlockArena.roundedSize(size)
        let block = unsafe arena.allocate(newBytes, from: pool)
        unsafe memcpy(block, old, oldCount * StockCell.sizeBytes)
        if oldBytes > 0 { unsafe arena.free(old, oldBytes, to: pool) }
        unsafe address.storeBytes(of: UInt(bitPattern: block), toByteOffset: 40, as: UInt.self)
        unsafe address.storeBytes(of: newBytes, toByteOffset: 48, as: Int.self)
    }
}
