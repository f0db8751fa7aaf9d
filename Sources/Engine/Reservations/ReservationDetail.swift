internal import Inventory

// What most reservations don't need: what became of parts of their shares, backordered units, and
// the changes that they remember. It stands in the reservation's block behind lines and shares,
// at the next multiple of 8:
//
//      0  i64  expiry as first answered
//      8  u64  address of the remembered changes, 32 bytes each; 0 for none
//     16  u16  how many there are   18 u16 for how many there is room   20 u32 zero
//     24  32 B the last extension: 16 B request id, u64 digest, u64 LSN; LSN 0 for none
//     56  u64  address of the shares as first answered, see `FirstAnswer`; 0: they are as they were
//     64  …    by share, 20 bytes: as u32 units held, committed, fulfilled, cancelled, backordered
//              (held of an expired reservation: the units that expired)

/// A change that a reservation remembers.
struct RememberedChange {
    /// The id of its request.
    var requestID: RequestID
    /// The digest of its request.
    var digest: UInt64
    /// The LSN of its movement.
    var lsn: UInt64

    static let sizeBytes = 32

    init(requestID: RequestID, digest: UInt64, lsn: UInt64) {
        self.requestID = requestID
        self.digest = digest
        self.lsn = lsn
    }

    init(at place: UnsafeRawPointer) {
        requestID = unsafe RequestID(
            high: place.loadUnaligned(as: UInt64.self),
            low: place.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        )
        digest = unsafe place.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        lsn = unsafe place.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
    }

    func write(to place: UnsafeMutableRawPointer) {
        unsafe place.storeBytes(of: requestID.high, as: UInt64.self)
        unsafe place.storeBytes(of: requestID.low, toByteOffset: 8, as: UInt64.self)
        unsafe place.storeBytes(of: digest, toByteOffset: 16, as: UInt64.self)
        unsafe place.storeBytes(of: lsn, toByteOffset: 24, as: UInt64.self)
    }
}

/// Sizes and offsets of the detail.
enum ReservationDetail {
    static let headerSizeBytes = 64
    static let shareSizeBytes = 20
    static let changesOffset = 8
    static let changeCountOffset = 16
    static let changeRoomOffset = 18
    static let extensionOffset = 24
    static let firstAnswerOffset = 56
    private static let changeRoomMin = 4

    /// Where the detail begins in the block.
    static func offset(lines: Int, shares: Int) -> Int { (lines * 12 + shares * 8 + 7) & ~7 }

    /// Bytes of a block with a detail.
    static func blockSize(lines: Int, shares: Int) -> Int {
        offset(lines: lines, shares: shares) + headerSizeBytes + shares * shareSizeBytes
    }

    /// For how many changes there is room after the next growth.
    static func grownRoom(_ room: Int) -> Int { max(changeRoomMin, room * 2) }
}

extension ReservationRecord {
    private var detail: UnsafeMutableRawPointer {
        precondition(hasDetail, "record without a detail")
        return unsafe block + ReservationDetail.offset(lines: lineCount, shares: shareCount)
    }

    private func progressPlace(_ share: Int) -> UnsafeMutableRawPointer {
        precondition(share >= 0 && share < shareCount, "share index out of range")
        return unsafe detail + ReservationDetail.headerSizeBytes
            + share * ReservationDetail.shareSizeBytes
    }

    /// When the hold expires as first answered.
    var answeredExpiresAt: Instant {
        guard hasDetail else { return expiresAt }
        return unsafe Instant(milliseconds: detail.loadUnaligned(as: Int64.self))
    }

    /// What became of the units of a share.
    func progress(_ share: Int) -> ShareProgress {
        guard hasDetail else { return ShareProgress(self.share(share).quantity, all: state) }
        let place = unsafe progressPlace(share)
        return unsafe ShareProgress(
            held: state == .expired ? 0 : place.loadUnaligned(as: UInt32.self),
            committed: place.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
            fulfilled: place.loadUnaligned(fromByteOffset: 8, as: UInt32.self),
            cancelled: place.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
        )
    }

    /// How many units of a share were still held when the hold's time was over, swept or not.
    ///
    /// A hold loaded from a snapshot of an earlier version may have lost it: then it is none.
    func unitsWhenExpired(_ share: Int) -> UInt32 {
        guard hasDetail else { return self.share(share).quantity }
        return unsafe progressPlace(share).loadUnaligned(as: UInt32.self)
    }

    /// Writes how many units of a share expired; there is a detail.
    func setUnitsWhenExpired(_ share: Int, _ units: UInt32) {
        unsafe progressPlace(share).storeBytes(of: units, as: UInt32.self)
    }

    /// Writes what became of the units of a share; there is a detail.
    func setProgress(_ share: Int, _ progress: ShareProgress) {
        let place = unsafe progressPlace(share)
        unsafe place.storeBytes(of: progress.held, as: UInt32.self)
        unsafe place.storeBytes(of: progress.committed, toByteOffset: 4, as: UInt32.self)
        unsafe place.storeBytes(of: progress.fulfilled, toByteOffset: 8, as: UInt32.self)
        unsafe place.storeBytes(of: progress.cancelled, toByteOffset: 12, as: UInt32.self)
    }

    /// How many units of a share were backordered when they were reserved.
    func backordered(_ share: Int) -> UInt32 {
        guard hasDetail else { return 0 }
        return unsafe progressPlace(share).loadUnaligned(fromByteOffset: 16, as: UInt32.self)
    }

    /// Writes how many units of a share are backordered; there is a detail.
    func setBackordered(_ share: Int, _ quantity: UInt32) {
        unsafe progressPlace(share).storeBytes(of: quantity, toByteOffset: 16, as: UInt32.self)
    }

    /// The sums over all shares.
    var totals: (progress: ShareProgress, quantity: UInt64) {
        var sum = ShareProgress()
        var quantity: UInt64 = 0
        for index in 0..<shareCount {
            let part = progress(index)
            // A reservation's units can pass what 32 bits count; only zero or not matters here.
            sum.held = sum.held | part.held
            sum.committed = sum.committed | part.committed
            sum.fulfilled = sum.fulfilled | part.fulfilled
            sum.cancelled = sum.cancelled | part.cancelled
            quantity += UInt64(share(index).quantity)
        }
        return (sum, quantity)
    }

    /// Makes the memory behind lines and shares a detail that says what the state says.
    func createDetail(answeredExpiresAt: Instant) {
        let detail = unsafe detail
        unsafe detail.initializeMemory(
            as: UInt8.self,
            repeating: 0,
            count: ReservationDetail.headerSizeBytes
        )
        unsafe detail.storeBytes(of: answeredExpiresAt.milliseconds, as: Int64.self)
    }

    // MARK: Remembered changes

    /// How many changes of parts it remembers.
    var changeCount: Int {
        guard hasDetail else { return 0 }
        return unsafe Int(
            detail.loadUnaligned(
                fromByteOffset: ReservationDetail.changeCountOffset,
                as: UInt16.self
            )
        )
    }

    /// For how many there is room.
    var changeRoom: Int {
        guard hasDetail else { return 0 }
        return unsafe Int(
            detail.loadUnaligned(
                fromByteOffset: ReservationDetail.changeRoomOffset,
                as: UInt16.self
            )
        )
    }

    private var changes: UnsafeMutableRawPointer? {
        unsafe UnsafeMutableRawPointer(
            bitPattern: detail.loadUnaligned(
                fromByteOffset: ReservationDetail.changesOffset,
                as: UInt.self
            )
        )
    }

    /// The remembered change at `index`.
    func change(_ index: Int) -> RememberedChange {
        precondition(index < changeCount, "change index out of range")
        guard let changes = unsafe changes else { preconditionFailure("record without changes") }
        return unsafe RememberedChange(at: changes + index * RememberedChange.sizeBytes)
    }

    /// The remembered change of a request.
    func change(of requestID: RequestID) -> RememberedChange? {
        for index in 0..<changeCount {
            let change = change(index)
            if change.requestID == requestID { return change }
        }
        return nil
    }

    /// The shares as first answered, if units have moved since.
    var firstAnswer: FirstAnswer? {
        get {
            guard hasDetail else { return nil }
            let address = unsafe UnsafeMutableRawPointer(
                bitPattern: detail.loadUnaligned(
                    fromByteOffset: ReservationDetail.firstAnswerOffset,
                    as: UInt.self
                )
            )
            guard let address = unsafe address else { return nil }
            return unsafe FirstAnswer(at: address, lines: lineCount)
        }
        nonmutating set {
            guard let newValue else { preconditionFailure("a first answer isn't forgotten") }
            unsafe detail.storeBytes(
                of: UInt(bitPattern: newValue.address),
                toByteOffset: ReservationDetail.firstAnswerOffset,
                as: UInt.self
            )
        }
    }

    /// The last extension.
    var lastExtension: RememberedChange? {
        get {
            guard hasDetail else { return nil }
            let change = unsafe RememberedChange(at: detail + ReservationDetail.extensionOffset)
            return change.lsn == 0 ? nil : change
        }
        nonmutating set {
            guard let newValue else { preconditionFailure("an extension isn't forgotten") }
            unsafe newValue.write(to: detail + ReservationDetail.extensionOffset)
        }
    }

    /// Takes over a larger block for remembered changes.
    /// - Returns: The block it had, with its bytes.
    func moveChanges(
        to block: UnsafeMutableRawPointer,
        room: Int
    ) -> (block: UnsafeMutableRawPointer, sizeBytes: Int)? {
        let count = changeCount
        let old = unsafe changes
        let oldSize = changeRoom * RememberedChange.sizeBytes
        if let old = unsafe old {
            unsafe block.copyMemory(from: old, byteCount: count * RememberedChange.sizeBytes)
        }
        let detail = unsafe detail
        unsafe detail.storeBytes(
            of: UInt(bitPattern: block),
            toByteOffset: ReservationDetail.changesOffset,
            as: UInt.self
        )
        unsafe detail.storeBytes(
            of: UInt16(room),
            toByteOffset: ReservationDetail.changeRoomOffset,
            as: UInt16.self
        )
        guard let old = unsafe old else { return nil }
        return unsafe (old, oldSize)
    }

    /// The block of remembered changes with its bytes, if there is one.
    var changesBlock: (block: UnsafeMutableRawPointer, sizeBytes: Int)? {
        guard hasDetail, let changes = unsafe changes else { return nil }
        return unsafe (changes, changeRoom * RememberedChange.sizeBytes)
    }

    /// Adds a remembered change; there is room.
    func append(_ change: RememberedChange) {
        let count = changeCount
        precondition(count < changeRoom, "no room for a change")
        guard let changes = unsafe changes else { preconditionFailure("record without changes") }
        unsafe change.write(to: changes + count * RememberedChange.sizeBytes)
        unsafe detail.storeBytes(
            of: UInt16(count + 1),
            toByteOffset: ReservationDetail.changeCountOffset,
            as: UInt16.self
        )
    }
}
