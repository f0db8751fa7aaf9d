public import Inventory

/// The sizes and numbers of the protocol, in one place.
///
/// `Wire.docc/Wire.md` tells them in prose.
///
/// Every frame is a header of 16 bytes and a body. All numbers are little-endian; nothing is
/// aligned. Bytes called zero must be zero, unknown bits must be clear, nothing may follow the
/// last field: one content has one encoding.
@frozen
@usableFromInline
package enum WireLayout {
    // MARK: Header: u32 size of the frame, u16 code, u16 flags, u64 correlation id.

    /// Bytes in a header.
    @inlinable package static var headerSizeBytes: Int { 16 }
    /// Offset of the operation or outcome number.
    @inlinable package static var codeOffset: Int { 4 }
    /// Offset of the flags.
    @inlinable package static var flagsOffset: Int { 6 }
    /// Offset of the correlation id.
    @inlinable package static var correlationOffset: Int { 8 }
    /// Flag of an answer that was given before to the same request.
    @inlinable package static var repeatedFlag: UInt16 { 1 }
    /// Flag of every answer.
    @inlinable package static var answerFlag: UInt16 { 2 }

    // MARK: reserve: id, owner, u32 time to live, u16 lines, u8 mode, u8 policy, u8 fields, 3 × 0.

    /// Bytes before the optional fields of a reserve.
    @inlinable package static var reserveFixedSizeBytes: Int { 44 }
    /// Offset of the number of lines in a reserve.
    @inlinable package static var reserveLineCountOffset: Int { 36 }
    /// Field bit: latitude and longitude follow (2 × i32).
    @inlinable package static var destinationField: UInt8 { 1 }
    /// Field bit: the instant of the order follows (i64).
    @inlinable package static var orderedAtField: UInt8 { 2 }
    /// Field bit: the region of the destination follows (8 bytes); only with a destination.
    @inlinable package static var regionField: UInt8 { 4 }
    /// Field bit: the hold whose place this one takes follows (16 bytes).
    @inlinable package static var replacesField: UInt8 { 8 }
    /// Field bit: what the plan has to keep to follows (see `ConstraintsView`).
    @inlinable package static var constraintsField: UInt8 { 16 }
    /// Field bit: the name of the policy follows (u8 size and name); its number is 255 then.
    @inlinable package static var policyNameField: UInt8 { 32 }
    /// All field bits of a reserve.
    @inlinable package static var reserveFields: UInt32 { 127 }
    /// The number of a policy that is named.
    @inlinable package static var namedPolicy: UInt8 { 255 }
    /// How many policies are always there: their numbers are those below.
    @inlinable package static var builtInPolicies: UInt8 { 6 }
    /// Bytes of constraints, at most.
    package static var constraintsSizeBytesMax: Int {
        ConstraintsLayout.fixedSizeBytes + 8 + 4 + 3 * Limits.warehousesPerConstraintMax
            * (1 + Limits.warehouseCodeSizeBytesMax)
    }
    /// Bytes before the names of a line: u32 quantity, u8 fields, u8 SKU size.
    @inlinable package static var lineFixedSizeBytes: Int { 6 }
    /// Field bit of a line: a warehouse (u8 size and code) stands before the SKU.
    @inlinable package static var warehouseField: UInt8 { 1 }
    /// Field bit of a line: the pools that may serve it (u8 count, then each u8 size and name).
    @inlinable package static var poolsField: UInt8 { 2 }
    /// Field bit of a line: the version that its SKU must have (u64).
    @inlinable package static var versionField: UInt8 { 4 }
    /// What no version of a SKU can be: stands for any version in a decoded line.
    @inlinable package static var anyVersion: UInt64 { .max }
    /// The latest instant that a frame may carry: the end of the year 9999.
    @inlinable package static var instantMax: Int64 { 253_402_300_799_999 }

    // MARK: Answer to reserve, commit, release: u64 LSN, i64 expiry, i64 promise, u8 state,
    // u8 facts, u16 lines.

    /// Bytes before the lines of a reservation answer.
    @inlinable package static var reservationFixedSizeBytes: Int { 28 }
    /// Bytes of an answered line: u32 requested, u32 reserved, u16 shares, u16 0.
    @inlinable package static var resultSizeBytes: Int { 12 }
    /// Fact bit: the hold took the place of the one that its request named.
    @inlinable package static var replacedFact: UInt8 { 1 }
    /// Fact bit: units ran out of time after others were committed.
    @inlinable package static var restExpiredFact: UInt8 { 2 }
    /// Fact bit: units have moved to other warehouses since it was first answered.
    @inlinable package static var reroutedFact: UInt8 { 4 }
    /// Bytes of a share before its warehouse code: u32 quantity, u8 fields, u8 code size.
    @inlinable package static var shareFixedSizeBytes: Int { 6 }
    /// Bytes of a share with all its fields: code, u32 backordered, u8 size and pool, 4 × u32.
    @inlinable package static var shareSizeBytesMax: Int { 6 + 16 + 4 + 17 + 16 }
    /// Field bit of a share: the number of backordered units follows (u32, not 0).
    @inlinable package static var backorderedField: UInt8 { 1 }
    /// Field bit of a share: its pool follows (u8 size and name); without it `default`.
    @inlinable package static var sharePoolField: UInt8 { 2 }
    /// Field bit of a share: what became of its units follows (4 × u32).
    @inlinable package static var progressField: UInt8 { 4 }
    /// Field bit of a share: its warehouse is offline.
    @inlinable package static var offlineField: UInt8 { 8 }

    // MARK: Refusal: i32 index or −1, u8 state or 255, u8 extension, u16 detail size, detail.

    /// Bytes before the detail of a refusal.
    @inlinable package static var refusalFixedSizeBytes: Int { 8 }
    /// The state byte of a refusal that has no state to tell.
    @inlinable package static var noState: UInt8 { 255 }
    /// Extension byte of a refusal: the present figures follow.
    @inlinable package static var figuresExtension: UInt8 { 1 }
    /// Extension byte of a refusal: the missing units follow.
    @inlinable package static var lostUnitsExtension: UInt8 { 2 }
    /// Extension byte of a refusal: the milliseconds to wait follow (u32).
    @inlinable package static var retryExtension: UInt8 { 4 }
    /// Bytes of the present figures: u64 version, 5 × i64.
    @inlinable package static var figuresSizeBytes: Int { 48 }
    /// Bytes of a line's missing units: u16 line, u16 0, u32 needed, u32 present.
    @inlinable package static var lostUnitsSizeBytes: Int { 12 }
    /// Bytes in the detail of a refusal.
    @inlinable package static var detailSizeBytesMax: Int { 512 }

    // MARK: commit, release, fulfil, cancel: reservation id, request id, of parts: u8 fields, u8 0,
    // u16 items. extend: both ids, u32 time to live, u8 reason, 3 × 0. show: reservation id.
    // hold_again: the older reservation's id, the new one's, owner, u32 time to live, u32 0.

    /// Bytes in the body of a change of a whole reservation.
    @inlinable package static var changeSizeBytes: Int { 32 }
    /// Bytes before the items of a change of parts.
    @inlinable package static var partsFixedSizeBytes: Int { 36 }
    /// Field bit of a commit: the units leave as well.
    @inlinable package static var fulfillingField: UInt8 { 1 }
    /// Bytes of an item before its names: u16 line, u8 fields, u8 0, u32 units.
    @inlinable package static var itemFixedSizeBytes: Int { 8 }
    /// Field bit of an item: only from the share of a warehouse (u8 size and code).
    @inlinable package static var itemWarehouseField: UInt8 { 1 }
    /// Field bit of an item: only from shares of a pool (u8 size and name).
    @inlinable package static var itemPoolField: UInt8 { 2 }
    /// Bytes in the body of an extend.
    @inlinable package static var extendSizeBytes: Int { 40 }
    /// Bytes in the body of a hold_again.
    @inlinable package static var holdAgainSizeBytes: Int { 56 }
    /// Bytes in the body of a show.
    @inlinable package static var showSizeBytes: Int { 16 }

    // MARK: stock_write: id, u8 cause, u8 reason size, u16 rows, u32 0, reason.

    /// Bytes before the rows of a stock or warehouse write.
    @inlinable package static var writeFixedSizeBytes: Int { 24 }
    /// Bytes of a stock row before its optional part: i64 units, u8 fields, 3 × u8 size.
    @inlinable package static var stockRowFixedSizeBytes: Int { 12 }
    /// Field bit of a stock row: the safety stock follows (i64).
    @inlinable package static var safetyStockField: UInt8 { 1 }
    /// Field bit of a stock row: the backorder limit follows (i64).
    @inlinable package static var backorderLimitField: UInt8 { 2 }
    /// Field bit of a stock row: the version that the SKU must have follows (u64).
    @inlinable package static var rowVersionField: UInt8 { 4 }
    /// Field bit of an imported row: its units are a difference.
    @inlinable package static var differenceField: UInt8 { 8 }
    /// Bytes of a row of SKUs before the name: u32 grams, u8 size.
    @inlinable package static var skuRowFixedSizeBytes: Int { 5 }
    /// Bytes in the answer to a write: u64 LSN, u32 rows, u32 shortfalls, 2 × i64, u64 version.
    @inlinable package static var writeReceiptSizeBytes: Int { 40 }

    // MARK: Warehouses: 3 × i32, u16, u8, u8, 3 × i64, u32, i16, u8, 3 × u8 counts, names, regions.

    /// Bytes of a warehouse before its names and regions.
    @inlinable package static var warehouseFixedSizeBytes: Int { 50 }
    /// Bytes of a region in a warehouse or a rate.
    @inlinable package static var regionSizeBytes: Int { 8 }
    /// The capacity of a warehouse that takes any number of shipments.
    @inlinable package static var anyCapacity: UInt32 { .max }

    // MARK: Policies: u8 name size, u8 tiers, name, tiers.

    /// Bytes of a policy before its name and tiers.
    @inlinable package static var policyFixedSizeBytes: Int { 2 }
    /// Bytes of a tier before its parts: u16 tolerance, u8 parts.
    @inlinable package static var tierFixedSizeBytes: Int { 3 }
    /// Bytes of a part: u8 term, u32 weight.
    @inlinable package static var partSizeBytes: Int { 5 }

    // MARK: Rates and substitutes

    /// Bytes of a rate before its code: u32, u16, u8 code size, u8 0, region, 3 × i64.
    @inlinable package static var rateFixedSizeBytes: Int { 40 }
    /// Bytes of a row of substitutes before its names: u8 size, u8 count.
    @inlinable package static var substitutesFixedSizeBytes: Int { 2 }

    /// Bytes of a warehouse's fill before its code: u64, 5 × i64, u64, u32, u8 state, u8 size.
    @inlinable package static var fillFixedSizeBytes: Int { 62 }

    // MARK: Stock of a SKU: u64 version, u16 cells, u8 SKU size, u8 0, u32 grams, SKU, its cells.

    /// Bytes before the name of a SKU in a stock answer.
    @inlinable package static var stockFixedSizeBytes: Int { 16 }
    /// Bytes of a cell before its names: 5 × i64, u8 warehouse size, u8 pool size.
    @inlinable package static var cellFixedSizeBytes: Int { 42 }
    /// Cells that one stock_list may ask for.
    @inlinable package static var cellsPerPageMax: Int { 4_096 }
    /// The cursor that says there is nothing more.
    @inlinable package static var cursorEnd: UInt32 { .max }

    // MARK: availability, stock_holds, owner_show

    /// Bytes of a question for availability before its fields.
    @inlinable package static var availabilityFixedSizeBytes: Int { 8 }
    /// Field bit of a question for availability: an owner follows (16 bytes).
    @inlinable package static var ownerField: UInt8 { 1 }
    /// Bytes of a SKU's availability before its cells: u64 version, i64 available, u16 cells.
    @inlinable package static var availableFixedSizeBytes: Int { 18 }
    /// Bytes of an available cell before its code: 2 × i64, u8 state, u8 size.
    @inlinable package static var availableCellFixedSizeBytes: Int { 18 }
    /// Bytes before the holds of a SKU: 2 × u32, 2 × u64.
    @inlinable package static var holdsFixedSizeBytes: Int { 24 }
    /// Bytes of a hold: 2 × 16 bytes, i64, 2 × u32.
    @inlinable package static var holdSizeBytes: Int { 48 }
    /// Field bit of an owner's reservations: closed ones as well.
    @inlinable package static var closedField: UInt8 { 1 }
    /// Bytes before an owner's reservations: u32 count, u16 that follow, u16 0.
    @inlinable package static var ownerFixedSizeBytes: Int { 8 }

    // MARK: hello

    /// The first eight bytes of a hello: `holdfast`.
    @inlinable package static var magic: UInt64 { 0x7473_6166_646C_6F68 }
    /// The oldest version of the protocol that is spoken here.
    @inlinable package static var versionMin: UInt16 { 3 }
    /// The newest version of the protocol that is spoken here.
    @inlinable package static var versionMax: UInt16 { 3 }
    /// The features that are spoken here; none yet.
    @inlinable package static var features: UInt32 { 0 }
    /// Bytes in the name of a client.
    @inlinable package static var clientNameSizeBytesMax: Int { 64 }
    /// Bytes in the proof of a client.
    @inlinable package static var proofSizeBytesMax: Int { 1_024 }
    /// Bytes in the answer to a hello.
    @inlinable package static var greetingSizeBytes: Int { 32 }

    // MARK: stats and check

    /// Figures in one answer to stats.
    @inlinable package static var statisticsMax: Int { 1_024 }
    /// Violations that one answer to check lists.
    @inlinable package static var violationsMax: Int { 100 }
    /// Bytes in the text of one violation.
    @inlinable package static var violationSizeBytesMax: Int { 512 }

    // MARK: Snapshots and backups

    /// Bytes in the name of a file that a server tells.
    @inlinable package static var fileNameSizeBytesMax: Int { 64 }
    /// Snapshots that one list tells.
    @inlinable package static var snapshotsMax: Int { 1_024 }
    /// Bytes that one read of a backup may ask for.
    @inlinable package static var backupReadSizeBytesMax: Int { 524_288 }

    /// The key of the digest of a changing request's body, before the operation is mixed in.
    @inlinable package static var digestKey: UInt64 { 0x7473_6166_646C_6F68 }

    /// The digest of the body of a request that changes state.
    @inlinable
    package static func digest(
        _ body: UnsafeRawBufferPointer,
        of operation: Operation
    ) -> UInt64 {
        guard let start = body.baseAddress else { return 0 }
        let hash = KeyedHash(key: digestKey ^ UInt64(operation.rawValue))
        return unsafe hash.hash(start, size: body.count)
    }
}
