internal import Inventory

// A record of state, little-endian, a multiple of 8 bytes, padded with zeros, at most 1 MiB.
// `StateRecords.md` tells how records and movements make the state, and has an example. Ids, names,
// texts and padding are as in `MovementRecord.swift`.
//
// A set of state records and the log records from the lowest to the highest of their LSNs are the
// state at one LSN. A state record is what one thing was when it was copied; movements below its
// LSN are in it, those at or above it are not. A thing without a record was forgotten before the
// copying came to it, or made after: records about an id without a state record are passed over
// until one makes it. One id may have two state records, if it was forgotten and given again
// between; the one of the higher LSN counts.
//
// Header, 16 bytes, of every record:
//    0  u32  size of the whole record in bytes
//    4  u8   kind, see `StateKind`
//    5  …    3 bytes that the kind uses
//    8  u64  LSN from which movements apply to it
//
// network: the pools and policies, with the LSN of all configuration
//    5  u8   zero   6 u16 number of pools
//   16  i64  instant of the latest movement but for those that name a client, ms since 1970
//   24  u16  number of policies   26 6 B zero
//   32  …    pools by number from 0 on, 16 B each (number 0 is `default`: zeros); policies, rows as
//            in `policiesChanged`
//
// warehouses, rates: further records go on where one ends
//    5  u8   zero   6 u16 number of rows
//   16  …    rows as in `warehousesChanged` and `ratesChanged`
//
// actors: further records go on where one ends
//    5  u8   zero   6 u16 number of names
//   16  u16  number of the first   18 6 B zero
//   24  i64  instant of the latest movement that named somebody
//   32  …    u8 size of a name and its bytes, name after name, of numbers one after the other
//
// sales
//    5  u8   zero   6 u16 number of rows
//   16  u32  number of the next sale   20 u32 zero
//   24  …    rows as in `salesChanged`, none of them removed
//
// shares: what owners have of sales; one LSN for all entries of a record
//    5  u8   zero   6 u16 number of entries
//   16  …    entries, 64 bytes each: 16 B owner (of a client's entry: zeros but for its number as
//            u16), u32 number of the sale, u32 SKU number (max: of all SKUs; max − 1: a client's),
//            u64 units held or committed, u64 units fulfilled, u64 units taken in the window, u32
//            window (0: none), u32 holds ever, u32 of them committed, u32 of them held now
//
// sku
//    5  u8   flags (bit 0: a stock change left a cell in a shortfall)   6 u16 number of cells
//   16  u64  version
//   24  u32  SKU number   28 u32 weight in grams
//   32  u8   size of the name   33 u8 number of substitutes   34 6 B zero
//   40  …    the name, padded to 8
//        …   cells, 24 bytes each: u16 warehouse, u16 pool, i32 on hand, i32 reserved,
//            i32 committed, i32 safety stock, i32 backorder limit
//        …   SKU numbers of the substitutes, u32 each, the best first
//
// reservation
//    5  u8   state (bit 7: of a sale)
//    6  u8   mode in bits 0 and 1, and flags (bit 2: its chain's payment has started, bit 3: its
//            chain was frozen, bit 4: detail, bit 5: took the place of another hold, bit 6: the
//            rest ran out of time, bit 7: constraints)   7 u8 policy
//   16  16 B id   32 16 B owner   48 u64 digest of the request
//   56  u64  LSN of the movement that made it
//   64  i64  due: instant of expiry, of fulfilling by time, or of forgetting
//   72  i64  present expiry   80 u32 milliseconds from the first hold of its chain to that expiry
//   84  u32  promised arrival in whole minutes since 1970; 0: none
//   88  i32  latitude (min: no destination), 92 i32 longitude, 96 8 B region
//  104  u16  number of lines   106 u16 number of shares
//  108  u16  number of remembered changes (without a detail 0)   110 u16 bytes of constraints
//  112  …    lines, 12 bytes each: u32 SKU number (max: unknown), u32 units asked for (bit 31: the
//            request fixed its warehouse), u32 number of shares
//        …   shares of all lines, line after line, 8 bytes each: u16 warehouse, u16 pool, u32 units
//        …   with a detail, padded to 8 before: i64 expiry as first answered, the last extension
//            as a change of 32 bytes (LSN 0: none), u32 number of shares as first answered plus
//            one (0: as they are), u32 zero; by share 20 bytes: u32 units held (of an
//            expired one those that expired), committed, fulfilled, cancelled, backordered
//        …   remembered changes, 32 bytes each: 16 B request id, u64 digest, u64 LSN
//        …   unless they are as first answered: what was answered, u32 promised arrival, by line
//            u32 number of its shares, the shares, 12 bytes each: u16 warehouse, u16 pool, u32
//            units, u32 of them backordered
//        …   constraints, padded to 8 before, as in `reserved`
//        …   of a sale, padded to 8 before, 16 bytes: u32 its number, u32 window, u16 client, as in
//            `reserved`, 6 B zero
//
// write: the remembered answer to a change of stock or configuration
//    5  3 B  zero
//   16  16 B request id   32 u64 digest of the request   40 u64 LSN of its movement
//   48  i64  due: instant of forgetting   56 i64 on hand   64 i64 available   72 u64 version
//   80  u32  rows   84 u32 cells left in a shortfall: as answered

/// What a state record is of.
///
/// The numbers are stable in snapshots.
@frozen
@usableFromInline
package enum StateKind: UInt8, Sendable, CaseIterable {
    /// Pools and policies.
    case network = 1
    /// Warehouses.
    case warehouses = 2
    /// Rates.
    case rates = 3
    /// Names of clients.
    case actors = 4
    /// A SKU with its cells.
    case sku = 5
    /// A reservation, open or closed.
    case reservation = 6
    /// A remembered write.
    case write = 7
    /// Sales.
    case sales = 8
    /// What owners have of sales.
    case shares = 9
}

/// Offsets, sizes and flags of the layout above.
@usableFromInline
package enum StateLayout {
    /// Bytes of the header of every record.
    @usableFromInline package static let headerSizeBytes = 16
    /// Bytes of the largest record: a buffer for records has at least as many.
    package static let recordSizeBytesMax = Limits.recordSizeBytesMax
    /// Bytes of a network record before its pools.
    package static let networkSizeBytes = 32
    /// Bytes of an actors record before its names.
    package static let actorsSizeBytes = 32
    /// Bytes of a SKU's record before its name.
    package static let skuSizeBytes = 40
    /// Bytes of a cell.
    package static let cellSizeBytes = 24
    /// Bytes of a reservation's record before its lines.
    package static let reservationSizeBytes = 112
    /// Bytes of a line of a reservation.
    package static let lineSizeBytes = 12
    /// Bytes of a share of a reservation.
    package static let shareSizeBytes = 8
    /// Bytes of a detail before its shares.
    package static let detailSizeBytes = 48
    /// Bytes of a share in a detail.
    package static let progressSizeBytes = 20
    /// Bytes of a remembered change.
    package static let changeSizeBytes = 32
    /// Bytes of a share as first answered.
    package static let firstShareSizeBytes = 12
    /// Bytes of a sales record before its rows.
    package static let salesSizeBytes = 24
    /// Bytes of an entry of what owners have of sales.
    package static let ownerEntrySizeBytes = 64
    /// The SKU number of an entry of all SKUs.
    package static let allSKUs = UInt32.max
    /// The SKU number of a client's entry.
    package static let ofClient = UInt32.max - 1
    /// Bytes of what a reservation's record says of its sale.
    package static let saleSizeBytes = 16
    /// Bytes of a write's record.
    package static let writeSizeBytes = 88

    /// Bit of a SKU's flags: a cell is in a shortfall.
    package static let shortfall: UInt8 = 1
    /// Bits of a reservation's flags that are its mode.
    package static let modeBits: UInt8 = 3
    /// Bits of a reservation's flags that are its chain's marks, and how far up they stand.
    package static let chainMarksBits: UInt8 = 0x0C
    /// How many bits stand below a chain's marks.
    package static let chainMarksShift: UInt8 = 2
    /// Bit of a reservation's flags: it has a detail.
    package static let hasDetail: UInt8 = 0x10
    /// Bit of a reservation's flags: it took the place of another hold.
    package static let didReplace: UInt8 = 0x20
    /// Bit of a reservation's flags: units ran out of time after others were committed.
    package static let didRestExpire: UInt8 = 0x40
    /// Bit of a reservation's flags: its plan kept to constraints.
    package static let hasConstraints: UInt8 = 0x80
    /// Bit of a reservation's state: it is of a sale.
    @inlinable package static var isOfSale: UInt8 { 0x80 }
    /// Latitude of a reservation without destination.
    package static let noPosition = Int32.min

    /// Bytes of a SKU's record.
    package static func skuSize(name: Int, cells: Int, substitutes: Int) -> Int {
        MovementLayout.padded(
            skuSizeBytes + MovementLayout.padded(name) + cells * cellSizeBytes + substitutes * 4
        )
    }

    /// Bytes of a reservation's record; `firstShares` is `nil` where its shares are as they were.
    package static func reservationSize(
        lines: Int,
        shares: Int,
        hasDetail: Bool,
        changes: Int,
        firstShares: Int?,
        constraints: Int,
        isOfSale: Bool
    ) -> Int {
        var size = reservationSizeBytes + lines * lineSizeBytes + shares * shareSizeBytes
        if hasDetail {
            size = MovementLayout.padded(size) + detailSizeBytes + shares * progressSizeBytes
            size += changes * changeSizeBytes
            if let firstShares { size += 4 + lines * 4 + firstShares * firstShareSizeBytes }
        }
        if constraints > 0 { size = MovementLayout.padded(size) + constraints }
        return MovementLayout.padded(size) + (isOfSale ? saleSizeBytes : 0)
    }
}

/// What stands in the header of every state record.
package struct StateHeader: Hashable, Sendable {
    /// What it is of.
    package let kind: StateKind
    /// LSN from which movements apply to it.
    package let lsn: UInt64

    /// The header of a record.
    package init(kind: StateKind, lsn: UInt64) {
        self.kind = kind
        self.lsn = lsn
    }
}

/// Why a state record can't be loaded.
@usableFromInline
package struct StateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it is of: `sku 17`, `reservation 3f…`; empty while that isn't known.
    package let subject: String
    /// What is wrong with it.
    package let reason: String

    /// An error about the record of `subject`.
    package init(_ subject: String, _ reason: String) {
        self.subject = subject
        self.reason = reason
    }

    /// The error in one line.
    @usableFromInline package var description: String {
        subject.isEmpty ? "state record \(reason)" : "state record of \(subject) \(reason)"
    }
}

extension MovementWriter {
    /// A writer of the state record of `size` bytes at `record`, the size included; the memory is
    /// of arbitrary content and goes on behind the header.
    ///
    /// - Parameters:
    ///   - record: Where the record begins.
    ///   - size: Its bytes, a multiple of 8.
    ///   - header: What stands in its header.
    ///   - byte: The byte behind the kind.
    ///   - half: The two bytes behind that one.
    package init(
        state record: UnsafeMutableRawPointer,
        size: Int,
        _ header: StateHeader,
        byte: UInt8 = 0,
        half: UInt16 = 0
    ) {
        precondition(size % 8 == 0 && size >= StateLayout.headerSizeBytes, "size of a record")
        unsafe self.init(
            record,
            size: size,
            offset: StateLayout.headerSizeBytes
        )
        // What pads the record is within its last eight bytes.
        unsafe record.storeBytes(of: 0, toByteOffset: size - 8, as: UInt64.self)
        let word =
            UInt64(size) | UInt64(header.kind.rawValue) << 32 | UInt64(byte) << 40
            | UInt64(half) << 48
        unsafe record.storeBytes(of: word, as: UInt64.self)
        unsafe record.storeBytes(of: header.lsn, toByteOffset: 8, as: UInt64.self)
    }

    /// A writer of a row of `size` bytes at `record`, which stands in no record yet.
    package init(row record: UnsafeMutableRawPointer, size: Int) {
        unsafe self.init(record, size: size, offset: 0)
    }

    /// Writes zeros up to a multiple of `alignment` bytes from the record's beginning.
    package mutating func pad(to alignment: Int) {
        while offset % alignment != 0 { put(UInt8(0)) }
    }
}
