package import Inventory

/// One line of a reserve command, as plain values.
package struct ReserveLine: Hashable, Sendable {
    /// The bytes of the SKU's name; may be an invalid one.
    package var sku: [UInt8]
    /// The only warehouse that may serve the line, or `.none`.
    package var warehouse: WarehouseCode
    /// Units asked for.
    package var quantity: UInt32

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
    /// The lines, in the order of the request.
    package var lines: [ReserveLine]
    /// Stands for the digest of the content where it isn't `nil`.
    package var forcedDigest: UInt64?

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
        for line in lines {
            words += [
                StateHash.name(line.sku), line.warehouse.high, line.warehouse.low,
                UInt64(line.quantity),
            ]
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
    /// A figure where the cause is `imported`, else a difference.
    package var onHand: Int64
    /// The safety stock from now on; `nil` leaves it.
    package var safetyStock: Int64?

    /// A row with all its fields.
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
    /// Why stock changes; `imported` makes every row a figure.
    package var cause: StockCause
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
        for row in rows {
            words += [
                StateHash.name(row.sku), row.warehouse.high, row.warehouse.low,
                UInt64(bitPattern: row.onHand), UInt64(bitPattern: row.safetyStock ?? -1),
                row.safetyStock == nil ? 0 : 1,
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

/// Anything that the model and the engine can be asked to do.
package enum Command: Hashable, Sendable {
    /// Hold lines.
    case reserve(ReserveCommand)
    /// Commit a whole reservation.
    case commit(ReservationID, requestID: RequestID)
    /// Release a whole reservation.
    case release(ReservationID, requestID: RequestID)
    /// Show a reservation.
    case show(ReservationID)
    /// Change stock.
    case stock(StockCommand)
    /// Change warehouses.
    case warehouses(WarehousesCommand)
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
