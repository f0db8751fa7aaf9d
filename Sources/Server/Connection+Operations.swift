internal import Engine
internal import Inventory
internal import Logging
internal import NIOCore
internal import Node
internal import Wire

/// Requests that don't run for every order.
extension Connection {
    /// Carries out a request that isn't on the hot path.
    /// - Returns: `false` when it must be tried again with log credit.
    @inline(never)
    func perform(
        _ operation: Operation,
        _ body: UnsafeRawBufferPointer,
        correlation: UInt64,
        now: Instant
    ) -> Bool {
        do throws(WireFault) {
            switch operation {
            case .commit, .release, .fulfil, .cancel:
                return try change(body, operation, correlation, now)
            case .extend: return try extend(body, correlation, now)
            case .holdAgain: return try holdAgain(body, correlation, now)
            case .reroute: return try reroute(body, correlation, now)
            case .rerouteStart: try startReroute(body, correlation)
            case .stockWrite: return try writeStock(body, correlation, now)
            case .skuWrite: return try writeSKUs(body, correlation, now)
            case .warehouseWrite: return try writeWarehouses(body, correlation, now)
            case .warehouseSetState: return try setWarehouseState(body, correlation, now)
            case .policyWrite: return try writePolicies(body, correlation, now)
            case .ratesWrite: return try writeRates(body, correlation, now)
            case .substitutesWrite: return try writeSubstitutes(body, correlation, now)
            case .fence: return try fence(body, correlation, now)
            case .saleWrite: return try writeSales(body, correlation, now)
            case .saleList, .saleStatus, .saleReport:
                try tellSales(operation, body, correlation, now)
            case .hello:
                append(
                    Refusal(.helloExpected, detail: "hello comes once, as the first frame"),
                    correlation: correlation
                )
            case .stats, .check, .ownerShow, .stockShow, .stockList, .availability, .stockHolds,
                .warehouseList, .warehouseFill, .policyList, .ratesList, .substitutesList,
                .rerouteStatus, .source:
                try read(operation, body, correlation, now)
            case .snapshotStart, .snapshotStatus, .checkStart, .checkStatus, .snapshotList,
                .backupStart, .backupRead, .backupEnd:
                try serveSnapshots(operation, body, correlation)
            case .reserve, .show: preconditionFailure("the batch carries these out")
            }
        } catch {
            append(Refusal(error), correlation: correlation)
        }
        return true
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
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: refusal.encodedSizeMax) { room in
            refusal.encode(correlation: correlation, into: room)
        }
        outputAnswers += 1
    }

    func append(_ answer: WriteAnswer, correlation: UInt64) {
        guard answer.outcome == .accepted else {
            let index = answer.refusedRow < 0 ? nil : Int(answer.refusedRow)
            let refusal = Refusal(answer.outcome, index: index, conflict: answer.conflict)
            return append(refusal, correlation: correlation)
        }
        append(
            WriteReceipt(answer),
            correlation: correlation,
            isRepeated: answer.isRepeated
        )
    }

    /// Adds what the engine answered about a reservation to the answers of the turn.
    func appendReservation(correlation: UInt64) {
        openOutput()
        let answer = loop.batch.answer
        let size = ReservationEncoder.frameSizeMax(of: answer.pointee)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { room in
            ReservationEncoder.encode(answer.pointee, correlation: correlation, into: room)
        }
        outputAnswers += 1
    }
}
