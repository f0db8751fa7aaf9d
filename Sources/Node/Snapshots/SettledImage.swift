internal import Engine
internal import Inventory
package import Movements
package import Snapshot
package import Storage

/// A snapshot's state at its end LSN, read in bounded memory, without an engine of all of it.
///
/// What the log slice didn't touch is told as it stands in the file. What it touched is loaded into
/// an engine that holds nothing else, the slice is applied to that, and it is told from there.
/// Memory grows with the log slice and what it touched, not with the state.
/// Isolation: any number of threads read at the same time.
package struct SettledImage: Sendable {
    /// The file.
    package let reader: SnapshotReader
    /// Warehouses, pools, policies, rates, sales and names of clients as of the end LSN; decodes
    /// records.
    package let configuration: StateDecoder
    private let touched: TouchedState

    /// Opens a snapshot and settles what its log slice touched.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - disk: The port to it.
    /// - Throws: Code `damaged`, naming section and offset, or `storage`.
    /// - Complexity: O(log slice), and a look at all records where there is a slice.
    package init(path: String, disk: any Disk) throws(NodeError) {
        let reader = try onSnapshot { () throws(SnapshotError) in
            try SnapshotReader(path: path, disk: disk)
        }
        try self.init(reader)
    }

    /// Settles what the log slice of an open snapshot touched.
    package init(_ reader: SnapshotReader) throws(NodeError) {
        self.reader = reader
        (touched, configuration) = try onSnapshot { () throws(SnapshotError) in
            let touched = try TouchedState(of: reader)
            return (touched, try touched.decodedConfiguration(reader))
        }
    }

    /// The LSN whose state it is.
    package var endLSN: UInt64 { reader.header.facts.endLSN }

    // MARK: Reading

    /// Calls `body` with every SKU; those that the log slice touched come last.
    ///
    /// - Parameters:
    ///   - progress: Called after each section with the bytes unpacked so far.
    ///   - body: Takes a SKU.
    /// - Throws: Code `damaged`, naming section and offset, `storage`, and what `body` throws.
    package func eachSKU(
        progress: (UInt64) -> Void = { _ in },
        _ body: (StateSKU) throws(NodeError) -> Void
    ) throws(NodeError) {
        try each(.skus, touched.skuRecords, progress: progress) {
            touched.skus.contains(StateReader.skuNumber(of: $0))
        } _: { (value) throws(NodeError) in
            if case .sku(let sku) = value { try body(sku) }
        }
    }

    /// Calls `body` with every reservation and every remembered write, in no order that means
    /// anything.
    ///
    /// - Parameters:
    ///   - progress: Called after each section with the bytes unpacked so far.
    ///   - body: Takes a reservation or a write.
    /// - Throws: Code `damaged`, naming section and offset, `storage`, and what `body` throws.
    package func eachRemembered(
        progress: (UInt64) -> Void = { _ in },
        _ body: (StateValue) throws(NodeError) -> Void
    ) throws(NodeError) {
        try each(.reservations, touched.rememberedRecords, progress: progress) {
            touched.ids.contains(StateReader.id(of: $0))
        } _: { (value) throws(NodeError) in
            try body(value)
        }
    }

    /// Calls `body` with what owners have of sales that are known, some entries at a time.
    ///
    /// - Throws: Code `damaged`, naming section and offset, `storage`, and what `body` throws.
    package func eachShares(
        _ body: ([StateShare]) throws(NodeError) -> Void
    ) throws(NodeError) {
        let known = Set(configuration.sales.map(\.number))
        try each(.configuration, touched.shareRecords, progress: { _ in }) {
            touched.hasSettledShares || !StateReader.isOfShares($0)
        } _: { (value) throws(NodeError) in
            guard case .shares(let shares) = value else { return }
            try body(shares.filter { known.contains($0.sale) })
        }
    }

    private func each(
        _ kind: SnapshotSectionKind,
        _ settled: [[UInt8]],
        progress: (UInt64) -> Void,
        isSettled: (UnsafeRawBufferPointer) -> Bool,
        _ body: (StateValue) throws(NodeError) -> Void
    ) throws(NodeError) {
        let buffer = SectionBuffer()
        var decoder = configuration
        var unpackedBytes: UInt64 = 0
        for section in reader.sections(of: kind) {
            try onSnapshot { () throws(SnapshotError) in try reader.read(section, into: buffer) }
            try buffer.eachRecord { (record, offset) throws(NodeError) in
                if isSettled(record) { return }
                let value: StateValue
                do throws(StateError) {
                    value = try decoder.decode(record)
                } catch {
                    throw NodeError(reader.refusal(of: section, at: offset, reason: "\(error)"))
                }
                try body(value)
            }
            unpackedBytes += UInt64(section.unpackedBytes)
            progress(unpackedBytes)
        }
        for run in settled {
            var values: [StateValue] = []
            let fault = run.withUnsafeBytes { bytes -> StateError? in
                do throws(StateError) {
                    try decoder.forEach(in: bytes) { (value) in values.append(value) }
                    return nil
                } catch {
                    return error
                }
            }
            if let fault { throw NodeError(reader.refusal(reason: "\(fault)")) }
            for value in values { try body(value) }
        }
    }
}

/// What the log slice of a snapshot touched, as it is at the end LSN.
private struct TouchedState: Sendable {
    /// Numbers of the SKUs that the slice names.
    private(set) var skus: Set<UInt32> = []
    /// Ids that the slice names.
    private(set) var ids: Set<RequestID> = []
    /// State records of these SKUs.
    private(set) var skuRecords: [[UInt8]] = []
    /// State records of these ids, without those that were forgotten.
    private(set) var rememberedRecords: [[UInt8]] = []
    /// State records of what owners have of sales, where the slice was applied.
    private(set) var shareRecords: [[UInt8]] = []
    /// Whether ``shareRecords`` tell that, and not the file's own.
    private(set) var hasSettledShares = false
    /// State records of the configuration; `nil` where the file's own are that.
    private var configurationRecords: [UInt8]?

    /// Stripes of the engine that holds what was touched.
    private static let stripes = 16
    private static let copySizeBytes = 2 << 20
    private static let ringCapacityBytes = 2 << 20

    /// Applies the slice to what it touches.
    init(of reader: SnapshotReader) throws(SnapshotError) {
        let slice = reader.sections(of: .logSlice)
        guard !slice.isEmpty else { return }
        let buffer = SectionBuffer()
        for section in slice { try look(at: section, reader, buffer) }
        var settings = EngineSettings(hashKey: 0)
        settings.stockStripes = TouchedState.stripes
        settings.reservationStripes = TouchedState.stripes
        let ring = MovementRing(
            capacityBytes: TouchedState.ringCapacityBytes,
            startLSN: reader.header.facts.endLSN
        )
        let engine = Engine(settings: settings, ring: ring)
        let loader = SnapshotLoader(reader: reader, threads: 1)
        try loader.load(into: engine, skus: skus, ids: ids, hasShares: true)
        copy(engine)
    }

    /// Notes what a section of the slice names.
    private mutating func look(
        at section: SnapshotSection,
        _ reader: SnapshotReader,
        _ buffer: SectionBuffer
    ) throws(SnapshotError) {
        var skus = self.skus
        var ids = self.ids
        try reader.read(section, into: buffer)
        try buffer.eachRecord { (record, offset) throws(SnapshotError) in
            do throws(MovementError) {
                try MovementReader.forEachTouch(
                    of: record,
                    lsn: section.firstLSN + UInt64(offset),
                    sku: { skus.insert($0) },
                    id: { ids.insert($0) }
                )
            } catch {
                throw reader.refusal(of: section, at: offset, reason: "\(error)")
            }
        }
        self.skus = skus
        self.ids = ids
    }

    /// Copies what the engine holds as state records.
    private mutating func copy(_ engine: Engine) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: TouchedState.copySizeBytes,
            alignment: 64
        )
        defer { buffer.deallocate() }
        var sku: UInt32? = 0
        while let from = sku {
            let copied = engine.captureSKUs(from: from, into: buffer)
            skuRecords.append(Array(buffer[..<copied.sizeBytes]))
            sku = copied.next
        }
        var place: ReservationPosition? = .first
        while let from = place {
            let copied = engine.captureReservations(from: from, into: buffer)
            rememberedRecords.append(Array(buffer[..<copied.sizeBytes]))
            place = copied.next
        }
        configurationRecords = engine.captureConfiguration()
        var share: OwnerEntryPosition? = .first
        while let from = share {
            let copied = engine.captureShares(from: from, into: buffer)
            shareRecords.append(Array(buffer[..<copied.sizeBytes]))
            share = copied.next
        }
        hasSettledShares = true
    }

    /// The configuration as of the end LSN.
    func decodedConfiguration(_ reader: SnapshotReader) throws(SnapshotError) -> StateDecoder {
        var decoder = StateDecoder()
        func decode(
            _ records: UnsafeRawBufferPointer,
            _ section: SnapshotSection?
        ) -> SnapshotError? {
            do throws(StateError) {
                try decoder.forEach(in: records) { _ in }
                return nil
            } catch {
                let reason = "\(error)"
                return section.map { reader.refusal(of: $0, at: nil, reason: reason) }
                    ?? reader.refusal(reason: reason)
            }
        }
        if let configurationRecords {
            let fault = configurationRecords.withUnsafeBytes { decode($0, nil) }
            if let fault { throw fault }
            return decoder
        }
        let buffer = SectionBuffer()
        for section in reader.sections(of: .configuration) {
            try reader.read(section, into: buffer)
            if let fault = decode(buffer.bytes, section) { throw fault }
        }
        return decoder
    }
}
