import Inventory
import Testing
import Wire

/// Every message is written as its golden file says and read back to the same value.
@Suite struct VectorTests {
    func check<Message: WireRequest & Equatable>(
        _ message: Message,
        _ name: String,
        _ meaning: String
    ) throws {
        let frame = try message.encode(correlation: 0x0102_0304_0506_0708)
        try Vector(
            name: name,
            kind: "request \(message.operation.name)",
            meaning: meaning,
            frame: frame
        ).check()
        let decoded = try frame.withUnsafeBytes { bytes in
            guard case .whole(let header) = FrameHeader.next(in: bytes, at: 0) else {
                throw WireFault.truncated
            }
            #expect(header.size == frame.count)
            #expect(header.flags == 0)
            #expect(header.code == message.operation.rawValue)
            return try Message(
                body: UnsafeRawBufferPointer(rebasing: bytes[16...]),
                operation: message.operation
            )
        }
        #expect(decoded == message)
    }

    func check<Message: WireAnswer & Equatable>(
        answer message: Message,
        to operation: Operation,
        isRepeated: Bool = false,
        _ name: String,
        _ meaning: String
    ) throws {
        let frame = try message.encode(correlation: 0x0102_0304_0506_0708, isRepeated: isRepeated)
        try Vector(
            name: name,
            kind: "answer \(operation.name)",
            meaning: meaning,
            frame: frame
        ).check()
        #expect(try accepted(frame) == message)
    }

    private func accepted<Message: WireAnswer>(_ frame: [UInt8]) throws -> Message? {
        try frame.withUnsafeBytes { bytes in
            guard case .whole(let header) = FrameHeader.next(in: bytes, at: 0) else { return nil }
            let body = UnsafeRawBufferPointer(rebasing: bytes[16...])
            guard
                case .accepted(let content) = try Answered<Message>(header: header, body: body)
            else { return nil }
            return content
        }
    }

    @Test func requestsOfTheHandshake() throws {
        try check(
            Hello(name: "checkout-7"),
            "hello",
            "versions 3 to 3, no features, client checkout-7, no proof"
        )
        try check(
            answer: Samples.greeting,
            to: .hello,
            "hello-answer",
            "version 3, durability sync, no features, 16,384 frames in flight"
        )
    }

    @Test func requestsOfReservations() throws {
        try check(
            Samples.smallReserve,
            "reserve-small",
            "3 units of SKU-00012345, all_or_nothing, default time to live, no destination"
        )
        try check(
            Samples.fullReserve,
            "reserve-full",
            "2 lines, the second from LDS-NORTH-0001-X only, best_effort, 60 s, to London GB"
        )
        try check(
            Samples.sourcedReserve,
            "reserve-sourced",
            "1 line by the policy green-first with every constraint, to London GB"
        )
        try check(
            ReservationChange.commit(Samples.id, requestID: Samples.otherID),
            "commit",
            "commit of the reservation 00..0f by the request 10..1f"
        )
        try check(
            ReservationChange.release(Samples.id, requestID: Samples.otherID),
            "release",
            "release of the reservation 00..0f by the request 10..1f"
        )
        try check(ShowRequest(Samples.id), "show", "show of the reservation 00..0f")
        try check(
            Samples.replacingReserve,
            "reserve-replacing",
            "3 lines with warehouse, pools and version; pools; version 0; replaces 00..0f"
        )
        try check(
            ReservationChange(
                .commit,
                Samples.id,
                requestID: Samples.otherID,
                items: Samples.parts
            ),
            "commit-parts",
            "4 of line 0 at LON1 in flash-2026-11-27; all of line 1 at LDS-NORTH-0001-X; "
                + "1 of line 1 in default; all of line 4095"
        )
        try check(
            ReservationChange(
                .commit,
                Samples.id,
                requestID: Samples.otherID,
                isFulfilling: true
            ),
            "commit-fulfilling",
            "commit of the whole, fulfil as well, no items"
        )
        for kind in [ReservationChangeKind.release, .fulfil, .cancel] {
            let change = ReservationChange(
                kind,
                Samples.id,
                requestID: Samples.otherID,
                items: [ChangeItem(line: 0, quantity: 2)]
            )
            let name = change.operation.name
            try check(change, "\(name)-parts", "\(name) of 2 units of line 0")
        }
    }

    @Test func requestsOfTheWholeLife() throws {
        for kind in [ReservationChangeKind.fulfil, .cancel] {
            let change = ReservationChange(kind, Samples.id, requestID: Samples.otherID)
            let name = change.operation.name
            try check(
                change,
                name,
                "\(name) of the reservation 00..0f by the request 10..1f"
            )
        }
        try check(
            ExtendRequest(Samples.id, requestID: Samples.otherID, timeToLiveMilliseconds: 60_000),
            "extend",
            "60 s from now on"
        )
        try check(
            ExtendRequest(Samples.id, requestID: Samples.otherID),
            "extend-default",
            "the default time to live from now on"
        )
        try check(OwnerShowRequest(Samples.owner, limit: 5), "owner-show", "5 open ones")
        try check(
            OwnerShowRequest(Samples.owner, includesClosed: true),
            "owner-show-closed",
            "256 of all, closed ones as well"
        )
        try check(
            answer: Samples.ownerReservations,
            to: .ownerShow,
            "owner-show-answer",
            "the newest 2 of 9"
        )
        try check(
            answer: OwnerReservations(count: 0, reservations: []),
            to: .ownerShow,
            "owner-show-answer-none",
            "none"
        )
    }

    @Test func answersOfReservations() throws {
        try check(
            answer: Samples.receipt,
            to: .reserve,
            "reserve-answer",
            "held, 3 of 3 units from LON1, LSN 4096"
        )
        try check(
            answer: Samples.splitReceipt,
            to: .commit,
            isRepeated: true,
            "commit-answer-repeated",
            "given before; committed; 9 of 10 units from two warehouses, second line short"
        )
        try check(
            answer: Samples.fullReceipt,
            to: .commit,
            "commit-answer-parts",
            "replaced, rest expired; shares with every field, with a pool, backordered, offline"
        )
        try check(
            answer: Samples.report,
            to: .show,
            "show-answer",
            "expired; owner a0..af; the second line's SKU wasn't known"
        )
    }

    @Test func messagesOfStock() throws {
        try check(
            Samples.stockWrite,
            "stock-write-imported",
            "85123A at LON1 set to 120 with safety stock 5, 71053 at LDS-NORTH-0001-X set to 0"
        )
        try check(Samples.adjustment, "stock-write-adjusted", "85123A at LON1 two units fewer")
        try check(
            Samples.fullImport,
            "stock-write-full",
            "imported with a reason; a row with every field, one of a SKU not known yet"
        )
        try check(Samples.count, "stock-write-counted", "118 of 85123A counted at LON1, version 7")
        try check(
            Samples.transfer,
            "stock-write-transferred",
            "40 of 85123A from default to flash-2026-11-27"
        )
        try check(
            Samples.settings,
            "stock-write-configured",
            "85123A at LON1: safety stock 5; 71053 at LON1: backorder limit 50"
        )
        try check(
            answer: Samples.writeReceipt,
            to: .stockWrite,
            "stock-write-answer",
            "2 rows, 1 shortfall, 120 on hand and -3 available in the last cell, version 8"
        )
        try check(StockShowRequest(sku: "85123A"), "stock-show", "all cells of 85123A")
        try check(
            answer: Samples.stock,
            to: .stockShow,
            "stock-show-answer",
            "two cells of 85123A at version 7, 340 g, the first in flash-2026-11-27"
        )
        try check(
            StockListRequest(cursor: 42, limit: 1_000),
            "stock-list",
            "about 1,000 cells from SKU number 42 on"
        )
        try check(
            answer: StockPage(reports: [Samples.stock], next: 43),
            to: .stockList,
            "stock-list-answer",
            "one SKU, the next page starts with SKU number 43"
        )
        try check(
            answer: StockPage(reports: [], next: nil),
            to: .stockList,
            "stock-list-answer-end",
            "nothing, and nothing more"
        )
    }

    @Test func messagesOfManySKUs() throws {
        try check(
            SKUWrite(
                id: Samples.id,
                rows: [
                    SKUWeight(sku: "85123A", weightGrams: 340),
                    SKUWeight(sku: "NEW", weightGrams: 0),
                ]
            ),
            "sku-write",
            "85123A weighs 340 g, NEW isn't weighed"
        )
        try check(
            AvailabilityQuery(skus: ["85123A"]),
            "availability",
            "85123A in all warehouses, pool default"
        )
        try check(
            Samples.availabilityQuery,
            "availability-owner",
            "2 SKUs in 2 warehouses and 2 pools, as the owner a0..af sees them"
        )
        try check(
            answer: Samples.availability,
            to: .availability,
            "availability-answer",
            "85123A at version 7: 0 at LDS-NORTH-0001-X (draining), 102 at LON1; then one unknown"
        )
        try check(
            StockHoldsRequest(sku: "85123A", limit: 2),
            "stock-holds",
            "the oldest 2 holds of 85123A in all warehouses"
        )
        try check(
            StockHoldsRequest(sku: "85123A", warehouse: Samples.london),
            "stock-holds-warehouse",
            "the oldest 1,024 holds of 85123A at LON1"
        )
        try check(
            answer: Samples.holds,
            to: .stockHolds,
            "stock-holds-answer",
            "2 of 3 reservations, 9 units held and 2 committed by all of them"
        )
    }

    @Test func messagesOfWarehouses() throws {
        try check(
            WarehouseStateWrite(
                id: Samples.id,
                warehouse: Samples.london,
                state: .offline
            ),
            "warehouse-set-state",
            "LON1 goes offline"
        )
        try check(PlainRequest(.warehouseFill), "warehouse-fill", "what stands where")
        try check(
            answer: Samples.fill,
            to: .warehouseFill,
            "warehouse-fill-answer",
            "LON1 online, 2 cells"
        )

        try check(
            WarehouseWrite(id: Samples.id, warehouses: Samples.warehouses),
            "warehouse-write",
            "LON1 online in London, LDS-NORTH-0001-X draining in Zürich (UTF-8)"
        )
        try check(PlainRequest(.warehouseList), "warehouse-list", "all warehouses")
        try check(
            answer: WarehouseList(Samples.warehouses),
            to: .warehouseList,
            "warehouse-list-answer",
            "the two warehouses of warehouse-write"
        )
    }

    @Test func messagesOfSourcing() throws {
        try check(
            Samples.policyWrite,
            "policy-write",
            "cheap-and-quick: cost_minor + 2 promise within 2.5 %, then metres; few: shipments"
        )
        try check(Samples.source, "source", "what plan 6 of 85123A to Peckham would get")
        try check(
            answer: SourcingAnswer(Samples.sourcing),
            to: .source,
            "source-answer",
            "6 from LON1, 1 of them backordered; LDS-NORTH-0001-X excluded, 1 costs more; proven"
        )
        try check(PlainRequest(.policyList), "policy-list", "all policies")
        try check(
            answer: Samples.policies,
            to: .policyList,
            "policy-list-answer",
            "nearest (0), and cheap-and-quick (16)"
        )
        try check(
            Samples.ratesWrite,
            "rates-write",
            "LON1 to GB up to 100 km; all warehouses and regions up to 800 km; all of all"
        )
        try check(PlainRequest(.ratesList), "rates-list", "the rate card")
        try check(
            answer: RatesList(Samples.ratesWrite.rows),
            to: .ratesList,
            "rates-list-answer",
            "the rates of rates-write"
        )
        try check(
            Samples.substitutesWrite,
            "substitutes-write",
            "85123A by 85123B, then by 71053; 71053 by none"
        )
        try check(
            SubstitutesListRequest(cursor: 42, limit: 1_000),
            "substitutes-list",
            "at most 1,000 SKUs with substitutes from SKU number 42 on"
        )
        try check(
            SubstitutesListRequest(sku: "85123A"),
            "substitutes-list-sku",
            "the substitutes of 85123A"
        )
        try check(
            answer: SubstitutesPage(rows: Samples.substitutesWrite.rows, next: 43),
            to: .substitutesList,
            "substitutes-list-answer",
            "two SKUs, the next page starts with SKU number 43"
        )
    }

    @Test func messagesOfOperation() throws {
        try check(PlainRequest(.stats), "stats", "counters and gauges")
        try check(
            answer: ServerStatistics([
                .init(name: "connections", value: 3), .init(name: "frames_total", value: -1),
            ]),
            to: .stats,
            "stats-answer",
            "connections 3, frames_total -1"
        )
        try check(PlainRequest(.check), "check", "check of all invariants")
        try check(
            answer: CheckResult(
                lsn: 65_536,
                cells: 12,
                openReservations: 3,
                stateHash: 0x0123_4567_89AB_CDEF,
                isClean: false,
                violations: ["85123A at LON1: reserved 4, shares 3"]
            ),
            to: .check,
            "check-answer",
            "one violation"
        )
    }

    @Test func rerouting() throws {
        try check(
            ReservationReroute(Samples.id, requestID: Samples.otherID),
            "reroute",
            "reroute of the reservation 00..0f by the request 10..1f"
        )
        try check(
            answer: Samples.reroutedReceipt,
            to: .reroute,
            "reroute-answer",
            "4 units that are at LON1 now, rerouted"
        )
        try check(WarehouseReroute.start(Samples.london), "reroute-start", "away from LON1")
        try check(WarehouseReroute.status(Samples.london), "reroute-status", "how it goes")
        try check(
            answer: Samples.rerouteReport,
            to: .rerouteStatus,
            "reroute-status-answer",
            "run 3 goes on and waits for the log; one entry of each fate"
        )
        try check(
            answer: RerouteReport(),
            to: .rerouteStatus,
            "reroute-status-answer-none",
            "nobody asked for it"
        )
    }

    @Test func refusals() throws {
        let cases: [(String, String, Refusal)] = [
            (
                "refusal-alternatives", "constraints_unmet at line 0: lines 0 and 3 have others",
                Samples.shortRefusal
            ),
            (
                "refusal-plain", "insufficient_stock at line 1, without a detail",
                Refusal(.insufficientStock, index: 1)
            ),
            (
                "refusal-state", "wrong_state: the reservation is committed",
                Refusal(.wrongState, state: .committed)
            ),
            (
                "refusal-figures", "version_conflict at row 1, with the present figures",
                Samples.conflict
            ),
            (
                "refusal-missing-units", "stock_lost: lines 0 and 4095 miss units", Samples.lost
            ),
            (
                "refusal-detail", "hello_expected with a detail",
                Refusal(.helloExpected, detail: "send hello first")
            ),
        ]
        for (name, meaning, refusal) in cases {
            let frame = [UInt8](unsafeUninitializedCapacity: refusal.encodedSizeMax) {
                $1 = refusal.encode(correlation: 9, into: UnsafeMutableRawBufferPointer($0))
            }
            try Vector(name: name, kind: "answer any", meaning: meaning, frame: frame).check()
            let answered = try frame.withUnsafeBytes { bytes in
                guard case .whole(let header) = FrameHeader.next(in: bytes, at: 0) else {
                    throw WireFault.truncated
                }
                return try Answered<WriteReceipt>(
                    header: header,
                    body: UnsafeRawBufferPointer(rebasing: bytes[16...])
                )
            }
            guard case .refused(let read) = answered else {
                Issue.record("a refusal was read as accepted")
                return
            }
            #expect(read == refusal)
        }
    }
}
