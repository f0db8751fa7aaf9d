internal import Engine
internal import Inventory
internal import NIOCore
internal import Node
internal import Wire

/// Requests that change something and don't run for every order.
///
/// Each takes the log credit of its movement first, and is tried again later without.
extension Connection {
    private var engine: Engine { loop.shared.node.engine }

    // MARK: Reservations

    /// Commits, releases, fulfils or cancels a reservation or parts of it.
    func change(
        _ body: UnsafeRawBufferPointer,
        _ operation: Operation,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let change = try ReservationChange(body: body, operation: operation)
        let credit = engine.changeCreditBytes(
            of: change.reservation,
            items: change.items.count
        )
        // 0: not known. The most that any change needs would keep the log's room from all others;
        // should another connection make it just now, the engine takes the credit by itself.
        guard credit == 0 || takeCredit(credit) else { return false }
        engine.change(
            change.request(digestOf: body),
            now: now,
            session: loop.session,
            answer: &loop.batch.answer.pointee
        )
        appendReservation(correlation: correlation)
        return true
    }

    /// Lets a hold live longer.
    func extend(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try ExtendRequest(body: body, operation: .extend)
        guard takeCredit(Engine.extendCreditBytes) else { return false }
        engine.extend(
            request.request(digestOf: body),
            now: now,
            session: loop.session,
            answer: &loop.batch.answer.pointee
        )
        appendReservation(correlation: correlation)
        return true
    }

    /// Holds again what an older hold held, in case that has expired.
    func holdAgain(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try HoldAgainRequest(body: body, operation: .holdAgain)
        let credit = engine.holdAgainCreditBytes(of: request.reservation)
        guard credit == 0 || takeCredit(credit) else { return false }
        let answer = loop.batch.answer
        let end = engine.holdAgain(
            request.request(digestOf: body),
            now: now,
            session: loop.session,
            answer: &answer.pointee
        )
        openOutput()
        let size = ReservationEncoder.holdAgainFrameSizeMax(of: answer.pointee)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            ReservationEncoder.encodeHoldAgain(
                answer.pointee,
                end == .stillHeld ? request.reservation : request.id,
                correlation: correlation,
                into: room
            )
        }
        outputAnswers += 1
        return true
    }

    /// Moves a hold's units away from warehouses that aren't online.
    func reroute(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try ReservationReroute(body: body, operation: .reroute)
        let credit = engine.rerouteCreditBytes(of: request.reservation)
        guard credit == 0 || takeCredit(credit) else { return false }
        engine.reroute(
            RerouteRequest(
                reservation: request.reservation,
                id: request.requestID,
                digest: WireLayout.digest(body, of: .reroute)
            ),
            now: now,
            session: loop.session,
            answer: &loop.batch.answer.pointee
        )
        appendReservation(correlation: correlation)
        return true
    }

    // MARK: Stock and warehouses

    /// Begins to move all held units away from a warehouse; a thread of the node goes on with it.
    func startReroute(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64
    ) throws(WireFault) {
        let request = try WarehouseReroute(body: body, operation: .rerouteStart)
        append(loop.shared.node.startReroute(of: request.warehouse), correlation)
    }

    /// Adds a report on rerouting, or why there is none, to the answers of the turn.
    func append(_ report: Result<RerouteReport, RerouteRefusal>, _ correlation: UInt64) {
        switch report {
        case .success(let report): append(report, correlation: correlation)
        case .failure(let refusal): append(Refusal(refusal.outcome), correlation: correlation)
        }
    }

    /// Changes stock.
    func writeStock(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try StockDecoder.decode(body, rows: loop.rows)
        let bytes = Engine.stockCreditBytes(rows: request.rows.count, cause: request.cause)
        return write(crediting: bytes, correlation) {
            engine.writeStock(request, now: now, session: loop.session)
        }
    }

    /// Makes or weighs SKUs.
    func writeSKUs(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try SKUWrite(body: body, operation: .skuWrite)
        return write(crediting: Engine.skuCreditBytes(rows: request.rows.count), correlation) {
            engine.writeSKUs(
                id: request.id,
                digest: SKUWrite.digest(body),
                request.rows,
                now: now,
                session: loop.session
            )
        }
    }

    /// Makes or replaces warehouses.
    func writeWarehouses(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try WarehouseWrite(body: body, operation: .warehouseWrite)
        let bytes = Engine.warehouseCreditBytes(rows: request.warehouses.count)
        return write(crediting: bytes, correlation) {
            engine.writeWarehouses(
                id: request.id,
                digest: WarehouseWrite.digest(body),
                request.warehouses,
                now: now,
                session: loop.session
            )
        }
    }

    /// Opens, drains or closes a warehouse.
    func setWarehouseState(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try WarehouseStateWrite(body: body, operation: .warehouseSetState)
        return write(crediting: Engine.warehouseCreditBytes(rows: 1), correlation) {
            engine.setWarehouseState(
                id: request.id,
                digest: WarehouseStateWrite.digest(body),
                code: request.warehouse,
                state: request.state,
                now: now,
                session: loop.session
            )
        }
    }

    // MARK: What sourcing goes by

    /// Defines policies.
    func writePolicies(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try PolicyWrite(body: body, operation: .policyWrite)
        return write(crediting: Engine.policyCreditBytes(rows: request.policies.count), correlation)
        {
            engine.writePolicies(
                id: request.id,
                digest: PolicyWrite.digest(body),
                request.policies,
                now: now,
                session: loop.session
            )
        }
    }

    /// Replaces the rate card.
    func writeRates(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try RatesWrite(body: body, operation: .ratesWrite)
        return write(crediting: Engine.rateCreditBytes(rows: request.rows.count), correlation) {
            engine.writeRates(
                id: request.id,
                digest: RatesWrite.digest(body),
                request.rows,
                now: now,
                session: loop.session
            )
        }
    }

    /// Says what may be offered in the place of SKUs.
    func writeSubstitutes(
        _ body: UnsafeRawBufferPointer,
        _ correlation: UInt64,
        _ now: Instant
    ) throws(WireFault) -> Bool {
        let request = try SubstitutesWrite(body: body, operation: .substitutesWrite)
        let bytes = Engine.substituteCreditBytes(rows: request.rows.count)
        return write(crediting: bytes, correlation) {
            engine.writeSubstitutes(
                id: request.id,
                digest: SubstitutesWrite.digest(body),
                request.rows,
                now: now,
                session: loop.session
            )
        }
    }

    /// Carries a write out and adds its answer, or waits for log credit.
    func write(
        crediting bytes: Int,
        _ correlation: UInt64,
        _ carryOut: () -> WriteAnswer
    ) -> Bool {
        guard takeCredit(bytes) else { return false }
        append(carryOut(), correlation: correlation)
        return true
    }

    /// Takes log credit, or waits for it.
    private func takeCredit(_ bytes: Int) -> Bool {
        // No record is larger, whatever it is made of.
        if loop.session.takeCredit(min(bytes, Limits.recordSizeBytesMax)) { return true }
        waitForCredit()
        return false
    }
}
