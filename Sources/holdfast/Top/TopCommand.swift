internal import ArgumentParser
internal import Glibc
internal import HoldfastClient

/// `holdfast top`: what a server does, live.
struct TopCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch a server: rates, latency, holds, log, conflicts.",
        discussion: """
            Redrawn in place on a terminal, a line each where there is none. Each redraw asks \
            once for `stats`, which sums over all cells on a thread of its own: some milliseconds \
            of one core at a million cells. `stats µs` tells what it took; raise --interval where \
            that is much. The latencies are those of `top` itself: of a `show` of an id that \
            doesn't exist, sent each 100 ms over a connection of its own, over the last 10 s.
            """
    )

    @OptionGroup var options: ServerOptions

    @Option(help: "How many times to tell; until stopped when not given.")
    var count: Int?

    @Option(help: "Seconds between two.")
    var interval = 1.0

    private static let probeIntervalMilliseconds: Int64 = 100
    private static let probeCountMax = 100

    /// Watches the server.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        if let count { try check(count, "--count", 1...Int(Int32.max)) }
        guard interval >= 0.1, interval <= 3_600 else {
            throw .usage("--interval \(interval): give 0.1 to 3600 seconds")
        }
        let probe = try await connect(try options.configuration())
        let result: Result<Void, CommandFailure>
        do throws(CommandFailure) {
            result = .success(try await watch(client, probe))
        } catch {
            result = .failure(error)
        }
        await probe.close()
        try result.get()
    }

    private func watch(
        _ client: HoldfastClient,
        _ probe: HoldfastClient
    ) async throws(CommandFailure) {
        var window = ProbeWindow(countMax: TopCommand.probeCountMax)
        var before = try await sample(client)
        var told = 0
        var linesDrawn = 0
        while told < count ?? Int.max {
            try await measure(probe, until: before.instant + .seconds(interval), into: &window)
            let now = try await sample(client)
            let report = TopReport(from: before, to: now, probe: window)
            show(report, isFirst: told == 0, linesDrawn: &linesDrawn)
            before = now
            told += 1
        }
    }

    private func sample(_ client: HoldfastClient) async throws(CommandFailure) -> TopSample {
        let start = ContinuousClock.now
        let statistics = try await accepted("stats") { () throws(ClientError) in
            try await client.statistics()
        }
        let now = ContinuousClock.now
        return TopSample(statistics, instant: now, cost: now - start)
    }

    /// Probes until an instant, at least once.
    private func measure(
        _ probe: HoldfastClient,
        until end: ContinuousClock.Instant,
        into window: inout ProbeWindow
    ) async throws(CommandFailure) {
        repeat {
            do throws(ClientError) {
                let request = ShowRequest(.random())
                let answer = probe.start(request, answeredBy: ReservationReport.self)
                window.add(try await answer.valueWithLatency.nanoseconds)
            } catch {
                throw CommandFailure(error)
            }
            let next =
                ContinuousClock.now
                + .milliseconds(TopCommand.probeIntervalMilliseconds)
            do {
                try await Task.sleep(until: min(next, end), clock: .continuous)
            } catch {
                throw CommandFailure(.refused, "stopped", "top was stopped")
            }
        } while ContinuousClock.now < end
    }

    private func show(_ report: TopReport, isFirst: Bool, linesDrawn: inout Int) {
        if options.json { return Terminal.writeLine(report.json.text) }
        guard Terminal.isTerminal else {
            return Terminal.writeLines(isFirst ? [report.titles, report.line] : [report.line])
        }
        let lines = ["\(Terminal.styled("holdfast", .bold)) \(options.server)"] + report.block
        let up = linesDrawn > 0 ? "\u{1B}[\(linesDrawn)A" : ""
        let drawn = lines.map { "\u{1B}[K" + $0 + "\n" }.joined()
        Terminal.write(up + drawn, to: STDOUT_FILENO)
        linesDrawn = lines.count
    }
}
