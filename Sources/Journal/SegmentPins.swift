internal import Storage

/// A wish that segments from an LSN on stay in the live directory, until it is released.
///
/// Isolation: any thread.
package final class SegmentPin: Sendable {
    /// LSN from which on segments stay; above the one asked for where older ones were already
    /// removed or archived by this journal.
    package let lsn: UInt64
    private let pins: SegmentPins
    private let identifier: UInt64

    init(lsn: UInt64, identifier: UInt64, pins: SegmentPins) {
        self.lsn = lsn
        self.identifier = identifier
        self.pins = pins
    }

    deinit { release() }

    /// Lets the segments go; a second call does nothing.
    package func release() { pins.release(identifier) }
}

/// Who keeps segments from being removed.
///
/// Isolation: any thread.
final class SegmentPins: Sendable {
    private struct State {
        var lsns: [UInt64: UInt64] = [:]
        var nextIdentifier: UInt64 = 0
        /// LSN below which segments are gone, or on their way out.
        var retiredLSN: UInt64 = 0
        var isRetiring = false
    }

    private let state = Monitor(State())

    /// A pin, or nil when there are too many.
    func pin(from lsn: UInt64) -> SegmentPin? {
        state.withLock { state in
            guard state.lsns.count < JournalLimits.pinsMax else { return nil }
            let kept = max(lsn, state.retiredLSN)
            state.nextIdentifier += 1
            state.lsns[state.nextIdentifier] = kept
            return SegmentPin(lsn: kept, identifier: state.nextIdentifier, pins: self)
        }
    }

    func release(_ identifier: UInt64) {
        state.withLock { state in _ = state.lsns.removeValue(forKey: identifier) }
    }

    /// Begins to retire segments; false where another thread is at it.
    func beginRetiring() -> Bool {
        state.withLock { state in
            defer { state.isRetiring = true }
            return !state.isRetiring
        }
    }

    func endRetiring() { state.withLock { $0.isRetiring = false } }

    /// Claims a segment that ends before `lsn`; false where somebody keeps it.
    ///
    /// From then on no pin reaches below `lsn`.
    func claimSegment(endingBefore lsn: UInt64) -> Bool {
        state.withLock { state in
            if state.lsns.values.contains(where: { $0 < lsn }) { return false }
            state.retiredLSN = max(state.retiredLSN, lsn)
            return true
        }
    }
}
