internal import Engine
internal import Glibc
internal import Inventory
internal import Journal
internal import Movements
internal import Snapshot
internal import Sourcing
internal import Storage

/// An image of the state that is written, synced and not yet published.
struct TakenImage {
    /// The file's writer, which publishes it or gives it up.
    let writer: SnapshotWriter
    /// What the file says of itself.
    let header: SnapshotHeader
}

/// Copies the state of a live engine into a file, beside all traffic.
///
/// SKUs and ids are copied a few at a time under their own locks, configuration last, so that it
/// names all that the others name. What the log says from before the first copy to behind the last
/// one is the file's end: with it the file is the state at one LSN.
/// Isolation: one thread at a time.
struct ImageTaker: Sendable {
    let engine: Engine
    let ring: MovementRing
    let journal: Journal
    let clock: EngineClock
    let disk: any Disk
    let pace: SnapshotPace
    let machineClock: any Clock

    /// Bytes of state records that are copied before they are packed.
    private static let copySizeBytes = 2 << 20
    /// SKUs, or records of ids, that are copied between two rests of a paced image: short runs, so
    /// that no request waits long for the processor.
    private static let copyRecordsMax = 512

    /// Takes an image.
    ///
    /// - Parameters:
    ///   - directory: Where the unfinished file stands.
    ///   - shouldStop: Whether to give up; asked between two copies.
    ///   - report: Counts as they grow.
    ///   - progress: Called with the report after each section.
    /// - Returns: The finished file, not yet published.
    /// - Throws: Code `storage` where a file operation fails, `stopped` where `shouldStop` said so.
    func take(
        into directory: String,
        shouldStop: () -> Bool,
        report: inout SnapshotReport,
        progress: (SnapshotReport) -> Void
    ) throws(NodeError) -> TakenImage {
        report.toWrite = UInt64(engine.skuCount + engine.rememberedCount())
        progress(report)
        let nanoseconds = machineClock.monotonicNanoseconds()
        // Nothing that is going to be read of the log may go meanwhile.
        guard let pin = journal.pin(from: ring.tail) else { throw .tooManyReaders }
        defer { pin.release() }
        let startLSN = engine.beginCapture()
        let began = ImageBeginning(nanoseconds: nanoseconds, lsn: startLSN)
        let writer = try onSnapshot { () throws(SnapshotError) in
            try SnapshotWriter(directory: directory, startLSN: startLSN, disk: disk) { written in
                rest(at: written.unpackedBytes, since: began)
            }
        }
        var counts = SnapshotCounts()
        var now = report
        try copyState(to: writer, counting: &counts) { (counts, bytes) throws(NodeError) in
            rest(at: bytes, since: began)
            now.note(counts, writer.progress)
            progress(now)
            if shouldStop() { throw NodeError.stopped }
        }
        let network = engine.network
        try append(engine.captureConfiguration(), of: .configuration, to: writer)
        try copyShares(to: writer) { () throws(NodeError) in
            rest(at: writer.progress.unpackedBytes, since: began)
            if shouldStop() { throw NodeError.stopped }
        }
        let endLSN = ring.tail
        let instant = clock.now()
        let sliceStart = writer.progress.unpackedBytes
        try appendLog(from: startLSN, to: endLSN, to: writer) { lsn in
            rest(at: sliceStart + (lsn - startLSN), since: began)
            return shouldStop()
        }
        let facts = SnapshotFacts(
            logID: journal.logID,
            instant: instant,
            endLSN: endLSN,
            configurationDigest: ImageTaker.digest(of: network),
            nextSKUNumber: UInt64(engine.skuCount),
            stripeCount: UInt32(engine.settings.stockStripes),
            counts: counts
        )
        let header = try onSnapshot { () throws(SnapshotError) in try writer.finish(facts) }
        report.note(counts, writer.progress)
        report.endLSN = endLSN
        report.logBytes = endLSN - startLSN
        report.sizeBytes = header.sizeBytes
        return TakenImage(writer: writer, header: header)
    }

    /// Copies SKUs and what is remembered, and counts them.
    ///
    /// - Parameters:
    ///   - writer: Takes the records.
    ///   - counts: Counts them.
    ///   - each: Called with the counts, and the bytes copied, after each run of records.
    /// - Throws: Code `storage` where a file operation fails, and what `each` throws.
    private func copyState(
        to writer: SnapshotWriter,
        counting counts: inout SnapshotCounts,
        each: (SnapshotCounts, UInt64) throws(NodeError) -> Void
    ) throws(NodeError) {
        let limit = pace.bytesPerSecondMax == nil ? Int.max : ImageTaker.copyRecordsMax
        var bytes: UInt64 = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ImageTaker.copySizeBytes,
            alignment: 64
        )
        defer { buffer.deallocate() }
        var sku: UInt32? = 0
        while let from = sku {
            let copied = engine.captureSKUs(from: from, into: buffer, limit: limit)
            try append(buffer[..<copied.sizeBytes], of: .skus, to: writer)
            counts.skus += UInt64(copied.records)
            counts.cells += UInt64(copied.parts)
            sku = copied.next
            bytes += UInt64(copied.sizeBytes)
            try each(counts, bytes)
        }
        var place: ReservationPosition? = .first
        while let from = place {
            let copied = engine.captureReservations(from: from, into: buffer, limit: limit)
            try append(buffer[..<copied.sizeBytes], of: .reservations, to: writer)
            counts.openReservations += UInt64(copied.parts)
            counts.retainedReservations += UInt64(copied.closed)
            counts.requestIDs += UInt64(copied.records - copied.parts - copied.closed)
            place = copied.next
            bytes += UInt64(copied.sizeBytes)
            try each(counts, bytes)
        }
    }

    /// Copies what owners have of sales, behind the configuration.
    private func copyShares(
        to writer: SnapshotWriter,
        each: () throws(NodeError) -> Void
    ) throws(NodeError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ImageTaker.copySizeBytes,
            alignment: 64
        )
        defer { buffer.deallocate() }
        var place: OwnerEntryPosition? = .first
        while let from = place {
            let copied = engine.captureShares(from: from, into: buffer)
            try append(buffer[..<copied.sizeBytes], of: .configuration, to: writer)
            place = copied.next
            if copied.records > 0 { try each() }
        }
    }

    /// Adds what the log says from one LSN to another, once it is there to be read.
    ///
    /// `shouldStop` is called with the LSN reached, batch by batch: a batch is little work.
    private func appendLog(
        from startLSN: UInt64,
        to endLSN: UInt64,
        to writer: SnapshotWriter,
        shouldStop: (UInt64) -> Bool
    ) throws(NodeError) {
        try LogWait(journal: journal).untilDurable(upTo: endLSN) { shouldStop(startLSN) }
        var fault: NodeError?
        let isWhole = try onJournal { () throws(JournalError) in
            try journal.readSlice(
                from: startLSN,
                upTo: endLSN,
                timeoutMilliseconds: 0
            ) { batch in
                do throws(NodeError) {
                    try append(batch.records[...], of: .logSlice, to: writer)
                    if shouldStop(batch.endLSN) { fault = .stopped }
                } catch {
                    fault = error
                }
                return fault == nil
            }
        }
        if let fault { throw fault }
        guard isWhole else { throw .logStalled }
    }

    private func append(
        _ records: [UInt8],
        of kind: SnapshotSectionKind,
        to writer: SnapshotWriter
    ) throws(NodeError) {
        let result = records.withUnsafeBytes { bytes -> Result<Void, NodeError> in
            do throws(NodeError) {
                return .success(try append(bytes[...], of: kind, to: writer))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func append(
        _ records: Slice<UnsafeMutableRawBufferPointer>,
        of kind: SnapshotSectionKind,
        to writer: SnapshotWriter
    ) throws(NodeError) {
        let bytes = UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer(rebasing: records))
        try append(bytes[...], of: kind, to: writer)
    }

    private func append(
        _ records: Slice<UnsafeRawBufferPointer>,
        of kind: SnapshotSectionKind,
        to writer: SnapshotWriter
    ) throws(NodeError) {
        guard !records.isEmpty else { return }
        try onSnapshot { () throws(SnapshotError) in
            try writer.append(UnsafeRawBufferPointer(rebasing: records), of: kind)
        }
    }

    /// Lets traffic have the machine when the image is ahead of its pace.
    private func rest(at bytes: UInt64, since began: ImageBeginning) {
        let nanoseconds = pace.restNanoseconds(
            atBytes: bytes,
            logGrewByBytes: ring.tail - began.lsn,
            afterNanoseconds: machineClock.monotonicNanoseconds() - began.nanoseconds
        )
        guard nanoseconds > 0 else { return }
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000)
        )
        nanosleep(&time, nil)
    }

    /// The digest of warehouses, pools, policies, rates and sales; their order doesn't count.
    static func digest(of network: Network) -> UInt64 {
        var sum: UInt64 = 0
        for warehouse in network.warehouses { sum &+= StateHash.warehouse(warehouse) }
        for pool in network.pools { sum &+= StateHash.pool(pool) }
        for (index, policy) in network.policies.enumerated() {
            let number = SourcingPolicy(rawValue: SourcingPolicy.namedMin + UInt8(index))
            sum &+= StateHash.policy(policy, number: number)
        }
        for (index, row) in network.rates.rows.enumerated() {
            sum &+= StateHash.rate(row, index: index)
        }
        for sale in network.sales { sum &+= StateHash.sale(sale) }
        return sum
    }
}

/// When an image was begun, by the machine's clock and by the log.
private struct ImageBeginning {
    var nanoseconds: UInt64
    var lsn: UInt64
}

extension SnapshotReport {
    /// Takes over how far the copying and the writing have come.
    fileprivate mutating func note(_ counts: SnapshotCounts, _ written: SnapshotProgress) {
        self.written = counts.skus + counts.remembered
        skus = counts.skus
        cells = counts.cells
        remembered = counts.remembered
        unpackedBytes = written.unpackedBytes
        sizeBytes = written.packedBytes
    }
}
