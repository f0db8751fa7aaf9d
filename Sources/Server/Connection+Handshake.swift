internal import Engine
internal import Inventory
internal import Logging
internal import NIOCore
internal import Node
internal import Synchronization
internal import Wire

/// The first frame: who speaks, and whether the name is proved.
extension Connection {
    /// Answers the first frame.
    /// - Returns: Its size, or 0 when it isn't whole or wasn't right.
    func greet(_ bytes: UnsafeRawBufferPointer, _ now: Instant) -> Int {
        let header: FrameHeader
        switch FrameHeader.next(in: bytes, at: 0) {
        case .whole(let found): header = found
        case .partial:
            // Nobody who hasn't said hello may fill memory.
            if bytes.count > Hello.frameSizeMax {
                refuse(.helloExpected, detail: "the first frame must be a hello")
            }
            return 0
        case .refused(let outcome):
            refuse(outcome, detail: "the first frame must be a hello")
            return 0
        }
        let correlation = header.correlation
        guard header.code == Operation.hello.rawValue else {
            refuse(
                .helloExpected,
                correlation: correlation,
                detail: "the first frame must be a hello"
            )
            return 0
        }
        guard header.flags == 0 else {
            refuse(.malformedFrame, correlation: correlation, detail: "a request has no flags")
            return 0
        }
        let hello: Hello
        do throws(WireFault) {
            hello = try Hello(
                body: UnsafeRawBufferPointer(
                    rebasing: bytes[WireLayout.headerSizeBytes..<header.size]
                ),
                operation: .hello
            )
        } catch {
            refuse(error.outcome, correlation: correlation, detail: error.detail.description)
            return 0
        }
        clientName = hello.name
        guard isAdmitted(hello) else {
            denyLater(correlation)
            return 0
        }
        guard let version = hello.commonVersion else {
            refuse(
                .unsupportedVersion,
                correlation: correlation,
                detail: "versions \(WireLayout.versionMin)-\(WireLayout.versionMax) are spoken"
            )
            return 0
        }
        let greeting = Greeting(
            durability: loop.shared.durabilityMode,
            instant: now,
            framesInFlightMax: UInt32(clamping: loop.shared.settings.framesInFlightMax),
            version: version,
            features: hello.features & WireLayout.features
        )
        append(greeting, correlation: correlation)
        rates = loop.shared.rates.map {
            ConnectionRates($0, name: hello.name, signal: loop.signal)
        }
        phase = .open
        loop.shared.logger.debug("client connected", metadata: logged("hello"))
        return header.size
    }

    private func isAdmitted(_ hello: Hello) -> Bool {
        guard let credentials = loop.shared.settings.credentials else { return true }
        return credentials.admits(hello.name, proof: hello.proof)
    }

    /// Refuses a name that isn't proved, after a while: guessing is slow, and stops nobody else.
    ///
    /// More of them than may be answered in a second are closed without an answer.
    private func denyLater(_ correlation: UInt64) {
        phase = .denied
        drop()
        loop.signal.authenticationFailures.wrappingAdd(1, ordering: .relaxed)
        loop.shared.logger.notice("authentication failed", metadata: logged("hello"))
        let isAnswered = loop.takeDenial()
        let delay = TimeAmount.milliseconds(ServerLimits.denialDelayMilliseconds)
        context?.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            guard self.phase == .denied else { return }
            guard isAnswered else { return self.closeNow() }
            self.phase = .handshake
            self.refuse(
                .authenticationFailed,
                correlation: correlation,
                detail: "the name isn't known here, or its secret is another"
            )
        }
    }

    /// Makes sure that movements of this connection carry its client's name.
    ///
    /// While changes are refused there are none, and a new name can't be written down.
    /// - Returns: Whether the connection may go on; if not, it waits for log credit.
    func resolveActor(_ now: Instant, changesRefused: Outcome?) -> Bool {
        if actor == nil, changesRefused == nil {
            actor = loop.shared.node.engine.actor(
                named: clientName,
                now: now,
                session: loop.session
            )
            if actor == nil {
                waitForCredit()
                return false
            }
        }
        loop.session.actor = actor ?? 0
        return true
    }
}
