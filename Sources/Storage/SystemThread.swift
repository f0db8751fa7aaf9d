internal import Glibc

/// A thread of the operating system.
package struct SystemThread: Sendable {
    private let identifier: pthread_t

    private final class Body {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread that runs `body` and ends.
    ///
    /// - Parameters:
    ///   - name: Shown by system tools; at most 15 bytes.
    ///   - body: What it does.
    package init(name: String, body: @escaping @Sendable () -> Void) {
        precondition(name.utf8.count <= 15, "thread name too long")
        let context = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                SystemThread.setName(body.name)
                body.run()
                return nil
            },
            context.toOpaque()
        )
        precondition(status == 0, "the system has no thread left")
        identifier = thread
    }

    /// Names the calling thread for system tools, if it can.
    ///
    /// Through the process file system, because Glibc's module doesn't show the call for it.
    private static func setName(_ name: String) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = name.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }

    /// Waits until the thread has ended; called once.
    package func join() {
        pthread_join(identifier, nil)
    }

    /// Lets another thread have the processor, if one waits for it.
    package static func giveWay() { sched_yield() }
}
