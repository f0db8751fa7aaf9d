internal import Glibc
internal import Storage

/// SIGTERM and SIGINT as something to wait for.
///
/// The handler writes a byte to a pipe, the only thing it may do; a thread reads it. Both signals
/// get their own meaning back then, so that a second one ends a drain that takes too long.
enum StopSignal {
    /// The ends of the pipe, made once before the handler is installed.
    private static let ends = makePipe()

    private static func makePipe() -> (reading: Int32, writing: Int32) {
        var pair: [Int32] = [-1, -1]
        let status = pipe(&pair)
        precondition(status == 0, "a process has room for a pipe")
        for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (pair[0], pair[1])
    }

    /// Starts catching; before it the signals end the process.
    static func install() {
        _ = ends
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in
                var byte: UInt8 = 1
                _ = write(StopSignal.ends.writing, &byte, 1)
            }
        }
    }

    /// Kills this process once its standard input ends: whoever started it is gone.
    ///
    /// Killed and not drained: a drain may wait for clients, and whoever goes with them is a crash
    /// like any other, which takes back what the durability lets it.
    static func followInput() {
        _ = SystemThread(name: "holdfast-input") {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count > 0 || (count < 0 && errno == EINTR) { continue }
                if count < 0, errno == EAGAIN {
                    // Whoever started it may have made it so that reading doesn't wait.
                    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                    _ = poll(&input, 1, -1)
                    continue
                }
                kill(getpid(), SIGKILL)
            }
        }
    }

    /// Waits for the first signal.
    static func wait() async {
        await withCheckedContinuation { continuation in
            _ = SystemThread(name: "holdfast-signal") {
                var byte: UInt8 = 0
                while read(StopSignal.ends.reading, &byte, 1) < 0, errno == EINTR {}
                for number in [SIGTERM, SIGINT] { signal(number, SIG_DFL) }
                continuation.resume()
            }
        }
    }
}
