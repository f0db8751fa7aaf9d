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
    private let session: EngineSession
    private var answer = ReservationAnswer()

    init(_ node: Node) {
        self.node = node
        session = EngineSession(engine: node.engine)
    }

    /// Carries a command out at the node's present instant; the log isn't waited for.
    func run(_ command: Command) -> CommandReply {
        precondition(session.takeCredit(creditBytes(of: command)), "the ring is full")
        defer {
            session.returnCredit()
            node.ring.ringDoorbell()
        }
        let now = node.now()
        let engine = node.engine
        switch command {
        case .reserve(let command):
            withReserveRequest(command) { request in
                engine.prepare(&request)
                engine.reserve(request, now: now, session: session, answer: &answer)
            }
        case .commit(let reservation, let id):
            engine.commit(
                reservation,
                requestID: id,
                now: now,
                session: session,
                answer: &answer
            )
        case .release(let reservation, let id):
            engine.release(
                reservation,
                requestID: id,
                now: now,
                session: session,
                answer: &answer
            )
        case .show(let reservation):
            engine.show(reservation, now: now, session: session, answer: &answer)
        case .stock, .warehouses, .warehouseState, .skus, .actor:
            let reply = command.performWrite(now: now, session: session, on: engine)
            guard let reply else { preconditionFailure("a write is carried out") }
            return reply
        case .sweep:
            let result = engine.sweep(now: now, session: session, limit: 1)
            return .swept(expired: result.expired, forgotten: result.forgotten)
        }
        return .reservation(ReservationReply(answer))
    }

    private func creditBytes(of command: Command) -> Int {
        switch command {
        case .reserve(let command): node.engine.reserveCreditBytes(lines: command.lines.count)
        case .commit(let id, _), .release(let id, _): node.engine.closeCreditBytes(of: id)
        case .show, .sweep: 0
        case .stock, .warehouses, .warehouseState, .skus, .actor: command.writeCreditBytes ?? 0
        }
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
