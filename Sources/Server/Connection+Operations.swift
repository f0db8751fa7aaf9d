internal import Engine
internal import Inventory
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Node
internal import Synchronization
internal import Wire

/// Requests that don't run for every order.
extension Connection {
    // MARK: Handshake

    /// Answers the first frame.
    /// - Returns: Its size, or 0 when it isn't whole or wasn't right.
    func greet(_ bytes: UnsafeRawBufferPointer, _ now: Instant) -> Int {
        let header: FrameHeader
        switch FrameHeader.next(in: bytes, at: 0) {
        case .whole(let found): header = found
        case .partial:
            // Nobody who hasn't said hello may fill memory.
            if bytes.count > Hello.frameSizeMax {
                refuse(.helloExpected, detail: "the first frame must be a hello")
            }
            return 0
        case .refused(let outcome):
            refuse(outcome, detail: "the first frame must be a hello")
            return 0
        }
        let correlation = header.correlation
        guard header.code == Operation.hello.rawValue else {
            refuse(
                .helloExpected,
                correlation: correlation,
                detail: "the first frame must be a hello"
            )
            return 0
        }
        guard header.flags == 0 else {
            refuse(.malformedFrame, correlation: correlation, detail: "a request has no flags")
            return 0
        }
        let hello: Hello
        do throws(WireFault) {
            hello = try Hello(
                body: UnsafeRawBufferPointer(
                    rebasing: bytes[WireLayout.headerSizeBytes..<header.size]
                ),
                operation: .hello
            )
        } catch {
            refuse(error.outcome, correlation: correlation, detail: error.detail.description)
            return 0
        }
        clientName = hello.name
        guard let version = hello.commonVersion else {
            refuse(
                .unsupportedVersion,
                correlation: correlation,
                detail: "versions \(WireLayout.versionMin)-\(WireLayout.versionMax) are spoken"
            )
            return 0
        }
        let greeting = Greeting(
            durability: loop.shared.durabilityMode,
            instant: now,
            framesInFlightMax: UInt32(clamping: loop.shared.settings.framesInFlightMax),
            version: version,
            features: hello.features & WireLayout.features
        )
        append(greeting, correlation: correlation)
        phase = .open
        loop.shared.logger.debug("client connected", metadata: logged("hello"))
        return header.size
    }

    // MARK: Answers

    /// Adds an answer to those of the turn.
    func append(_ answer: some WireAnswer, correlation: UInt64, isRepeated: Bool = false) {
        openOutput()
        var fault: WireFault?
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: answer.frameSizeMax) { room in
            do throws(WireFault) {
                return try answer.encode(
                    correlation: correlation,
                    isRepeated: isRepeated,
                    into: room
                )
            } catch {
                fault = error
                return 0
            }
        }
        if let fault { return append(Refusal(fault), correlation: correlation) }
        outputAnswers += 1
    }

    /// Adds a refusal to the answers of the turn.
    func append(_ refusal: Refusal, correlation: UInt64) {
        openOutput()
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: Refusal.frameSizeMax) { room in
            refusal.encode(correlation: correlation, into: room)
        }
        outputAnswers += 1
    }

    private func append(_ answer: WriteAnswer, correlation: UInt64) {
        guard answer.outcome == .accepted else {
            let index = answer.refusedRow < 0 ? nil : Int(answer.refusedRow)
            return append(Refusal(answer.outcome, index: index), correlation: correlation)
        }
        append(
            WriteReceipt(answer),
            correlation: correlation,
            isRepeated: answer.isRepeated
        )
    }

    // MARK: Operations

    /// Carries out a request that isn't on the hot path.
    /// - Returns: `false` when it must be tried again with log credit.
    func perform(
        _ operation: Operation,
        _ body: UnsafeRawBufferPointer,
        correlation: UInt64,
        now: Instant
    ) -> Bool {
        do throws(WireFault) {
            switch operation {
            case .stockWrite: return try writeStock(body, correlation, now)
            case .warehouseWrite: return try writeWarehouses(body, correlation, now)
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
            case .stats:
                _ = try PlainRequest(body: body, operation: operation)
                answerElsewhere(correlation: correlation) { $0.statistics() }
            case .check:
                _ = try PlainRequest(body: body, operation: operation)
                loop.shared.logger.notice(
                    "check holds all locks",
                    metadata: logged("check")
                )
                answerElsewhere(correlation: correlation) { $0.check() }
            case .hello:
                append(
                    Refusal(.helloExpected, detail: "hello comes once, as the first frame"),
                    correlation: correlation
                )
            case .commit, .release, .fulfil, .cancel:
                _ = try ReservationChange(body: body, operation: operation)
                append(
                    Refusal(.unknownOperation, detail: "not known to this server yet"),
                    correlation: correlation
                )
            case .extend, .ownerShow, .skuWrite, .availability, .stockHolds, .warehouseSetState,
                .warehouseFill:
                append(
                    Refusal(.unknownOperation, detail: "not known to this server yet"),
                    correlation: correlation
                )
            case .reserve, .show:
                preconditionFailure("the batch carries these out")
            }
        } catch {
            append(Refusal(error), correlation: correlation)
        }
        return true
    }

    private func writeStock(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try StockDecoder.decode(body, rows: loop.rows)
        let credit = Engine.stockCreditBytes(rows: request.rows.count)
        guard loop.session.takeCredit(credit) else {
            waitForCredit()
            return false
        }
        let answer = loop.shared.node.engine.writeStock(request, now: now, session: loop.session)
        append(answer, correlation: correlation)
        return true
    }

    private func writeWarehouses(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try WarehouseWrite(body: body, operation: .warehouseWrite)
        let credit = Engine.warehouseCreditBytes(rows: request.warehouses.count)
        guard loop.session.takeCredit(credit) else {
            waitForCredit()
            return false
        }
        let answer = loop.shared.node.engine.writeWarehouses(
            id: request.id,
            digest: WarehouseWrite.digest(body),
            request.warehouses,
            now: now,
            session: loop.session
        )
        append(answer, correlation: correlation)
        return true
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

    /// Makes an answer on the reading thread, so that the loop goes on for others.
    private func answerElsewhere(
        correlation: UInt64,
        _ make: @escaping @Sendable (ServerShared) -> some WireAnswer
    ) {
        guard let context else { return }
        pauses.insert(.longRead)
        let shared = loop.shared
        shared.reader.runIfActive(eventLoop: context.eventLoop) { make(shared) }
            .assumeIsolated().whenComplete { result in
                guard self.phase == .open else { return }
                switch result {
                case .success(let answer): self.append(answer, correlation: correlation)
                case .failure:
                    self.append(Refusal(.shuttingDown), correlation: correlation)
                }
                self.endTurn()
                self.unpause(.longRead)
                self.goOn()
            }
    }
}

extension ServerShared {
    /// Checks all invariants with all locks held.
    func check() -> CheckResult {
        let report = node.engine.check()
        return CheckResult(
            lsn: report.lsn,
            cells: UInt64(report.cells),
            openReservations: UInt64(report.openReservations),
            stateHash: report.stateHash,
            isClean: report.violations.isEmpty,
            violations: report.violations
        )
    }
}

extension CellReport {
    /// The cell as it goes over the wire.
    var wireCell: StockReport.Cell {
        StockReport.Cell(warehouse: warehouse, pool: pool, figures: figures)
    }
}
