import Engine
import Foundation
import Inventory
import Testing
import Wire

/// Every outcome of the protocol is answered by a server, over a socket.
@Suite struct OutcomeTests {
    /// Outcomes that need a set-up of their own, and the tests of this folder that provoke them.
    private static let provokedElsewhere: [Outcome: String] = [
        .frameTooLarge: "garbageClosesTheConnection",
        .helloExpected: "theFirstFrameMustBeHello",
        .unsupportedVersion: "theFirstFrameMustBeHello",
        .authenticationFailed: "onlyNamesWithTheirSecretAreAdmitted",
        .tooManyReservations: "fullTablesAreNamed",
        .tooManySKUs: "fullTablesAreNamed",
        .tooManyWarehouses: "fullTablesAreNamed",
        .tooManyShares: "fullTablesAreNamed",
        .tooManyCells: "fullTablesAreNamed",
        .readOnlyDiskFull: "aFullDiskRefusesChangesAndTellsTheRest",
        .shuttingDown: "aDrainRefusesChangesAndAnswersReads",
        .tooManyConnections: "tooManyConnectionsAreToldSo",
        .logBusy: "moreLongReadsThanMayWaitAreRefused",
        .tooManyOwners: "aFullTableOfOwnersIsNamed",
        .credentialHoldBudget: "aClientWithANameHasABudgetOfItsOwn",
        .rateLimited: "anOwnerOverItsRateIsRefusedOnAllItsConnectionsAndNobodyElse",
    ]

    private static let warehouse = ServerFixture.warehouse
    private static let sku = ServerFixture.sku

    /// What a client saw.
    private final class Witness {
        let client: RawClient
        var seen: Set<Outcome> = []

        init(_ client: RawClient) { self.client = client }

        @discardableResult
        func call(_ request: some WireRequest) throws -> Outcome? {
            try send(try request.encode(correlation: 1))
        }

        @discardableResult
        func send(_ frame: [UInt8]) throws -> Outcome? {
            try client.send(frame)
            let outcome = try client.expectAnswer().outcome
            if let outcome { seen.insert(outcome) }
            return outcome
        }

        /// Sends a message with one byte of its body changed.
        @discardableResult
        func call(_ request: some WireRequest, setting offset: Int, to byte: UInt8) throws
            -> Outcome?
        {
            var frame = try request.encode(correlation: 1)
            frame[WireLayout.headerSizeBytes + offset] = byte
            return try send(frame)
        }

        func stock(_ cause: StockCause, _ rows: StockWrite.Row...) throws -> Outcome? {
            try call(StockWrite(id: .random(), cause: cause, rows: rows))
        }
    }

    @Test func everyOutcomeIsAnswered() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let witness = Witness(try fixture.client())
        try provokeRequests(witness)
        try provokeStock(witness)
        try provokeSourcing(witness)
        try provokeConstraints(witness)
        try provokeReservations(witness)
        try provokePayments(witness)
        try provokeLostStock(witness)
        try provokeSales(SaleWitness(fixture), witness)
        try provokeSnapshots(witness, fixture.disk)
        let provoked = witness.seen.union(OutcomeTests.provokedElsewhere.keys)
        let missing = Set(Outcome.allCases).subtracting(provoked)
        #expect(missing.isEmpty, "nobody provokes \(missing.map(\.name).sorted())")
        let twice = witness.seen.intersection(OutcomeTests.provokedElsewhere.keys)
        #expect(twice.isEmpty, "needs no test of its own: \(twice.map(\.name).sorted())")
        await fixture.end()
    }

    // MARK: Payments

    private func provokePayments(_ witness: Witness) throws {
        let hold = ServerFixture.reserve(1)
        #expect(try witness.call(hold) == .accepted)
        let freeze = ExtendRequest(hold.id, requestID: .random(), reason: .paymentPending)
        #expect(try witness.call(freeze, setting: 36, to: 3) == .unknownReason)
        #expect(try witness.call(freeze) == .accepted)
        let again = ExtendRequest(hold.id, requestID: .random(), reason: .paymentPending)
        #expect(try witness.call(again) == .frozenBefore)
        let release = ReservationChange.release(hold.id, requestID: .random())
        #expect(try witness.call(release) == .accepted)
    }

    private func provokeSales(_ sales: SaleWitness, _ witness: Witness) throws {
        try sales.provoke()
        witness.seen.formUnion(sales.seen)
    }

    // MARK: Snapshots

    private func provokeSnapshots(_ witness: Witness, _ disk: HeldDisk) throws {
        let read = BackupRead(token: 1, file: 0, offset: 0, sizeBytes: 1)
        #expect(try witness.call(read) == .unknownBackup)
        #expect(try witness.call(BackupEnd(token: 1)) == .unknownBackup)
        disk.blind()
        #expect(try witness.call(PlainRequest(.snapshotList)) == .fileUnreadable)
        #expect(try witness.call(PlainRequest(.backupStart)) == .fileUnreadable)
        disk.see()
        for _ in 0..<4 { #expect(try witness.call(PlainRequest(.backupStart)) == .accepted) }
        #expect(try witness.call(PlainRequest(.backupStart)) == .tooManyBackups)
    }

    /// A test that is named for an outcome stands in this folder and speaks of the outcome.
    @Test func theNamedTestsExist() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix("Tests.swift") && $0 != "OutcomeTests.swift" }
        var texts = try files.map {
            try String(contentsOf: folder.appending(path: $0), encoding: .utf8)
        }
        texts.append(try String(contentsOf: URL(filePath: #filePath), encoding: .utf8))
        for (outcome, name) in OutcomeTests.provokedElsewhere {
            let test = texts.compactMap { text -> Substring? in
                guard let start = text.range(of: "@Test func \(name)(") else { return nil }
                let rest = text[start.upperBound...]
                return rest.range(of: "\n    @Test").map { rest[..<$0.lowerBound] } ?? rest
            }.first
            #expect(test?.contains(".\(outcome)") == true, "\(name) for \(outcome)")
        }
    }

    // MARK: 1xx

    private func provokeRequests(_ witness: Witness) throws {
        let reserve = ServerFixture.reserve(1)
        #expect(try witness.send(RawFrame.request(.show, [1, 2, 3])) == .malformedFrame)
        #expect(try witness.send(RawFrame.request(999)) == .unknownOperation)
        #expect(
            try witness.send(RawFrame.request(.stockShow, RawFrame.sized("a b"))) == .invalidSKU
        )
        #expect(try witness.call(ServerFixture.reserve(0)) == .invalidQuantity)
        #expect(try witness.call(reserve, setting: 36, to: 0) == .noLines)
        #expect(try witness.call(reserve, setting: 37, to: 0x20) == .tooManyLines)
        var late = reserve
        late.timeToLiveMilliseconds = 86_400_001
        #expect(try witness.call(late) == .invalidTimeToLive)
        var fixed = reserve
        fixed.lines[0].warehouse = OutcomeTests.warehouse
        #expect(try witness.call(fixed, setting: 51, to: 0x20) == .invalidWarehouseCode)
        var sent = reserve
        sent.destination = Destination(
            position: Position(latitudeMicrodegrees: 1, longitudeMicrodegrees: 1)
        )
        #expect(try witness.call(sent, setting: 47, to: 0x7F) == .invalidPosition)
        #expect(try witness.call(reserve, setting: 38, to: 3) == .unknownMode)
        #expect(try witness.call(reserve, setting: 39, to: 6) == .unknownPolicy)
        var pooled = reserve
        pooled.lines[0].pools = [try #require(PoolName("nobody"))]
        #expect(try witness.call(pooled) == .unknownPool)
        #expect(try witness.call(pooled, setting: 52, to: 0x20) == .invalidPool)
        let write = StockWrite(
            id: .random(),
            cause: .received,
            reason: "why",
            rows: [.init(sku: OutcomeTests.sku, warehouse: OutcomeTests.warehouse, units: 1)]
        )
        #expect(try witness.call(write, setting: 16, to: 7) == .unknownCause)
        #expect(try witness.call(write, setting: 24, to: 7) == .invalidReason)
    }

    // MARK: 2xx and 410

    private func provokeStock(_ witness: Witness) throws {
        let here = OutcomeTests.warehouse
        let sku = OutcomeTests.sku
        let nowhere = try #require(WarehouseCode("NOWHERE"))
        let other = try #require(WarehouseCode("OTHER"))
        let place = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        #expect(
            try witness.call(
                WarehouseWrite(id: .random(), warehouses: [Warehouse(code: other, position: place)])
            ) == .accepted
        )
        #expect(try witness.call(WarehouseReroute.start(here)) == .warehouseOnline)
        #expect(try witness.call(ServerFixture.reserve(1_000)) == .insufficientStock)
        #expect(try witness.call(StockShowRequest(sku: "NOBODY")) == .unknownSKU)
        #expect(
            try witness.stock(.received, .init(sku: sku, warehouse: nowhere, units: 1))
                == .unknownWarehouse
        )
        #expect(
            try witness.stock(.adjusted, .init(sku: sku, warehouse: other, units: 1))
                == .unknownCell
        )
        #expect(
            try witness.stock(
                .received,
                .init(sku: sku, warehouse: here, units: Limits.unitsPerCellMax)
            ) == .quantityOverflow
        )
        #expect(
            try witness.stock(.adjusted, .init(sku: sku, warehouse: here, units: -11))
                == .negativeOnHand
        )
        #expect(
            try witness.stock(
                .adjusted,
                .init(sku: sku, warehouse: here, units: 1, expectedVersion: 99)
            ) == .versionConflict
        )
        let pools = (0..<17).compactMap { PoolName("pool-\($0)") }
        let rows = pools.map { StockWrite.Row(sku: sku, warehouse: here, units: 1, pool: $0) }
        #expect(
            try witness.call(StockWrite(id: .random(), cause: .received, rows: rows))
                == .tooManyPools
        )
        let closed = WarehouseStateWrite(id: .random(), warehouse: other, state: .offline)
        #expect(try witness.call(closed) == .accepted)
        var fixed = ServerFixture.reserve(1)
        fixed.lines[0].warehouse = other
        #expect(try witness.call(fixed) == .warehouseClosed)
    }

    // MARK: 124, 125, 127 and 411

    private func provokeSourcing(_ witness: Witness) throws {
        func policies(_ names: Range<Int>) -> PolicyWrite {
            let tiers = [SourcingTier([.init(.metres)])]
            let rows = names.compactMap { PolicyName("policy-\($0)") }
            return PolicyWrite(
                id: .random(),
                policies: rows.map { PolicyDefinition(name: $0, tiers: tiers) }
            )
        }
        // The weight of the first row's only part.
        #expect(try witness.call(policies(0..<1), setting: 38, to: 0) == .invalidPolicy)
        #expect(try witness.call(policies(0..<65)) == .tooManyPolicies)
        let rates = RatesWrite(id: .random(), rows: [RateRow(transitHours: 1)])
        // The highest byte of the base cost.
        #expect(try witness.call(rates, setting: 47, to: 0x80) == .invalidRate)
        let other = "\(OutcomeTests.sku)2"
        let weights = SKUWrite(id: .random(), rows: [SKUWeight(sku: other, weightGrams: 1)])
        #expect(try witness.call(weights) == .accepted)
        let row = SKUSubstitutes(sku: other, substitutes: [OutcomeTests.sku])
        let write = SubstitutesWrite(id: .random(), rows: [row])
        // The number of substitutes.
        #expect(try witness.call(write, setting: 25, to: 9) == .invalidSubstitute)
        #expect(try witness.call(write) == .accepted)
    }

    // MARK: 126, 208 and 209

    private func provokeConstraints(_ witness: Witness) throws {
        let here = OutcomeTests.warehouse
        var reserve = ServerFixture.reserve(1)
        reserve.constraints = SourcingConstraints(excluded: [here], required: [here])
        #expect(try witness.call(reserve) == .invalidConstraints)
        reserve.constraints = SourcingConstraints(excluded: [here])
        #expect(try witness.call(reserve) == .constraintsUnmet)
        let place = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        let small = try #require(WarehouseCode("SMALL"))
        let warehouse = Warehouse(code: small, position: place, capacityShipments: 0)
        let write = WarehouseWrite(id: .random(), warehouses: [warehouse])
        #expect(try witness.call(write) == .accepted)
        let row = StockWrite.Row(sku: "SMALL-1", warehouse: small, units: 9)
        #expect(try witness.stock(.received, row) == .accepted)
        reserve = ServerFixture.reserve(1)
        reserve.lines[0].sku = "SMALL-1"
        #expect(try witness.call(reserve) == .capacityExhausted)
    }

    // MARK: 3xx and 409

    private func provokeReservations(_ witness: Witness) throws {
        #expect(try witness.call(ShowRequest(.random())) == .unknownReservation)
        let request = ServerFixture.reserve(2)
        #expect(try witness.call(request) == .accepted)
        var changed = request
        changed.lines[0].quantity = 3
        #expect(try witness.call(changed) == .requestIDReused)
        var replacing = ServerFixture.reserve(1)
        replacing.owner = OwnerID(high: 9, low: 9)
        replacing.replaces = request.id
        #expect(try witness.call(replacing) == .wrongOwner)
        func commit(_ item: ChangeItem) -> ReservationChange {
            ReservationChange(.commit, request.id, requestID: .random(), items: [item])
        }
        #expect(try witness.call(commit(ChangeItem(line: 1))) == .unknownLine)
        #expect(try witness.call(commit(ChangeItem(line: 0, quantity: 3))) == .insufficientUnits)
        let release = ReservationChange.release(request.id, requestID: .random())
        #expect(try witness.call(release) == .accepted)
        let late = ReservationChange.commit(request.id, requestID: .random())
        #expect(try witness.call(late) == .wrongState)

        #expect(
            try witness.stock(
                .received,
                .init(sku: OutcomeTests.sku, warehouse: OutcomeTests.warehouse, units: 100)
            ) == .accepted
        )
        let long = ServerFixture.reserve(40)
        #expect(try witness.call(long) == .accepted)
        var outcome: Outcome?
        for _ in 0...Limits.changesPerReservationMax {
            outcome = try witness.call(
                ReservationChange(
                    .release,
                    long.id,
                    requestID: .random(),
                    items: [ChangeItem(line: 0, quantity: 1)]
                )
            )
        }
        #expect(outcome == .tooManyChanges)
        #expect(
            try witness.call(ReservationChange.release(long.id, requestID: .random())) == .accepted
        )

        var short = ServerFixture.reserve(1)
        short.timeToLiveMilliseconds = 1
        #expect(try witness.call(short) == .accepted)
        let deadline = ContinuousClock.now + .seconds(60)
        outcome = nil
        while outcome != .holdExpired, ContinuousClock.now < deadline {
            outcome = try witness.call(
                ReservationChange(
                    .commit,
                    short.id,
                    requestID: .random(),
                    items: [ChangeItem(line: 0, quantity: 2)]
                )
            )
        }
        #expect(outcome == .holdExpired)
    }

    private func provokeLostStock(_ witness: Witness) throws {
        let request = ServerFixture.reserve(5)
        #expect(try witness.call(request) == .accepted)
        #expect(
            try witness.stock(
                .counted,
                .init(sku: OutcomeTests.sku, warehouse: OutcomeTests.warehouse, units: 2)
            ) == .accepted
        )
        let commit = ReservationChange.commit(request.id, requestID: .random())
        let refusal = try witness.client.call(commit).refusal()
        witness.seen.insert(refusal.outcome)
        #expect(
            refusal
                == Refusal(
                    .stockLost,
                    index: 0,
                    lostUnits: [LostUnits(line: 0, needed: 5, present: 2)]
                )
        )
    }

    // MARK: 4xx

    @Test func aFullTableOfOwnersIsNamed() async throws {
        let fixture = try await ServerFixture(engine: {
            $0.ownerStripes = 1
            $0.ownerEntriesMax = 1
        })
        try fixture.stock(10)
        let witness = Witness(try fixture.client())
        let write = SaleWrite(id: .random(), changes: [.rules(SaleRules(pool: .default))])
        #expect(try witness.call(write) == .accepted)
        #expect(try witness.call(ServerFixture.reserve(1)) == .tooManyOwners)
        await fixture.end()
    }

    @Test func aClientWithANameHasABudgetOfItsOwn() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let witness = Witness(try fixture.client())
        var rules = SaleRules(pool: .default)
        rules.openHoldsPerCredential = 1
        #expect(
            try witness.call(SaleWrite(id: .random(), changes: [.rules(rules)])) == .accepted
        )
        #expect(try witness.call(ServerFixture.reserve(1)) == .accepted)
        #expect(try witness.call(ServerFixture.reserve(1)) == .credentialHoldBudget)
        await fixture.end()
    }

    @Test func fullTablesAreNamed() async throws {
        let fixture = try await ServerFixture(engine: {
            $0.skusMax = 6
            $0.reservationsMax = 64 * 4
            $0.reservationStripes = 64
        })
        let witness = Witness(try fixture.client())
        let place = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        let codes = (0..<Limits.warehousesMax).compactMap { WarehouseCode("W\($0)") }
        for start in stride(from: 0, to: codes.count, by: Limits.rowsPerRequestMax) {
            let rows = codes[start..<(start + Limits.rowsPerRequestMax)].map {
                Warehouse(code: $0, position: place)
            }
            #expect(try witness.call(WarehouseWrite(id: .random(), warehouses: rows)) == .accepted)
        }
        let more = Warehouse(code: try #require(WarehouseCode("MORE")), position: place)
        #expect(
            try witness.call(WarehouseWrite(id: .random(), warehouses: [more]))
                == .tooManyWarehouses
        )
        // One unit of each of five SKUs in every warehouse: 20,480 shares would be needed.
        let second = try #require(PoolName("second"))
        for (sku, pool) in (0..<5).map({ ("S\($0)", PoolName.default) }) + [("S0", second)] {
            for start in stride(from: 0, to: codes.count, by: Limits.rowsPerRequestMax) {
                let rows = codes[start..<(start + Limits.rowsPerRequestMax)].map {
                    StockWrite.Row(sku: sku, warehouse: $0, units: 1, pool: pool)
                }
                let write = StockWrite(id: .random(), cause: .imported, rows: rows)
                #expect(try witness.call(write) == .accepted)
            }
        }
        let third = StockWrite.Row(
            sku: "S0",
            warehouse: codes[0],
            units: 1,
            pool: try #require(PoolName("third"))
        )
        #expect(try witness.stock(.received, third) == .tooManyCells)
        #expect(
            try witness.stock(.received, .init(sku: "S5", warehouse: codes[0], units: 9))
                == .accepted
        )
        #expect(
            try witness.stock(.received, .init(sku: "S6", warehouse: codes[0], units: 1))
                == .tooManySKUs
        )
        var wide = ServerFixture.reserve(1)
        wide.lines = (0..<5).map { .init(sku: "S\($0)", quantity: UInt32(codes.count)) }
        #expect(try witness.call(wide) == .tooManyShares)
        var outcome: Outcome?
        for _ in 0..<1_000 where outcome != .tooManyReservations {
            var request = ServerFixture.reserve(1)
            request.mode = .bestEffort
            request.lines[0].sku = "S5"
            outcome = try witness.call(request)
        }
        #expect(outcome == .tooManyReservations)
        await fixture.end()
    }

    @Test func aFullDiskRefusesChangesAndTellsTheRest() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let witness = Witness(try fixture.client())
        fixture.disk.fill()
        let rows = (0..<Limits.rowsPerRequestMax).map {
            StockWrite.Row(sku: "S\($0)", warehouse: ServerFixture.warehouse, units: 1)
        }
        var outcome: Outcome?
        for _ in 0..<2_000 where outcome != .readOnlyDiskFull {
            outcome = try witness.call(StockWrite(id: .random(), cause: .imported, rows: rows))
        }
        #expect(outcome == .readOnlyDiskFull)
        let changes: [any WireRequest] = [
            ServerFixture.reserve(1), ReservationChange.commit(.random(), requestID: .random()),
            ReservationChange(.cancel, .random(), requestID: .random()),
            ExtendRequest(.random(), requestID: .random()),
            SKUWrite(id: .random(), rows: [SKUWeight(sku: "S", weightGrams: 1)]),
            WarehouseStateWrite(
                id: .random(),
                warehouse: ServerFixture.warehouse,
                state: .offline
            ),
        ]
        for change in changes { #expect(try witness.call(change) == .readOnlyDiskFull) }
        #expect(try witness.call(StockShowRequest(sku: ServerFixture.sku)) == .accepted)
        #expect(try witness.call(AvailabilityQuery(skus: ["S1"])) == .accepted)
        fixture.disk.empty()
        let deadline = ContinuousClock.now + .seconds(60)
        while outcome != .accepted, ContinuousClock.now < deadline {
            outcome = try witness.call(ServerFixture.reserve(1))
        }
        #expect(outcome == .accepted)
        await fixture.end()
    }
}
