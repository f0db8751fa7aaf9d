internal import Engine
internal import Inventory
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Node
internal import Wire

/// Questions that don't run for every order: short ones are answered at once, those that sweep on
/// the reading thread, so that no event loop stands still.
extension Connection {
    /// Answers a question, or begins to.
    func read(
        _ operation: Operation,
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) {
        switch operation {
        case .stockShow:
            showStock(try StockShowRequest(body: body, operation: operation), correlation)
        case .stockList:
            let request = try StockListRequest(body: body, operation: operation)
            listStock(request, correlation: correlation)
        case .warehouseList:
            _ = try PlainRequest(body: body, operation: operation)
            append(
                WarehouseList(loop.shared.node.engine.warehouses()),
                correlation: correlation
            )
        case .availability:
            let query = try AvailabilityQuery(body: body, operation: operation)
            tellAvailability(query, correlation, now)
        case .ownerShow:
            let request = try OwnerShowRequest(body: body, operation: operation)
            answerElsewhere(correlation) { .success($0.reservations(request, now: now)) }
        case .stockHolds:
            let request = try StockHoldsRequest(body: body, operation: operation)
            answerElsewhere(correlation) { $0.holds(request, now: now) }
        case .warehouseFill:
            _ = try PlainRequest(body: body, operation: operation)
            answerElsewhere(correlation) {
                .success(WarehouseFillList($0.node.engine.warehouseFill()))
            }
        case .policyList:
            _ = try PlainRequest(body: body, operation: operation)
            let policies = loop.shared.node.engine.policies().map {
                NumberedPolicy(number: $0.number, definition: $0.definition)
            }
            append(PolicyList(policies), correlation: correlation)
        case .ratesList:
            _ = try PlainRequest(body: body, operation: operation)
            append(RatesList(loop.shared.node.engine.rates()), correlation: correlation)
        case .substitutesList:
            let request = try SubstitutesListRequest(body: body, operation: operation)
            answerElsewhere(correlation) { $0.substitutes(request) }
        case .source:
            // Its names stand in the frame, which doesn't stay.
            let bytes = unsafe Array(body)
            answerElsewhere(correlation) { $0.source(bytes, now: now) }
        case .rerouteStatus:
            let request = try WarehouseReroute(body: body, operation: operation)
            append(loop.shared.node.rerouteReport(on: request.warehouse), correlation)
        case .stats:
            _ = try PlainRequest(body: body, operation: operation)
            answerElsewhere(correlation) { .success($0.statistics()) }
        case .check:
            _ = try PlainRequest(body: body, operation: operation)
            loop.shared.logger.notice("check holds all locks", metadata: logged("check"))
            answerElsewhere(correlation) { .success($0.check()) }
        default: preconditionFailure("not a question")
        }
    }

    private func showStock(_ request: StockShowRequest, _ correlation: UInt64) {
        guard let stock = loop.shared.node.engine.stock(of: request.sku) else {
            return append(Refusal(.unknownSKU), correlation: correlation)
        }
        let report = StockReport(
            sku: request.sku,
            version: stock.version,
            weightGrams: stock.weightGrams,
            cells: stock.cells.map(\.wireCell)
        )
        append(report, correlation: correlation)
    }

    private func tellAvailability(
        _ query: AvailabilityQuery,
        _ correlation: UInt64,
        _ now: Instant
    ) {
        guard query.owner == nil, query.skus.count <= ServerLimits.availabilitySKUsAtOnceMax else {
            return answerElsewhere(correlation) { $0.availability(query, now: now) }
        }
        switch loop.shared.availability(query, now: now) {
        case .success(let report): append(report, correlation: correlation)
        case .failure(let refusal): append(refusal, correlation: correlation)
        }
    }

    /// Makes an answer on the reading thread; the connection waits, the loop goes on for others.
    ///
    /// It isn't made where the connection is closed before its turn comes.
    func answerElsewhere<Answer: WireAnswer>(
        _ correlation: UInt64,
        _ make: @escaping @Sendable (ServerShared) -> Result<Answer, Refusal>
    ) {
        guard let context else { return }
        let shared = loop.shared
        guard shared.beginReading() else {
            return append(
                Refusal(.logBusy, detail: "too many long reads wait; ask again"),
                correlation: correlation
            )
        }
        pauses.insert(.longRead)
        let ticket = WaitTicket()
        readTicket = ticket
        shared.reader.runIfActive(eventLoop: context.eventLoop) {
            if ticket.isReturned { return ByteBuffer() }
            defer { shared.settings.didReadLong?() }
            return shared.frame(make(shared), correlation: correlation)
        }.assumeIsolated().whenComplete { result in
            shared.endReading()
            guard self.phase == .open, self.readTicket === ticket else { return }
            self.readTicket = nil
            self.openOutput()
            switch result {
            case .success(var frame):
                self.output.writeBuffer(&frame)
                self.outputAnswers += 1
            case .failure:
                self.append(Refusal(.shuttingDown), correlation: correlation)
            }
            self.endTurn()
            self.unpause(.longRead)
            self.goOn()
        }
    }
}

/// The answers that are made on the reading thread.
extension ServerShared {
    /// The frame of an answer or a refusal.
    func frame<Answer: WireAnswer>(
        _ result: Result<Answer, Refusal>,
        correlation: UInt64
    ) -> ByteBuffer {
        switch result {
        case .success(let answer):
            let bytes: [UInt8]
            do throws(WireFault) {
                bytes = try answer.encode(correlation: correlation)
            } catch {
                return frame(
                    Result<Answer, Refusal>.failure(Refusal(error)),
                    correlation: correlation
                )
            }
            return allocator.buffer(bytes: bytes)
        case .failure(let refusal):
            var frame = allocator.buffer(capacity: refusal.encodedSizeMax)
            frame.writeWithUnsafeMutableBytes(minimumWritableBytes: refusal.encodedSizeMax) {
                refusal.encode(correlation: correlation, into: $0)
            }
            return frame
        }
    }

    /// The substitutes of one SKU, or a page of all.
    func substitutes(_ request: SubstitutesListRequest) -> Result<SubstitutesPage, Refusal> {
        guard let sku = request.sku else {
            var rows: [SKUSubstitutes] = []
            let next = node.engine.substitutes(
                fromSKU: request.cursor,
                limit: request.limit,
                into: &rows
            )
            return .success(SubstitutesPage(rows: rows, next: next))
        }
        guard let names = node.engine.substitutes(of: sku) else {
            return .failure(Refusal(.unknownSKU))
        }
        return .success(SubstitutesPage(rows: [SKUSubstitutes(sku: sku, substitutes: names)]))
    }

    /// Checks all invariants with all locks held.
    func check() -> CheckResult { CheckResult(node.engine.check()) }

    /// What could be reserved, read in slices: what doesn't fit a frame is never read whole.
    func availability(
        _ query: AvailabilityQuery,
        now: Instant
    ) -> Result<AvailabilityReport, Refusal> {
        var report = AvailabilityReport([])
        var size = WireLayout.headerSizeBytes + report.bodySizeMax
        var start = 0
        // Once for all slices: an owner may have many reservations.
        let engine = node.engine
        let held = query.owner.map { engine.heldUnits(of: $0, now: now) } ?? HeldUnits()
        while start < query.skus.count {
            let end = min(start + ServerLimits.availabilitySKUsAtOnceMax, query.skus.count)
            var slice = query
            slice.skus = Array(query.skus[start..<end])
            let told = engine.availability(slice, asIfFree: held)
            size += told.reduce(0) { $0 + $1.wireSizeBytes }
            guard size <= Limits.frameSizeBytesMax else {
                return .failure(Refusal(.frameTooLarge, detail: "ask for fewer SKUs at once"))
            }
            report.skus += told
            start = end
        }
        return .success(report)
    }

    /// The best plan of an order and what it was chosen from.
    func source(_ body: [UInt8], now: Instant) -> Result<SourcingAnswer, Refusal> {
        let engine = node.engine
        let session = EngineSession(engine: engine)
        let told = withReserve(body) { engine.source($0, now: now, session: session) }
        switch told {
        case .failure(let fault): return .failure(Refusal(fault))
        case .success(.success(let report)): return .success(SourcingAnswer(report))
        case .success(.failure(let refusal)):
            let index = refusal.line < 0 ? nil : Int(refusal.line)
            return .failure(Refusal(refusal.outcome, index: index))
        }
    }

    /// The open reservations of a SKU.
    func holds(_ request: StockHoldsRequest, now: Instant) -> Result<StockHolds, Refusal> {
        let holds = node.engine.holds(
            of: request.sku,
            warehouse: request.warehouse,
            limit: request.limit,
            now: now
        )
        return holds.map { .success($0) } ?? .failure(Refusal(.unknownSKU))
    }

    /// The newest reservations of an owner, as many as fit a frame.
    func reservations(_ request: OwnerShowRequest, now: Instant) -> OwnerReservations {
        let engine = node.engine
        let found = engine.reservations(
            of: request.owner,
            includesClosed: request.includesClosed,
            limit: request.limit,
            now: now
        )
        let session = EngineSession(engine: engine)
        var answer = ReservationAnswer()
        var told = OwnerReservations(count: UInt32(clamping: found.count), reservations: [])
        var size = WireLayout.headerSizeBytes + told.bodySizeMax
        for id in found.ids {
            engine.show(id, now: now, session: session, answer: &answer)
            // Forgotten since its id was read.
            guard answer.outcome == .accepted else { continue }
            let report = ReservationReport(answer) { engine.skuName($0) }
            size += 16 + report.bodySizeMax
            guard size <= Limits.frameSizeBytesMax else { break }
            told.reservations.append(OwnerReservations.Entry(id: id, report: report))
        }
        return told
    }
}

extension CellReport {
    /// The cell as it goes over the wire.
    var wireCell: StockReport.Cell {
        StockReport.Cell(warehouse: warehouse, pool: pool, figures: figures)
    }
}
