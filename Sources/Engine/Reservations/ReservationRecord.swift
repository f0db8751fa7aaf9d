internal import CPrefetch
internal import Inventory
internal import Movements

/// What a record in the table of ids stands for.
enum RecordKind: UInt8 {
    /// A reservation, open or closed.
    case reservation = 0
    /// The remembered answer to a change of stock or warehouses.
    case write = 1
}

/// One line of a reservation in its block: 12 bytes.
struct StoredLine {
    /// Number of the SKU; `.max` when the name wasn't known.
    var sku: UInt32
    /// Units asked for.
    var requested: UInt32
    /// Number of its shares.
    var shareCount: UInt32
    /// Whether the request fixed the warehouse that serves it.
    var isFixed = false
}

extension StoredLine {
    /// No line asks for so many units: the bit says that its warehouse is fixed.
    private static let fixedBit: UInt32 = 1 << 31

    /// A line from the word that its units asked for share with the flag.
    init(sku: UInt32, flaggedRequested: UInt32, shareCount: UInt32) {
        self.sku = sku
        requested = flaggedRequested & ~StoredLine.fixedBit
        self.shareCount = shareCount
        isFixed = flaggedRequested & StoredLine.fixedBit != 0
    }

    /// Units asked for, and the flag in the uppermost bit.
    var flaggedRequested: UInt32 { requested | (isFixed ? StoredLine.fixedBit : 0) }
}

/// One share of a reservation in its block: 8 bytes.
struct StoredShare {
    /// Number of the warehouse.
    var warehouse: UInt16
    /// Number of the pool.
    var pool: UInt16
    /// Units.
    var quantity: UInt32
}

extension StoredShare {
    /// The share as it stands at `place`.
    @inline(__always)
    fileprivate init(at place: UnsafeRawPointer) {
        unsafe self.init(
            warehouse: place.loadUnaligned(as: UInt16.self),
            pool: place.loadUnaligned(fromByteOffset: 2, as: UInt16.self),
            quantity: place.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
        )
    }
}

/// A reservation or a remembered write where it stands: 128 bytes.
///
/// Layout:
///
///      0  16 B id                          16  16 B owner
///     32  u64  digest of the request       40  u64  LSN of the movement that made it
///     48  i64  due: instant of expiry, of fulfilling by time, or of forgetting
///     56  i64  present expiry;             of a write: units on hand as answered
///     64  u32  milliseconds from the first hold of its chain to the present expiry,
///     68  u32  promised arrival in whole   of a write: at 64 i64 units available as answered
///              minutes since 1970, 0: none
///     72  i32  latitude, 76 i32 longitude (min: no destination); of a write: u64 version
///     80  u64  region;                     of a write: u32 rows, u32 shortfalls
///     88  u32  next, 92 u32 previous reservation of its owner in its stripe
///     96  u32  next, 100 u32 previous in its list of the expiry wheel (previous all ones: in none)
///    104  u8   kind (2: nobody's)   105 u8 state (bit 7: of a sale)   106 u8 mode and flags
///    107  u8   policy
///    108  u16  number of lines   110 u16 number of shares
///    112  16 B with one line and at most one share: StoredLine's SKU and units (bit 31: fixed
///              warehouse), then StoredShare;
///              else the address of a block: all lines, all shares, and the detail, the constraints
///              and the sale if there are any (see `ReservationDetail.swift`,
///              `StoredConstraints.swift` and `StoredSale.swift`)
///
/// Flags: bit 2 its chain's payment has started, bit 3 its chain was frozen, bit 4 has a detail,
/// bit 5 took the place of another hold, bit 6 some of its units ran out of time after others were
/// committed, bit 7 its plan kept to constraints.
///
/// Isolation: none; the lock of its stripe is held.
@safe
struct ReservationRecord {
    let address: UnsafeMutableRawPointer

    /// Bytes of a record.
    static let sizeBytes = 128
    /// Bytes from the id to the region, which state records have as well.
    static let identitySizeBytes = 88
    private static let noPosition = Int32.min
    private static let freeKind: UInt8 = 2

    /// The record at `address`.
    @inline(__always)
    init(at address: UnsafeMutableRawPointer) { unsafe self.address = unsafe address }

    /// Brings it close to the processor.
    @inline(__always)
    func prefetch() {
        unsafe holdfast_prefetch(address)
        unsafe holdfast_prefetch(address + 64)
    }

    /// Brings its place in the wheel close to the processor.
    @inline(__always)
    func prefetchList() { unsafe holdfast_prefetch(address + 64) }

    @inline(__always)
    private func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        unsafe address.load(fromByteOffset: offset, as: type)
    }

    @inline(__always)
    private func store<T: BitwiseCopyable>(_ value: T, _ offset: Int) {
        unsafe address.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }

    var id: RequestID {
        @inline(__always) get { RequestID(high: load(0), low: load(8)) }
        nonmutating set {
            store(newValue.high, 0)
            store(newValue.low, 8)
        }
    }
    var owner: OwnerID {
        get { OwnerID(high: load(16), low: load(24)) }
        nonmutating set {
            store(newValue.high, 16)
            store(newValue.low, 24)
        }
    }
    var digest: UInt64 {
        get { load(32) }
        nonmutating set { store(newValue, 32) }
    }
    var lsn: UInt64 {
        get { load(40) }
        nonmutating set { store(newValue, 40) }
    }
    /// When the sweep comes to it.
    var due: Instant {
        get { Instant(milliseconds: load(48)) }
        nonmutating set { store(newValue.milliseconds, 48) }
    }
    /// When what is held expires, or did.
    var expiresAt: Instant { Instant(milliseconds: load(56)) }
    /// The instant of the first hold of its chain.
    var heldSince: Instant { expiresAt.advanced(byMilliseconds: -Int64(load(64, as: UInt32.self))) }

    /// Takes over all from the id to the region, ``identitySizeBytes`` bytes.
    func setIdentity(_ source: UnsafeRawPointer) {
        unsafe address.copyMemory(from: source, byteCount: ReservationRecord.identitySizeBytes)
    }

    /// Sets the present expiry and the instant of the first hold of the chain.
    @inline(__always)
    func setTimes(expiresAt: Instant, heldSince: Instant) {
        store(expiresAt.milliseconds, 56)
        store(UInt32(expiresAt.milliseconds - heldSince.milliseconds), 64)
    }
    /// When the last of its shipments is promised to arrive, in whole minutes since 1970; 0: none.
    var promisedMinute: UInt32 {
        get { load(68) }
        nonmutating set { store(newValue, 68) }
    }
    var destination: Destination? {
        get {
            let latitude = load(72, as: Int32.self)
            guard latitude != ReservationRecord.noPosition else { return nil }
            return Destination(
                position: Position(
                    latitudeMicrodegrees: latitude,
                    longitudeMicrodegrees: load(76)
                ),
                region: RegionCode(word: load(80))
            )
        }
        nonmutating set {
            store(newValue?.position.latitudeMicrodegrees ?? ReservationRecord.noPosition, 72)
            store(newValue?.position.longitudeMicrodegrees ?? 0, 76)
            store(newValue?.region.word ?? 0, 80)
        }
    }
    /// The next reservation of its owner in its stripe.
    var ownerNext: UInt32 {
        get { load(88) }
        nonmutating set { store(newValue, 88) }
    }
    /// The one before; `ExpiryWheel.none` for the one that the index names.
    var ownerPrevious: UInt32 {
        get { load(92) }
        nonmutating set { store(newValue, 92) }
    }
    var next: UInt32 {
        get { load(96) }
        nonmutating set { store(newValue, 96) }
    }
    var previous: UInt32 {
        get { load(100) }
        nonmutating set { store(newValue, 100) }
    }
    /// The bytes from the kind to the number of shares.
    ///
    /// Written as one word whenever a part of it changes: a wide load soon after a narrow store
    /// waits until that has left the processor, and with it all stores before.
    private var headWord: UInt64 {
        @inline(__always) get { load(104) }
        @inline(__always) nonmutating set { store(newValue, 104) }
    }

    @inline(__always)
    private func setHeadByte(_ value: UInt8, at offset: UInt64) {
        headWord = headWord & ~(0xFF << (offset * 8)) | UInt64(value) << (offset * 8)
    }

    var kind: RecordKind {
        get { load(104, as: UInt8.self) == 0 ? .reservation : .write }
        nonmutating set { setHeadByte(newValue.rawValue, at: 0) }
    }
    /// Whether the record was given back, and stands for nothing.
    var isFree: Bool { load(104, as: UInt8.self) == ReservationRecord.freeKind }

    /// Notes that the record stands for nothing; setting its kind undoes that.
    func markFree() { setHeadByte(ReservationRecord.freeKind, at: 0) }

    /// Makes it a held reservation with nothing behind it: no block, no chain.
    @inline(__always)
    func begin(_ head: ReservationHead) {
        let state = ReservationState.held.rawValue | (head.isOfSale ? StateLayout.isOfSale : 0)
        let flags: UInt8 =
            head.mode.rawValue | (head.hasDetail ? 0x10 : 0) | (head.hasConstraints ? 0x80 : 0)
        headWord =
            UInt64(RecordKind.reservation.rawValue) | UInt64(state) << 8 | UInt64(flags) << 16
            | UInt64(head.policy.rawValue) << 24 | UInt64(UInt16(head.lines)) << 32
            | UInt64(UInt16(head.shares)) << 48
    }

    var state: ReservationState {
        @inline(__always) get {
            guard let state = ReservationState(rawValue: stateByte & ~StateLayout.isOfSale) else {
                preconditionFailure("record of an unknown state")
            }
            return state
        }
        nonmutating set { stateByte = newValue.rawValue | stateByte & StateLayout.isOfSale }
    }
    /// The state, and in the uppermost bit whether it is of a sale, as they stand.
    var stateByte: UInt8 {
        @inline(__always) get { load(105) }
        @inline(__always) nonmutating set { setHeadByte(newValue, at: 1) }
    }
    /// Whether it belongs to a sale, which its block then ends with.
    var isOfSale: Bool {
        @inline(__always) get { stateByte & StateLayout.isOfSale != 0 }
    }
    var mode: ReserveMode {
        get { ReserveMode(rawValue: load(106, as: UInt8.self) & 3) ?? .allOrNothing }
        nonmutating set { modeAndFlags = newValue.rawValue }
    }
    /// Mode and flags as they stand.
    var modeAndFlags: UInt8 {
        get { load(106) }
        nonmutating set { setHeadByte(newValue, at: 2) }
    }
    /// Whether its block ends with a detail; cleared by setting the mode, as all flags are.
    var hasDetail: Bool {
        @inline(__always) get { flag(0x10) }
        nonmutating set { setFlag(0x10, newValue) }
    }
    /// Whether it took the place of another hold.
    var didReplace: Bool {
        get { flag(0x20) }
        nonmutating set { setFlag(0x20, newValue) }
    }
    /// Whether units ran out of time after others were committed.
    var didRestExpire: Bool {
        get { flag(0x40) }
        nonmutating set { setFlag(0x40, newValue) }
    }
    /// What its chain of holds has been through, see ``ChainMarks``.
    var chainMarks: ChainMarks {
        get { ChainMarks(rawValue: (load(106, as: UInt8.self) & 0x0C) >> 2) }
        nonmutating set {
            modeAndFlags = modeAndFlags & ~0x0C | newValue.rawValue << 2
        }
    }
    /// Whether its chain's payment has started: then a limit on first holds doesn't cut its time.
    var hasPaymentStarted: Bool { chainMarks.contains(.paymentStarted) }
    /// Whether its chain was frozen, which happens once.
    var wasFrozen: Bool { chainMarks.contains(.frozen) }

    /// Whether its block ends with what its plan kept to.
    var hasConstraints: Bool {
        @inline(__always) get { flag(0x80) }
        nonmutating set { setFlag(0x80, newValue) }
    }

    @inline(__always)
    private func flag(_ bit: UInt8) -> Bool { load(106, as: UInt8.self) & bit != 0 }

    private func setFlag(_ bit: UInt8, _ isSet: Bool) {
        modeAndFlags = isSet ? modeAndFlags | bit : modeAndFlags & ~bit
    }
    var policy: SourcingPolicy {
        get { SourcingPolicy(rawValue: load(107)) }
        nonmutating set { setHeadByte(newValue.rawValue, at: 3) }
    }
    var lineCount: Int {
        get { Int(load(108, as: UInt16.self)) }
        nonmutating set { setCount(newValue, at: 32) }
    }
    var shareCount: Int {
        get { Int(load(110, as: UInt16.self)) }
        nonmutating set { setCount(newValue, at: 48) }
    }

    private func setCount(_ value: Int, at shift: UInt64) {
        headWord = headWord & ~(0xFFFF << shift) | UInt64(UInt16(value)) << shift
    }

    // MARK: Lines and shares

    /// Bytes of the block that holds lines and shares; 0 when they stand in the record itself.
    @inline(__always)
    static func blockSize(
        lines: Int,
        shares: Int,
        hasDetail: Bool,
        constraintsSize: Int = 0,
        isOfSale: Bool = false
    ) -> Int {
        var size = lines * 12 + shares * 8
        if constraintsSize > 0 {
            size =
                StoredConstraints.offset(lines: lines, shares: shares, hasDetail: hasDetail)
                + constraintsSize
        } else if hasDetail {
            size = ReservationDetail.blockSize(lines: lines, shares: shares)
        } else if lines <= 1, shares <= 1, !isOfSale {
            return 0
        }
        return isOfSale ? StoredSale.offset(behind: size) + StoredSale.sizeBytes : size
    }

    /// Bytes of its block.
    var blockSize: Int {
        ReservationRecord.blockSize(
            lines: lineCount,
            shares: shareCount,
            hasDetail: hasDetail,
            constraintsSize: constraintsSize,
            isOfSale: isOfSale
        )
    }

    /// Where lines and shares stand outside the record.
    var block: UnsafeMutableRawPointer {
        get {
            guard let block = unsafe UnsafeMutableRawPointer(bitPattern: load(112, as: UInt.self))
            else {
                preconditionFailure("record without its block")
            }
            return unsafe block
        }
        nonmutating set { store(UInt(bitPattern: newValue), 112) }
    }

    private var isInline: Bool {
        // At most one line and one share, no flag of a detail or of constraints, no bit of a sale.
        @inline(__always) get { headWord & 0xFFFE_FFFE_0090_8000 == 0 }
    }

    /// The line at `index`.
    @inline(__always)
    func line(_ index: Int) -> StoredLine {
        if isInline {
            return StoredLine(
                sku: load(112),
                flaggedRequested: load(116),
                shareCount: UInt32(shareCount)
            )
        }
        let place = unsafe block + index * 12
        return unsafe StoredLine(
            sku: place.load(as: UInt32.self),
            flaggedRequested: place.load(fromByteOffset: 4, as: UInt32.self),
            shareCount: place.load(fromByteOffset: 8, as: UInt32.self)
        )
    }

    /// Writes the line at `index`; counts and block are set.
    func setLine(_ index: Int, _ line: StoredLine) {
        if isInline {
            store(line.sku, 112)
            store(line.flaggedRequested, 116)
            return
        }
        let place = unsafe block + index * 12
        unsafe place.storeBytes(of: line.sku, as: UInt32.self)
        unsafe place.storeBytes(of: line.flaggedRequested, toByteOffset: 4, as: UInt32.self)
        unsafe place.storeBytes(of: line.shareCount, toByteOffset: 8, as: UInt32.self)
    }

    /// Writes the only line and its only share; the counts are set, and it has no block.
    @inline(__always)
    func setAlone(_ line: StoredLine, _ share: StoredShare) {
        precondition(isInline, "a line and a share stand in the record itself")
        store(line.sku, 112)
        store(line.flaggedRequested, 116)
        store(UInt32(share.warehouse) | UInt32(share.pool) << 16, 120)
        store(share.quantity, 124)
    }

    private func sharePlace(_ index: Int) -> UnsafeMutableRawPointer {
        unsafe isInline ? address + 120 : block + lineCount * 12 + index * 8
    }

    /// The share at `index`, counted over all lines.
    func share(_ index: Int) -> StoredShare {
        unsafe StoredShare(at: sharePlace(index))
    }

    /// Writes the share at `index`; counts and block are set.
    func setShare(_ index: Int, _ share: StoredShare) {
        let place = unsafe sharePlace(index)
        unsafe place.storeBytes(of: share.warehouse, as: UInt16.self)
        unsafe place.storeBytes(of: share.pool, toByteOffset: 2, as: UInt16.self)
        unsafe place.storeBytes(of: share.quantity, toByteOffset: 4, as: UInt32.self)
    }

    /// Calls `body` with each share and the SKU of its line, in order.
    ///
    /// Finds out where they stand once, not for each: 3 % of a commit's instructions.
    @inline(__always)
    func forEachShare(_ body: (_ sku: UInt32, _ share: StoredShare) -> Void) {
        let isInline = isInline
        var line = unsafe isInline ? address + 112 : block
        var share = unsafe isInline ? address + 120 : line + lineCount * 12
        for _ in 0..<lineCount {
            let sku = unsafe line.load(as: UInt32.self)
            let count =
                unsafe isInline
                ? UInt32(shareCount) : line.load(fromByteOffset: 8, as: UInt32.self)
            for _ in 0..<count {
                body(sku, unsafe StoredShare(at: share))
                unsafe share += 8
            }
            unsafe line += 12
        }
    }

    /// Calls `body` with each share's line, SKU and index, in order.
    @inline(__always)
    func forEachShareByLine(_ body: (_ line: Int, _ sku: UInt32, _ index: Int) -> Void) {
        var index = 0
        for lineIndex in 0..<lineCount {
            let line = line(lineIndex)
            for _ in 0..<line.shareCount {
                body(lineIndex, line.sku, index)
                index += 1
            }
        }
    }

    // MARK: A remembered write

    /// The answer to a change of stock or warehouses, as first given.
    var write: WriteAnswer {
        get {
            var answer = WriteAnswer(.accepted)
            answer.lsn = lsn
            answer.onHand = load(56)
            answer.available = load(64)
            answer.version = load(72)
            answer.rows = load(80)
            answer.shortfalls = load(84)
            return answer
        }
        nonmutating set {
            lsn = newValue.lsn
            store(newValue.onHand, 56)
            store(newValue.available, 64)
            store(newValue.version, 72)
            store(newValue.rows, 80)
            store(newValue.shortfalls, 84)
        }
    }
}
