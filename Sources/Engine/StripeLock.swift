internal import Glibc

/// The lock of one stripe: an adaptive pthread mutex at a stable address.
///
/// `Synchronization.Mutex` hands a contended lock from sleeper to sleeper on Linux in Swift 6.3,
/// which is ten times slower as soon as threads outnumber cores.
/// Isolation: any thread; the memory belongs to the stripe that the lock stands in.
@safe
struct StripeLock: @unchecked Sendable {
    // Safe to share: a pthread mutex may be locked from any thread, and the pointer never changes.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Bytes that a lock takes in its stripe.
    static let sizeBytes = unsafe MemoryLayout<pthread_mutex_t>.size

    /// The lock that stands at `address`.
    @inline(__always)
    init(at address: UnsafeMutableRawPointer) {
        unsafe mutex = unsafe address.assumingMemoryBound(to: pthread_mutex_t.self)
    }

    /// Makes the memory a lock that nobody holds.
    func create() {
        var attributes = pthread_mutexattr_t()
        unsafe pthread_mutexattr_init(&attributes)
        unsafe pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
        unsafe precondition(pthread_mutex_init(mutex, &attributes) == 0, "cannot make a lock")
        unsafe pthread_mutexattr_destroy(&attributes)
    }

    /// Gives back what the lock holds of the system.
    func destroy() { unsafe pthread_mutex_destroy(mutex) }

    /// Waits until the lock is free and takes it.
    @inline(__always)
    func lock() { unsafe pthread_mutex_lock(mutex) }

    /// Gives the lock back.
    @inline(__always)
    func unlock() { unsafe pthread_mutex_unlock(mutex) }
}
