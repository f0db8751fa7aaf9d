/// Makes the frames of one connection of a load from templates: a copy and a few stores each.
///
/// Life `n` of a connection holds one unit for an owner of its own; its id is made of the seed,
/// the connection and `n`, so that a later load can change it without a list.
struct LoadFrames {
    /// One for each request of a life.
    private let templates: [[UInt8]]
    private let idHigh: UInt64
    private let skuCount: UInt64
    private let beginsWithHold: Bool
    private var draws: UInt64
    /// Bytes in the largest frame.
    let frameSizeBytes: Int

    private static let idOffset = WireLayout.headerSizeBytes
    private static let secondIDOffset = WireLayout.headerSizeBytes + 16
    private static let skuDigits = 7

    /// The frames of the connection at `index`.
    init(plan: LoadPlan, connection index: Int) throws(WireFault) {
        idHigh = KeyedHash.mixed(plan.seed ^ 0x9E37_79B9_7F4A_7C15, UInt64(index) &+ 1) | 1
        draws = KeyedHash.mixed(plan.seed, UInt64(index) &* 2 &+ 1)
        let changes: [ReservationChangeKind]
        switch plan.work {
        case .holds(let count): (skuCount, changes, beginsWithHold) = (UInt64(count), [], true)
        case .lives(let count, let kinds):
            (skuCount, changes, beginsWithHold) = (UInt64(count), kinds, true)
        case .changes(let kind): (skuCount, changes, beginsWithHold) = (0, [kind], false)
        }
        let zero = RequestID(high: 0, low: 0)
        var templates: [[UInt8]] = []
        if beginsWithHold {
            templates.append(
                try ReservationRequest(
                    id: zero,
                    owner: OwnerID(high: 0, low: 0),
                    lines: [.init(sku: LoadPlan.skuName(0), quantity: 1)],
                    timeToLiveMilliseconds: plan.timeToLiveMilliseconds
                ).encode(correlation: 0)
            )
        }
        for kind in changes {
            templates.append(
                try ReservationChange(kind, zero, requestID: zero).encode(correlation: 0)
            )
        }
        self.templates = templates
        frameSizeBytes = templates.reduce(0) { max($0, $1.count) }
    }

    // MARK: Hot path

    /// Writes the frame of a phase of life `number` to at most ``frameSizeBytes`` bytes at `start`.
    /// - Returns: The bytes written.
    @inline(__always)
    mutating func write(
        number: UInt64,
        phase: Int,
        correlation: UInt64,
        to start: UnsafeMutableRawPointer
    ) -> Int {
        let size = templates[phase].withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: start, count: bytes.count).copyMemory(from: bytes)
            return bytes.count
        }
        start.storeBytes(
            of: correlation.littleEndian,
            toByteOffset: WireLayout.correlationOffset,
            as: UInt64.self
        )
        let at = start + LoadFrames.idOffset
        at.storeBytes(of: idHigh.littleEndian, as: UInt64.self)
        at.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
        // The owner of a hold, the request's own id of a change.
        let second = start + LoadFrames.secondIDOffset
        let secondHigh = ~idHigh ^ UInt64(truncatingIfNeeded: phase)
        second.storeBytes(of: secondHigh.littleEndian, as: UInt64.self)
        second.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
        if phase == 0, beginsWithHold { writeSKU(endingAt: start + size) }
        return size
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
