import Inventory
import Support
import Testing

@Suite struct KeyedHashTests {
    private func hash(_ bytes: [UInt8], key: UInt64 = 7) -> UInt64 {
        // One byte more, so that an empty string has an address too.
        (bytes + [0xEE]).withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe KeyedHash(key: key).hash(base, size: bytes.count)
        }
    }

    @Test func everySizeHashesOnlyItsOwnBytes() {
        for size in 0...64 {
            let bytes = (0..<size).map { UInt8($0) }
            #expect(hash(bytes) == hash(bytes + [1], size: size))
        }
    }

    private func hash(_ bytes: [UInt8], size: Int) -> UInt64 { hash(Array(bytes.prefix(size))) }

    @Test func everyByteCounts() {
        for size in 1...64 {
            let bytes = [UInt8](repeating: 0x41, count: size)
            let plain = hash(bytes)
            for index in 0..<size {
                var changed = bytes
                changed[index] = 0x42
                #expect(hash(changed) != plain)
            }
        }
    }

    @Test func sizeCountsWhereBytesAreZero() {
        let hashes = (0...64).map { hash([UInt8](repeating: 0, count: $0)) }
        #expect(Set(hashes).count == hashes.count)
    }

    @Test func anotherKeyGivesAnotherHash() {
        let name = Array("TSHIRT-RED-XL".utf8)
        let hashes = (0..<1_000).map { hash(name, key: $0) }
        #expect(Set(hashes).count == hashes.count)
    }

    @Test func numberedNamesSpreadOverBuckets() {
        let bucketCount = 1_024
        var buckets = [Int](repeating: 0, count: bucketCount)
        for index in 0..<(bucketCount * 64) {
            buckets[Int(hash(Array("sku-\(index)".utf8)) % UInt64(bucketCount))] += 1
        }
        // Mean 64, standard deviation 8: eight deviations away is no chance.
        #expect(buckets.allSatisfy { $0 > 0 && $0 < 128 })
    }

    @Test func idsSpreadOverBucketsWhicheverHalfCounts() {
        let bucketCount = 1_024
        for shape in 0..<4 {
            var low = [Int](repeating: 0, count: bucketCount)
            var high = low
            for index in 0..<UInt64(bucketCount * 64) {
                let hash =
                    switch shape {
                    case 0: KeyedHash(key: 99).hash(index, 0)
                    case 1: KeyedHash(key: 99).hash(0, index)
                    case 2: KeyedHash(key: 99).hash(index << 40, 5)
                    default: KeyedHash(key: 99).hash(index, index)
                    }
                low[Int(hash % UInt64(bucketCount))] += 1
                high[Int(hash >> 54)] += 1
            }
            #expect(low.allSatisfy { $0 > 0 && $0 < 160 }, "low bits, shape \(shape)")
            #expect(high.allSatisfy { $0 > 0 && $0 < 160 }, "high bits, shape \(shape)")
        }
    }
}

@Suite struct StateHashTests {
    private let id = RequestID(high: 1, low: 2)

    @Test func orderOfWordsCounts() {
        #expect(StateHash.folded(1, [1, 2]) != StateHash.folded(1, [2, 1]))
        #expect(StateHash.folded(1, [1]) != StateHash.folded(2, [1]))
        #expect(StateHash.folded(1, []) != StateHash.folded(1, [0]))
    }

    @Test func paddingOfNamesCounts() {
        #expect(StateHash.name([0x41]) != StateHash.name([0x41, 0]))
        #expect(StateHash.name([]) != StateHash.name([0]))
    }

    @Test func everyFigureOfACellCounts() throws {
        let code = try #require(WarehouseCode("A"))
        let figures = CellFigures(
            onHand: 1,
            reserved: 2,
            committed: 3,
            safetyStock: 4,
            backorderLimit: 5
        )
        var variants = [figures, figures, figures, figures, figures, figures]
        variants[1].onHand = 9
        variants[2].reserved = 9
        variants[3].committed = 9
        variants[4].safetyStock = 9
        variants[5].backorderLimit = 9
        let hashes = variants.map {
            StateHash.cell(sku: 7, warehouse: code, pool: .default, figures: $0)
        }
        #expect(Set(hashes).count == variants.count)
        #expect(
            StateHash.cell(
                sku: 7,
                warehouse: code,
                pool: PoolName(high: 1, low: 0),
                figures: figures
            ) != hashes[0]
        )
        #expect(
            StateHash.cell(sku: 8, warehouse: code, pool: .default, figures: figures) != hashes[0]
        )
    }

    @Test func swappedReservedAndCommittedDiffer() throws {
        let code = try #require(WarehouseCode("A"))
        let one = CellFigures(
            onHand: 9,
            reserved: 2,
            committed: 3,
            safetyStock: 0,
            backorderLimit: 0
        )
        let other = CellFigures(
            onHand: 9,
            reserved: 3,
            committed: 2,
            safetyStock: 0,
            backorderLimit: 0
        )
        #expect(
            StateHash.cell(sku: 7, warehouse: code, pool: .default, figures: one)
                != StateHash.cell(sku: 7, warehouse: code, pool: .default, figures: other)
        )
    }

    @Test func everyFieldOfAReservationCounts() {
        func hash(
            state: ReservationState = .held,
            expiresAt: Int64 = 10,
            heldSince: Int64 = 5,
            owner: UInt64 = 1,
            digest: UInt64 = 3,
            destination: Destination? = nil,
            policy: SourcingPolicy = .nearest,
            promisedAt: Int64 = 0,
            constraints: SourcingConstraints? = nil
        ) -> UInt64 {
            StateHash.reservation(
                id: id,
                owner: OwnerID(high: owner, low: 0),
                digest: digest,
                state: state,
                expiresAt: Instant(milliseconds: expiresAt),
                answeredExpiresAt: Instant(milliseconds: expiresAt),
                heldSince: Instant(milliseconds: heldSince),
                destination: destination,
                didReplace: false,
                didRestExpire: false,
                policy: policy,
                promisedAt: Instant(milliseconds: promisedAt),
                constraints: constraints
            )
        }
        let code = WarehouseCode(high: 0x41, low: 0)
        let place = Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0)
        let hashes = [
            hash(), hash(state: .committed), hash(expiresAt: 11), hash(heldSince: 6),
            hash(owner: 2), hash(digest: 4), hash(destination: Destination(position: place)),
            hash(policy: .cheapest), hash(promisedAt: 60_000),
            hash(constraints: SourcingConstraints(splitsMax: 1)),
            hash(constraints: SourcingConstraints(splitsPerLineMax: 1)),
            hash(constraints: SourcingConstraints(metresMax: 1)),
            hash(constraints: SourcingConstraints(latestPromise: Instant(milliseconds: 0))),
            hash(constraints: SourcingConstraints(shipsComplete: true)),
            hash(constraints: SourcingConstraints(excluded: [code])),
            hash(constraints: SourcingConstraints(required: [code])),
            hash(constraints: SourcingConstraints(preferred: [code])),
        ]
        #expect(Set(hashes).count == hashes.count)
    }
}

@Suite struct CodesTests {
    @Test func outcomesHaveNamesOfTheirOwn() {
        let names = Outcome.allCases.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(
            names.allSatisfy { name in
                name.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) }
            }
        )
    }

    /// The numbers are a promise to clients in other languages; a change here breaks them.
    @Test func outcomesKeepTheirBands() {
        #expect(Outcome.accepted.rawValue == 0)
        #expect(Outcome.malformedFrame.rawValue == 100)
        #expect(Outcome.insufficientStock.rawValue == 200)
        #expect(Outcome.unknownReservation.rawValue == 300)
        #expect(Outcome.tooManyReservations.rawValue == 400)
        #expect(Outcome.saleNotOpen.rawValue == 500)
        #expect(Outcome.allCases.allSatisfy { $0.rawValue < 600 })
    }

    @Test func choicesKeepTheirNumbers() {
        #expect(ReserveMode.allCases.map(\.rawValue) == [0, 1, 2])
        #expect(ReservationState.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5])
        #expect(WarehouseState.allCases.map(\.rawValue) == [0, 1, 2])
        #expect(StockCause.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6])
    }

    @Test func availableMayFallBelowZero() {
        let figures = CellFigures(
            onHand: 3,
            reserved: 2,
            committed: 2,
            safetyStock: 1,
            backorderLimit: 1
        )
        #expect(figures.available == -1)
    }

    @Test func resetClearsWhatAnAnswerSaid() {
        var answer = ReservationAnswer()
        answer.isRepeated = true
        answer.state = .expired
        answer.lsn = 8
        answer.refusedLine = 3
        answer.lineCount = 2
        answer.shareCount = 5
        answer.expiresAt = Instant(milliseconds: 9)
        answer.reset(.noLines)
        #expect(ReservationReply(answer) == ReservationReply(.noLines))
    }
}

@Suite struct KeyedHashFloodTests {
    /// Constants of the hash and their neighbours, as halves of an id: whoever reads the source may
    /// choose them, so none may take the key out of the hash.
    static let chosen: [UInt64] = [
        0, .max, 1, 0xE703_7ED1_A0B4_28DB, 0x8EBC_6AF0_9C88_C6E3, 0xA076_1D64_78BD_642F,
        0x5899_65CC_7537_4CC3,
    ]

    @Test func chosenIDsSpreadUnderASecretKey() {
        let hash = KeyedHash(key: 0x1234_5678_9ABC_DEF1)
        for half in KeyedHashFloodTests.chosen + KeyedHashFloodTests.chosen.map({ ~$0 }) {
            let lows = Set((0..<1_000).map { hash.hash(half, UInt64($0) << 20) })
            let highs = Set((0..<1_000).map { hash.hash(UInt64($0) << 20, half) })
            #expect(lows.count == 1_000, "high is \(half)")
            #expect(highs.count == 1_000, "low is \(half)")
        }
    }

    @Test func chosenIDsHashOtherwiseUnderAnotherKey() {
        for high in KeyedHashFloodTests.chosen {
            for low in KeyedHashFloodTests.chosen {
                let hashes = Set((1..<100).map { KeyedHash(key: $0).hash(high, low) })
                #expect(hashes.count == 99, "\(high) \(low)")
            }
        }
    }
}
