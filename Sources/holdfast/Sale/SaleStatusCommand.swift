internal import ArgumentParser
internal import Glibc
internal import HoldfastClient

/// `holdfast sale status`: how a sale goes, live.
struct SaleStatusCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Watch a sale: what is sold, held and free, the rate, refusals by reason.",
        discussion: """
            Redrawn in place on a terminal, a line each where there is none. Each redraw has the \
            server look at every SKU of the sale, some at a time, on a thread of its own. \
            Refusals are counted since the server's start.
            """
    )

    @OptionGroup var options: ServerOptions
    @OptionGroup var sale: SaleArgument

    @Flag(help: "Tell it once and end.")
    var once = false

    @Option(help: "How many times to tell; until stopped when not given.")
    var count: Int?

    @Option(help: "Seconds between two.")
    var interval = 1.0

    /// Watches the sale.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        if let count { try check(count, "--count", 1...Int(Int32.max)) }
        guard interval >= 0.1, interval <= 3_600 else {
            throw .usage("--interval \(interval): give 0.1 to 3600 seconds")
        }
        var before: SaleStatus?
        var told = 0
        var linesDrawn = 0
        let countMax = once ? 1 : count ?? Int.max
        while told < countMax {
            if told > 0 { try await wait() }
            let status = try await accepted("sale \(sale.pool)") { () throws(ClientError) in
                try await client.saleStatus(of: sale.pool)
            }
            show(SaleStatusText(status, since: before), isFirst: told == 0, &linesDrawn)
            before = status
            told += 1
        }
    }

    private func wait() async throws(CommandFailure) {
        do { try await Task.sleep(for: .seconds(interval)) } catch {
            throw CommandFailure(.refused, "stopped", "sale status was stopped")
        }
    }

    private func show(_ text: SaleStatusText, isFirst: Bool, _ linesDrawn: inout Int) {
        if options.json { return Terminal.writeLine(text.json.text) }
        if once { return Terminal.writeLines(text.block()) }
        guard Terminal.isTerminal else {
            return Terminal.writeLines(isFirst ? [text.titles, text.line] : [text.line])
        }
        let lines = text.block(columns: Terminal.columns)
        // Fewer lines than before leave none of those behind: all below the first are cleared.
        let up = linesDrawn > 0 ? "\u{1B}[\(linesDrawn)A\u{1B}[J" : ""
        Terminal.write(up + lines.map { $0 + "\n" }.joined(), to: STDOUT_FILENO)
        linesDrawn = lines.count
    }
}
