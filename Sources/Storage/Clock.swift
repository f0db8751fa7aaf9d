internal import Glibc

/// The port to time.
///
/// Isolation: any thread.
package protocol Clock: Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z, as the machine believes; may jump either way.
    func wallMilliseconds() -> Int64
    /// Nanoseconds since some fixed point; never falls.
    func monotonicNanoseconds() -> UInt64
}

/// The port to randomness.
///
/// Isolation: any thread.
package protocol Entropy: Sendable {
    /// 64 random bits.
    func next64() -> UInt64
}

/// The clocks of the machine.
package struct LinuxClock: Clock {
    /// A port to the machine's clocks.
    package init() {}

    /// Milliseconds since the epoch by `CLOCK_REALTIME`.
    package func wallMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Nanoseconds since boot by `CLOCK_MONOTONIC`.
    package func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// The machine's source of random numbers.
package struct LinuxEntropy: Entropy {
    /// A port to the machine's random numbers.
    package init() {}

    /// 64 bits from the kernel.
    package func next64() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
