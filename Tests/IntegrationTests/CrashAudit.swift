import HoldfastClient
import Inventory

/// Asks a restarted server whether all is there that was shown, and nothing by halves.
struct CrashAudit {
    let client: HoldfastClient
    let book: CrashBook

    private static let pipelined = 256

    /// Asks everything; whatever is wrong goes into the book.
    func run() async throws {
        try await auditHolds()
        try await auditWrites()
        try await auditInvariants()
        for sku in CrashWorld.skus { try await auditStock(of: sku) }
    }

    /// Sends every request to hold again.
    ///
    /// One that was answered must be answered the same. One that wasn't must be wholly there or
    /// wholly absent; either way its second sending settles it.
    private func auditHolds() async throws {
        let holds = book.withPages { Array($0.holds.values) }
        for hold in holds where hold.receipt == nil {
            switch try await client.show(hold.request.id) {
            case .success(let report):
                book.withPages { $0.checkWhole(hold.request, report.receipt) }
            case .failure(let refusal):
                if refusal.outcome != .unknownReservation { complain(hold.request, refusal) }
            }
        }
        for start in stride(from: 0, to: holds.count, by: CrashAudit.pipelined) {
            let some = holds[start..<min(start + CrashAudit.pipelined, holds.count)]
            let answers = some.map {
                ($0, client.start($0.request, answeredBy: ReservationReceipt.self))
            }
            for (hold, answer) in answers {
                switch try await answer.value {
                case .success(let receipt):
                    if hold.receipt != nil, !receipt.isRepeated {
                        book.complain("hold \(hold.request.id) was forgotten: \(receipt)")
                    }
                    book.note(hold.request.id, receipt)
                case .failure(let refusal):
                    if hold.receipt != nil { complain(hold.request, refusal) }
                    book.noteRefused(hold.request, refusal)
                }
            }
        }
        // What was asked before the crash and hasn't happened never will.
        book.withPages { pages in
            for id in pages.holds.keys { pages.holds[id]?.attempts = [] }
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
                    book.complain("write \(write.request.id) is \(refusal) after a restart")
                }
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
            var figures = expected[cell.warehouse] ?? CrashBook.Pages.nothing
            // Holds that ran out are given back a moment later; the invariants cover their sum.
            if CrashWorld.brief.contains(sku) { figures.reserved = cell.figures.reserved }
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

extension CrashBook.Pages {
    static let nothing = CellFigures(
        onHand: 0,
        reserved: 0,
        committed: 0,
        safetyStock: 0,
        backorderLimit: 0
    )

    /// What the book says of the cells of a SKU.
    func expectedFigures(of sku: String) -> [WarehouseCode: CellFigures] {
        var figures: [WarehouseCode: CellFigures] = [:]
        for write in writes.values where write.receipt != nil {
            for row in write.request.rows where row.sku == sku {
                figures[row.warehouse, default: Self.nothing].onHand += row.units
            }
        }
        for hold in holds.values {
            guard let receipt = hold.receipt else { continue }
            for (line, got) in zip(hold.request.lines, receipt.lines) where line.sku == sku {
                for share in got.shares {
                    let units = Int64(share.quantity)
                    switch hold.state {
                    case .held: figures[share.warehouse, default: Self.nothing].reserved += units
                    case .committed:
                        figures[share.warehouse, default: Self.nothing].committed += units
                    case .fulfilled, .released, .expired, .cancelled: break
                    }
                }
            }
        }
        return figures
    }
}
