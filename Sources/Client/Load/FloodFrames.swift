internal import NIOCore

/// The holds of one connection of a flood, made ahead: only their numbers change.
struct FloodFrames {
    private let bytes: [UInt8]
    /// How many frames there are, for all owners in turn.
    private let count: Int
    private let frameSizeBytes: Int
    private var place = 0
    private var number: UInt64 = 0

    private static let countMin = 256
    private static let idLowOffset = WireLayout.headerSizeBytes + 8

    /// The holds of the connection at `index`.
    init(plan: FloodPlan, connection index: Int) throws(WireFault) {
        precondition(plan.ownersPerConnection > 0, "somebody asks")
        let high = KeyedHash.mixed(plan.seed ^ 0xA076_1D64_78BD_642F, UInt64(index) &+ 1) | 1
        var draw = SKUDraw(
            .uniform,
            skuCount: plan.skuCount,
            seed: KeyedHash.mixed(plan.seed, UInt64(index) &* 2 &+ 1)
        )
        let owners = plan.ownersPerConnection
        count = owners * max(1, FloodFrames.countMin / owners)
        var bytes: [UInt8] = []
        for number in 0..<count {
            let sku = LoadPlan.skuName(Int(draw.next()))
            bytes += try ReservationRequest(
                id: RequestID(high: high, low: 0),
                owner: OwnerID(high: ~high, low: UInt64(number % owners)),
                lines: [.init(sku: sku, quantity: 1)],
                timeToLiveMilliseconds: plan.timeToLiveMilliseconds
            ).encode(correlation: 0)
        }
        frameSizeBytes = bytes.count / count
        precondition(frameSizeBytes * count == bytes.count, "all frames are of one size")
        self.bytes = bytes
    }

    // MARK: Hot path

    /// Appends the next `wanted` holds to `output`.
    mutating func write(_ wanted: Int, to output: inout ByteBuffer) {
        var missing = wanted
        while missing > 0 {
            let run = min(missing, count - place)
            writeRun(run, to: &output)
            place = place + run == count ? 0 : place + run
            missing -= run
        }
    }

    private mutating func writeRun(_ run: Int, to output: inout ByteBuffer) {
        let size = run * frameSizeBytes
        let start = place * frameSizeBytes
        var next = number
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            guard let base = room.baseAddress else { return 0 }
            bytes.withUnsafeBytes { all in
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: all[start..<start + size]))
            }
            for frame in 0..<run {
                let at = base + frame * frameSizeBytes
                at.storeBytes(
                    of: next.littleEndian,
                    toByteOffset: WireLayout.correlationOffset,
                    as: UInt64.self
                )
                at.storeBytes(
                    of: next.littleEndian,
                    toByteOffset: FloodFrames.idLowOffset,
                    as: UInt64.self
                )
                next &+= 1
            }
            return size
        }
        number = next
    }
}
