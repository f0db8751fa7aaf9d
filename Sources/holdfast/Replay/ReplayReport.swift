internal import HoldfastClient

/// What a replay did, added up order by order.
struct ReplayReport {
    var orders = 0
    var lines = 0
    var unitsRequested: Int64 = 0
    var unitsReserved: Int64 = 0
    var unitsReturned: Int64 = 0
    var ordersWhole = 0
    var ordersPartial = 0
    var ordersRefused = 0
    var ordersRepeated = 0
    var ordersReturned = 0
    var ordersReplaced = 0
    var ordersFulfilled = 0
    var unitsFulfilled: Int64 = 0
    var commits = 0
    /// Requests whose answer was thrown away and that were asked again.
    var answersAskedAgain = 0
    /// Those whose repeat wasn't equal.
    var answersDiffering = 0
    var shipments = 0
    var metres: Int64 = 0
    var costMinor: Int64 = 0
    var seconds = 0.0
    var latency = LatencyHistogram()
    var skipped: [SkippedRow] = []
    /// How often each outcome refused an order, a commit or a return.
    var refusals: [String: Int] = [:]
    /// Commits, fulfilments and returns that were refused: those should never be.
    var unexpectedRefusals = 0

    private static let skippedShownMax = 5

    /// Units asked for and not reserved.
    var unitsShort: Int64 { unitsRequested - unitsReserved }

    private var ordersPerSecond: Double { seconds > 0 ? Double(orders) / seconds : 0 }

    /// The report for programs.
    var json: JSON {
        .object([
            ("orders", .count(orders)),
            ("lines", .count(lines)),
            ("units_requested", .integer(unitsRequested)),
            ("units_reserved", .integer(unitsReserved)),
            ("units_short", .integer(unitsShort)),
            ("units_returned", .integer(unitsReturned)),
            ("rows_skipped", .count(skipped.count)),
            ("orders_whole", .count(ordersWhole)),
            ("orders_partial", .count(ordersPartial)),
            ("orders_refused", .count(ordersRefused)),
            ("orders_repeated", .count(ordersRepeated)),
            ("orders_returned", .count(ordersReturned)),
            ("orders_replaced", .count(ordersReplaced)),
            ("orders_fulfilled", .count(ordersFulfilled)),
            ("units_fulfilled", .integer(unitsFulfilled)),
            ("commits", .count(commits)),
            ("answers_asked_again", .count(answersAskedAgain)),
            ("answers_differing", .count(answersDiffering)),
            ("shipments", .count(shipments)),
            ("cost_minor", .integer(costMinor)),
            ("kilometres", .number(Double(metres) / 1_000)),
            ("seconds", .number(seconds)),
            ("orders_per_second", .number(ordersPerSecond)),
            ("latency_us", latency.json),
            (
                "refusals",
                .object(refusals.sorted { $0.key < $1.key }.map { ($0.key, .count($0.value)) })
            ),
            ("skipped", .array(skipped.map(json))),
        ])
    }

    private func json(_ row: SkippedRow) -> JSON {
        .object([
            ("line", .count(row.line)),
            ("order_id", .string(row.orderID)),
            ("sku", .string(row.sku)),
            ("quantity", .integer(row.quantity)),
            ("reason", .string(row.reason)),
        ])
    }

    /// The report for people, the result on the last line.
    var textLines: [String] {
        var table = TextTable(.text(""), .number("orders"), .text(""), .number("units"))
        table.add("asked for", orders.grouped, "asked for", unitsRequested.grouped)
        table.add("whole", ordersWhole.grouped, "reserved", unitsReserved.grouped)
        table.add("partial", ordersPartial.grouped, "short", unitsShort.grouped)
        table.add("refused", ordersRefused.grouped, "", "")
        table.add("returned", ordersReturned.grouped, "returned", unitsReturned.grouped)
        if ordersFulfilled > 0 {
            table.add(
                "fulfilled",
                ordersFulfilled.grouped,
                "fulfilled",
                unitsFulfilled.grouped
            )
        }
        var text = table.lines
        text += skippedLines
        for (name, count) in refusals.sorted(by: { $0.key < $1.key }) {
            text.append("refused with \(name): \(count.grouped)")
        }
        if ordersRepeated > 0 {
            text.append("\(counted(ordersRepeated, "order")) answered as they were before")
        }
        if ordersReplaced > 0 {
            text.append("\(counted(ordersReplaced, "order")) replaced an older hold")
        }
        if answersAskedAgain > 0 {
            text.append(
                "\(counted(answersAskedAgain, "answer")) thrown away and asked for again, "
                    + "\(answersDiffering.grouped) of them differed"
            )
        }
        text.append(
            "\(counted(shipments, "shipment")), "
                + "\((Double(metres) / 1_000).groupedWhole) km, cost \(costMinor.grouped)"
        )
        text.append("latency of a reserve: \(latency.text)")
        text.append(
            "\(counted(orders, "order")) in \(seconds.rounded(toPlaces: 2)) s, "
                + "\(ordersPerSecond.groupedWhole) a second"
        )
        return text
    }

    private var skippedLines: [String] {
        guard !skipped.isEmpty else { return [] }
        var text = ["\(counted(skipped.count, "row")) skipped:"]
        for row in skipped.prefix(ReplayReport.skippedShownMax) {
            text.append(
                "  line \(row.line), order \(row.orderID), \(row.sku) × \(row.quantity): "
                    + row.reason
            )
        }
        let rest = skipped.count - ReplayReport.skippedShownMax
        if rest > 0 { text.append("  and \(rest.grouped) more; --json lists them all") }
        return text
    }
}

extension LatencyHistogram {
    /// The percentiles in microseconds, for programs.
    var json: JSON {
        .object([
            ("p50", .number(microseconds(0.5))),
            ("p99", .number(microseconds(0.99))),
            ("p999", .number(microseconds(0.999))),
            ("max", .number(Double(maxNanoseconds) / 1_000)),
        ])
    }

    /// The percentiles for people.
    var text: String {
        let parts = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)].map {
            "\($0.0) \(durationText(microseconds: microseconds($0.1)))"
        }
        return parts.joined(separator: ", ")
            + ", max \(durationText(microseconds: Double(maxNanoseconds) / 1_000))"
    }

    private func microseconds(_ fraction: Double) -> Double {
        Double(nanoseconds(atFraction: fraction)) / 1_000
    }
}
