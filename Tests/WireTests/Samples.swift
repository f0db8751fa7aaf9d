import Inventory
import Wire

/// A message with the name of its golden file.
struct Sample<Message: Sendable>: Sendable {
    var name: String
    var meaning: String
    var message: Message
    var correlation: UInt64 = 1
}

/// The messages of the golden files.
enum Samples {
    static let id = RequestID(high: 0x0706_0504_0302_0100, low: 0x0F0E_0D0C_0B0A_0908)
    static let otherID = RequestID(high: 0x1716_1514_1312_1110, low: 0x1F1E_1D1C_1B1A_1918)
    static let owner = OwnerID(high: 0xA7A6_A5A4_A3A2_A1A0, low: 0xAFAE_ADAC_ABAA_A9A8)
    static let london = code("LON1")
    static let leeds = code("LDS-NORTH-0001-X")
    static let flash = pool("flash-2026-11-27")
    static let instant = Instant(milliseconds: 1_790_000_000_123)

    static func code(_ text: String) -> WarehouseCode {
        guard let code = WarehouseCode(text) else { fatalError("not a code: \(text)") }
        return code
    }

    static func pool(_ text: String) -> PoolName {
        guard let pool = PoolName(text) else { fatalError("not a pool: \(text)") }
        return pool
    }

    static let place = Position(
        latitudeMicrodegrees: 51_507_351,
        longitudeMicrodegrees: -127_758
    )

    static let smallReserve = ReservationRequest(
        id: id,
        owner: owner,
        lines: [.init(sku: "SKU-00012345", quantity: 3)]
    )

    static let fullReserve = ReservationRequest(
        id: id,
        owner: owner,
        lines: [
            .init(sku: "85123A", quantity: 6),
            .init(sku: "71053", quantity: 1_000, warehouse: leeds),
        ],
        timeToLiveMilliseconds: 60_000,
        mode: .bestEffort,
        destination: Destination(position: place, region: RegionCode("GB") ?? .none),
        orderedAt: instant
    )

    /// Every field that a reserve can have.
    static let replacingReserve = ReservationRequest(
        id: otherID,
        owner: owner,
        lines: [
            .init(
                sku: "85123A",
                quantity: 6,
                warehouse: london,
                pools: [.default, flash],
                expectedVersion: 7
            ),
            .init(sku: "71053", quantity: 2, pools: [flash]),
            .init(sku: "NEW", quantity: 1, expectedVersion: 0),
        ],
        timeToLiveMilliseconds: 60_000,
        mode: .wholeLines,
        destination: Destination(position: place, region: RegionCode("GB") ?? .none),
        orderedAt: instant,
        replaces: id
    )

    static let reroutedReceipt = ReservationReceipt(
        isRepeated: false,
        state: .held,
        lsn: 4_096,
        expiresAt: instant,
        lines: [
            .init(
                requested: 4,
                reserved: 4,
                shares: [
                    Share(warehouse: london, quantity: 4, progress: ShareProgress(held: 4))
                ]
            )
        ],
        didReroute: true
    )

    static let rerouteReport = {
        var report = RerouteReport(run: 3, state: .running, startedAt: instant)
        report.pausedBy = .logBusy
        report.looked = 512
        report.toLookAt = 100_000
        report.add(.init(id, .kept, units: 4))
        report.add(.init(otherID, .later, units: 2, minutesLater: 1_440))
        report.add(.init(id, .stuck, units: 9, reason: .insufficientStock, line: 1))
        report.add(.init(otherID, .committed, units: 1))
        return report
    }()

    /// Every constraint, and a policy by name.
    static let sourcedReserve = ReservationRequest(
        id: id,
        owner: owner,
        lines: [.init(sku: "85123A", quantity: 6)],
        policyName: PolicyName("green-first"),
        destination: Destination(position: place, region: RegionCode("GB") ?? .none),
        orderedAt: instant,
        constraints: SourcingConstraints(
            splitsMax: 3,
            splitsPerLineMax: 2,
            metresMax: 800_000,
            latestPromise: instant.advanced(byMilliseconds: 172_800_000),
            shipsComplete: true,
            excluded: [code("OTHER")],
            required: [london, leeds],
            preferred: [london]
        )
    )

    static let parts = [
        ChangeItem(line: 0, quantity: 4, warehouse: london, pool: flash),
        ChangeItem(line: 1, warehouse: leeds),
        ChangeItem(line: 1, quantity: 1, pool: .default),
        ChangeItem(line: 4_095),
    ]

    /// Every field that a stock row can have.
    static let fullImport = StockWrite(
        id: id,
        cause: .imported,
        reason: "delivery note 4711, Zürich",
        rows: [
            .init(
                sku: "85123A",
                warehouse: london,
                units: -20,
                safetyStock: 5,
                pool: flash,
                backorderLimit: 50,
                expectedVersion: 7,
                isDifference: true
            ),
            .init(sku: "NEW", warehouse: leeds, units: 3, expectedVersion: 0),
        ]
    )

    static let count = StockWrite(
        id: id,
        cause: .counted,
        rows: [.init(sku: "85123A", warehouse: london, units: 118, expectedVersion: 7)]
    )

    static let transfer = StockWrite(
        id: id,
        cause: .transferred,
        reason: "flash sale",
        rows: [
            .init(sku: "85123A", warehouse: london, units: -40),
            .init(sku: "85123A", warehouse: london, units: 40, pool: flash),
        ]
    )

    static let settings = StockWrite(
        id: id,
        cause: .configured,
        rows: [
            .init(sku: "85123A", warehouse: london, units: 0, safetyStock: 5),
            .init(sku: "71053", warehouse: london, units: 0, backorderLimit: 50),
        ]
    )

    static let stockWrite = StockWrite(
        id: id,
        cause: .imported,
        rows: [
            .init(sku: "85123A", warehouse: london, units: 120, safetyStock: 5),
            .init(sku: "71053", warehouse: leeds, units: 0),
        ]
    )

    static let adjustment = StockWrite(
        id: id,
        cause: .adjusted,
        rows: [.init(sku: "85123A", warehouse: london, units: -2)]
    )

    static let warehouses = [
        Warehouse(
            code: london,
            city: "London",
            position: place,
            priority: 1,
            shipmentCostMinor: 495,
            perKilometreMinor: 12,
            unitCostMinor: 35,
            cutoffHourUTC: 16,
            handlingHours: 4,
            closedWeekdays: 0b110_0000,
            utcOffsetMinutes: -60,
            capacityShipments: 5_000,
            regions: [region("GB"), region("IE-D")]
        ),
        Warehouse(
            code: leeds,
            city: "Zürich",
            position: place,
            priority: 2_147_483_647,
            state: .draining
        ),
    ]

    static let receipt = ReservationReceipt(
        isRepeated: false,
        state: .held,
        lsn: 4_096,
        expiresAt: instant,
        lines: [
            .init(
                requested: 3,
                reserved: 3,
                shares: [Share(warehouse: london, quantity: 3)]
            )
        ]
    )

    static let splitReceipt = ReservationReceipt(
        isRepeated: true,
        state: .committed,
        lsn: 8_192,
        expiresAt: instant,
        lines: [
            .init(
                requested: 10,
                reserved: 9,
                shares: [
                    Share(warehouse: london, quantity: 4), Share(warehouse: leeds, quantity: 5),
                ]
            ),
            .init(requested: 1, reserved: 0, shares: []),
        ]
    )

    static let report = ReservationReport(
        receipt: ReservationReceipt(
            isRepeated: false,
            state: .expired,
            lsn: 8_192,
            expiresAt: instant,
            lines: splitReceipt.lines
        ),
        owner: owner,
        heldSince: Instant(milliseconds: 1_789_999_100_123),
        skus: ["85123A", ""]
    )

    /// Every field that a share can have.
    static let fullReceipt = ReservationReceipt(
        isRepeated: false,
        state: .held,
        lsn: 16_384,
        expiresAt: instant,
        promisedAt: Instant(milliseconds: 1_790_172_840_000),
        lines: [
            .init(
                requested: 20,
                reserved: 20,
                shares: [
                    Share(
                        warehouse: leeds,
                        quantity: 12,
                        pool: flash,
                        backordered: 5,
                        progress: ShareProgress(held: 3, committed: 4, fulfilled: 2, cancelled: 1),
                        isOffline: true
                    ),
                    Share(warehouse: london, quantity: 4, pool: flash),
                    Share(warehouse: london, quantity: 3, backordered: 3),
                    Share(
                        warehouse: london,
                        quantity: 1,
                        progress: ShareProgress(committed: 1),
                        isOffline: true
                    ),
                ]
            )
        ],
        didReplace: true,
        didRestExpire: true
    )

    static let ownerReservations = OwnerReservations(
        count: 9,
        reservations: [
            .init(
                id: id,
                report: ReservationReport(
                    receipt: fullReceipt,
                    owner: owner,
                    heldSince: instant,
                    skus: ["85123A"]
                )
            ), .init(id: otherID, report: report),
        ]
    )

    static let availabilityQuery = AvailabilityQuery(
        skus: ["85123A", "71053"],
        warehouses: [leeds, london],
        pools: [.default, flash],
        owner: owner
    )

    static let availability = AvailabilityReport([
        SKUAvailability(
            version: 7,
            cells: [
                .init(warehouse: leeds, state: .draining, available: 0, onHand: 12),
                .init(warehouse: london, state: .online, available: 102, onHand: 120),
            ]
        ), SKUAvailability(version: 0, cells: []),
    ])

    static let holds = StockHolds(
        count: 3,
        held: 9,
        committed: 2,
        holds: [
            .init(id: id, owner: owner, expiresAt: instant, held: 3, committed: 2),
            .init(id: otherID, owner: owner, expiresAt: instant, held: 4, committed: 0),
        ]
    )

    static let fill = WarehouseFillList([
        WarehouseFill(
            warehouse: london,
            state: .online,
            cells: 2,
            figures: CellFigures(
                onHand: 120,
                reserved: 3,
                committed: 10,
                safetyStock: 5,
                backorderLimit: 50
            ),
            openShipments: 7,
            capacityShipments: 40
        )
    ])

    static let conflict = Refusal(
        .versionConflict,
        index: 1,
        conflict: VersionConflict(
            version: 8,
            figures: CellFigures(
                onHand: 120,
                reserved: 3,
                committed: 10,
                safetyStock: 5,
                backorderLimit: -1
            )
        )
    )

    static let lost = Refusal(
        .stockLost,
        lostUnits: [
            LostUnits(line: 0, needed: 6, present: 2),
            LostUnits(line: 4_095, needed: 1, present: 0),
        ]
    )

    static let stock = StockReport(
        sku: "85123A",
        version: 7,
        weightGrams: 340,
        cells: [
            .init(
                warehouse: london,
                pool: flash,
                figures: CellFigures(
                    onHand: 120,
                    reserved: 3,
                    committed: 10,
                    safetyStock: 5,
                    backorderLimit: 0
                )
            ),
            .init(
                warehouse: leeds,
                figures: CellFigures(
                    onHand: 0,
                    reserved: 0,
                    committed: 0,
                    safetyStock: 0,
                    backorderLimit: 0
                )
            ),
        ]
    )

    static var writeReceipt: WriteReceipt {
        var answer = WriteAnswer(.accepted)
        answer.lsn = 12_288
        answer.rows = 2
        answer.shortfalls = 1
        answer.onHand = 120
        answer.available = -3
        answer.version = 8
        return WriteReceipt(answer)
    }

    static let greeting = Greeting(
        durability: .sync,
        instant: instant,
        framesInFlightMax: 16_384
    )
}
