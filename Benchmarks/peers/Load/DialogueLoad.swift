import Glibc
import HoldfastClient
import NIOCore
import NIOPosix

/// What came of a load.
struct DialogueResult {
    var requests = 0
    var accepted = 0
    var lives = 0
    var measuredLives = 0
    var latency = LatencyHistogram()
    var lastAnswerNanoseconds: UInt64 = 0

    mutating func add(_ other: DialogueResult) {
        requests += other.requests
        accepted += other.accepted
        lives += other.lives
        measuredLives += other.measuredLives
        latency.add(other.latency)
        lastAnswerNanoseconds = max(lastAnswerNanoseconds, other.lastAnswerNanoseconds)
    }

    /// One line for programs.
    func json(sinceNanoseconds start: UInt64) -> String {
        let seconds = Double(lastAnswerNanoseconds - start) / 1e9
        let percentiles = [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)].map { name, fraction in
            "\"\(name)\":\(Double(latency.nanoseconds(atFraction: fraction)) / 1_000)"
        }
        return "{\"requests\":\(requests),\"accepted\":\(accepted),\"lives\":\(lives),"
            + "\"seconds\":\(seconds),\"per_second\":\(Double(measuredLives) / seconds),"
            + "\"latency_us\":{\(percentiles.joined(separator: ","))}}"
    }
}

/// A closed load: always so many requests without an answer, each life's one after the other.
enum DialogueLoad {
    /// Plays a load on one event loop and prints what came of it.
    static func run<Talk: Dialogue & Sendable>(
        _ shape: LoadShape,
        talk: @escaping @Sendable (Int) -> Talk
    ) throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        var ends: [EventLoopFuture<DialogueResult>] = []
        var handlers: [NIOLoopBound<DialogueHandler<Talk>>] = []
        for index in 0..<shape.connections {
            let end = eventLoop.makePromise(of: DialogueResult.self)
            let outstanding = shape.outstanding
            let handler = try eventLoop.submit {
                let handler = DialogueHandler(
                    talk: talk(index),
                    outstanding: outstanding,
                    finished: end
                )
                return NIOLoopBound(handler, eventLoop: eventLoop)
            }.wait()
            _ = try ClientBootstrap(group: group)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.recvAllocator, value: largeReads)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(handler.value)
                    }
                }
                .connect(host: "127.0.0.1", port: shape.port).wait()
            ends.append(end.futureResult)
            handlers.append(handler)
        }
        let start = NIODeadline.now().uptimeNanoseconds + UInt64(shape.warmup * 1e9)
        let stop = start + UInt64(shape.seconds * 1e9)
        for handler in handlers {
            eventLoop.execute { handler.value.begin(measuredFrom: start, until: stop) }
        }
        var result = DialogueResult()
        for end in ends { result.add(try end.wait()) }
        print(result.json(sinceNanoseconds: start))
        try group.syncShutdownGracefully()
    }
}

/// One connection of a load.
///
/// Isolation: its channel's event loop.
final class DialogueHandler<Talk: Dialogue & Sendable>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Sent {
        var life: UInt64 = 0
        var phase = 0
        var sinceNanoseconds: UInt64 = 0
    }

    private struct Closed: Error {}

    private var talk: Talk
    private let outstanding: Int
    private let finished: EventLoopPromise<DialogueResult>
    /// The requests without an answer, oldest first, as a ring from `head` on.
    private var sent: [Sent]
    private var head = 0
    private var waiting = 0
    private var number: UInt64 = 0
    private var startNanoseconds = UInt64.max
    private var stopNanoseconds = UInt64.max
    private var input = ByteBuffer()
    private var output = ByteBuffer()
    private var result = DialogueResult()
    private var context: ChannelHandlerContext?

    init(talk: Talk, outstanding: Int, finished: EventLoopPromise<DialogueResult>) {
        self.talk = talk
        self.outstanding = outstanding
        self.finished = finished
        sent = Array(repeating: Sent(), count: outstanding)
    }

    func channelActive(context: ChannelHandlerContext) { self.context = context }

    /// Starts sending.
    func begin(measuredFrom start: UInt64, until stop: UInt64) {
        guard let context else { return finished.fail(Closed()) }
        startNanoseconds = start
        stopNanoseconds = stop
        let now = NIODeadline.now().uptimeNanoseconds
        for _ in 0..<outstanding { beginLife(now) }
        flush(context)
    }

    private func beginLife(_ now: UInt64) {
        guard now < stopNanoseconds else { return }
        send(Sent(life: number, phase: 0, sinceNanoseconds: now))
        number += 1
    }

    private func send(_ next: Sent) {
        talk.write(life: next.life, phase: next.phase, to: &output)
        sent[(head + waiting) % outstanding] = next
        waiting += 1
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now().uptimeNanoseconds
        var bytes = unwrapInboundIn(data)
        if input.readableBytes == 0 {
            input = bytes
        } else {
            input.writeBuffer(&bytes)
        }
        while waiting > 0, let isAccepted = talk.takeAnswer(from: &input) {
            let done = sent[head]
            head = (head + 1) % outstanding
            waiting -= 1
            answered(done, isAccepted, now)
        }
        result.lastAnswerNanoseconds = now
        input.discardReadBytes()
    }

    private func answered(_ done: Sent, _ isAccepted: Bool, _ now: UInt64) {
        let isMeasured = now >= startNanoseconds
        if isMeasured { result.latency.record(nanoseconds: now - done.sinceNanoseconds) }
        result.requests += 1
        if isAccepted {
            result.accepted += 1
            if done.phase + 1 < talk.phaseCount(ofLife: done.life) {
                return send(Sent(life: done.life, phase: done.phase + 1, sinceNanoseconds: now))
            }
            result.lives += 1
            if isMeasured { result.measuredLives += 1 }
        }
        beginLife(now)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        flush(context)
        guard waiting == 0, startNanoseconds != .max else { return }
        finished.succeed(result)
        context.close(promise: nil)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard output.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        output.clear()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        finished.fail(Closed())
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finished.fail(error)
        context.close(promise: nil)
    }
}
