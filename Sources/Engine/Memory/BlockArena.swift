/// Small blocks of a stripe: cells of a SKU, lines and shares of a reservation.
///
/// Sizes are rounded up to a class, a fifth larger than the one below; freed blocks serve their
/// class again. Larger blocks than the largest class come from the pool as powers of two.
/// Isolation: none; the stripe's lock is held across every call. Lives in the stripe's memory.
@safe
struct BlockArena {
    private var bump: UnsafeMutableRawPointer?
    private var bumpBytesLeft: Int
    private var freeLists: FreeLists

    private typealias FreeLists = InlineArray<24, UnsafeMutableRawPointer?>
    private static let classSizesBytes: InlineArray<24, Int32> = [
        24, 48, 72, 96, 120, 144, 192, 240, 288, 336, 384, 480, 576, 672, 768, 960, 1_152, 1_344,
        1_536, 1_920, 2_304, 2_688, 3_072, 4_032,
    ]
    private static let chunkSizeBytes = 16_384

    /// An arena without memory.
    init() {
        unsafe bump = nil
        bumpBytesLeft = 0
        unsafe freeLists = unsafe FreeLists(repeating: nil)
    }

    /// The bytes that a block of at least `sizeBytes` really has.
    static func roundedSize(_ sizeBytes: Int) -> Int {
        let index = classIndex(sizeBytes)
        guard index < classSizesBytes.count else {
            return 1 << (Int.bitWidth - (sizeBytes - 1).leadingZeroBitCount)
        }
        return Int(classSizesBytes[index])
    }

    private static func classIndex(_ sizeBytes: Int) -> Int {
        var index = 0
        while index < classSizesBytes.count, Int(classSizesBytes[index]) < sizeBytes { index += 1 }
        return index
    }

    /// A block of at least `sizeBytes`, of arbitrary content.
    mutating func allocate(_ sizeBytes: Int, from pool: ExtentPool) -> UnsafeMutableRawPointer {
        let index = BlockArena.classIndex(sizeBytes)
        guard index < BlockArena.classSizesBytes.count else {
            return unsafe pool.allocate(BlockArena.roundedSize(sizeBytes))
        }
        if let block = unsafe freeLists[index] {
            unsafe freeLists[index] = unsafe block.load(as: UnsafeMutableRawPointer?.self)
            return unsafe block
        }
        let size = Int(BlockArena.classSizesBytes[index])
        if bumpBytesLeft < size {
            unsafe bump = unsafe pool.allocate(BlockArena.chunkSizeBytes)
            bumpBytesLeft = BlockArena.chunkSizeBytes
        }
        guard let block = unsafe bump else { preconditionFailure("arena has no chunk") }
        unsafe bump = unsafe block + size
        bumpBytesLeft -= size
        return unsafe block
    }

    /// Gives back a block that was asked for with `sizeBytes`.
    mutating func free(_ block: UnsafeMutableRawPointer, _ sizeBytes: Int, to pool: ExtentPool) {
        let index = BlockArena.classIndex(sizeBytes)
        guard index < BlockArena.classSizesBytes.count else {
            unsafe pool.free(block, BlockArena.roundedSize(sizeBytes))
            return
        }
        unsafe block.storeBytes(of: freeLists[index], as: UnsafeMutableRawPointer?.self)
        unsafe freeLists[index] = unsafe block
    }
}
