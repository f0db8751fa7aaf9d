import Engine
import Foundation
import Inventory
import Journal
import Snapshot
import Storage
import Support
import Testing

@testable import Movements
@testable import Node

/// A data directory with a closed log and one snapshot, and what the engine says is in it.
///
/// The state is copied a few records at a time between the commands of a workload, so the snapshot
/// has a log slice, of which each of its records takes another part.
struct ReaderSample {
    private let directory = TemporaryDirectory()
    /// Where the snapshot stands.
    let snapshotPath: String
    /// The cells at the snapshot's end LSN.
    let cells: [CellReport]
    /// The cells at the log's end.
    let cellsAtEnd: [CellReport]
    /// How many records were copied, by kind.
    let copied: [UInt8: Int]
    /// Bytes of the log slice.
    let sliceBytes: UInt64

    /// Where the log stands.
    var dataDirectory: String { directory.path + "/data" }

    /// Commands before the copying begins, and after it has ended.
    private static let commandsAround = 2_500
    /// Records that are copied between two commands.
    private static let copiedAtOnce = 2

    /// Lets a workload run, and takes a snapshot in its middle.
    init(seed: UInt64) throws {
        var settings = NodeSettings(dataDirectory: directory.path + "/data")
        settings.durability = .none
        settings.segmentSizeBytes = 1_048_576
        settings.batchSizeBytes = 500_000
        settings.ringCapacityBytes = 4 * 1_048_576
        settings.snapshotIntervalMilliseconds = nil
        settings.engine.closedRetentionMilliseconds = 5_000
        settings.engine.stockRetentionMilliseconds = 10_000
        let shop = try SampleShop(seed: seed, settings: settings)
        shop.work(commands: ReaderSample.commandsAround)
        var capture = ImageCapture(shop.node.engine, limit: ReaderSample.copiedAtOnce)
        var taken: EngineImage?
        while taken == nil {
            taken = capture.step()
            if taken == nil { shop.work(commands: 1) }
        }
        let image = try #require(taken)
        cells = shop.cells()
        copied = Dictionary(grouping: image.records) { $0[4] }.mapValues(\.count)
        sliceBytes = image.endLSN - image.startLSN
        snapshotPath = try shop.write(image, into: settings.snapshotDirectory)
        shop.work(commands: ReaderSample.commandsAround)
        cellsAtEnd = shop.cells()
        shop.node.close()
    }

    /// Removes the directory.
    func remove() { directory.remove() }
}

/// A stepped node on a real disk, and a workload that runs on it.
private final class SampleShop {
    let node: Node
    private let clock = SimulatedClock()
    private let runner: CommandRunner
    private var workload: Workload
    private var last: Instant

    init(seed: UInt64, settings: NodeSettings) throws {
        node = try Node.open(
            settings: settings,
            disk: LinuxDisk(),
            clock: clock,
            entropy: SimulatedEntropy(seed: seed),
            isStepped: true,
            note: { _ in },
            onFailure: { _ in }
        )
        runner = CommandRunner(engine: node.engine)
        workload = Workload(seed: seed)
        last = Instant(milliseconds: clock.wallMilliseconds())
    }

    /// Carries commands out, and steps after each.
    func work(commands: Int) {
        for _ in 0..<commands {
            let next = workload.next()
            clock.advance(milliseconds: max(0, next.now.milliseconds - last.milliseconds))
            last = max(last, next.now)
            precondition(runner.session.takeCredit(runner.creditBytes(of: next.command)))
            _ = runner.run(next.command, now: node.now())
            runner.session.returnCredit()
            node.ring.ringDoorbell()
            _ = node.step()
        }
    }

    /// All cells of the engine.
    func cells() -> [CellReport] {
        var reports: [CellReport] = []
        var next: UInt32? = 0
        while let number = next {
            next = node.engine.cells(fromSKU: number, limit: 1_000, into: &reports)
        }
        return reports
    }

    /// Writes an image and the slice of the log that belongs to it.
    func write(_ image: EngineImage, into directory: String) throws -> String {
        let writer = try SnapshotWriter(
            directory: directory,
            startLSN: image.startLSN,
            disk: LinuxDisk()
        )
        func append(_ records: [[UInt8]], of kind: SnapshotSectionKind) throws {
            let bytes = records.flatMap { $0 }
            try bytes.withUnsafeBytes { bytes in try writer.append(bytes, of: kind) }
        }
        let kinds = Dictionary(grouping: image.records) { StateKind(rawValue: $0[4]) }
        try append(kinds[.sku] ?? [], of: .skus)
        try append((kinds[.reservation] ?? []) + (kinds[.write] ?? []), of: .reservations)
        let configuration: [StateKind] = [
            .network, .sales, .warehouses, .rates, .actors, .shares,
        ]
        try append(configuration.flatMap { kinds[$0] ?? [] }, of: .configuration)
        var slice: [UInt8] = []
        let isWhole = try node.journal.readSlice(
            from: image.startLSN,
            upTo: image.endLSN,
            timeoutMilliseconds: 0
        ) { batch in
            slice += batch.records
            return true
        }
        #expect(isWhole)
        try append([slice], of: .logSlice)
        let reservations = (kinds[.reservation] ?? []).map { $0[5] & ~StateLayout.isOfSale }
        let open = reservations.filter { $0 <= ReservationState.committed.rawValue }.count
        let counts = SnapshotCounts(
            skus: UInt64(kinds[.sku]?.count ?? 0),
            cells: (kinds[.sku] ?? []).reduce(0) { $0 + UInt64($1[6]) + UInt64($1[7]) << 8 },
            openReservations: UInt64(open),
            retainedReservations: UInt64(reservations.count - open),
            requestIDs: UInt64(kinds[.write]?.count ?? 0)
        )
        _ = try writer.finish(
            SnapshotFacts(
                logID: node.journal.logID,
                instant: node.now(),
                endLSN: image.endLSN,
                configurationDigest: 0,
                nextSKUNumber: UInt64(node.engine.skuCount),
                stripeCount: 16,
                counts: counts
            )
        )
        return try writer.publish()
    }
}
