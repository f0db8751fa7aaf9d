import Engine
import Inventory
import Storage
import Support
import Synchronization

/// A flag that threads share.
final class ThreadFlag: Sendable {
    let value = Atomic<Bool>(false)
}

/// Two counts that threads share.
final class ThreadCounts: Sendable {
    let firsts: Atomic<Int>
    let closings: Atomic<Int>

    init(firsts: Int, closings: Int) {
        self.firsts = Atomic(firsts)
        self.closings = Atomic(closings)
    }
}

/// Units sold and received by SKU, summed over all threads.
final class ThreadSums: Sendable {
    private let sums = Monitor<(sold: [Int64], received: [Int64])>(
        (
            [Int64](repeating: 0, count: ThreadTests.skuCount),
            [Int64](repeating: 0, count: ThreadTests.skuCount)
        )
    )

    func add(_ sold: [Int64], _ received: [Int64]) {
        sums.withLock { sums in
            for index in sold.indices {
                sums.sold[index] += sold[index]
                sums.received[index] += received[index]
            }
        }
    }

    var sold: [Int64] { sums.withLock { $0.sold } }
    var received: [Int64] { sums.withLock { $0.received } }
}

extension ThreadShopper {
    /// A movement that takes a unit from one wandering SKU and gives it to another.
    mutating func newMove(from: Int, to: Int) -> StockCommand {
        let code = ReserveShop.code("A")
        let rows = [
            CommandRow(sku: Array("w-\(from)".utf8), warehouse: code, onHand: -1),
            CommandRow(sku: Array("w-\(to)".utf8), warehouse: code, onHand: 1),
        ]
        return StockCommand(id: newID(), cause: .adjusted, rows: rows)
    }

    /// A change of one warehouse's state.
    mutating func newState(of text: String, _ state: WarehouseState) -> WarehousesCommand {
        let place = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        let warehouse = Warehouse(code: ReserveShop.code(text), position: place, state: state)
        return WarehousesCommand(id: newID(), warehouses: [warehouse])
    }
}

/// A thread that reserves, commits, releases, sweeps and restocks, and keeps its own books.
struct ThreadBuyer: ~Copyable {
    private var shopper: ThreadShopper
    /// What each hold of this buyer took, by SKU.
    private var holds: [(id: ReservationID, units: [Int: Int64])] = []
    private(set) var sold = [Int64](repeating: 0, count: ThreadTests.skuCount)
    private(set) var received = [Int64](repeating: 0, count: ThreadTests.skuCount)

    init(_ shopper: consuming ThreadShopper) { self.shopper = shopper }

    /// One request of the storm.
    mutating func storm() {
        switch shopper.roll(200) {
        case ..<80: hold()
        case ..<110: close(isCommit: true)
        case ..<160: close(isCommit: false)
        case ..<184:
            shopper.shop.advance(byMilliseconds: Int64(shopper.roll(3)))
            _ = shopper.sweep(limit: 16)
        case ..<196: restock()
        case ..<198:
            let state: WarehouseState = shopper.roll(2) == 0 ? .online : .draining
            _ = shopper.write(shopper.newState(of: "B", state))
        case 198 where shopper.roll(20) == 0:
            for violation in shopper.shop.engine.check().violations { note(violation) }
        default: return
        }
    }

    private func note(_ violation: String) { shopper.shop.note(violation) }

    /// Holds up to six lines in any order of SKUs.
    private mutating func hold() {
        let indexes = (0..<(1 + shopper.roll(6))).map { _ in
            shopper.roll(ThreadTests.skuCount)
        }
        let times: [UInt32] = [1, 5, 50, 500, 0]
        order(
            indexes,
            quantity: UInt32(1 + shopper.roll(3)),
            mode: ReserveMode.allCases[shopper.roll(3)],
            timeToLive: times[shopper.roll(5)]
        )
        if holds.count > 200 { holds.removeFirst(100) }
    }

    @discardableResult
    private mutating func order(
        _ indexes: [Int],
        quantity: UInt32,
        mode: ReserveMode,
        timeToLive: UInt32
    ) -> ReservationReply {
        var command = ReserveCommand(
            id: shopper.newID(),
            lines: indexes.map { ReserveShop.line("hot-\($0)", quantity) }
        )
        command.mode = mode
        command.timeToLiveMilliseconds = timeToLive
        let reply = shopper.reserve(command)
        guard reply.outcome == .accepted else { return reply }
        if reply.lines.count != indexes.count || reply.isRepeated { note("\(reply)") }
        var units: [Int: Int64] = [:]
        for (line, index) in zip(reply.lines, indexes) {
            let isWhole = line.reserved == line.requested
            let isHonest =
                switch mode {
                case .allOrNothing: isWhole
                case .wholeLines: isWhole || line.reserved == 0
                case .bestEffort: line.reserved <= line.requested
                }
            if !isHonest { note("\(mode): \(line)") }
            units[index, default: 0] += Int64(line.reserved)
        }
        holds.append((command.id, units))
        return reply
    }

    private mutating func close(isCommit: Bool) {
        guard !holds.isEmpty else { return }
        let hold = holds.remove(at: shopper.roll(holds.count))
        let reply = isCommit ? shopper.commit(hold.id) : shopper.release(hold.id)
        switch reply.outcome {
        case .accepted:
            if isCommit { for (index, units) in hold.units { sold[index] += units } }
        case .holdExpired, .unknownReservation: break
        default: note("close: \(reply)")
        }
    }

    private mutating func restock() {
        let index = shopper.roll(ThreadTests.skuCount)
        let units = Int64(1 + shopper.roll(3))
        let row = CommandRow(
            sku: Array("hot-\(index)".utf8),
            warehouse: ReserveShop.code("C"),
            onHand: units
        )
        let command = StockCommand(id: shopper.newID(), cause: .received, rows: [row])
        let answer = shopper.write(command)
        if answer.outcome == .accepted { received[index] += units } else { note("\(answer)") }
    }

    /// Buys until nothing is left of any SKU; each buyer begins at another one.
    mutating func buyOut() {
        let start = shopper.roll(ThreadTests.skuCount)
        for step in 0..<ThreadTests.skuCount {
            let index = (start + step) % ThreadTests.skuCount
            let other = shopper.roll(ThreadTests.skuCount)
            while true {
                let reply = order(
                    [other, index],
                    quantity: 3,
                    mode: .bestEffort,
                    timeToLive: 0
                )
                if reply.outcome != .accepted { return note("\(reply)") }
                close(isCommit: true)
                if reply.lines[1].reserved == 0 { break }
            }
        }
    }
}
