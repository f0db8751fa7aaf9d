internal import Inventory
internal import Movements

/// Of what an entry counts: an owner's share of a sale, of one SKU of it, or a client's holds.
///
/// The SKU number says which of them, see ``StateLayout``.
struct OwnerEntryKey: Hashable {
    /// The owner; a client's number in its lower bits.
    var owner: OwnerID
    /// The number of the sale.
    var sale: UInt32
    /// The SKU, ``StateLayout/allSKUs`` or ``StateLayout/ofClient``.
    var sku: UInt32

    /// The key of an owner's share of all SKUs, or of one.
    @inline(__always)
    init(_ owner: OwnerID, sale: UInt32, sku: UInt32 = StateLayout.allSKUs) {
        self.owner = owner
        self.sale = sale
        self.sku = sku
    }

    /// The key of a client's holds.
    init(client: UInt16, sale: UInt32) {
        owner = OwnerEntryKey.owner(ofClient: client)
        self.sale = sale
        sku = StateLayout.ofClient
    }

    /// What stands for a client where an owner stands: its entry lies in the stripe of that.
    static func owner(ofClient client: UInt16) -> OwnerID { OwnerID(high: UInt64(client), low: 0) }
}

/// An entry of what owners have of sales, where it stands: 64 bytes, laid out as in a state record.
///
/// Layout:
///
///      0  16 B owner
///     16  u32  number of the sale; 0: the entry stands for nothing, then 20 u32 next free slot
///     20  u32  SKU number, or what else it counts
///     24  u64  units held or committed   32 u64 units fulfilled
///     40  u64  units taken in the window, 48 u32 that window (0: none)
///     52  u32  reservations ever held   56 u32 of them committed   60 u32 of them held now
///
/// Isolation: none; the lock of its stripe is held.
@safe
struct OwnerEntry {
    let address: UnsafeMutableRawPointer

    /// Bytes of an entry, here as in an image; a constant of this module costs nothing to read.
    static let sizeBytes = 64

    /// The entry at `address`.
    @inline(__always)
    init(at address: UnsafeMutableRawPointer) { unsafe self.address = unsafe address }

    @inline(__always)
    private func load<T: BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
        unsafe address.load(fromByteOffset: offset, as: type)
    }

    @inline(__always)
    private func store<T: BitwiseCopyable>(_ value: T, _ offset: Int) {
        unsafe address.storeBytes(of: value, toByteOffset: offset, as: T.self)
    }

    /// Makes it an entry of zeros.
    func create(_ key: OwnerEntryKey) {
        unsafe address.initializeMemory(
            as: UInt8.self,
            repeating: 0,
            count: OwnerEntry.sizeBytes
        )
        store(key.owner.high, 0)
        store(key.owner.low, 8)
        store(key.sale, 16)
        store(key.sku, 20)
    }

    /// Takes over all of an entry as a state record has it.
    func create(from source: UnsafeRawPointer) {
        unsafe address.copyMemory(from: source, byteCount: OwnerEntry.sizeBytes)
    }

    /// Makes it stand for nothing.
    func markFree(next: UInt32) {
        store(UInt32(0), 16)
        store(next, 20)
    }

    /// Of what it counts.
    var key: OwnerEntryKey {
        OwnerEntryKey(OwnerID(high: load(0), low: load(8)), sale: load(16), sku: load(20))
    }
    /// The number of the sale; 0 where it stands for nothing.
    var sale: UInt32 { load(16) }
    /// The SKU number, or what else it counts; of a free entry the next free slot.
    var sku: UInt32 { load(20) }
    var isOfAllSKUs: Bool { sku == StateLayout.allSKUs }

    var openUnits: UInt64 {
        get { load(24) }
        nonmutating set { store(newValue, 24) }
    }
    var fulfilledUnits: UInt64 {
        get { load(32) }
        nonmutating set { store(newValue, 32) }
    }
    var windowUnits: UInt64 {
        get { load(40) }
        nonmutating set { store(newValue, 40) }
    }
    var window: UInt32 {
        get { load(48) }
        nonmutating set { store(newValue, 48) }
    }
    var holds: UInt32 {
        get { load(52) }
        nonmutating set { store(newValue, 52) }
    }
    var committedHolds: UInt32 {
        get { load(56) }
        nonmutating set { store(newValue, 56) }
    }
    var openHolds: UInt32 {
        get { load(60) }
        nonmutating set { store(newValue, 60) }
    }

    /// Units that the owner has, whether they have left or not.
    var units: UInt64 { openUnits + fulfilledUnits }

    /// The share that it tells of.
    var share: OwnerShare {
        OwnerShare(
            owner: key.owner,
            openUnits: openUnits,
            fulfilledUnits: fulfilledUnits,
            holds: holds,
            committedHolds: committedHolds,
            openHolds: openHolds
        )
    }
}
