/// What became of an order whose payment has succeeded.
public enum Settlement: Hashable, Sendable {
    /// The hold was there and is the order's.
    case committed(ReservationReceipt)
    /// The hold had expired; the same units were held again as `id`, and are the order's.
    case committedAgain(ReservationID, ReservationReceipt)
    /// Nothing is the order's, and the refusal says why: give the money back.
    case gone(Refusal)
    /// It isn't known yet, and the refusal says why: a refusal that passes, a hold that was
    /// forgotten, or one of which a part is the order's. Ask again, or look; no refund on this.
    case undecided(Refusal)
}

extension Settlement {
    /// What a refusal leaves an order with.
    fileprivate init(_ refusal: Refusal) {
        self = refusal.leavesNothing ? .gone(refusal) : .undecided(refusal)
    }
}

extension Refusal {
    /// Whether, of a hold that was to be committed or held again, it says for good that nothing is
    /// the order's.
    fileprivate var leavesNothing: Bool {
        switch outcome {
        case .insufficientStock, .constraintsUnmet, .capacityExhausted, .warehouseClosed,
            .stockLost, .wrongOwner, .holdExpired, .saleNotOpen, .saleClosed, .mixedSale,
            .ownerSKULimit, .ownerLimit, .orderLimit, .windowLimit, .ownerHoldBudget,
            .credentialHoldBudget:
            true
        case .wrongState: state == .released || state == .cancelled || state == .expired
        default: false
        }
    }
}

/// What a checkout does once a payment has been decided.
extension HoldfastClient {
    /// Holds again what an older hold held, in case that has expired: all of it, or nothing.
    ///
    /// An older hold that is still held is answered as it is. Harmless to repeat with the same
    /// `id`: what was held anew once is answered again.
    /// - Parameters:
    ///   - reservation: The older hold.
    ///   - id: The id of the hold that may be made; derive it from the order, so that whoever asks
    ///     again about the same payment asks with the same.
    ///   - owner: Whose both are.
    ///   - timeToLiveMilliseconds: Milliseconds to hold for; 0 for the server's default.
    /// - Returns: Which of the two is held, or why neither is: `insufficient_stock` where the units
    ///   are gone, `wrong_state` where the older one has been committed or released, or
    ///   `unknown_reservation` once it is forgotten.
    /// - Throws: When no answer came.
    public func holdAgain(
        _ reservation: ReservationID,
        as id: ReservationID,
        owner: OwnerID,
        timeToLiveMilliseconds: UInt32 = 0
    ) async throws(ClientError) -> Result<HeldReservation, Refusal> {
        try await start(
            HoldAgainRequest(
                reservation,
                as: id,
                owner: owner,
                timeToLiveMilliseconds: timeToLiveMilliseconds
            )
        ).value
    }

    /// Commits a hold whose payment has succeeded, and one that expired meanwhile by holding it
    /// again.
    ///
    /// Harmless to repeat with the same `id`, also after an error, and when the older hold was
    /// forgotten meanwhile: the server knows what was held again as `id`.
    /// - Parameters:
    ///   - reservation: The hold.
    ///   - id: The id of the hold that may be made in its place, derived from the order.
    ///   - owner: Whose it is.
    ///   - fulfilling: Whether the units leave as well.
    /// - Returns: Whether the order has its units.
    /// - Throws: When no answer came: then ask again.
    public func settle(
        _ reservation: ReservationID,
        as id: ReservationID,
        owner: OwnerID,
        fulfilling: Bool = false
    ) async throws(ClientError) -> Settlement {
        switch try await commit(reservation, fulfilling: fulfilling) {
        case .success(let receipt): return .committed(receipt)
        case .failure(let refusal)
        where refusal.outcome == .holdExpired || refusal.outcome == .unknownReservation:
            break
        case .failure(let refusal): return Settlement(refusal)
        }
        let held: HeldReservation
        switch try await holdAgain(reservation, as: id, owner: owner) {
        case .success(let hold): held = hold
        case .failure(let refusal): return Settlement(refusal)
        }
        switch try await commit(held.id, fulfilling: fulfilling) {
        case .success(let receipt):
            return held.id == reservation
                ? .committed(receipt) : .committedAgain(held.id, receipt)
        case .failure(let refusal): return Settlement(refusal)
        }
    }
}
