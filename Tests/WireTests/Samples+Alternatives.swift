import Inventory
import Wire

/// What could serve short lines instead.
extension Samples {
    static let alternatives = [
        Alternative(kind: .pool, sku: "85123A", warehouse: london, pool: flash, available: 9),
        Alternative(
            kind: .warehouse,
            sku: "85123A",
            warehouse: leeds,
            available: 1_000_000_000_000,
            exclusion: .tooFar
        ),
        Alternative(
            kind: .substitute,
            sku: "85123B",
            warehouse: london,
            pool: flash,
            available: 1
        ),
    ]

    static let askingReserve: ReservationRequest = {
        var request = smallReserve
        request.wantsAlternatives = true
        return request
    }()

    static let shortReceipt = ReservationReceipt(
        isRepeated: false,
        state: .held,
        lsn: 4_096,
        expiresAt: Instant(milliseconds: 1_790_000_000_000),
        lines: [
            .init(requested: 6, reserved: 6, shares: [Share(warehouse: london, quantity: 6)]),
            .init(requested: 9, reserved: 4, shares: [Share(warehouse: london, quantity: 4)]),
        ],
        alternatives: [LineAlternatives(line: 1, alternatives: alternatives)]
    )

    static let shortRefusal = Refusal(
        .constraintsUnmet,
        index: 0,
        alternatives: [
            LineAlternatives(line: 0, alternatives: [alternatives[1]]),
            LineAlternatives(line: 3, alternatives: alternatives),
        ]
    )
}
