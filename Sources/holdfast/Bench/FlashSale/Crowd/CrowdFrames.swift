internal import HoldfastClient
internal import NIOCore

/// Writes the requests of a crowd from templates: a copy and a few stores each.
struct CrowdFrames {
    /// A reserve of so many lines.
    private struct Template {
        let bytes: [UInt8]
        /// Where the name of each line's SKU ends.
        let skuEnds: [Int]
    }

    private let orders: CrowdOrders
    private let reserves: [Template]
    private let commit: [UInt8]
    private let release: [UInt8]
    private let holdAgain: [UInt8]
    private let quantityDistanceBytes: Int
    private let sizeBytesMax: Int

    private static let idOffset = WireLayout.headerSizeBytes
    private static let secondIDOffset = WireLayout.headerSizeBytes + 16
    private static let thirdIDOffset = WireLayout.headerSizeBytes + 32
    private static let skuDigits = 5

    /// The requests of a crowd's orders.
    init(_ orders: CrowdOrders) throws(WireFault) {
        self.orders = orders
        let scenario = orders.scenario
        var templates: [Template] = []
        for count in 1...FlashSaleScenario.linesMax {
            // Names that no other line's bytes look like.
            let names = (0..<count).map { scenario.skuPrefix + "-9999\(9 - $0)" }
            let request = ReservationRequest(
                id: RequestID(high: 0, low: 0),
                owner: OwnerID(high: 0, low: 0),
                lines: names.map { .init(sku: $0, quantity: 1, pools: [scenario.poolName]) },
                timeToLiveMilliseconds: UInt32(scenario.holdMilliseconds)
            )
            let bytes = try request.encode(correlation: 0)
            let lineSizeBytes = (bytes.count - CrowdFrames.lineStart) / count
            templates.append(
                Template(
                    bytes: bytes,
                    skuEnds: (1...count).map { CrowdFrames.lineStart + $0 * lineSizeBytes }
                )
            )
        }
        reserves = templates
        quantityDistanceBytes = reserves[0].bytes.count - CrowdFrames.lineStart
        let zero = RequestID(high: 0, low: 0)
        commit = try ReservationChange.commit(zero, requestID: zero).encode(correlation: 0)
        release = try ReservationChange.release(zero, requestID: zero).encode(correlation: 0)
        holdAgain = try HoldAgainRequest(
            zero,
            as: zero,
            owner: OwnerID(high: 0, low: 0),
            timeToLiveMilliseconds: UInt32(scenario.holdMilliseconds)
        ).encode(correlation: 0)
        let sizes = reserves.map(\.bytes.count) + [commit.count, release.count, holdAgain.count]
        sizeBytesMax = sizes.max() ?? 0
    }

    /// Where the lines of a reserve without optional fields begin in its frame.
    private static var lineStart: Int {
        WireLayout.headerSizeBytes + WireLayout.reserveFixedSizeBytes
    }

    // MARK: Hot path

    /// Appends the reserve of an order to `output`.
    func writeReserve(
        _ order: OrderNumber,
        quantity: Int,
        lines: Int,
        correlation: UInt64,
        to output: inout ByteBuffer
    ) {
        var skus: (Int, Int, Int, Int) = (0, 0, 0, 0)
        var count = 0
        orders.forEachSKU(of: order, lines: lines) { sku in
            switch count {
            case 0: skus.0 = sku
            case 1: skus.1 = sku
            case 2: skus.2 = sku
            default: skus.3 = sku
            }
            count += 1
        }
        let template = reserves[count - 1]
        let owner = orders.owner(of: order)
        write(template.bytes, correlation, to: &output) { start in
            store(orders.id(order, .reserve), at: start + CrowdFrames.idOffset)
            let second = start + CrowdFrames.secondIDOffset
            store(RequestID(high: owner.high, low: owner.low), at: second)
            for (line, end) in template.skuEnds.enumerated() {
                let sku = line == 0 ? skus.0 : line == 1 ? skus.1 : line == 2 ? skus.2 : skus.3
                writeDigits(of: sku, endingAt: start + end)
                (start + end - quantityDistanceBytes).storeBytes(
                    of: UInt32(quantity).littleEndian,
                    as: UInt32.self
                )
            }
        }
    }

    /// Appends the commit or release of an order's hold, or the commit of what is held again, to
    /// `output`.
    func writeChange(
        _ order: OrderNumber,
        _ step: OrderNumber.Step,
        correlation: UInt64,
        to output: inout ByteBuffer
    ) {
        let held: OrderNumber.Step = step == .commitAgain ? .holdAgain : .reserve
        write(step == .release ? release : commit, correlation, to: &output) { start in
            store(orders.id(order, held), at: start + CrowdFrames.idOffset)
            store(orders.id(order, step), at: start + CrowdFrames.secondIDOffset)
        }
    }

    /// Appends the request to hold again what an order held to `output`.
    func writeHoldAgain(_ order: OrderNumber, correlation: UInt64, to output: inout ByteBuffer) {
        let owner = orders.owner(of: order)
        write(holdAgain, correlation, to: &output) { start in
            store(orders.id(order, .reserve), at: start + CrowdFrames.idOffset)
            store(orders.id(order, .holdAgain), at: start + CrowdFrames.secondIDOffset)
            let third = start + CrowdFrames.thirdIDOffset
            store(RequestID(high: owner.high, low: owner.low), at: third)
        }
    }

    private func write(
        _ template: [UInt8],
        _ correlation: UInt64,
        to output: inout ByteBuffer,
        patch: (UnsafeMutableRawPointer) -> Void
    ) {
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: sizeBytesMax) { room in
            guard let start = room.baseAddress else { return 0 }
            template.withUnsafeBytes { room.copyMemory(from: $0) }
            start.storeBytes(
                of: correlation.littleEndian,
                toByteOffset: WireLayout.correlationOffset,
                as: UInt64.self
            )
            patch(start)
            return template.count
        }
    }

    private func store(_ id: RequestID, at place: UnsafeMutableRawPointer) {
        place.storeBytes(of: id.high.littleEndian, as: UInt64.self)
        place.storeBytes(of: id.low.littleEndian, toByteOffset: 8, as: UInt64.self)
    }

    private func writeDigits(of sku: Int, endingAt end: UnsafeMutableRawPointer) {
        var rest = sku
        for place in 1...CrowdFrames.skuDigits {
            let digit = UInt8(truncatingIfNeeded: rest % 10) &+ UInt8(ascii: "0")
            (end - place).storeBytes(of: digit, as: UInt8.self)
            rest /= 10
        }
    }
}
