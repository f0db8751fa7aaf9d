internal import ArgumentParser
internal import HoldfastClient
internal import NIOCore

/// `holdfast bench flash-sale endurance`: whether latency and memory stay as they are under load.
struct EnduranceCommand: ReportingCommand {
    static let configuration = CommandConfiguration(
        commandName: "endurance",
        abstract: "Load a server for long and tell whether latency and memory stay flat.",
        discussion: """
            Lives begin at a steady rate, whatever the answers do: most are a hold, its payment \
            and its fulfilment; of some the payment fails and they are given back; some are left \
            to expire; of some the last answer is asked for once more. Latency counts from when a \
            request was due. A server remembers what is over for a while, one hour unless told \
            otherwise, so its memory grows until then. A straight line through each series, behind \
            --warmup, tells whether it grows by more than --tolerance of its mean over the run, \
            with bounds of 95 %. Exit code 1 means that one does (not_flat), that a request was \
            refused (refused_under_load), that lives couldn't begin when they were due \
            (fell_behind), or that the server ended (server_ended).
            """
    )

    @Option(help: "Lives that begin each second.")
    var rate: Int

    @Option(help: "For how many seconds.")
    var duration = 600

    @Option(help: "Seconds that are put together to one row.")
    var interval = 10

    @Option(help: "Seconds at the beginning that tell nothing of a trend.")
    var warmup = 30

    @Option(help: "Percent of lives whose payment fails.")
    var failing = 15

    @Option(help: "Percent of lives that are left to expire.")
    var abandoned = 5

    @Option(help: "Percent of lives whose last request is sent once more.")
    var retries = 5

    @Option(help: "How long a hold lives that is left to expire; 2s when not given.")
    var hold: DurationArgument?

    @Option(help: "How many connections.")
    var connections = 16

    @Option(help: "How many event loops send.")
    var threads = 1

    @Option(help: "How many SKUs, of which there is enough.")
    var skus = 100_000

    @Option(help: "The growth that counts as none, in percent of the mean.")
    var tolerance = 10.0

    @OptionGroup var ownServer: OwnServerOptions

    /// As the flag says.
    var printsJSON: Bool { ownServer.json }

    private static let outstanding = 2_048

    /// Loads a server and tells.
    func perform() async throws(CommandFailure) {
        try checkOptions()
        let options = try ownServer.serveOptions
        let report = try await LoadServer.with(skuCount: skus, options: options) {
            (load) async throws(CommandFailure) in
            let memory = MemorySeries(load.server, intervalSeconds: interval)
            async let sampled = memory.sample()
            let plan = plan
            let result: Result<LoadResult, CommandFailure>
            do throws(CommandFailure) {
                result = .success(try await load.bench.play(plan))
            } catch {
                result = .failure(error)
            }
            memory.end()
            let samples = await sampled
            // Said rather than what the load met of it.
            try load.server.expectRunning()
            return EnduranceReport(
                try result.get(),
                memory: samples,
                intervalSeconds: interval,
                warmUpSeconds: warmup,
                tolerance: tolerance / 100
            )
        }
        Terminal.writeLines(ownServer.json ? [report.json.text] : report.lines)
        if let failure = report.failure { throw failure }
    }

    private func checkOptions() throws(CommandFailure) {
        try check(rate, "--rate", 1...LoadPlan.perSecondMax)
        try check(duration, "--duration", 1...86_400)
        try check(interval, "--interval", 1...3_600)
        try check(warmup, "--warmup", 0...86_400)
        try check(failing, "--failing", 0...100)
        try check(abandoned, "--abandoned", 0...100)
        try check(retries, "--retries", 0...100)
        try check(failing + abandoned + retries, "--failing, --abandoned, --retries", 0...100)
        try check(Int(clamping: hold?.milliseconds ?? 2_000), "--hold, in ms,", 1...600_000)
        try check(connections, "--connections", 1...4_096)
        try check(threads, "--threads", 1...64)
        try check(skus, "--skus", 1...LoadPlan.skuCountMax)
        guard tolerance >= 0, tolerance <= 1_000 else {
            throw .usage("--tolerance \(tolerance): give 0 to 1000")
        }
    }

    private var plan: LoadPlan {
        var plan = LoadPlan(
            skuCount: skus,
            end: .seconds(Double(duration)),
            connections: connections,
            outstanding: EnduranceCommand.outstanding,
            seed: .random(in: 0 ... .max)
        )
        plan.perSecond = rate
        plan.threads = threads
        var repeated = LoadPlan.Course(percent: retries, changes: [.commit, .fulfil])
        repeated.repeatsLast = true
        plan.courses = [
            LoadPlan.Course(
                percent: 100 - failing - abandoned - retries,
                changes: [.commit, .fulfil]
            ),
            LoadPlan.Course(percent: failing, changes: [.release]),
            LoadPlan.Course(
                percent: abandoned,
                timeToLiveMilliseconds: UInt32(hold?.milliseconds ?? 2_000)
            ),
            repeated,
        ]
        return plan
    }
}
