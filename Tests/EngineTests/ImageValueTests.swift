import Engine
import Inventory
import Movements
import Support
import Testing

/// State records read as values, spoiled ones, and gates for some things only.
@Suite struct ImageValueTests {
    /// An engine in which a workload has done everything, and its image.
    private static func worked(
        seed: UInt64,
        commands: Int = 1_500
    ) -> (harness: EngineHarness, image: EngineImage) {
        let run = ModelTests.Run(seed: seed, stripes: (4, 4))
        let harness = EngineHarness(settings: ModelTests.engineSettings(run))
        var workload = Workload(seed: seed)
        for _ in 0..<commands { _ = harness.perform(workload.next()) }
        var capture = ImageCapture(harness.engine)
        return (harness, capture.finish())
    }

    @Test func valuesHaveTheHashOfTheEngine() throws {
        var all = StateBook()
        for seed in 1...6 as ClosedRange<UInt64> {
            let (harness, image) = ImageValueTests.worked(seed: seed, commands: 2_500)
            var book = StateBook()
            for record in image.records { try book.add(record) }
            #expect(book.hash() == harness.engine.stateHash(), "seed \(seed)")
            all.skus += book.skus
            all.reservations += book.reservations
            all.writes += book.writes
            all.shares += book.shares
        }
        // The workload has brought up whatever a record can tell.
        #expect(all.reservations.contains { $0.lines.contains { $0.firstShares != nil } })
        #expect(all.reservations.contains { !$0.changes.isEmpty })
        #expect(all.reservations.contains { $0.lastExtension != nil })
        #expect(all.reservations.contains { $0.constraints != nil })
        #expect(all.reservations.contains { $0.didReplace })
        #expect(all.skus.contains { !$0.substitutes.isEmpty })
        #expect(!all.writes.isEmpty)
        #expect(all.reservations.contains { $0.sale != nil })
        #expect(!all.shares.isEmpty)
    }

    /// Every byte of every record set to something else: refused, or loaded as another state.
    @Test func spoiledRecordsNeverCrashLoadOrDecoder() throws {
        let (harness, image) = ImageValueTests.worked(seed: 4, commands: 400)
        var dice = SplitMix64(seed: 9)
        var refused = 0
        let records = image.records
        for _ in 0..<(isFullRun ? 20_000 : 400) {
            var spoiled = records
            let index = Int(dice.next() % UInt64(records.count))
            for _ in 0...(dice.next() % 3) {
                let place = Int(dice.next() % UInt64(spoiled[index].count))
                // The sizes stay: they are the container's to guard.
                if place < 4 { continue }
                spoiled[index][place] = UInt8(truncatingIfNeeded: dice.next())
            }
            let engine = Engine(
                settings: EngineSettings(hashKey: dice.next()),
                ring: MovementRing(capacityBytes: 1 << 21, startLSN: 0)
            )
            let gate = StateGate(of: engine)
            var decoder = StateDecoder()
            do {
                for record in spoiled {
                    try record.withUnsafeBytes { _ = try decoder.decode($0) }
                }
            } catch { refused += 1 }
            do {
                for record in spoiled { try EngineImage.load(record, into: engine, gate) }
                try engine.checkReferences()
            } catch { refused += 1 }
        }
        #expect(refused > 0)
        #expect(harness.engine.check().violations == [])
    }

    /// An engine that holds one SKU alone has it at every LSN as the whole engine has.
    @Test func partialGateFollowsOneSKU() throws {
        let (harness, image) = ImageValueTests.worked(seed: 5, commands: 600)
        var workload = Workload(seed: 5)
        for number in 0..<1_200 {
            let command = workload.next()
            if number >= 600 { _ = harness.perform(command) }
        }
        let name = try #require(
            image.records.lazy.compactMap { ImageValueTests.name(of: $0, image) }.first
        )
        let engine = Engine(
            settings: EngineSettings(hashKey: 3),
            ring: MovementRing(capacityBytes: 1 << 21, startLSN: 0)
        )
        let gate = StateGate(of: engine, wanted: StateGate.Wanted())
        try EngineImage.load(image.configuration, into: engine, gate)
        for record in image.records where ImageValueTests.name(of: record, image) == name {
            try EngineImage.load(record, into: engine, gate)
        }
        try harness.apply(
            from: image.startLSN,
            upTo: harness.endLSN,
            to: engine,
            through: gate
        )
        let alone = try #require(engine.stock(of: name))
        let whole = try #require(harness.engine.stock(of: name))
        #expect(alone.version == whole.version)
        #expect(alone.cells.map(\.figures) == whole.cells.map(\.figures))
    }

    /// Whatever SKU a movement changes is among those that its record is said to touch.
    @Test func touchesNameEverySKUThatAMovementChanges() throws {
        let (harness, _) = ImageValueTests.worked(seed: 6, commands: 800)
        let engine = Engine(
            settings: EngineSettings(hashKey: 3),
            ring: MovementRing(capacityBytes: 1 << 21, startLSN: 0)
        )
        var versions: [UInt32: UInt64] = [:]
        var lsn = harness.startLSN
        var ids: Set<RequestID> = []
        while lsn < harness.endLSN {
            let start = Int(lsn - harness.startLSN)
            let size = harness.log[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            let record = Array(harness.log[start..<start + size])
            var touched: Set<UInt32> = []
            try record.withUnsafeBytes { bytes in
                try engine.apply(bytes, lsn: lsn)
                try MovementReader.forEachTouch(
                    of: bytes,
                    lsn: lsn,
                    sku: { touched.insert($0) },
                    id: { ids.insert($0) }
                )
            }
            for number in touched {
                let version = engine.stock(of: engine.skuName(number))?.version
                #expect(version != nil, "SKU \(number) at \(lsn)")
            }
            for number in 0..<UInt32(200) where !touched.contains(number) {
                guard let version = versions[number] else { continue }
                let present = engine.stock(of: engine.skuName(number))?.version
                #expect(present == version, "SKU \(number) at \(lsn)")
            }
            for number in touched {
                versions[number] = engine.stock(of: engine.skuName(number))?.version
            }
            lsn += UInt64(size)
        }
        #expect(!versions.isEmpty)
        #expect(!ids.isEmpty)
    }

    private static func name(of record: [UInt8], _ image: EngineImage) -> String? {
        guard record[4] == StateKind.sku.rawValue else { return nil }
        return String(decoding: record[40..<40 + Int(record[32])], as: UTF8.self)
    }
}

/// Values of state records, summed up to the hash that an engine of this state has.
private struct StateBook {
    var decoder = StateDecoder()
    var skus: [StateSKU] = []
    var reservations: [StateReservation] = []
    var writes: [StateWrite] = []
    var shares: [StateShare] = []

    mutating func add(_ record: [UInt8]) throws {
        let value = try record.withUnsafeBytes { try decoder.decode($0) }
        switch value {
        case .configuration: break
        case .sku(let sku): skus.append(sku)
        case .reservation(let reservation): reservations.append(reservation)
        case .write(let write): writes.append(write)
        case .shares(let more): shares += more
        }
    }

    func hash() -> UInt64 {
        var names: [UInt32: UInt64] = [:]
        for sku in skus { names[sku.number] = StateHash.name(Array(sku.name.utf8)) }
        var sum: UInt64 = 0
        for sku in skus { sum &+= hash(of: sku, names) }
        for warehouse in decoder.warehouses { sum &+= StateHash.warehouse(warehouse) }
        for pool in decoder.pools { sum &+= StateHash.pool(pool) }
        for (index, policy) in decoder.policies.enumerated() {
            let number = SourcingPolicy(rawValue: SourcingPolicy.namedMin + UInt8(index))
            sum &+= StateHash.policy(policy, number: number)
        }
        for (index, row) in decoder.rates.enumerated() {
            sum &+= StateHash.rate(row, index: index)
        }
        for actor in decoder.actors { sum &+= StateHash.actor(actor) }
        sum &+= StateHash.nextSale(decoder.nextSaleNumber)
        for sale in decoder.sales { sum &+= StateHash.sale(sale) }
        let known = Set(decoder.sales.map(\.number))
        for share in shares where known.contains(share.sale) { sum &+= hash(of: share, names) }
        for reservation in reservations { sum &+= hash(of: reservation, names) }
        for write in writes {
            sum &+= StateHash.write(
                id: write.id,
                digest: write.digest,
                rows: write.answer.rows,
                onHand: write.answer.onHand,
                available: write.answer.available,
                version: write.answer.version
            )
        }
        return sum
    }

    private func hash(of share: StateShare, _ names: [UInt32: UInt64]) -> UInt64 {
        switch share.holder {
        case .client(let client):
            StateHash.clientShare(
                of: client,
                sale: share.sale,
                holds: share.holds,
                openHolds: share.openHolds
            )
        case .owner(let owner):
            StateHash.ownerShare(
                OwnerShare(
                    owner: owner,
                    openUnits: share.openUnits,
                    fulfilledUnits: share.fulfilledUnits,
                    holds: share.holds,
                    committedHolds: share.committedHolds,
                    openHolds: share.openHolds
                ),
                sale: share.sale,
                window: share.window,
                windowUnits: share.windowUnits
            )
        case .ownerOfSKU(let owner, let sku):
            StateHash.ownerShare(
                of: owner,
                sale: share.sale,
                sku: names[sku] ?? 0,
                openUnits: share.openUnits,
                fulfilledUnits: share.fulfilledUnits
            )
        }
    }

    private func hash(of sku: StateSKU, _ names: [UInt32: UInt64]) -> UInt64 {
        let name = names[sku.number] ?? 0
        var sum = StateHash.sku(name: name, version: sku.version, weightGrams: sku.weightGrams)
        for cell in sku.cells {
            sum &+= StateHash.cell(
                sku: name,
                warehouse: cell.warehouse,
                pool: cell.pool,
                figures: cell.figures
            )
        }
        if !sku.substitutes.isEmpty {
            sum &+= StateHash.substitutes(of: name, sku.substitutes.map { names[$0] ?? 0 })
        }
        return sum
    }

    private func hash(of value: StateReservation, _ names: [UInt32: UInt64]) -> UInt64 {
        var sum = StateHash.reservation(
            id: value.id,
            owner: value.owner,
            digest: value.digest,
            state: value.state,
            expiresAt: value.expiresAt,
            answeredExpiresAt: value.answeredExpiresAt,
            heldSince: value.heldSince,
            destination: value.destination,
            didReplace: value.didReplace,
            didRestExpire: value.didRestExpire,
            policy: value.policy,
            promisedAt: value.promisedAt,
            constraints: value.constraints
        )
        if let sale = value.sale {
            sum &+= StateHash.saleOfReservation(
                id: value.id,
                sale: sale.sale,
                window: sale.window,
                client: sale.client
            )
        }
        for change in value.changes + (value.lastExtension.map { [$0] } ?? []) {
            sum &+= StateHash.change(
                id: value.id,
                requestID: change.requestID,
                digest: change.digest
            )
        }
        for (index, line) in value.lines.enumerated() {
            sum &+= StateHash.line(
                id: value.id,
                index: index,
                sku: line.sku.flatMap { names[$0] } ?? 0,
                requested: line.requested,
                isFixed: line.isFixed
            )
            for share in line.shares {
                sum &+= StateHash.share(
                    id: value.id,
                    line: index,
                    share: share,
                    progress: share.progress ?? ShareProgress()
                )
            }
            for share in line.firstShares ?? [] {
                sum &+= StateHash.firstShare(
                    id: value.id,
                    line: index,
                    share: share,
                    promisedAt: value.firstPromisedAt ?? .distantPast
                )
            }
        }
        return sum
    }
}
