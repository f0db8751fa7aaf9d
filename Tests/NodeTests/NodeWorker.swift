import Engine
import Inventory
import Journal
import Storage
import Support

@testable import Movements
@testable import Node

/// Carries a workload's commands out on a node, as one connection's thread would.
final class NodeWorker {
    let node: Node
    private let runner: CommandRunner

    init(_ node: Node) {
        self.node = node
        runner = CommandRunner(engine: node.engine)
    }

    /// Carries a command out at the node's present instant; the log isn't waited for.
    func run(_ command: Command) -> CommandReply {
        let credit = runner.creditBytes(of: command)
        precondition(runner.session.takeCredit(credit), "the ring is full")
        defer {
            runner.session.returnCredit()
            node.ring.ringDoorbell()
        }
        return runner.run(command, now: node.now())
    }
}

/// Settings of a small node in a directory.
func smallSettings(
    _ directory: String = "data",
    durability: Durability = .sync
) -> NodeSettings {
    var settings = NodeSettings(dataDirectory: directory)
    settings.durability = durability
    settings.segmentSizeBytes = 262_144
    settings.batchSizeBytes = 65_536
    settings.ringCapacityBytes = 4 * 1_048_576
    settings.retirementIntervalMilliseconds = 0
    settings.engine.stockStripes = 16
    settings.engine.reservationStripes = 16
    return settings
}

/// Opens a stepped node on a simulated disk.
func openStepped(
    _ disk: SimulatedDisk,
    _ settings: NodeSettings = smallSettings(),
    clock: SimulatedClock,
    note: @escaping @Sendable (String) -> Void = { _ in }
) throws(NodeError) -> Node {
    try Node.open(
        settings: settings,
        disk: disk,
        clock: clock,
        entropy: SimulatedEntropy(seed: UInt64(disk.calls)),
        isStepped: true,
        note: note,
        onFailure: { _ in }
    )
}
