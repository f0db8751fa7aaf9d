/// Makes the frames of one connection of a load from a template: a copy and a few stores each.
///
/// Request `n` of a connection holds one unit for an owner of its own; its id is made of the
/// seed, the connection and `n`, so that a later load can release it without a list.
struct LoadFrames {
    private let template: [UInt8]
    private let idHigh: UInt64
    private let skuCount: UInt64
    private let isRelease: Bool
    private var draws: UInt64

    private static let idOffset = WireLayout.headerSizeBytes
    private static let secondIDOffset = WireLayout.headerSizeBytes + 16
    private static let skuDigits = 7

    /// The frames of the connection at `index`.
    init(plan: LoadPlan, connection index: Int) throws(WireFault) {
        idHigh = KeyedHash.mixed(plan.seed ^ 0x9E37_79B9_7F4A_7C15, UInt64(index) &+ 1) | 1
        draws = KeyedHash.mixed(plan.seed, UInt64(index) &* 2 &+ 1)
        let zero = RequestID(high: 0, low: 0)
        switch plan.work {
        case .holds(let skuCount):
            self.skuCount = UInt64(skuCount)
            isRelease = false
            template = try ReservationRequest(
                id: zero,
                owner: OwnerID(high: 0, low: 0),
                lines: [.init(sku: LoadPlan.skuName(0), quantity: 1)],
                timeToLiveMilliseconds: plan.timeToLiveMilliseconds
            ).encode(correlation: 0)
        case .releases:
            skuCount = 0
            isRelease = true
            template = try ReservationChange.release(zero, requestID: zero).encode(correlation: 0)
        }
    }

    /// Bytes in every frame.
    var frameSizeBytes: Int { template.count }

    // MARK: Hot path

    /// Writes the frame of request `number` to the first ``frameSizeBytes`` bytes at `start`.
    @inline(__always)
    mutating func write(number: UInt64, correlation: UInt64, to start: UnsafeMutableRawPointer) {
        template.withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: start, count: bytes.count).copyMemory(from: bytes)
        }
        start.storeBytes(
            of: correlation.littleEndian,
            toByteOffset: WireLayout.correlationOffset,
            as: UInt64.self
        )
        let at = start + LoadFrames.idOffset
        at.storeBytes(of: idHigh.littleEndian, as: UInt64.self)
        at.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
        let second = start + LoadFrames.secondIDOffset
        second.storeBytes(of: (~idHigh).littleEndian, as: UInt64.self)
        second.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
        if !isRelease { writeSKU(endingAt: start + template.count) }
    }

    /// Writes the digits of a SKU drawn at random, the last thing in the frame.
    private mutating func writeSKU(endingAt end: UnsafeMutableRawPointer) {
        draws &+= 0x9E37_79B9_7F4A_7C15
        var index = KeyedHash.mixed(draws, 0xE703_7ED1_A0B4_28DB)
            .multipliedFullWidth(by: skuCount).high
        for place in 1...LoadFrames.skuDigits {
            let digit = UInt8(truncatingIfNeeded: index % 10) &+ UInt8(ascii: "0")
            (end - place).storeBytes(of: digit, as: UInt8.self)
            index /= 10
        }
    }
}
