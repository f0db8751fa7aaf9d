internal import Inventory

/// The names of the clients that movements tell apart, by number; 0 is nobody named.
///
/// Numbers are given once, in order, and never again. Isolation: any thread; a lock of its own,
/// the last in the order of locks.
@safe
final class ActorTable: @unchecked Sendable {
    // Safe to share: all state is touched under `lock` only.
    private let lock: StripeLock
    private let lockMemory: UnsafeMutableRawPointer
    private var numbers: [String: UInt16] = [:]
    private var namesByNumber: [String] = []
    private var latest = Instant.distantPast

    /// A table without names.
    init() {
        unsafe lockMemory = .allocate(byteCount: StripeLock.sizeBytes, alignment: 128)
        lock = unsafe StripeLock(at: lockMemory)
        lock.create()
    }

    deinit {
        lock.destroy()
        unsafe lockMemory.deallocate()
    }

    /// The names, in the order of their numbers, which begin at 1.
    var names: [String] {
        lock.lock()
        defer { lock.unlock() }
        return namesByNumber
    }

    /// The instant of the last movement that named somebody.
    var lastInstant: Instant {
        lock.lock()
        defer { lock.unlock() }
        return latest
    }

    /// The names, and the log's tail at the same instant: later names are given at or above it.
    func capture(tail: () -> UInt64) -> (names: [String], latest: Instant, lsn: UInt64) {
        lock.lock()
        defer { lock.unlock() }
        return (namesByNumber, latest, tail())
    }

    /// The name of a number; empty for one that was never given.
    func name(_ number: UInt16) -> String {
        lock.lock()
        defer { lock.unlock() }
        let isGiven = number >= 1 && Int(number) <= namesByNumber.count
        return isGiven ? namesByNumber[Int(number) - 1] : ""
    }

    /// The number of a name.
    ///
    /// A new name gets the next number if `log` says that its movement, at an instant not before
    /// the last one's, is in the log; it is called under the lock, so that numbers and records have
    /// one order.
    /// - Returns: `nil` if `log` says no; 0 when the table is full.
    func number(
        of name: String,
        at now: Instant,
        log: (_ number: UInt16, _ instant: Instant) -> Bool
    ) -> UInt16? {
        lock.lock()
        defer { lock.unlock() }
        if let number = numbers[name] { return number }
        guard namesByNumber.count < Limits.actorsMax else { return 0 }
        let number = UInt16(namesByNumber.count + 1)
        let instant = max(now, latest)
        guard log(number, instant) else { return nil }
        add(name, number, instant)
        return number
    }

    /// Takes over a name that a record of the log gives.
    /// - Returns: Whether it is a new name and the next number.
    func apply(_ name: String, number: UInt16, at instant: Instant) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard !name.isEmpty, numbers[name] == nil, Int(number) == namesByNumber.count + 1 else {
            return false
        }
        add(name, number, max(instant, latest))
        return true
    }

    private func add(_ name: String, _ number: UInt16, _ instant: Instant) {
        numbers[name] = number
        namesByNumber.append(name)
        latest = instant
    }
}
