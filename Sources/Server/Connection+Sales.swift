internal import Engine
internal import Inventory
internal import Node
internal import Wire

/// Sales: their rules, what became of them, and the units that are fenced off for them.
extension Connection {
    /// Moves units of many SKUs from one pool to another.
    ///
    /// It is one movement: the stock locks of 10,000 SKUs are held for 4 to 9 ms, and the loop
    /// decodes as many rows before. That is for a preparation, before the sale's crowd is there.
    func fence(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let rows = FenceDecoder.makeRoom()
        defer { rows.deallocate() }
        let request = try FenceDecoder.decode(body, rows: rows)
        let bytes = Engine.stockCreditBytes(rows: request.rows.count, cause: request.cause)
        return write(crediting: bytes, correlation) {
            let engine = loop.shared.node.engine
            var answer = engine.writeStock(request, now: now, session: loop.session)
            // Two rows of the engine's, giving and taking, are one of the request.
            answer.rows /= 2
            if answer.refusedRow >= 0 { answer.refusedRow /= 2 }
            return answer
        }
    }

    /// Defines, opens, closes or forgets sales.
    func writeSales(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try SaleWrite(body: body, operation: .saleWrite)
        let bytes = Engine.saleCreditBytes(rows: request.changes.count)
        return write(crediting: bytes, correlation) {
            loop.shared.node.engine.writeSales(
                id: request.id,
                digest: SaleWrite.digest(body),
                request.changes,
                now: now,
                session: loop.session
            )
        }
    }

    /// Answers a question about sales: a list at once, figures on the reading thread.
    func tellSales(
        _ operation: Operation,
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) {
        switch operation {
        case .saleList:
            _ = try PlainRequest(body: body, operation: operation)
            let sales = loop.shared.node.engine.network.sales.map(\.rules)
            append(SaleList(instant: now, sales: sales), correlation: correlation)
        case .saleStatus:
            let question = try SaleQuestion(body: body, operation: operation)
            answerElsewhere(correlation) { $0.saleStatus(question.pool, now: now) }
        case .saleReport:
            let question = try SaleQuestion(body: body, operation: operation)
            answerElsewhere(correlation) { $0.saleOverview(question, now: now) }
        default: preconditionFailure("not about sales")
        }
    }
}

/// The answers that are made on the reading thread.
extension ServerShared {
    func saleStatus(_ pool: PoolName, now: Instant) -> Result<SaleStatus, Refusal> {
        told(of: pool, topMax: 0).map { rules, report in
            SaleStatus(instant: now, rules: rules, figures: report.figures)
        }
    }

    func saleOverview(_ question: SaleQuestion, now: Instant) -> Result<SaleOverview, Refusal> {
        // Without a page no owner is looked at, and the bands would stay empty.
        told(of: question.pool, topMax: max(1, question.limit)).map { rules, report in
            var report = report
            report.top = Array(report.top.prefix(question.limit))
            return SaleOverview(instant: now, rules: rules, report: report)
        }
    }

    /// Walks through a sale's shares and cells, slice by slice, so that no lock is held for long.
    private func told(
        of pool: PoolName,
        topMax: Int
    ) -> Result<(rules: SaleRules, report: SaleReport), Refusal> {
        let engine = node.engine
        guard let sale = engine.network.sale(of: pool),
            var walk = engine.saleWalk(of: pool, topMax: topMax)
        else { return .failure(Refusal(.unknownSale)) }
        while !engine.advance(&walk, limit: ServerLimits.saleEntriesPerSliceMax) {}
        return .success((sale.rules, walk.report))
    }
}
