internal import ArgumentParser
internal import HoldfastClient

/// `holdfast source`: which warehouses would serve an order, and why.
struct SourceCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Plan an order without holding anything, and explain the plan.",
        discussion: """
            With --explain every warehouse is told with its terms and why it lost; with --json \
            that is enough to check the plan with another solver. The figures are those that the \
            plan was made with; exit code 1 if a reserve would be refused.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var order: ReserveOptions

    @Flag(help: "Tell what the plan was chosen from.")
    var explain = false

    /// Asks and prints.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let request = try order.request()
        let report = try await accepted("source") { () throws(ClientError) in
            try await client.source(request)
        }
        let text = SourcingReportText(report)
        if options.json {
            Terminal.writeLine(text.json.text)
        } else {
            text.writePlan()
            AlternativesText(report).write()
            if explain { text.writeCandidates() }
            text.writeSummary()
        }
        guard report.outcome == .accepted else {
            let line = report.refusedLine < 0 ? nil : Int(report.refusedLine)
            throw CommandFailure(Refusal(report.outcome, index: line), "source")
        }
    }
}
