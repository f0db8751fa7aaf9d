internal import Inventory

/// A step in the life of a sale: commands between which no other comes.
struct SaleStep: Sendable {
    var commands: [Command]
    /// Milliseconds that pass before it.
    var waitMilliseconds: Int64 = 0
}

/// The life of one sale, as far as it is told.
private struct SaleLife {
    var pool: PoolName
    /// The few who buy.
    var owners: [OwnerID]
    var holds: [ReserveCommand] = []
    var changes: [SalesCommand] = []
    /// What happens, in order.
    var steps: [SaleStep] = []

    /// Adds a step of one command.
    mutating func add(_ command: Command) { steps.append(SaleStep(commands: [command])) }
}

extension Workload {
    /// Tells the life of a sale in commands that come between others: it is made, opened, sold
    /// from, changed, closed, opened again, forgotten and made again.
    ///
    /// - Returns: Its first command.
    mutating func beginSaleLife() -> Command {
        let pool: PoolName =
            switch roll(8) {
            case 0: .default
            case 1..<5: PoolName("sale-\(roll(8))") ?? .default
            default: Workload.pools[roll(Workload.pools.count)]
            }
        var life = SaleLife(pool: pool, owners: [owner(), owner()])
        stock(&life)
        sell(&life, 2)
        change(&life, .rules(rules(pool)))
        sell(&life, 3)
        change(&life, .opening(pool))
        sell(&life, 8)
        for _ in 0..<roll(5) {
            change(&life, .rules(changedRules(pool)))
            sell(&life, 4)
        }
        change(&life, .closing(pool))
        sell(&life, 3)
        if roll(2) == 0 {
            change(&life, .opening(pool))
            sell(&life, 4)
            change(&life, .closing(pool))
        }
        change(&life, .removal(pool))
        for hold in life.holds { end(hold, &life) }
        forget(&life)
        sell(&life, 3)
        change(&life, .rules(rules(pool)))
        sell(&life, 4)
        // Everyday trade goes on.
        if pool == .default { change(&life, .opening(pool)) }
        saleLife = life.steps.reversed()
        return goOnWithSale() ?? .sweep
    }

    /// The next command of the sale whose life is told, if there is one.
    mutating func goOnWithSale() -> Command? {
        guard let step = saleLife.popLast() else { return nil }
        now = now.advanced(byMilliseconds: step.waitMilliseconds)
        coming = step.commands.reversed()
        return coming.popLast()
    }

    /// Forgets the sale once nothing of it is held; of everyday trade something is, until all holds
    /// have run out at once.
    private mutating func forget(_ life: inout SaleLife) {
        let command = SalesCommand(id: newID(), changes: [.removal(life.pool)])
        life.steps.append(
            SaleStep(
                commands: [.sweep, .configuration(.sales(command))],
                waitMilliseconds: life.pool == .default ? 1_200_000 : 0
            )
        )
    }

    private mutating func change(_ life: inout SaleLife, _ change: SaleChange) {
        let command = SalesCommand(id: newID(), changes: [change])
        life.changes.append(command)
        life.add(.configuration(.sales(command)))
    }

    /// Puts units of a few SKUs into the pool.
    private mutating func stock(_ life: inout SaleLife) {
        let rows = (0..<1 + roll(4)).map { _ in
            var row = CommandRow(
                sku: skus[roll(skus.count)],
                warehouse: codes[roll(codes.count)],
                onHand: Int64(1 + roll(40))
            )
            row.pool = life.pool
            return row
        }
        // Rows that share a cell are refused: the sale then begins with what there is.
        life.add(.stock(StockCommand(id: newID(), cause: .received, rows: rows)))
    }

    // MARK: What shoppers do

    /// Up to `most` things that shoppers do.
    private mutating func sell(_ life: inout SaleLife, _ most: Int) {
        for _ in 0..<roll(most + 1) {
            switch roll(10) {
            case ..<5: hold(&life)
            case 5: life.add(.show(life.holds.last?.id ?? knownID()))
            case 6:
                guard let hold = life.holds.randomElement(using: &generator) else { continue }
                life.add(.reserve(hold))
            case 7:
                guard var change = life.changes.randomElement(using: &generator) else { continue }
                if roll(4) == 0 { change.changes.append(.opening(Workload.pools[roll(4)])) }
                life.add(.configuration(.sales(change)))
            default:
                guard let hold = life.holds.randomElement(using: &generator) else { continue }
                pay(hold, &life)
            }
        }
    }

    private mutating func hold(_ life: inout SaleLife) {
        var command = ReserveCommand(id: newID(), lines: [])
        command.lines = (0...roll(3)).map { _ in
            var line = ReserveLine(sku: skus[roll(skus.count)], quantity: UInt32(1 + roll(4)))
            if life.pool != .default { line.pools = [life.pool] }
            return line
        }
        command.owner = life.owners[roll(life.owners.count)]
        command.mode = ReserveMode.allCases[roll(ReserveMode.allCases.count)]
        command.timeToLiveMilliseconds = timeToLive()
        command.client = UInt16(roll(8) == 0 ? 0 : 1 + roll(2))
        if roll(5) == 0, let old = life.holds.last {
            command.replaces = old.id
            command.owner = old.owner
        }
        life.holds.append(command)
        life.add(.reserve(command))
        note(command)
    }

    /// Takes a hold on as a payment does, or doesn't.
    private mutating func pay(_ hold: ReserveCommand, _ life: inout SaleLife) {
        switch roll(5) {
        case 0:
            life.add(
                .extend(
                    ExtendCommand(
                        reservation: hold.id,
                        id: newID(),
                        timeToLiveMilliseconds: UInt32(1 + roll(3_000)),
                        reason: ExtendReason.allCases[roll(3)]
                    )
                )
            )
        case 1:
            var anew = hold
            anew.id = newID()
            anew.replaces = nil
            life.add(
                .holdAgain(
                    HoldAgainCommand(reservation: hold.id, id: anew.id, owner: hold.owner)
                )
            )
            life.holds.append(anew)
            note(anew)
        default: end(hold, &life)
        }
    }

    private mutating func end(_ hold: ReserveCommand, _ life: inout SaleLife) {
        let id = newID()
        life.add(
            roll(3) == 0
                ? .commit(hold.id, requestID: id) : .release(hold.id, requestID: id)
        )
    }
}
