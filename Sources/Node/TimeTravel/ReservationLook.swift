internal import Engine
internal import Inventory
internal import Movements

/// Looks at reservations as they are recorded: a hold whose time is over stays held until the
/// movement that says so.
///
/// For an engine that holds few of them, since it looks through all.
/// Isolation: none; one thread has it.
final class ReservationLook {
    private let engine: Engine
    private let buffer: UnsafeMutableRawBufferPointer
    private var decoder = StateDecoder()
    /// The version of the network that `decoder` knows.
    private var networkVersion: UInt64?

    init(_ engine: Engine) {
        self.engine = engine
        buffer = .allocate(byteCount: StateLayout.recordSizeBytesMax, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// A reservation; nil where it isn't known.
    func reservation(_ id: ReservationID) -> StateReservation? {
        refresh()
        var found: StateReservation?
        var place: ReservationPosition? = .first
        while let from = place, found == nil {
            let copied = engine.captureReservations(from: from, into: buffer)
            read(UnsafeRawBufferPointer(rebasing: buffer[..<copied.sizeBytes])) { value in
                if case .reservation(let reservation) = value, reservation.id == id {
                    found = reservation
                }
            }
            place = copied.next
        }
        return found
    }

    /// Learns the present numbers of warehouses and pools.
    private func refresh() {
        let version = engine.network.version
        guard version != networkVersion else { return }
        networkVersion = version
        decoder = StateDecoder()
        engine.captureConfiguration().withUnsafeBytes { read($0) { _ in } }
    }

    private func read(_ records: UnsafeRawBufferPointer, _ body: (StateValue) -> Void) {
        do throws(StateError) {
            try decoder.forEach(in: records) { (value) in body(value) }
        } catch {
            preconditionFailure("a state record that was just written can't be read: \(error)")
        }
    }
}
