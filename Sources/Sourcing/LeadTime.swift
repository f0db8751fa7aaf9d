package import Inventory

/// When a warehouse works, in the fields that a promise is made of.
@frozen
@usableFromInline
package struct WorkCalendar: Sendable {
    /// The hour (UTC, 0–24) up to which an order leaves the same day; 24: whenever it comes.
    @usableFromInline package var cutoffHourUTC: UInt8
    /// The weekdays on which it doesn't work: bit 0 is Monday; never all seven.
    @usableFromInline package var closedWeekdays: UInt8
    /// Minutes by which its clock is ahead of UTC.
    @usableFromInline package var utcOffsetMinutes: Int16
    /// Hours from order to dispatch.
    @usableFromInline package var handlingHours: UInt16

    /// The calendar of a warehouse.
    package init(_ warehouse: Warehouse) {
        cutoffHourUTC = warehouse.cutoffHourUTC
        closedWeekdays = warehouse.closedWeekdays
        utcOffsetMinutes = warehouse.utcOffsetMinutes
        handlingHours = warehouse.handlingHours
    }

    /// Whether it works on a local day, counted from 1970-01-01.
    @inline(__always)
    func isOpen(_ day: Int64) -> Bool {
        // Day 0 was a Thursday, three days after a Monday.
        let weekday = LeadTime.remainder(day &+ 3, 7)
        return closedWeekdays & (1 << UInt8(truncatingIfNeeded: weekday)) == 0
    }
}

/// When goods that are ordered now are promised to arrive: whole numbers, fixed UTC offsets.
///
/// If the local day of the order is open and its time of day in UTC lies before the cut-off hour
/// (24: always), work begins with the order, else at 00:00 local of the next open day. Handling
/// hours run on open days only: the 24 hours of a closed day are passed over. Transit hours run on
/// all days. The instant is rounded up to a whole minute.
package enum LeadTime {
    private static let minuteMilliseconds: Int64 = 60_000
    private static let hourMilliseconds: Int64 = 3_600_000
    private static let dayMilliseconds: Int64 = 86_400_000
    private static let daysPerWeek: Int64 = 7
    /// The latest instant that an order may have been placed at: the end of the year 9999.
    private static let instantMax: Int64 = 253_402_300_799_999

    /// The promised instant in whole minutes since 1970.
    ///
    /// - Complexity: O(1), whatever the hours.
    package static func promisedMinute(
        orderedAt: Instant,
        warehouse: Warehouse,
        transitHours: UInt16
    ) -> UInt32 {
        promisedMinute(
            orderedAt: orderedAt,
            calendar: WorkCalendar(warehouse),
            transitHours: transitHours
        )
    }

    /// The minute of an order since 1970, rounded down; instants outside 1970 … 9999 are drawn in.
    @inline(__always)
    package static func minute(of orderedAt: Instant) -> UInt32 {
        UInt32(truncatingIfNeeded: drawnIn(orderedAt) / minuteMilliseconds)
    }

    // MARK: Hot path

    /// The promised instant in whole minutes since 1970, of a calendar that is open some day.
    ///
    /// - Complexity: O(1), whatever the hours.
    package static func promisedMinute(
        orderedAt: Instant,
        calendar: WorkCalendar,
        transitHours: UInt16
    ) -> UInt32 {
        precondition(calendar.closedWeekdays < Warehouse.allWeekdays, "open on some day")
        let ordered = drawnIn(orderedAt)
        let offset = Int64(calendar.utcOffsetMinutes) &* minuteMilliseconds
        let local = ordered &+ offset
        let day = floor(local, dayMilliseconds)
        let cutoff = Int64(calendar.cutoffHourUTC) &* hourMilliseconds
        let isSameDay = calendar.isOpen(day) && ordered % dayMilliseconds < cutoff
        let start = isSameDay ? local : nextOpenDay(after: day, calendar) &* dayMilliseconds
        let dispatch = dispatched(from: start, calendar)
        let arrival = dispatch &- offset &+ Int64(transitHours) &* hourMilliseconds
        // Not before 1970: dispatch isn't before the order. At most some hundred years behind the
        // year 9999, which 32 bits hold.
        let minute = (arrival &+ minuteMilliseconds &- 1) / minuteMilliseconds
        return UInt32(truncatingIfNeeded: minute)
    }

    /// Hours from dispatch to delivery where no rate says it.
    package static func defaultTransitHours(metres: UInt32) -> UInt16 {
        switch metres {
        case ...200_000: 24
        case ...800_000: 48
        case ...2_000_000: 72
        case ...5_000_000: 120
        default: 240
        }
    }

    /// The local millisecond at which work that begins at `start`, on an open day, is done.
    private static func dispatched(from start: Int64, _ calendar: WorkCalendar) -> Int64 {
        let work = Int64(calendar.handlingHours) &* hourMilliseconds
        var day = floor(start, dayMilliseconds)
        let leftToday = (day &+ 1) &* dayMilliseconds &- start
        if work <= leftToday { return start &+ work }
        var rest = work &- leftToday
        let openDays = daysPerWeek &- Int64(calendar.closedWeekdays.nonzeroBitCount)
        let weeks = (rest &- 1) / (openDays &* dayMilliseconds)
        rest &-= weeks &* openDays &* dayMilliseconds
        day = nextOpenDay(after: day &+ weeks &* daysPerWeek, calendar)
        while rest > dayMilliseconds {
            rest &-= dayMilliseconds
            day = nextOpenDay(after: day, calendar)
        }
        return day &* dayMilliseconds &+ rest
    }

    @inline(__always)
    private static func nextOpenDay(after day: Int64, _ calendar: WorkCalendar) -> Int64 {
        var next = day &+ 1
        while !calendar.isOpen(next) { next &+= 1 }
        return next
    }

    @inline(__always)
    private static func drawnIn(_ instant: Instant) -> Int64 {
        min(max(instant.milliseconds, 0), instantMax)
    }

    /// The quotient, rounded down; local time may lie before 1970.
    @inline(__always)
    private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        (value &- remainder(value, divisor)) / divisor
    }

    /// The remainder, 0 or more.
    @inline(__always)
    static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest &+ divisor : rest
    }
}
