import Engine
import Inventory
import Journal
import Movements
import Storage
import Support
import Testing

@testable import Node

/// What a node was at each of its movements, for the past to be compared with.
struct PastRun {
    /// A state that the node had.
    struct Known {
        let lsn: UInt64
        let instant: Instant
        let hash: UInt64
        /// A SKU that was looked at, and what it was.
        let sku: String
        let stock: StockOfSKU?
    }

    /// The states after each movement, in log order.
    private(set) var known: [Known] = []
    /// The LSNs of the snapshots.
    private(set) var snapshots: [UInt64] = []
    /// Ids of reservations that were made, in their order.
    private(set) var reservations: [ReservationID] = []

    /// Works on a node and takes a snapshot after each `snapshotEvery` commands.
    init(
        on disk: any Disk,
        in directory: String = "data",
        seed: UInt64,
        commands: Int,
        snapshotEvery: Int
    ) throws {
        let clock = SimulatedClock()
        var settings = smallSettings(directory)
        settings.snapshotCountMax = 100
        settings.snapshotLogBytes = nil
        settings.snapshotIntervalMilliseconds = nil
        let node = try PastRun.open(settings, on: disk, clock: clock)
        let worker = NodeWorker(node)
        var workload = Workload(seed: seed)
        var random = SplitMix64(seed: seed &+ 1)
        // No record is larger than a segment.
        let sizeMax = settings.segmentSizeBytes / 2
        var last = workload.nextTimed(recordSizeBytesMax: sizeMax)
        for number in 1...commands {
            let next = workload.nextTimed(recordSizeBytesMax: sizeMax)
            clock.advance(milliseconds: max(0, next.now.milliseconds - last.now.milliseconds))
            let tail = node.ring.tail
            let reply = worker.run(last.command)
            if case .reserve(let command) = last.command, reply.outcome == .accepted {
                reservations.append(command.id)
            }
            last = next
            if node.ring.tail > tail { note(node, &random) }
            if number % snapshotEvery == 0 {
                _ = node.startSnapshot()
                _ = node.step()
                snapshots.append(node.snapshotReport.endLSN)
                if node.ring.tail > known.last?.lsn ?? 0 { note(node, &random) }
            }
            _ = node.journal.step()
        }
        node.close()
    }

    private mutating func note(_ node: Node, _ random: inout SplitMix64) {
        let engine = node.engine
        let sku = engine.skuName(UInt32(random.below(max(1, engine.skuCount))))
        known.append(
            Known(
                lsn: node.ring.tail,
                instant: engine.lastInstant,
                hash: engine.stateHash(),
                sku: sku,
                stock: engine.stock(of: sku)
            )
        )
    }

    /// Opens a stepped node on any disk.
    static func open(
        _ settings: NodeSettings,
        on disk: any Disk,
        clock: SimulatedClock
    ) throws(NodeError) -> Node {
        try Node.open(
            settings: settings,
            disk: disk,
            clock: clock,
            entropy: SimulatedEntropy(seed: 7),
            isStepped: true,
            note: { _ in },
            onFailure: { _ in }
        )
    }
}
