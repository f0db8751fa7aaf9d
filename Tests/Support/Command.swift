package import Inventory

/// One line of a reserve command, as plain values.
package struct ReserveLine: Hashable, Sendable {
    /// The bytes of the SKU's name; may be an invalid one.
    package var sku: [UInt8]
    /// The only warehouse that may serve the line, or `.none`.
    package var warehouse: WarehouseCode
    /// Units asked for.
    package var quantity: UInt32
    /// The pools that may serve it, in order; none for `default`.
    package var pools: [PoolName] = []
    /// The version that the SKU must have.
    package var expectedVersion: UInt64?

    /// A line of `quantity` units of `sku`.
    package init(sku: [UInt8], quantity: UInt32, warehouse: WarehouseCode = .none) {
        self.sku = sku
        self.warehouse = warehouse
        self.quantity = quantity
    }
}

/// A request to hold lines, as plain values.
package struct ReserveCommand: Hashable, Sendable {
    /// The id of the request and of the reservation.
    package var id: ReservationID
    /// Whom the units are held for.
    package var owner = OwnerID(high: 0, low: 0)
    /// Where the goods go to.
    package var destination: Destination?
    /// When the shopper ordered.
    package var orderedAt: Instant?
    /// Milliseconds to hold for; 0 for the default.
    package var timeToLiveMilliseconds: UInt32 = 0
    /// What to do when not all is there.
    package var mode = ReserveMode.allOrNothing
    /// What sourcing minimises, unless a name says it.
    package var policy = SourcingPolicy.nearest
    /// The name of what sourcing minimises.
    package var policyName = PolicyName.none
    /// What a plan has to keep to.
    package var constraints: SourcingConstraints?
    /// The hold whose place it takes.
    package var replaces: ReservationID?
    /// The lines, in the order of the request.
    package var lines: [ReserveLine]
    /// Whether the answer is to tell what could serve short lines instead.
    package var wantsAlternatives = false
    /// Stands for the digest of the content where it isn't `nil`.
    package var forcedDigest: UInt64?
    /// The number of the client that asks; no part of the content.
    package var client: UInt16 = 0

    /// A command with the usual choices.
    package init(id: ReservationID, lines: [ReserveLine]) {
        self.id = id
        self.lines = lines
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        if let forcedDigest { return forcedDigest }
        var words: [UInt64] = [
            owner.high, owner.low, UInt64(timeToLiveMilliseconds), UInt64(mode.rawValue),
            UInt64(bitPattern: orderedAt?.milliseconds ?? -1), UInt64(lines.count),
        ]
        if let destination {
            words.append(
                UInt64(UInt32(bitPattern: destination.position.latitudeMicrodegrees)) << 32
                    | UInt64(UInt32(bitPattern: destination.position.longitudeMicrodegrees))
            )
            words.append(destination.region.word)
        }
        if let replaces { words += [replaces.high, replaces.low] }
        words += [UInt64(policy.rawValue), policyName.high, policyName.low]
        if let constraints { words.append(StateHash.constraints(constraints)) }
        if wantsAlternatives { words.append(1) }
        for line in lines {
            words += [
                StateHash.name(line.sku), line.warehouse.high, line.warehouse.low,
                UInt64(line.quantity), line.expectedVersion ?? 77, UInt64(line.pools.count),
            ]
            for pool in line.pools { words += [pool.high, pool.low] }
        }
        return StateHash.folded(101, words)
    }
}

/// One row of a stock command, as plain values.
package struct CommandRow: Hashable, Sendable {
    /// The bytes of the SKU's name; may be an invalid one.
    package var sku: [UInt8]
    /// The warehouse whose stock changes.
    package var warehouse: WarehouseCode
    /// The pool whose stock changes.
    package var pool = PoolName.default
    /// A figure where the cause is `imported` or `counted`, else a difference.
    package var onHand: Int64
    /// The safety stock from now on; `nil` leaves it.
    package var safetyStock: Int64?
    /// The backorder limit from now on; `nil` leaves it.
    package var backorderLimit: Int64?
    /// The version that the SKU must have; `nil` for any.
    package var expectedVersion: UInt64?
    /// Whether an import's ``onHand`` is a difference after all.
    package var isDifference = false

    /// A row of the pool `default`, the rest of its fields as usual.
    package init(sku: [UInt8], warehouse: WarehouseCode, onHand: Int64, safetyStock: Int64? = nil) {
        self.sku = sku
        self.warehouse = warehouse
        self.onHand = onHand
        self.safetyStock = safetyStock
    }
}

/// A request to change stock, as plain values.
package struct StockCommand: Hashable, Sendable {
    /// The id of the request.
    package var id: RequestID
    /// Why stock changes.
    package var cause: StockCause
    /// What the one who asked says of it.
    package var reason = ""
    /// The rows, in the order of the request.
    package var rows: [CommandRow]

    /// A command with all its fields.
    package init(id: RequestID, cause: StockCause, rows: [CommandRow]) {
        self.id = id
        self.cause = cause
        self.rows = rows
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        var words: [UInt64] = [UInt64(cause.rawValue), UInt64(rows.count)]
        words.append(StateHash.name(Array(reason.utf8)))
        for row in rows {
            words += [
                StateHash.name(row.sku), row.warehouse.high, row.warehouse.low,
                row.pool.high, row.pool.low,
                UInt64(bitPattern: row.onHand), UInt64(bitPattern: row.safetyStock ?? -1),
                UInt64(bitPattern: row.backorderLimit ?? -1), row.expectedVersion ?? 0,
                (row.safetyStock == nil ? 0 : 1) | (row.backorderLimit == nil ? 0 : 2)
                    | (row.expectedVersion == nil ? 0 : 4) | (row.isDifference ? 8 : 0),
            ]
        }
        return StateHash.folded(102, words)
    }
}

/// A request to change warehouses, as plain values.
package struct WarehousesCommand: Hashable, Sendable {
    /// The id of the request.
    package var id: RequestID
    /// The warehouses as they are from now on.
    package var warehouses: [Warehouse]

    /// A command with all its fields.
    package init(id: RequestID, warehouses: [Warehouse]) {
        self.id = id
        self.warehouses = warehouses
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        StateHash.folded(103, warehouses.map(StateHash.warehouse))
    }
}

/// A request to make or weigh SKUs, as plain values.
package struct SKUsCommand: Hashable, Sendable {
    /// The id of the request.
    package var id: RequestID
    /// The SKUs and what they weigh.
    package var rows: [SKUWeight]

    /// A command with all its fields.
    package init(id: RequestID, rows: [SKUWeight]) {
        self.id = id
        self.rows = rows
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        var words: [UInt64] = []
        for row in rows {
            words += [StateHash.name(Array(row.sku.utf8)), UInt64(row.weightGrams)]
        }
        return StateHash.folded(104, words)
    }
}

/// A request to set what may be taken from a warehouse, as plain values.
package struct WarehouseStateCommand: Hashable, Sendable {
    /// The id of the request.
    package var id: RequestID
    /// The warehouse.
    package var code: WarehouseCode
    /// What may be taken from it.
    package var state: WarehouseState

    /// A command with all its fields.
    package init(id: RequestID, code: WarehouseCode, state: WarehouseState) {
        self.id = id
        self.code = code
        self.state = state
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        StateHash.folded(105, [code.high, code.low, UInt64(state.rawValue)])
    }
}

/// A request to let a hold live longer, as plain values.
package struct ExtendCommand: Hashable, Sendable {
    /// The reservation.
    package var reservation: ReservationID
    /// The id of the request.
    package var id: RequestID
    /// Milliseconds from now on; 0 for the default.
    package var timeToLiveMilliseconds: UInt32

    /// A command with all its fields.
    package init(reservation: ReservationID, id: RequestID, timeToLiveMilliseconds: UInt32) {
        self.reservation = reservation
        self.id = id
        self.timeToLiveMilliseconds = timeToLiveMilliseconds
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 {
        StateHash.folded(
            106,
            [reservation.high, reservation.low, UInt64(timeToLiveMilliseconds)]
        )
    }
}

/// A request to move held units away from warehouses that aren't online, as plain values.
package struct RerouteCommand: Hashable, Sendable {
    /// The reservation.
    package var reservation: ReservationID
    /// The id of the request.
    package var id: RequestID

    /// A command with all its fields.
    package init(reservation: ReservationID, id: RequestID) {
        self.reservation = reservation
        self.id = id
    }

    /// A digest of the whole content; equal content has an equal digest.
    package var digest: UInt64 { StateHash.folded(107, [reservation.high, reservation.low]) }
}

/// Anything that the model and the engine can be asked to do.
package enum Command: Hashable, Sendable {
    /// Hold lines.
    case reserve(ReserveCommand)
    /// Commit a whole reservation.
    case commit(ReservationID, requestID: RequestID)
    /// Release a whole reservation.
    case release(ReservationID, requestID: RequestID)
    /// Commit, release, fulfil or cancel a reservation or parts of it.
    case change(ChangeRequest)
    /// Let a hold live longer.
    case extend(ExtendCommand)
    /// Move held units away from warehouses that aren't online.
    case reroute(RerouteCommand)
    /// List the reservations of an owner, closed ones as well or not.
    case owner(OwnerID, includesClosed: Bool)
    /// Show a reservation.
    case show(ReservationID)
    /// Change stock.
    case stock(StockCommand)
    /// Change warehouses.
    case warehouses(WarehousesCommand)
    /// Set what may be taken from a warehouse.
    case warehouseState(WarehouseStateCommand)
    /// Make or weigh SKUs.
    case skus(SKUsCommand)
    /// Change what sourcing goes by.
    case configuration(ConfigurationCommand)
    /// Give a client's name a number.
    case actor(String)
    /// Expire and forget all that is due.
    case sweep
}

/// A command and the instant that the caller read before it.
package struct TimedCommand: Hashable, Sendable {
    /// What to do.
    package var command: Command
    /// The caller's instant.
    package var now: Instant

    /// A command at an instant.
    package init(_ command: Command, now: Instant) {
        self.command = command
        self.now = now
    }
}
