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
    static let instant = Instant(milliseconds: 1_790_000_000_123)

    static func code(_ text: String) -> WarehouseCode {
        guard let code = WarehouseCode(text) else { fatalError("not a code: \(text)") }
        return code
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
            unitCostMinor: 35,
            cutoffHourUTC: 16,
            handlingHours: 4
        ),
        Warehouse(
            code: leeds,
            city: "Zürich",
            position: place,
            priority: -1,
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
        skus: ["85123A", ""]
    )

    static let stock = StockReport(
        sku: "85123A",
        version: 7,
        cells: [
            .init(
                warehouse: london,
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
