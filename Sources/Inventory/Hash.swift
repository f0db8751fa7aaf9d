/// Hashes of byte strings and ids by 64 × 64 → 128-bit multiplication.
///
/// - Source: the folded multiply of wyhash (Wang Yi) and of the Swift-independent "mum" family.
@frozen
public struct KeyedHash: Sendable {
    /// The secret that makes the hash hard to flood; drawn anew at each start.
    public let key: UInt64

    /// A hash with a secret key.
    @inlinable
    public init(key: UInt64) { self.key = key }

    /// High and low half of a product, folded by exclusive or.
    @inlinable
    @inline(__always)
    public static func mixed(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    /// The hash of `size` bytes.
    ///
    /// - Complexity: O(size), eight bytes a step.
    @inlinable
    public func hash(_ bytes: UnsafeRawPointer, size: Int) -> UInt64 {
        var state = key ^ (UInt64(truncatingIfNeeded: size) &* 0xA076_1D64_78BD_642F)
        var offset = 0
        while offset &+ 8 <= size {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            state = KeyedHash.mixed(state ^ word, 0xE703_7ED1_A0B4_28DB)
            offset &+= 8
        }
        if offset < size {
            var word: UInt64 = 0
            if size >= 8 {
                // The last eight bytes overlap what was read; the size stands in the state.
                word = unsafe bytes.loadUnaligned(fromByteOffset: size &- 8, as: UInt64.self)
            } else {
                var shift: UInt64 = 0
                while offset < size {
                    let byte = unsafe bytes.load(fromByteOffset: offset, as: UInt8.self)
                    word |= UInt64(byte) << shift
                    shift &+= 8
                    offset &+= 1
                }
            }
            state = KeyedHash.mixed(state ^ word, 0x8EBC_6AF0_9C88_C6E3)
        }
        return KeyedHash.mixed(state ^ key, 0x5899_65CC_7537_4CC3)
    }

    /// The hash of a 128-bit id.
    ///
    /// Clients choose ids, so no factor may follow from the id alone: one that is 0 or all ones
    /// would take the key and the other half out of the product.
    @inlinable
    public func hash(_ high: UInt64, _ low: UInt64) -> UInt64 {
        let state = KeyedHash.mixed(high ^ key, 0xE703_7ED1_A0B4_28DB)
        return KeyedHash.mixed(state ^ low ^ key.byteSwapped, 0x8EBC_6AF0_9C88_C6E3)
    }
}

/// The order-free hash of an engine's state: the wrapping sum of one hash for each thing in it.
///
/// The functions here say what counts: the naive model of the tests and the engine use the same
/// ones, so equal state has an equal hash on every machine, whatever the number of stripes.
public enum StateHash {
    /// Folds words into one hash; order counts.
    public static func folded(_ kind: UInt64, _ words: [UInt64]) -> UInt64 {
        var state = kind &* 0xA076_1D64_78BD_642F
        for word in words {
            state = KeyedHash.mixed(state ^ word, 0xE703_7ED1_A0B4_28DB) &+ 0x8EBC_6AF0_9C88_C6E3
        }
        return KeyedHash.mixed(state, 0x5899_65CC_7537_4CC3)
    }

    /// The hash of a name's bytes.
    public static func name(_ bytes: [UInt8]) -> UInt64 {
        var words: [UInt64] = [UInt64(bytes.count)]
        for start in stride(from: 0, to: bytes.count, by: 8) {
            var word: UInt64 = 0
            for (index, byte) in bytes[start..<min(start + 8, bytes.count)].enumerated() {
                word |= UInt64(byte) << (UInt64(index) * 8)
            }
            words.append(word)
        }
        return folded(1, words)
    }

    /// The hash of a SKU, its version and its weight.
    public static func sku(name: UInt64, version: UInt64, weightGrams: UInt32 = 0) -> UInt64 {
        folded(2, [name, version, UInt64(weightGrams)])
    }

    /// The hash of a pool that has been made.
    public static func pool(_ pool: PoolName) -> UInt64 { folded(10, [pool.high, pool.low]) }

    /// The hash of a client's name that movements tell apart.
    public static func actor(_ actor: String) -> UInt64 {
        folded(11, [name(Array(actor.utf8))])
    }

    /// The hash of a cell.
    public static func cell(
        sku: UInt64,
        warehouse: WarehouseCode,
        pool: PoolName,
        figures: CellFigures
    ) -> UInt64 {
        folded(
            3,
            [
                sku, warehouse.high, warehouse.low, pool.high, pool.low,
                UInt64(bitPattern: figures.onHand), UInt64(bitPattern: figures.reserved),
                UInt64(bitPattern: figures.committed), UInt64(bitPattern: figures.safetyStock),
                UInt64(bitPattern: figures.backorderLimit),
            ]
        )
    }

    /// The hash of a reservation without its lines; LSNs don't count.
    public static func reservation(
        id: ReservationID,
        owner: OwnerID,
        digest: UInt64,
        state: ReservationState,
        expiresAt: Instant,
        answeredExpiresAt: Instant,
        heldSince: Instant,
        destination: Destination?,
        didReplace: Bool,
        didRestExpire: Bool,
        marks: ChainMarks = [],
        policy: SourcingPolicy = .nearest,
        promisedAt: Instant = .distantPast,
        constraints: SourcingConstraints? = nil
    ) -> UInt64 {
        folded(
            4,
            [
                id.high, id.low, owner.high, owner.low, digest, UInt64(state.rawValue),
                UInt64(bitPattern: expiresAt.milliseconds),
                UInt64(bitPattern: answeredExpiresAt.milliseconds),
                (didReplace ? 1 : 0) | (didRestExpire ? 2 : 0) | UInt64(marks.rawValue) << 2,
                UInt64(bitPattern: heldSince.milliseconds),
                destination.map {
                    UInt64(UInt32(bitPattern: $0.position.latitudeMicrodegrees)) << 32
                        | UInt64(UInt32(bitPattern: $0.position.longitudeMicrodegrees))
                } ?? .max,
                destination?.region.word ?? 0, UInt64(policy.rawValue),
                UInt64(bitPattern: promisedAt.milliseconds),
                constraints.map(self.constraints) ?? 0,
            ]
        )
    }

    /// The hash of what a reservation's plan had to keep to; the order of its warehouses counts.
    public static func constraints(_ constraints: SourcingConstraints) -> UInt64 {
        var words: [UInt64] = [
            UInt64(constraints.splitsMax), UInt64(constraints.splitsPerLineMax),
            UInt64(constraints.metresMax), constraints.shipsComplete ? 1 : 0,
            UInt64(bitPattern: constraints.latestPromise?.milliseconds ?? -1),
        ]
        for list in [constraints.excluded, constraints.required, constraints.preferred] {
            words.append(UInt64(list.count))
            for code in list { words += [code.high, code.low] }
        }
        return folded(12, words)
    }

    /// The hash of a line of a reservation; `sku` is 0 where the name wasn't known, `isFixed` says
    /// whether the request fixed its warehouse.
    public static func line(
        id: ReservationID,
        index: Int,
        sku: UInt64,
        requested: UInt32,
        isFixed: Bool
    ) -> UInt64 {
        folded(
            5,
            [id.high, id.low, UInt64(index), sku, UInt64(requested) | (isFixed ? 1 << 32 : 0)]
        )
    }

    /// The hash of a share of a line of a reservation and of what became of its units.
    public static func share(
        id: ReservationID,
        line: Int,
        share: Share,
        progress: ShareProgress
    ) -> UInt64 {
        folded(
            6,
            [
                id.high, id.low, UInt64(line), share.warehouse.high, share.warehouse.low,
                share.pool.high, share.pool.low, UInt64(share.quantity),
                UInt64(share.backordered), UInt64(progress.held), UInt64(progress.committed),
                UInt64(progress.fulfilled), UInt64(progress.cancelled),
            ]
        )
    }

    /// The hash of a share as first answered, of a reservation whose units have moved since.
    public static func firstShare(
        id: ReservationID,
        line: Int,
        share: Share,
        promisedAt: Instant
    ) -> UInt64 {
        folded(
            20,
            [
                id.high, id.low, UInt64(line), share.warehouse.high, share.warehouse.low,
                share.pool.high, share.pool.low, UInt64(share.quantity),
                UInt64(share.backordered), UInt64(bitPattern: promisedAt.milliseconds),
            ]
        )
    }

    /// The hash of a change that a reservation remembers: of a part, a reroute, or its last
    /// extension.
    public static func change(
        id: ReservationID,
        requestID: RequestID,
        digest: UInt64
    ) -> UInt64 {
        folded(9, [id.high, id.low, requestID.high, requestID.low, digest])
    }

    /// The hash of a remembered answer to a request that changed stock.
    public static func write(
        id: RequestID,
        digest: UInt64,
        rows: UInt32,
        onHand: Int64,
        available: Int64,
        version: UInt64
    ) -> UInt64 {
        folded(
            7,
            [
                id.high, id.low, digest, UInt64(rows), UInt64(bitPattern: onHand),
                UInt64(bitPattern: available), version,
            ]
        )
    }

    /// The hash of a warehouse.
    public static func warehouse(_ warehouse: Warehouse) -> UInt64 {
        folded(
            8,
            [
                warehouse.code.high, warehouse.code.low, name(Array(warehouse.city.utf8)),
                UInt64(UInt32(bitPattern: warehouse.position.latitudeMicrodegrees)),
                UInt64(UInt32(bitPattern: warehouse.position.longitudeMicrodegrees)),
                UInt64(UInt32(bitPattern: warehouse.priority)),
                UInt64(bitPattern: warehouse.shipmentCostMinor),
                UInt64(bitPattern: warehouse.perKilometreMinor),
                UInt64(bitPattern: warehouse.unitCostMinor), UInt64(warehouse.cutoffHourUTC),
                UInt64(warehouse.handlingHours), UInt64(warehouse.closedWeekdays),
                UInt64(UInt16(bitPattern: warehouse.utcOffsetMinutes)),
                UInt64(warehouse.capacityShipments ?? .max), UInt64(warehouse.state.rawValue),
            ] + warehouse.regions.map(\.word)
        )
    }

    /// The hash of a policy that has been defined by name.
    public static func policy(_ policy: PolicyDefinition, number: SourcingPolicy) -> UInt64 {
        var words = [policy.name.high, policy.name.low, UInt64(number.rawValue)]
        for tier in policy.tiers {
            words += [UInt64(tier.tolerance), UInt64(tier.parts.count)]
            for part in tier.parts { words += [UInt64(part.term.rawValue), UInt64(part.weight)] }
        }
        return folded(12, words)
    }

    /// The hash of the row of the rate card at `index`.
    public static func rate(_ row: RateRow, index: Int) -> UInt64 {
        folded(
            13,
            [
                UInt64(index), row.warehouse.high, row.warehouse.low, row.region.word,
                UInt64(row.metresMax), UInt64(bitPattern: row.baseMinor),
                UInt64(bitPattern: row.perKilometreMinor),
                UInt64(bitPattern: row.perKilogramMinor), UInt64(row.transitHours),
            ]
        )
    }

    /// The hash of a SKU's substitutes in their order, from the hashes of all names.
    public static func substitutes(of sku: UInt64, _ substitutes: [UInt64]) -> UInt64 {
        folded(14, [sku] + substitutes)
    }
}
