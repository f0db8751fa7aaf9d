import Inventory
import Sourcing
import Testing

@Suite("LeadTime")
struct LeadTimeTests {
    private static let monday: Int64 = 1_767_571_200_000  // 2026-01-05T00:00:00Z
    private static let hour: Int64 = 3_600_000

    private func warehouse(
        cutoff: UInt8 = 24,
        handling: UInt16 = 0,
        closed: UInt8 = 0,
        offset: Int16 = 0
    ) -> Warehouse {
        Warehouse(
            code: WarehouseCode(high: 0x41, low: 0),
            position: Position(latitudeMicrodegrees: 0, longitudeMicrodegrees: 0),
            cutoffHourUTC: cutoff,
            handlingHours: handling,
            closedWeekdays: closed,
            utcOffsetMinutes: offset
        )
    }

    /// Hours from Monday 00:00 UTC to the promise for an order so many hours after it.
    private func promised(
        _ warehouse: Warehouse,
        orderedHours: Double,
        transit: UInt16 = 0
    ) -> Double {
        let at = LeadTimeTests.monday + Int64(orderedHours * Double(LeadTimeTests.hour))
        let minute = LeadTime.promisedMinute(
            orderedAt: Instant(milliseconds: at),
            warehouse: warehouse,
            transitHours: transit
        )
        return Double(Int64(minute) - LeadTimeTests.monday / 60_000) / 60
    }

    // Bits 5 and 6 are Saturday and Sunday.
    private static let weekend: UInt8 = 0b110_0000

    @Test(arguments: [
        // Cut-off, handling, closed, offset, ordered, transit: hours from Monday on.
        // At once, and behind transit alone.
        (24, 0, 0, 0, 10.0, 0, 10.0), (24, 0, 0, 0, 10, 24, 34),
        // Before the cut-off, at it, behind it.
        (15, 2, 0, 0, 14.75, 24, 40.75), (15, 2, 0, 0, 15, 24, 50), (15, 2, 0, 0, 23.5, 24, 50),
        (0, 0, 0, 0, 0, 0, 24), (24, 0, 0, 0, 23.75, 0, 23.75),
        // Friday evening behind the cut-off: Monday.
        (15, 4, 96, 0, 112, 24, 196),
        // Friday before the cut-off, work that goes into the weekend: the rest on Monday.
        (24, 10, 96, 0, 112, 0, 170), (24, 8, 96, 0, 112, 0, 120), (24, 9, 96, 0, 112, 0, 169),
        // Ordered on a closed Saturday, whatever the hour.
        (24, 0, 96, 0, 130, 12, 180), (10, 5, 96, 0, 121, 0, 173),
        // Transit runs on closed days.
        (24, 2, 96, 0, 110, 48, 160),
        // The clock is ahead: Friday 23:00 UTC is Saturday there, whose Monday begins at Sunday
        // 22:00 UTC.
        (24, 1, 96, 120, 119, 0, 167),
        // The clock is behind: Saturday 03:00 UTC is still Friday there, up to 05:00 UTC.
        (24, 2, 96, -300, 123, 0, 125), (24, 3, 96, -300, 123, 0, 174),
        // The cut-off is in UTC: 20:00 UTC at UTC+9 is the next local day, and before hour 21.
        (21, 0, 0, 540, 20, 0, 20), (21, 0, 0, 540, 22, 0, 39),
        // One open day a week, Wednesday, with work for two and a half of them.
        (24, 60, 123, 0, 0, 0, 396), (24, 24, 123, 0, 48, 0, 72), (24, 25, 123, 0, 48, 0, 217),
        // Half an hour of offset.
        (24, 1, 96, 330, 113.5, 0, 114.5), (24, 1, 96, 330, 114, 0, 163),
        (24, 1, 96, 330, 114.5, 0, 163.5),
    ])
    func workRunsOnOpenDaysAndTransitOnAll(
        _ cutoff: UInt8,
        _ handling: UInt16,
        _ closed: UInt8,
        _ offset: Int16,
        _ ordered: Double,
        _ transit: UInt16,
        _ expected: Double
    ) {
        let warehouse = warehouse(
            cutoff: cutoff,
            handling: handling,
            closed: closed,
            offset: offset
        )
        #expect(promised(warehouse, orderedHours: ordered, transit: transit) == expected)
    }

    @Test(arguments: [(0, 0), (1, 1), (59_999, 1), (60_000, 1), (60_001, 2)] as [(Int64, UInt32)])
    func theInstantIsRoundedUpToAWholeMinute(_ milliseconds: Int64, _ minutes: UInt32) {
        let minute = LeadTime.promisedMinute(
            orderedAt: Instant(milliseconds: milliseconds),
            warehouse: warehouse(),
            transitHours: 0
        )
        #expect(minute == minutes)
    }

    @Test(
        arguments: [
            (0, 24), (200_000, 24), (200_001, 48), (800_000, 48), (800_001, 72), (2_000_000, 72),
            (2_000_001, 120), (5_000_000, 120), (5_000_001, 240), (UInt32.max, 240),
        ] as [(UInt32, UInt16)]
    )
    func transitGoesByDistanceWithoutARate(_ metres: UInt32, _ hours: UInt16) {
        #expect(LeadTime.defaultTransitHours(metres: metres) == hours)
    }

    @Test func instantsOutsideTheirRangeAreDrawnIn() {
        let slow = warehouse(handling: .max, closed: 0b111_1110, offset: -720)
        for milliseconds in [Int64.min, -1, 0, 253_402_300_799_999, Int64.max] {
            let at = Instant(milliseconds: milliseconds)
            let minute = LeadTime.promisedMinute(
                orderedAt: at,
                warehouse: slow,
                transitHours: .max
            )
            let wait = minute - LeadTime.minute(of: at)
            // 65,535 hours of work take as many weeks as days, and 65,535 hours on the road.
            #expect((31_000_000...32_000_000).contains(wait), "\(milliseconds): \(wait)")
        }
    }

    @Test func theCalendarAgreesWithAClockThatWalks() {
        var state: UInt64 = 20_260_105
        func draw(_ bound: UInt64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64((state >> 33) % bound)
        }
        for _ in 0..<600 {
            let warehouse = warehouse(
                cutoff: UInt8(draw(25)),
                handling: UInt16(draw(6) == 0 ? draw(900) : draw(60)),
                closed: UInt8(draw(127)),
                offset: Int16(draw(1_561) - 720)
            )
            let ordered = LeadTimeTests.monday + draw(14 * 86_400) * 1_000
            let transit = UInt16(draw(200))
            let minute = LeadTime.promisedMinute(
                orderedAt: Instant(milliseconds: ordered),
                warehouse: warehouse,
                transitHours: transit
            )
            #expect(Int64(minute) == walked(warehouse, ordered, transit), "\(warehouse) \(ordered)")
        }
    }

    /// The promised minute, found second by second where work begins and day by day behind it.
    private func walked(_ warehouse: Warehouse, _ ordered: Int64, _ transit: UInt16) -> Int64 {
        let ahead = Int64(warehouse.utcOffsetMinutes) * 60
        func isOpen(_ second: Int64) -> Bool {
            let days = (second + ahead + 700 * 86_400) / 86_400 - 700
            let weekday = (days + 3 + 700) % 7
            return warehouse.closedWeekdays >> UInt8(weekday) & 1 == 0
        }
        var second = ordered / 1_000
        let hourOfDay = second % 86_400 / 3_600
        if !isOpen(second) || hourOfDay >= Int64(warehouse.cutoffHourUTC) {
            repeat { second += 1 } while (second + ahead) % 86_400 != 0 || !isOpen(second)
        }
        var work = Int64(warehouse.handlingHours) * 3_600
        while work > 0 {
            let untilMidnight = 86_400 - (second + ahead) % 86_400
            let step = isOpen(second) ? min(work, untilMidnight) : untilMidnight
            if isOpen(second) { work -= step }
            second += step
        }
        return (second + Int64(transit) * 3_600 + 59) / 60
    }
}
