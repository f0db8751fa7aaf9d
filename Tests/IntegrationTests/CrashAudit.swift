import HoldfastClient
import Inventory

/// Asks a restarted server whether all is there that was shown, and nothing by halves.
struct CrashAudit {
    let client: HoldfastClient
    let book: CrashBook

    /// The name of the auditor's client.
    static let name = "auditor"

    private static let pipelined = 256

    /// Asks everything; whatever is wrong goes into the book.
    ///
    /// `skus` are those whose stock nobody but the book's shoppers has changed.
    func run(stockOf skus: [String] = CrashWorld.skus) async throws {
        // What recovery made of it, before anything is asked.
        try await auditInvariants()
        try await auditHolds()
        try await auditWrites()
        try await auditOrders()
        try await auditInvariants()
        for sku in skus { try await auditStock(of: sku) }
        try await CrashSaleAudit(client: client, book: book).run()
    }

    /// Sends requests to hold again, all that were changed lately and some of the others.
    ///
    /// One that was answered must be answered the same. One that wasn't must be wholly there or
    /// wholly absent; either way its second sending settles it.
    private func auditHolds() async throws {
        let all = book.withPages { Array($0.holds.values) }
        let settled = all.filter { $0.audits >= CrashAudit.auditsMax }
        let holds =
            all.filter { $0.audits < CrashAudit.auditsMax }
            + settled.shuffled().prefix(CrashAudit.settledSample)
        for hold in holds where hold.receipt == nil {
            switch try await client.show(hold.request.id) {
            case .success(let report):
                book.withPages { $0.checkWhole(hold.request, report.receipt) }
            case .failure(let refusal):
                if refusal.outcome != .unknownReservation { complain(hold.request, refusal) }
            }
        }
        let plain = holds.filter { $0.again == nil }
        for start in stride(from: 0, to: plain.count, by: CrashAudit.pipelined) {
            let some = plain[start..<min(start + CrashAudit.pipelined, plain.count)]
            let answers = some.map {
                ($0, client.start($0.request, answeredBy: ReservationReceipt.self))
            }
            for (hold, answer) in answers {
                switch try await answer.value {
                case .success(let receipt): note(receipt, hold)
                case .failure(let refusal): note(refusal, hold)
                }
            }
        }
        for hold in holds {
            guard let old = hold.again else { continue }
            let again = HeldAgain(old: old, request: hold.request)
            switch try await again.send(with: client) {
            case .success(let held):
                if held.id == again.request.id {
                    note(held.receipt, hold)
                } else {
                    book.note(held, again)
                }
            case .failure(let refusal): note(refusal, hold)
            }
        }
        try await auditChanges(holds.map(\.request.id))
    }

    private func note(_ receipt: ReservationReceipt, _ hold: CrashBook.Hold) {
        if hold.receipt != nil, !receipt.isRepeated {
            book.complain("hold \(hold.request.id) was forgotten: \(receipt)")
        }
        book.note(hold.request.id, receipt)
        if !receipt.isRepeated {
            book.withPages { $0.holds[hold.request.id]?.client = CrashAudit.name }
        }
    }

    private func note(_ refusal: Refusal, _ hold: CrashBook.Hold) {
        if hold.receipt != nil { complain(hold.request, refusal) }
        book.noteRefused(hold.request, refusal)
    }

    /// Times that a hold is looked at after its last change before it is only sampled.
    private static let auditsMax = 3
    private static let settledSample = 2_000

    /// Sends changes again: what wasn't answered is settled now, what was must be the same.
    private func auditChanges(_ ids: [ReservationID]) async throws {
        for id in ids {
            guard let hold = book.withPages({ $0.holds[id] }) else { continue }
            if let pending = hold.pending {
                switch try await pending.send(id, with: client) {
                case .success(let receipt): book.note(id, pending, receipt)
                case .failure(let refusal):
                    if !CrashWorld.mayRefuse(refusal.outcome) { complain(hold.request, refusal) }
                    book.noteRefused(pending, of: id, refusal)
                }
            } else if let (change, _) = hold.remembered {
                switch try await change.send(id, with: client) {
                case .success(let receipt): book.note(id, change, receipt)
                case .failure(let refusal): complain(hold.request, refusal)
                }
            }
            book.withPages { $0.holds[id]?.audits += 1 }
        }
    }

    private func complain(_ request: ReservationRequest, _ refusal: Refusal) {
        book.complain("hold \(request.id) is \(refusal) after a restart")
    }

    /// Sends every change of stock again; unanswered ones are made now, if they weren't before.
    private func auditWrites() async throws {
        let writes = book.withPages { Array($0.writes.values) }
        for start in stride(from: 0, to: writes.count, by: CrashAudit.pipelined) {
            let some = writes[start..<min(start + CrashAudit.pipelined, writes.count)]
            let answers = some.map {
                ($0, client.start($0.request, answeredBy: WriteReceipt.self))
            }
            for (write, answer) in answers {
                switch try await answer.value {
                case .success(let receipt): book.note(write.request.id, receipt)
                case .failure(let refusal):
                    let isTransfer = write.request.cause == .transferred
                    if !isTransfer || refusal.outcome != .insufficientStock {
                        book.complain("write \(write.request.id) is \(refusal) after a restart")
                    }
                    book.noteRefused(write.request, refusal)
                }
            }
        }
    }

    /// Sends every change of sales again.
    private func auditOrders() async throws {
        for order in book.withPages({ Array($0.orders.values) }) {
            switch try await client.write(order.changes, requestID: order.id) {
            case .success(let receipt): book.note(order: order.id, receipt)
            case .failure(let refusal):
                book.complain("change of sales \(order.id) is \(refusal) after a restart")
            }
        }
    }

    private func auditInvariants() async throws {
        switch try await client.check() {
        case .success(let result):
            if !result.isClean { book.complain("check: \(result.violations)") }
            let lsnMax = book.withPages { $0.lsnMax }
            if result.lsn <= lsnMax { book.complain("LSN \(result.lsn), shown before: \(lsnMax)") }
        case .failure(let refusal): book.complain("check: \(refusal)")
        }
    }

    /// Compares the stock of a SKU with the book: every unit is accounted for.
    private func auditStock(of sku: String) async throws {
        let floor = book.version(of: sku)
        guard case .success(let report) = try await client.stock(of: sku) else {
            return book.complain("\(sku) is gone")
        }
        book.note(report, floor: floor)
        let expected = book.withPages { $0.expectedFigures(of: sku) }
        for cell in report.cells {
            var figures = expected[CrashCell(cell.warehouse, cell.pool)] ?? .zero
            // Holds that ran out are given back a moment later; the invariants cover their sum.
            if CrashWorld.runsOut(sku) { figures.reserved = cell.figures.reserved }
            if cell.figures != figures {
                book.complain("\(sku) in \(cell.warehouse): \(cell.figures), books say \(figures)")
            }
        }
        let available = report.cells.map(\.figures.available).reduce(0, +)
        if let refused = book.withPages({ $0.refusedQuantities[sku] }), available >= refused {
            book.complain("\(sku) has \(available) units; \(refused) were refused before")
        }
    }
}

/// Where units are.
struct CrashCell: Hashable {
    var warehouse: WarehouseCode
    var pool: PoolName

    init(_ warehouse: WarehouseCode, _ pool: PoolName) {
        self.warehouse = warehouse
        self.pool = pool
    }
}

extension CrashBook.Pages {
    /// What the book says of the cells of a SKU.
    func expectedFigures(of sku: String) -> [CrashCell: CellFigures] {
        var figures: [CrashCell: CellFigures] = [:]
        // Counts and settings hold from their place in the log on; differences add up anywhere.
        let ordered = writes.values.filter { $0.receipt != nil }
            .sorted { ($0.receipt?.lsn ?? 0) < ($1.receipt?.lsn ?? 0) }
        for write in ordered {
            for row in write.request.rows where row.sku == sku {
                let cell = CrashCell(row.warehouse, row.pool)
                switch write.request.cause {
                case .counted, .imported: figures[cell, default: .zero].onHand = row.units
                case .configured: figures[cell, default: .zero].safetyStock = row.safetyStock ?? 0
                case .received, .returned, .adjusted, .transferred:
                    figures[cell, default: .zero].onHand += row.units
                }
            }
        }
        for hold in holds.values {
            guard let receipt = hold.receipt, let units = hold.units else { continue }
            for (index, line) in hold.request.lines.enumerated() where line.sku == sku {
                for (share, now) in zip(receipt.lines[index].shares, units.lines[index]) {
                    let cell = CrashCell(share.warehouse, share.pool)
                    figures[cell, default: .zero].reserved += Int64(now.held)
                    figures[cell, default: .zero].committed += Int64(now.committed)
                    figures[cell, default: .zero].onHand -= Int64(now.fulfilled)
                }
            }
        }
        return figures
    }
}
