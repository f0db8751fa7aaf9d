internal import ArgumentParser
internal import HoldfastClient

/// `holdfast reroute`: moves one hold's units away from warehouses that aren't online.
struct RerouteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "reroute",
        abstract: "Move a hold's units away from warehouses that drain or are offline.",
        discussion: """
            The units are sourced as the hold was: all of them move in one step, or none. \
            Committed units stay. `warehouse set-state W offline --reroute` does it for all holds.
            """
    )

    @OptionGroup var options: ServerOptions

    @Argument(help: "The id of the reservation.")
    var id: IDArgument

    @Option(help: "The id of this request; drawn when not given.")
    var requestID: IDArgument?

    /// Moves the units.
    func perform(over client: HoldfastClient) async throws(CommandFailure) {
        let receipt = try await accepted("reroute \(id.id)") { () throws(ClientError) in
            try await client.reroute(id.id, requestID: requestID?.id ?? .random())
        }
        ReservationText(id: id.id, receipt: receipt).print(asJSON: options.json)
        if !options.json, receipt.lsn == 0 { Terminal.writeLine("there was nothing to move") }
    }
}

extension RerouteState {
    /// The name that people and programs read.
    var name: String {
        switch self {
        case .none: "none"
        case .waiting: "waiting"
        case .running: "running"
        case .done: "done"
        case .stopped: "stopped"
        }
    }
}

extension ClientCommand {
    /// Moves all held units away from a warehouse and waits for the end, with a bar for people.
    func reroute(
        _ warehouse: WarehouseCode,
        over client: HoldfastClient
    ) async throws(CommandFailure) -> RerouteReport {
        let subject = "reroute of \(warehouse)"
        var report = try await accepted(subject) { () throws(ClientError) in
            try await client.startReroute(of: warehouse)
        }
        let run = report.run
        var bar = ProgressBar(subject, total: 1)
        var total: UInt64 = 1
        while !report.isOver {
            if report.toLookAt != total {
                total = report.toLookAt
                bar = ProgressBar(subject, total: Int(clamping: total))
            }
            bar.show(Int(clamping: min(report.looked, total)))
            await pause()
            report = try await accepted(subject) { () throws(ClientError) in
                try await client.rerouteReport(on: warehouse)
            }
            guard report.run >= run else {
                bar.clear()
                throw CommandFailure(
                    .refused,
                    "interrupted",
                    "\(subject): the server was started anew; run the same command again"
                )
            }
        }
        bar.clear()
        return report
    }

    /// Lets a moment pass before the next question of how something goes.
    func pause() async {
        do { try await Task.sleep(for: .milliseconds(50)) } catch {
            // Cancelled: the next request says so.
            return
        }
    }
}

/// What became of the holds on a warehouse, as a command prints it.
struct RerouteText {
    let warehouse: WarehouseCode
    let report: RerouteReport

    /// The reservations that a person has to look at, and the sums.
    var lines: [String] {
        var lines: [String] = []
        let told = report.entries.filter { $0.fate != .kept }
        if !told.isEmpty {
            var table = TextTable(
                .text("reservation"),
                .text("fate"),
                .number("units"),
                .text("why")
            )
            for entry in told {
                table.add(
                    entry.reservation.description,
                    entry.fate.name,
                    entry.units.grouped,
                    why(entry)
                )
            }
            lines += table.lines
        }
        let counted = report[.later].reservations + report[.stuck].reservations
        let all = counted + report[.committed].reservations
        if all > UInt64(told.count) {
            lines.append("and \((all - UInt64(told.count)).grouped) more, counted below")
        }
        return lines + sums
    }

    private func why(_ entry: RerouteReport.Entry) -> String {
        switch entry.fate {
        case .kept: return ""
        case .later: return "promised \(counted(entry.minutesLater, "minute")) later"
        case .stuck:
            let line = entry.line < 0 ? "" : ", line \(entry.line + 1)"
            return entry.reason.name + line + "; held until it expires"
        case .committed: return "an order's: it stays where it is"
        }
    }

    private var sums: [String] {
        var table = TextTable(.text("fate"), .number("reservations"), .number("units"))
        for fate in RerouteFate.allCases {
            table.add(fate.name, report[fate].reservations.grouped, report[fate].units.grouped)
        }
        var lines = table.lines
        let took = report.endedAt.milliseconds - report.startedAt.milliseconds
        var text =
            "\(warehouse): \(counted(report.moved.reservations, "reservation")) moved "
            + "(\(counted(report.moved.units, "unit"))) in "
            + durationText(microseconds: Double(max(0, took)) * 1_000)
        if report.state == .stopped { text += "; stopped, as the warehouse is online again" }
        lines.append(text)
        return lines
    }

    /// The report for programs.
    var json: JSON {
        .object([
            ("run", .count(report.run)),
            ("state", .string(report.state.name)),
            ("started_at", .string(report.startedAt.text)),
            ("ended_at", report.endedAt == .distantPast ? .null : .string(report.endedAt.text)),
            ("looked_at", .count(report.looked)),
            ("moved", sum(report.moved)),
            ("kept", sum(report[.kept])),
            ("later", sum(report[.later])),
            ("stuck", sum(report[.stuck])),
            ("committed", sum(report[.committed])),
            (
                "reasons",
                .object(
                    report.reasons.map { ($0.outcome.name, JSON.count($0.reservations)) }
                )
            ),
            ("entries", .array(report.entries.map(json))),
        ])
    }

    private func sum(_ sum: RerouteReport.Sum) -> JSON {
        .object([("reservations", .count(sum.reservations)), ("units", .count(sum.units))])
    }

    private func json(_ entry: RerouteReport.Entry) -> JSON {
        var members: [(name: String, value: JSON)] = [
            ("id", .string(entry.reservation.description)),
            ("fate", .string(entry.fate.name)),
            ("units", .count(entry.units)),
        ]
        if entry.fate == .later { members.append(("minutes_later", .count(entry.minutesLater))) }
        if entry.fate == .stuck {
            members.append(("reason", .string(entry.reason.name)))
            members.append(("line", entry.line < 0 ? .null : .count(entry.line + 1)))
        }
        return .object(members)
    }
}
