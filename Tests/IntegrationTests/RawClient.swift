import Glibc
import Inventory
import Testing
import Wire

/// What went wrong on a raw connection.
struct RawClientError: Error {
    var what: String
    var number = errno
}

/// A blocking TCP connection that sends whatever bytes a test wants and reads frames.
///
/// Reads give up after ten seconds, so that a silent server fails a test and doesn't hang it.
final class RawClient {
    private var socket: Int32
    private var received: [UInt8] = []

    /// One answer.
    struct Answer {
        var header: FrameHeader
        var body: [UInt8]

        var outcome: Outcome? { Outcome(rawValue: header.code) }
        var isRepeated: Bool { header.flags & WireLayout.repeatedFlag != 0 }

        /// The content of an accepted answer.
        func content<Content: WireAnswer>(_: Content.Type = Content.self) throws -> Content {
            switch try body.withUnsafeBytes({
                try Answered<Content>(header: header, body: $0)
            }) {
            case .accepted(let content): return content
            case .refused(let refusal): throw refusal
            }
        }

        /// The refusal.
        func refusal() throws -> Refusal {
            switch try body.withUnsafeBytes({
                try Answered<WriteReceipt>(header: header, body: $0)
            }) {
            case .accepted: throw RawClientError(what: "accepted, not refused")
            case .refused(let refusal): return refusal
            }
        }
    }

    init(port: Int, receiveBufferBytes: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw RawClientError(what: "socket") }
        if var size = receiveBufferBytes {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        let timeoutSize = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, timeoutSize)
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, timeoutSize)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw RawClientError(what: "connect") }
    }

    deinit { close() }

    /// Closes the connection.
    func close() {
        if socket >= 0 { Glibc.close(socket) }
        socket = -1
    }

    /// Closes the connection so that the server learns at once that nobody reads any more.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            socket,
            SOL_SOCKET,
            SO_LINGER,
            &linger,
            socklen_t(MemoryLayout<Glibc.linger>.size)
        )
        close()
    }

    /// Closes the sending side only.
    func finishSending() { shutdown(socket, Int32(SHUT_WR)) }

    /// Sends bytes.
    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw RawClientError(what: "send") }
            sent += count
        }
    }

    /// Sends what the socket takes without waiting; returns how much that was, or −1.
    func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes {
            Glibc.send(
                socket,
                $0.baseAddress,
                $0.count,
                Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            )
        }
    }

    /// Sends a request.
    func send(_ request: some WireRequest, correlation: UInt64 = 0) throws {
        try send(try request.encode(correlation: correlation))
    }

    /// The next answer, or `nil` when the server has closed the connection.
    func receive() throws -> Answer? {
        while true {
            let step = received.withUnsafeBytes { FrameHeader.next(in: $0, at: 0) }
            if case .whole(let header) = step {
                let body = Array(received[WireLayout.headerSizeBytes..<header.size])
                received.removeFirst(header.size)
                return Answer(header: header, body: body)
            }
            guard case .partial = step else { throw RawClientError(what: "not a frame") }
            guard try receiveMore() else { return nil }
        }
    }

    /// Waits for more bytes; `false` when the server has closed.
    private func receiveMore() throws -> Bool {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
            result = recv(socket, buffer.baseAddress, buffer.count, 0)
            count = max(0, result)
        }
        if result < 0, errno == EAGAIN { throw RawClientError(what: "no answer in time") }
        received += bytes
        return result > 0
    }

    /// The next answer, which must come.
    func expectAnswer() throws -> Answer {
        guard let answer = try receive() else { throw RawClientError(what: "closed") }
        return answer
    }

    /// Sends a request and reads one answer.
    func call(_ request: some WireRequest, correlation: UInt64 = 0) throws -> Answer {
        try send(request, correlation: correlation)
        return try expectAnswer()
    }

    /// Whether bytes of an answer are there already.
    var hasAnswer: Bool {
        var byte: UInt8 = 0
        let flags = Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)
        return !received.isEmpty || recv(socket, &byte, 1, flags) > 0
    }

    /// Reads on until the server closes; the answers that came before.
    func receiveUntilClosed() throws -> [Answer] {
        var answers: [Answer] = []
        while let answer = try receive() { answers.append(answer) }
        return answers
    }

    /// Says hello.
    @discardableResult
    func greet() throws -> Greeting { try call(Hello(name: "raw-test")).content() }
}
