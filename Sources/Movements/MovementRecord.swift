public import Inventory

// A movement's record, little-endian, every record a multiple of 8 bytes, padded with zeros.
// `MovementRecords.md` tells the rest: the numbers of choices, what each movement does to cells and
// reservations, and an example.
//
// Ids, owners and names are bytes, whatever they hold: codes, names of 16 B and regions of 8 B are
// ASCII that zeros fill up, other names and texts UTF-8 of the size that is given. Nothing is
// aligned but where "padded" says so: then zeros follow, up to a multiple of that many bytes. It is
// counted from the beginning of what is padded, of "padded before" from that of the record.
//
// Header, 32 bytes, of every record:
//    0  u32  size of the whole record in bytes; written last
//    4  u8   kind, see `MovementKind`
//    5  u8   cause, see `StockCause`, of extended `ExtendReason`; 0 where the kind says it all
//    6  u16  actor: number of the client that asked; 0 is nobody named
//    8  i64  instant, milliseconds since 1970
//   16  16 B request id; zero for what the engine does by itself
//
// reserved, replaced
//   32  16 B owner
//   48  u64  digest of the request
//   56  u32  time to live in milliseconds; expiry = instant + this
//   60  u16  number of lines
//   62  u16  number of shares
//   64  u8   mode   65 u8 policy   66 u8 fields (bit 0: destination, bit 1: backordered units,
//            bit 2: promise, bit 3: constraints, bit 4: sale, bit 5: the hold that went was of a
//            sale)   67 u8 of replaced what is remembered of its chain (bit 0: payment started,
//            bit 1: frozen), of reserved zero
//   68       with a destination: i32 latitude, i32 longitude (microdegrees), 8 B region
//        …   with a promise: u32 whole minutes since 1970
//        …   with constraints: u16 their bytes, a multiple of 8; u8 flags (bit 0: ships complete,
//            bit 1: latest promise), u8 zero, u16 most warehouses, u16 most of a line, u32 most
//            metres, u8 number of excluded, u8 of required, u8 of preferred warehouses, u8 zero,
//            i64 latest promise or 0, the warehouses' numbers as u16 (excluded, required,
//            preferred), padded to 8; for each most 0 is any number
//        …   of a sale, 12 bytes: u32 its number, u32 window of time in which the units count: the
//            second since 1970 in which it begins, plus 1 (0: none), u16 client against whose
//            budget the hold counts (0: none), u8 flags (bit 0: nothing of the reservation is held
//            from now on, bit 1: it is committed for the first time; clear in reserved), u8 zero
//        …   replaced: 16 B the hold that went, i64 instant of the first hold of the chain, u32
//            number of changes, and the changes (below) that took its held units back; if that hold
//            was of a sale, 12 bytes of that as above
//        …   lines, 12 bytes each: u32 SKU number (max: unknown), u32 units asked for,
//            u16 number of shares, u8 flags (bit 0: first touch of its SKU; bit 1: the request
//            fixed its warehouse), u8 zero
//        …   shares of all lines, line after line, 8 bytes each: u16 warehouse, u16 pool, u32 units
//        …   with backordered units: u32 for each share, how many of its units are
//       A line without shares touches nothing, whatever its SKU number.
//
// committed, released, expired, fulfilled, cancelled
//   32  16 B reservation id
//   48  u16  number of changes
//   50  u8   fields (bit 0: a part, remembered with the reservation, bit 1: sale)   51 u8 zero
//   52       of a part: u64 digest of the request
//        …   changes, 12 bytes each: u32 SKU number, u16 warehouse, u16 pool (bit 15: first touch
//            of its SKU; bit 14: of fulfilled: the units were held before), u32 units;
//            of a part 16 bytes: and u32 index of the share
//        …   of a sale: 16 B owner, and 12 bytes as in reserved
//       Of the whole the changes are those of all shares with units to take, in their order.
//
// extended: the header's cause is the reason, see `ExtendReason`; payment pending freezes, and is
// remembered with the reservation
//   32  16 B reservation id   48 u64 digest of the request   56 i64 expiry from now on
//
// stockChanged
//   32  u64  digest of the request
//   40  u32  number of rows   44 u32 cells left in a shortfall
//   48  i64  on hand   56 i64 available   64 u64 version: as answered, of the last row
//   72  u32  rows of the request   76 u16 number of new pools   78 u8 size of the reason
//   79  u8   zero
//   80  …    the reason, padded to 8; new pools, 24 bytes each: u16 number, 6 zero bytes, 16 B name
//        …   rows: u32 SKU number, u16 warehouse, u16 pool, i32 change of on hand, i32 change of
//            safety stock, i32 change of the backorder limit, u8 flags (bit 0: first touch of its
//            SKU, bit 1: the SKU is new, bit 2: the cell is new, bit 3: the SKU is left in a
//            shortfall), u8 size of the name, u16 zero; for a new SKU its name, padded to 4
//       Of several rows of a SKU the last one says whether it is left in a shortfall.
//
// skusChanged: each row raises its SKU's version
//   32  u64  digest of the request   40 u32 number of rows   44 u32 zero
//   48  u64  version as answered, of the last row
//   56  …    rows: u32 SKU number, u32 weight in grams, u8 flags (bit 1: the SKU is new),
//            u8 size of the name, u16 zero; for a new SKU its name, padded to 4
//
// warehousesChanged
//   32  u64  digest of the request
//   40  u32  number of rows   44 u32 zero
//   48  …    rows: u16 number, u8 state, u8 cut-off hour, u16 handling hours, u8 size of the city,
//            u8 closed weekdays (bit 0: Monday), 16 B code, i32 latitude, i32 longitude,
//            i32 priority, i16 minutes ahead of UTC, u8 number of regions, u8 zero,
//            i64 shipment cost, i64 unit cost, i64 cost of a kilometre, u32 capacity in shipments
//            (max: any number), u32 zero, the regions, 8 B each, the city, padded to 8
//
// policiesChanged
//   32  u64  digest of the request
//   40  u32  number of rows   44 u32 zero
//   48  …    rows: u8 number, u8 number of tiers, 6 zero bytes, 16 B name, then the tiers: u16
//            tolerance in hundredths of a percent, u8 number of parts, 5 zero bytes, then the
//            parts: u32 weight, u8 term, 3 zero bytes
//
// ratesChanged: the whole card from now on
//   32  u64  digest of the request
//   40  u32  number of rows   44 u32 zero
//   48  …    rows: u16 warehouse (max: all), u16 hours of transit, u32 longest distance in metres
//            (max: any), 8 B region (zero: all), i64 base, i64 cost of a kilometre, i64 cost of a
//            kilogram
//
// salesChanged
//   32  u64  digest of the request
//   40  u32  number of rows   44 u32 zero
//   48  …    rows, 72 bytes each: u32 number of the sale, u16 pool, u8 flags (bit 0: it is removed,
//            bit 1: it opens, bit 2: it closes, bit 3: its rest goes back to `default`, bit 4: its
//            pool is new), u8 wall, 16 B name of the pool, i64 instant of opening, i64 of closing;
//            as u32, 0 for any number: units an owner of one SKU, of all, units an order, units a
//            window, milliseconds of a window, holds an owner, holds a client, milliseconds of a
//            first hold
//
// substitutesChanged: each row raises its SKU's version
//   32  u64  digest of the request
//   40  u32  number of rows   44 u32 zero
//   48  u64  version as answered, of the last row
//   56  …    rows: u32 SKU number, u32 number of substitutes, then their SKU numbers, u32 each, the
//            best first
//
// forgotten
//   32  u32  number of ids   36 u32 zero
//   40  …    ids, 16 bytes each
//
// actorNamed: the header's actor is the number of a client's name from now on
//   32  u8   size of the name   33 … the name, padded to 8 with the byte before it
//
// rerouted
//   32  16 B reservation id
//   48  u16  number of shares that units left   50 u16 number of shares that they came to
//   52  u8   fields (bit 0: remembered with the reservation, bit 1: promise)   53 3 B zero
//   56       remembered: u64 digest of the request
//        …   with a promise: u32 promised arrival from now on, in whole minutes since 1970
//        …   what they left, 20 bytes each: u32 index of the share, u32 SKU number, u16 warehouse,
//            u16 pool (bit 15: first touch of its SKU), u32 units, u32 of them backordered
//        …   what they came to, 20 bytes each: u32 index of the line, then the same, bit 15 clear
//       What comes to a warehouse and pool that the line has a share of joins that share, else it
//       is a new last one of the line. A share that nothing is left of goes.
//
// "First touch" says that the movement raises the SKU's version here, once a movement. A record
// names every cell with its change, so recovery decides nothing and any part of it can be applied
// without looking at another.

/// What a movement did.
///
/// The numbers are stable in the log.
@frozen
@usableFromInline
package enum MovementKind: UInt8, Sendable {
    /// Stock of cells changed: received, adjusted, returned, imported.
    case stockChanged = 1
    /// Warehouses were added or replaced.
    case warehousesChanged = 2
    /// Units were held for an owner.
    case reserved = 3
    /// A hold became an order's.
    case committed = 4
    /// A hold was given back.
    case released = 5
    /// A hold ran out of time.
    case expired = 6
    /// Ids were forgotten after their retention.
    case forgotten = 7
    /// A hold took the place of another.
    case replaced = 8
    /// Units left.
    case fulfilled = 9
    /// Committed units became free.
    case cancelled = 10
    /// A hold lives longer.
    case extended = 11
    /// SKUs were made or weighed.
    case skusChanged = 12
    /// A client's name got a number.
    case actorNamed = 13
    /// Policies were defined by name.
    case policiesChanged = 14
    /// The rate card was replaced.
    case ratesChanged = 15
    /// SKUs got other substitutes.
    case substitutesChanged = 16
    /// Held units moved to other warehouses, because theirs takes nothing any more.
    case rerouted = 17
    /// Sales got rules, or were removed.
    case salesChanged = 18
}

/// Offsets, sizes and flags of the layout above.
@usableFromInline
package enum MovementLayout {
    /// Bytes of the header of every record.
    @usableFromInline package static let headerSizeBytes = 32
    /// Bytes of a reserved record before destination, lines and shares.
    @usableFromInline package static let reservedSizeBytes = 68
    /// Bytes of a destination.
    @usableFromInline package static let destinationSizeBytes = 16
    /// Bytes of a promise.
    @usableFromInline package static let promiseSizeBytes = 4
    /// Bytes of constraints before the numbers of warehouses.
    package static let constraintsFixedSizeBytes = 24
    /// Bytes of constraints with all the warehouses that they may name.
    package static let constraintsSizeBytesMax =
        constraintsFixedSizeBytes + 3 * 2 * Limits.warehousesPerConstraintMax
    /// Bytes of a line.
    @usableFromInline package static let lineSizeBytes = 12
    /// Bytes of a share.
    @usableFromInline package static let shareSizeBytes = 8
    /// Bytes of a committed, released, expired, fulfilled or cancelled record before its changes.
    @usableFromInline package static let closedSizeBytes = 52
    /// Bytes that such a record of a part has more before its changes.
    @usableFromInline package static let partSizeBytes = 8
    /// Bytes of a change.
    @usableFromInline package static let changeSizeBytes = 12
    /// Bytes of a change of a part.
    @usableFromInline package static let partChangeSizeBytes = 16
    /// Bytes that a replaced record has more than a reserved one, without its changes.
    @usableFromInline package static let replacedSizeBytes = 28
    /// Bytes of a rerouted record before its shares.
    @usableFromInline package static let reroutedSizeBytes = 56
    /// Bytes of a share that units left or came to.
    @usableFromInline package static let movedShareSizeBytes = 20
    /// Bytes of an extended record.
    @usableFromInline package static let extendedSizeBytes = 64
    /// Bytes of a stock record before its reason.
    @usableFromInline package static let stockSizeBytes = 80
    /// Bytes of a new pool in a stock record.
    @usableFromInline package static let poolSizeBytes = 24
    /// Bytes of a SKUs record before its rows.
    @usableFromInline package static let skusSizeBytes = 56
    /// Bytes of a row of SKUs, without a name.
    @usableFromInline package static let skuRowSizeBytes = 12
    /// Bytes of a row of stock, without a name.
    @usableFromInline package static let stockRowSizeBytes = 24
    /// Bytes of a record of warehouses, policies or rates before its rows.
    @usableFromInline package static let configurationSizeBytes = 48
    /// Bytes of a row of warehouses, without regions and city.
    @usableFromInline package static let warehouseRowSizeBytes = 72
    /// Bytes of a row of policies, without its tiers.
    @usableFromInline package static let policyRowSizeBytes = 24
    /// Bytes of a tier of a policy, without its parts, and of each part.
    @usableFromInline package static let tierSizeBytes = 8
    /// Bytes of a row of rates.
    @usableFromInline package static let rateRowSizeBytes = 40
    /// The warehouse of a row of rates that is for all.
    @usableFromInline package static let anyWarehouse = UInt16.max
    /// The capacity of a warehouse that takes any number of shipments.
    @usableFromInline package static let anyCapacity = UInt32.max
    /// Bytes of a substitutes record before its rows.
    @usableFromInline package static let substitutesSizeBytes = 56
    /// Bytes of a row of substitutes, without their numbers.
    @usableFromInline package static let substitutesRowSizeBytes = 8
    /// Bytes of a forgotten record before its ids.
    @usableFromInline package static let forgottenSizeBytes = 40

    /// Bit of a reserved record's fields: it has a destination.
    @usableFromInline package static let hasDestination: UInt8 = 1
    /// Bit of a reserved record's fields: some of its units are backordered.
    @usableFromInline package static let hasBackordered: UInt8 = 2
    /// Bit of a reserved line's flags: the request fixed its warehouse.
    @usableFromInline package static let fixedWarehouse: UInt8 = 2
    /// Bit of a rerouted record's fields: it is remembered with the reservation.
    @usableFromInline package static let isRemembered: UInt8 = 1
    /// Bit of a reserved record's fields: it promises an instant of arrival.
    @usableFromInline package static let hasPromise: UInt8 = 4
    /// Bit of a reserved record's fields: its plan kept to constraints.
    @usableFromInline package static let hasConstraints: UInt8 = 8
    /// Bit of a reserved record's fields: it is of a sale.
    @usableFromInline package static let hasSale: UInt8 = 16
    /// Bit of a replaced record's fields: the hold that went was of a sale.
    package static let replacedSale: UInt8 = 32
    /// Bit of a rerouted record's fields: there is a promised arrival from now on.
    @usableFromInline package static let isPromised: UInt8 = 2
    /// Bit of a closed record's fields: it is of a part.
    @usableFromInline package static let isPart: UInt8 = 1
    /// Bit of a closed record's fields: its reservation is of a sale.
    package static let isOfSale: UInt8 = 2
    /// Bit of a line's or row's flags: the SKU's version rises here.
    @usableFromInline package static let firstTouch: UInt8 = 1
    /// Bit of a row's flags: the SKU is new and its name follows.
    @usableFromInline package static let newSKU: UInt8 = 2
    /// Bit of a row's flags: the cell is new.
    @usableFromInline package static let newCell: UInt8 = 4
    /// Bit of a row's flags: the SKU is left in a shortfall.
    @usableFromInline package static let shortfall: UInt8 = 8
    /// Bit of a change's pool: the SKU's version rises here.
    @usableFromInline package static let firstTouchOfPool: UInt16 = 0x8000
    /// Bit of a change's pool, of fulfilled: the units were held before.
    @usableFromInline package static let wereHeld: UInt16 = 0x4000
    /// Bits of a change's pool that are the pool's number.
    @usableFromInline package static let poolNumber: UInt16 = 0x3FFF

    /// `size` rounded up to a multiple of 8.
    @inlinable @inline(__always)
    package static func padded(_ size: Int) -> Int { (size &+ 7) & ~7 }

    /// Bytes of a reserved record.
    @inlinable @inline(__always)
    package static func reservedSize(
        lines: Int,
        shares: Int,
        hasDestination: Bool,
        hasBackordered: Bool = false,
        hasPromise: Bool = false,
        constraintsSize: Int = 0
    ) -> Int {
        padded(
            reservedSizeUnpadded(
                lines: lines,
                shares: shares,
                hasDestination: hasDestination,
                hasBackordered: hasBackordered,
                hasPromise: hasPromise,
                constraintsSize: constraintsSize
            )
        )
    }

    /// Bytes of a record that gives a number to a client's name of `name` bytes.
    package static func actorSize(name: Int) -> Int { padded(headerSizeBytes + 1 + name) }

    /// Bytes of a reserved record before it is padded.
    @inlinable @inline(__always)
    package static func reservedSizeUnpadded(
        lines: Int,
        shares: Int,
        hasDestination: Bool,
        hasBackordered: Bool,
        hasPromise: Bool = false,
        constraintsSize: Int = 0
    ) -> Int {
        reservedSizeBytes &+ (hasDestination ? destinationSizeBytes : 0) &+ lines &* lineSizeBytes
            &+ shares &* (shareSizeBytes &+ (hasBackordered ? 4 : 0))
            &+ (hasPromise ? promiseSizeBytes : 0) &+ constraintsSize
    }

    /// Bytes of a record that changes a part of a reservation.
    package static func partSize(changes: Int, isOfSale: Bool) -> Int {
        padded(
            closedSizeBytes + partSizeBytes + changes * partChangeSizeBytes
                + (isOfSale ? ownedSalePartSizeBytes : 0)
        )
    }

    /// Bytes of a rerouted record.
    package static func reroutedSize(
        left: Int,
        came: Int,
        isRemembered: Bool,
        hasPromise: Bool
    ) -> Int {
        padded(
            reroutedSizeBytes + (isRemembered ? 8 : 0) + (hasPromise ? 4 : 0)
                + (left + came) * movedShareSizeBytes
        )
    }

    /// Bytes of a committed, released, expired, fulfilled or cancelled record of a whole.
    @inlinable @inline(__always)
    package static func closedSize(changes: Int, isOfSale: Bool = false) -> Int {
        padded(
            closedSizeBytes &+ changes &* changeSizeBytes
                &+ (isOfSale ? ownedSalePartSizeBytes : 0)
        )
    }
}

/// Writes a record field by field where it stands in the ring.
@frozen
@usableFromInline
@safe
package struct MovementWriter {
    @usableFromInline let record: UnsafeMutableRawPointer
    @usableFromInline let size: Int
    @usableFromInline var offset: Int

    /// A writer of a record of `size` bytes at `record`; writes all of the header but the size.
    @inlinable @inline(__always)
    package init(
        _ record: UnsafeMutableRawPointer,
        size: Int,
        kind: MovementKind,
        cause: UInt8,
        actor: UInt16,
        instant: Instant,
        requestID: RequestID
    ) {
        unsafe self.record = unsafe record
        self.size = size
        offset = MovementLayout.headerSizeBytes
        // Padding is at most the last seven bytes; the ring is zero there already.
        let word = UInt32(kind.rawValue) | UInt32(cause) << 8 | UInt32(actor) << 16
        unsafe record.storeBytes(of: word, toByteOffset: 4, as: UInt32.self)
        unsafe record.storeBytes(of: instant.milliseconds, toByteOffset: 8, as: Int64.self)
        unsafe record.storeBytes(of: requestID.high, toByteOffset: 16, as: UInt64.self)
        unsafe record.storeBytes(of: requestID.low, toByteOffset: 24, as: UInt64.self)
    }

    /// A writer of a record of `size` bytes at `record`, `offset` bytes of which stand.
    init(_ record: UnsafeMutableRawPointer, size: Int, offset: Int) {
        unsafe self.record = unsafe record
        self.size = size
        self.offset = offset
    }

    /// Writes one integer and goes on behind it.
    @inlinable @inline(__always)
    package mutating func put<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
        unsafe record.storeBytes(of: value, toByteOffset: offset, as: T.self)
        offset &+= MemoryLayout<T>.size
    }

    /// Writes bytes, padded with zeros to a multiple of `alignment`.
    package mutating func put(_ bytes: UnsafeRawPointer, size: Int, paddedTo alignment: Int) {
        unsafe (record + offset).copyMemory(from: bytes, byteCount: size)
        offset += (size + alignment - 1) / alignment * alignment
    }

    /// Checks that what was written fills the record.
    @inlinable @inline(__always)
    package func finish() {
        precondition(MovementLayout.padded(offset) == size, "record size differs from its content")
    }
}
