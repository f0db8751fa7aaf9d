package import Engine
package import Inventory
package import Movements

/// State records of an engine as bytes, and between which LSNs they were copied.
package struct EngineImage: Sendable {
    /// Records of configuration.
    package var configuration: [UInt8] = []
    /// Pages of records of SKUs, reservations and remembered writes.
    package var pages: [[UInt8]] = []
    /// LSN from which the log is needed.
    package var startLSN: UInt64
    /// LSN that the state is of, once the log up to there is applied.
    package var endLSN: UInt64

    /// Loads the records into an engine that is empty.
    ///
    /// - Parameters:
    ///   - engine: The engine.
    ///   - gate: Where the records' LSNs go.
    ///   - order: Shuffles the pages, if given.
    /// - Throws: What the engine throws.
    package func load(
        into engine: Engine,
        _ gate: StateGate,
        order: inout SplitMix64?
    ) throws(StateError) {
        engine.reserveRoom(skus: pages.count, ids: pages.count)
        try EngineImage.load(configuration, into: engine, gate)
        var shuffled = pages
        if var generator = order {
            shuffled.shuffle(using: &generator)
            order = generator
        }
        for page in shuffled { try EngineImage.load(page, into: engine, gate) }
    }

    /// Loads one run of records.
    package static func load(
        _ records: [UInt8],
        into engine: Engine,
        _ gate: StateGate
    ) throws(StateError) {
        let result = records.withUnsafeBytes { bytes -> Result<Int, StateError> in
            do throws(StateError) {
                return .success(try engine.load(bytes, into: gate))
            } catch {
                return .failure(error)
            }
        }
        _ = try result.get()
    }

    /// The records one by one.
    package var records: [[UInt8]] {
        ([configuration] + pages).flatMap { page in
            var records: [[UInt8]] = []
            var offset = 0
            while offset < page.count {
                let size = page.withUnsafeBytes {
                    Int($0.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                }
                records.append(Array(page[offset..<offset + size]))
                offset += size
            }
            return records
        }
    }
}

/// Copies an engine's state page by page, so that other things can happen in between.
package struct ImageCapture {
    private let engine: Engine
    private let limit: Int
    private var sku: UInt32? = 0
    private var reservation: ReservationPosition? = .first
    private var share: OwnerEntryPosition? = .first
    private var image: EngineImage
    private var buffer: [UInt8]
    private var steps = 0
    /// Whether reservations come before SKUs.
    private let reservationsFirst: Bool

    /// Begins a capture, `limit` records a step.
    package init(_ engine: Engine, limit: Int = .max, reservationsFirst: Bool = false) {
        self.engine = engine
        self.limit = limit
        self.reservationsFirst = reservationsFirst
        let lsn = engine.beginCapture()
        image = EngineImage(startLSN: lsn, endLSN: lsn)
        buffer = [UInt8](repeating: 0xA5, count: StateLayout.recordSizeBytesMax)
    }

    /// Copies one page.
    /// - Returns: The image, once it is whole.
    package mutating func step() -> EngineImage? {
        steps += 1
        let isReservations = reservation != nil && (reservationsFirst || sku == nil)
        var size = 0
        if isReservations, let position = reservation {
            let limit = limit
            let captured = buffer.withUnsafeMutableBytes { [engine] in
                engine.captureReservations(from: position, into: $0, limit: limit)
            }
            reservation = captured.next
            size = captured.sizeBytes
        } else if let number = sku {
            let limit = limit
            let captured = buffer.withUnsafeMutableBytes { [engine] in
                engine.captureSKUs(from: number, into: $0, limit: limit)
            }
            sku = captured.next
            size = captured.sizeBytes
        } else if let position = share {
            // What owners have of sales comes behind the configuration.
            if position == .first { image.configuration = engine.captureConfiguration() }
            let limit = limit
            let captured = buffer.withUnsafeMutableBytes { [engine] in
                engine.captureShares(from: position, into: $0, limit: limit)
            }
            share = captured.next
            size = captured.sizeBytes
        } else {
            image.endLSN = engine.ring.tail
            return image
        }
        if size > 0 { image.pages.append(Array(buffer[..<size])) }
        return nil
    }

    /// Copies all that is left.
    package mutating func finish() -> EngineImage {
        while true {
            if let image = step() { return image }
        }
    }
}

extension EngineHarness {
    /// An engine without anything else, loaded from an image and with the log applied up to `lsn`.
    package func restored(
        from image: EngineImage,
        settings: EngineSettings,
        upTo lsn: UInt64,
        asOf instant: Instant? = nil,
        order: SplitMix64? = nil
    ) throws -> (engine: Engine, ring: MovementRing) {
        drain()
        let ring = MovementRing(capacityBytes: ring.capacityBytes, startLSN: lsn)
        let engine = Engine(settings: settings, ring: ring)
        let gate = StateGate(of: engine, asOf: instant)
        var order = order
        try image.load(into: engine, gate, order: &order)
        try apply(from: image.startLSN, upTo: image.endLSN, to: engine, through: gate)
        try engine.checkReferences()
        try apply(from: image.endLSN, upTo: lsn, to: engine, through: nil)
        return (engine, ring)
    }

    /// Applies a slice of the log.
    package func apply(
        from start: UInt64,
        upTo end: UInt64,
        to engine: Engine,
        through gate: StateGate?
    ) throws(MovementError) {
        let records = log
        let first = Int(start - startLSN)
        let last = Int(end - startLSN)
        let result = records.withUnsafeBytes { log -> Result<Int, MovementError> in
            let slice = UnsafeRawBufferPointer(rebasing: log[first..<last])
            do throws(MovementError) {
                return .success(
                    try EngineHarness.applyBatches(slice, to: engine, from: start, through: gate)
                )
            } catch {
                return .failure(error)
            }
        }
        _ = try result.get()
    }

    /// Another engine, loaded from an image and the log behind it, that goes on as after a restart.
    package func restarted(
        from image: EngineImage,
        settings: EngineSettings,
        asOf instant: Instant? = nil,
        order: SplitMix64? = nil
    ) throws -> EngineHarness {
        drain()
        let (engine, ring) = try restored(
            from: image,
            settings: settings,
            upTo: endLSN,
            asOf: instant,
            order: order
        )
        return EngineHarness(engine: engine, ring, log: log, startLSN: startLSN)
    }
}
