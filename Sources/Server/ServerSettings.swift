internal import Inventory
internal import NIOCore
internal import Wire

/// What a server is started with.
package struct ServerSettings: Sendable {
    /// The address to listen on.
    package var host = "127.0.0.1"
    /// The port to listen on; 0 for any free one.
    package var port = 7_411
    /// Event loops, one thread each: a core less than there are, which the log's thread needs.
    package var eventLoops = max(1, System.coreCount - 1)
    /// Connections that are served at the same time; more are answered and closed.
    package var connectionsMax = 4_096
    /// Requests of one connection that may wait for the log before it isn't read any more.
    package var framesInFlightMax = 65_536
    /// Bytes of answers that one connection may leave unread before it isn't read any more.
    package var outputHighWatermarkBytes = 1 << 20
    /// Seconds that a connection may leave its answers unread.
    package var slowReaderTimeoutSeconds = 30
    /// Seconds without a byte after which a connection is closed.
    package var idleTimeoutSeconds = 600
    /// Seconds within which a connection must have said hello.
    package var handshakeTimeoutSeconds = 10
    /// Milliseconds that a connection whose last answer has left waits for its client to close.
    package var lingerMilliseconds = 2_000
    /// Milliseconds of a drain in which requests are still answered.
    package var drainNoticeMilliseconds = 200
    /// Seconds after which a drain closes what is still open.
    package var drainTimeoutSeconds = 10

    /// Questions that may wait for the thread that sweeps whole tables.
    package var waitingReadsMax = 64
    /// Reserves that may wait for the thread that searches long; 0 for none.
    ///
    /// Of 16 the last waits some 1.5 s at worst. Those beyond take the best plan that their event
    /// loop finds.
    package var waitingSearchesMax = 16
    /// Called on the planning thread after each search, so that a test can hold it there.
    package var didSearchLong: (@Sendable () -> Void)?
    /// Called on the reading thread after each answer is made, so that a test can hold it there.
    package var didReadLong: (@Sendable () -> Void)?
    /// The names that are admitted; `nil` for every name, whatever its proof.
    package var credentials: Credentials?
    /// How often owners, connections and clients may ask.
    package var rates = RateSettings()

    /// Settings with their defaults.
    package init() {}

    /// Traps on settings that contradict each other or the protocol.
    func check() {
        precondition(eventLoops > 0, "a server needs an event loop")
        precondition(waitingReadsMax > 0, "somebody may ask")
        precondition(waitingSearchesMax >= 0, "a count")
        precondition(connectionsMax > 0, "a server takes at least one connection")
        precondition(framesInFlightMax >= ServerLimits.framesPerBatchMax, "a batch is in flight")
        precondition(outputHighWatermarkBytes >= 1 << 12, "a watermark holds some answers")
        precondition(slowReaderTimeoutSeconds > 0 && idleTimeoutSeconds > 0, "timeouts above 0")
        precondition(handshakeTimeoutSeconds > 0, "a client needs time to say hello")
        rates.check()
        precondition(drainNoticeMilliseconds >= 0 && drainTimeoutSeconds > 0, "a drain takes time")
    }
}

/// The fixed limits of a server.
package enum ServerLimits {
    /// Frames that are decoded ahead before the first of them is carried out.
    static let framesPerBatchMax = 32
    /// Lines of all reserves in a batch.
    static let linesPerBatchMax = 2 * Limits.linesPerReservationMax
    /// Bytes of log credit that a batch takes, unless its first request needs more.
    static let creditPerBatchBytesMax = Limits.recordSizeBytesMax
    /// Frames that one turn of a connection carries out before others get theirs.
    static let framesPerTurnMax = 512
    /// Nanoseconds after which a turn starts no further batch.
    static let turnNanosecondsMax: UInt64 = 1_000_000
    /// Steps after which a reserve's search is handed to the planning thread, and after which
    /// searches end a batch: less than a millisecond, and enough for 99.6 % of real orders.
    static let searchStepsMax = 40_000
    /// How often a reserve is searched on the planning thread, while others change its stock
    /// between the search and its own look, before the plan that its event loop finds stands.
    static let longSearchesPerReserveMax = 3
    /// Bytes of room that a batch starts with.
    static let batchRoomBytes = 4_096
    /// Bytes of an output buffer that is kept for use again, at most.
    static let spareBufferBytesMax = 1 << 18
    /// Output buffers that a loop keeps for use again.
    static let spareBuffersMax = 64
    /// Bytes of a connection's buffer for split frames that is kept between frames.
    static let partialBytesKept = 1 << 16
    /// Cells that one slice of a stock list reads; with one SKU's cells more it fits a frame.
    static let cellsPerSliceMax = 128
    /// Nanoseconds after which a bulk read starts no further slice before others get their turn.
    static let sliceNanosecondsMax: UInt64 = 200_000
    /// Owners' shares or SKUs that one slice of a question about a sale looks at.
    static let saleEntriesPerSliceMax = 2_048
    /// SKUs of a question for availability that are read in one go, on an event loop too.
    static let availabilitySKUsAtOnceMax = 64
    /// Names in a file of credentials.
    static let credentialsMax = 4_096
    /// Owners whose rate is remembered at once, unless the settings say it: 8 MiB of memory.
    static let rateOwnersMaxDefault = 1_048_576
    /// Requests a second that the limit on an owner may allow: ticks tell higher ones badly.
    package static let ownerRateMax = 1_000
    /// Milliseconds before a hello whose name isn't proved is refused.
    static let denialDelayMilliseconds: Int64 = 250
    /// Such hellos that one event loop answers between two looks at timeouts: 100 in a second.
    static let denialsPerSweepMax = 10
    /// Milliseconds between two looks at timeouts.
    static let sweepMilliseconds: Int64 = 100
    /// Milliseconds after which a request without log credit is tried again, published or not.
    static let creditRetryMilliseconds: Int64 = 1
    /// Refused connections that linger at the same time; more are closed without an answer.
    static let refusedConnectionsMax = 64
    /// Connections that wait in the kernel to be accepted.
    static let backlogMax: Int32 = 1_024
    /// Bytes of the first, smallest and largest read.
    static let readBytes = (first: 1 << 14, smallest: 1 << 10, largest: 1 << 18)
}

/// Why a server couldn't start.
package struct ServerError: Error, Sendable, CustomStringConvertible {
    /// The address that was to be listened on.
    package let host: String
    /// The port that was to be listened on.
    package let port: Int
    /// What the system said.
    package let detail: String

    /// The error for people.
    package var description: String {
        "can't listen on \(host):\(port): \(detail); choose another address, or free it"
    }
}
