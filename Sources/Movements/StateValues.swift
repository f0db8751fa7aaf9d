package import Inventory

/// One cell of a SKU as a state record tells it.
package struct StateCell: Hashable, Sendable {
    /// The warehouse.
    package var warehouse: WarehouseCode
    /// The pool.
    package var pool: PoolName
    /// The five figures.
    package var figures: CellFigures
}

/// A SKU as a state record tells it.
package struct StateSKU: Hashable, Sendable {
    /// LSN from which movements apply to it.
    package var lsn: UInt64
    /// Its number.
    package var number: UInt32
    /// Its name.
    package var name: String
    /// Its version.
    package var version: UInt64
    /// The weight of a unit in grams; 0: not known.
    package var weightGrams: UInt32
    /// Whether a stock change left a cell promising more than it has.
    package var hasShortfall: Bool
    /// Its cells, in the order in which they were made.
    package var cells: [StateCell]
    /// The numbers of its substitutes, the best first.
    package var substitutes: [UInt32]
}

/// A reservation as a state record tells it.
package struct StateReservation: Hashable, Sendable {
    /// One line.
    package struct Line: Hashable, Sendable {
        /// Number of the SKU; `nil` where its name wasn't known.
        package var sku: UInt32?
        /// Units asked for.
        package var requested: UInt32
        /// Whether the request fixed its warehouse.
        package var isFixed: Bool
        /// What it has; each with its progress.
        package var shares: [Share]
        /// What it had as first answered; `nil` where units haven't moved since.
        package var firstShares: [Share]?
    }

    /// A change that it remembers.
    package struct Change: Hashable, Sendable {
        /// The id of its request.
        package var requestID: RequestID
        /// The digest of its request.
        package var digest: UInt64
        /// LSN of its movement.
        package var lsn: UInt64
    }

    /// LSN from which movements apply to it.
    package var lsn: UInt64
    /// Its id.
    package var id: ReservationID
    /// Its owner.
    package var owner: OwnerID
    /// The digest of its request.
    package var digest: UInt64
    /// LSN of the movement that made it.
    package var madeLSN: UInt64
    /// Its state, a hold whose time is over but isn't swept still being `held`.
    package var state: ReservationState
    /// What its request wanted.
    package var mode: ReserveMode
    /// The policy that it was sourced by.
    package var policy: SourcingPolicy
    /// When it expires, is fulfilled by time, or is forgotten.
    package var due: Instant
    /// When what is held expires, or did.
    package var expiresAt: Instant
    /// The instant of the first hold of its chain.
    package var heldSince: Instant
    /// When it was to expire as first answered.
    package var answeredExpiresAt: Instant
    /// The promised arrival; `.distantPast` for none.
    package var promisedAt: Instant
    /// The promised arrival as first answered, where units have moved since.
    package var firstPromisedAt: Instant?
    /// Where it goes.
    package var destination: Destination?
    /// Whether it took the place of another hold.
    package var didReplace: Bool
    /// Whether units ran out of time after others were committed.
    package var didRestExpire: Bool
    /// What its chain of holds has been through.
    package var marks: ChainMarks = []
    /// Its lines.
    package var lines: [Line] = []
    /// The changes that it remembers.
    package var changes: [Change] = []
    /// Its last extension.
    package var lastExtension: Change?
    /// What its plan kept to.
    package var constraints: SourcingConstraints?
    /// The sale that it belongs to.
    package var sale: SalePart?
}

/// An entry of what owners have of sales, as a state record tells it.
package struct StateShare: Hashable, Sendable {
    /// Whose it is.
    package enum Holder: Hashable, Sendable {
        /// An owner's, of all SKUs.
        case owner(OwnerID)
        /// An owner's, of the SKU of a number.
        case ownerOfSKU(OwnerID, sku: UInt32)
        /// A client's, by its number.
        case client(UInt16)
    }

    /// LSN from which movements apply to it.
    package var lsn: UInt64
    /// The number of the sale.
    package var sale: UInt32
    /// Whose it is.
    package var holder: Holder
    /// Units held or committed.
    package var openUnits: UInt64
    /// Units that have left.
    package var fulfilledUnits: UInt64
    /// Units taken in the window.
    package var windowUnits: UInt64
    /// The window; 0 for none.
    package var window: UInt32
    /// Reservations that were ever held.
    package var holds: UInt32
    /// Those of them that were committed.
    package var committedHolds: UInt32
    /// Those of them that are held now.
    package var openHolds: UInt32
}

/// A remembered write as a state record tells it.
package struct StateWrite: Hashable, Sendable {
    /// LSN from which movements apply to it.
    package var lsn: UInt64
    /// The id of its request.
    package var id: RequestID
    /// The digest of its request.
    package var digest: UInt64
    /// When it is forgotten.
    package var due: Instant
    /// What was answered.
    package var answer: WriteAnswer
}

/// What a state record tells.
package enum StateValue: Hashable, Sendable {
    /// Configuration or names of clients, which are in the ``StateDecoder`` now.
    case configuration(StateKind)
    /// A SKU with its cells.
    case sku(StateSKU)
    /// A reservation.
    case reservation(StateReservation)
    /// A remembered write.
    case write(StateWrite)
    /// What owners have of sales.
    case shares([StateShare])
}
