internal import HoldfastClient

/// What came of a flash sale, for people and for programs.
struct CrowdReport {
    let result: SaleResult
    let complaints: [String]

    private var audit: SaleAudit { result.audit }
    private var scenario: FlashSaleScenario { audit.orders.scenario }
    private var outcome: CrowdOutcome { audit.outcome }
    private var tally: CrowdTally { outcome.tally }

    /// The report of a sale.
    init(_ result: SaleResult) {
        self.result = result
        complaints = result.audit.complaints
    }

    /// Whether every check holds.
    var isGood: Bool { complaints.isEmpty }

    // MARK: Figures

    private var freeUnits: Int64 { audit.server.figures.reduce(0) { $0 + $1.available } }
    private var heldUnits: Int64 { audit.server.figures.reduce(0) { $0 + $1.reserved } }

    /// Seconds from the opening until nothing was free, as the log tells.
    private var emptySeconds: Double? {
        audit.log?.emptyMilliseconds.map { Double($0 - outcome.openedMilliseconds) / 1_000 }
    }

    /// Seconds from the opening until the last unit was paid; nil while there are others.
    private var soldSeconds: Double? {
        guard tally.soldUnits == scenario.unitsInAll else { return nil }
        return (Double(tally.lastOrderTick) - Double(outcome.openingTick)) / 1_000
    }

    private var holds: Int { tally.people.holds + tally.bots.holds }
    private var paidOrders: Int { tally.people.orders + tally.bots.orders }
    private var conversion: Double { holds > 0 ? Double(paidOrders) / Double(holds) : 0 }

    private func share(_ part: Int, _ whole: Int) -> Double {
        whole > 0 ? Double(part) / Double(whole) : 0
    }

    private func percent(_ share: Double) -> String { (share * 100).rounded(toPlaces: 1) + " %" }

    // MARK: For people

    /// The report for people, the result on the last line.
    var lines: [String] {
        var lines = [Terminal.styled(scenario.title, .bold) + ": " + subtitle, ""]
        for (name, text) in rows {
            lines.append(Terminal.styled(name, .dim) + padding(name) + text)
        }
        lines += [""] + refusalLines + [""] + classLines
        lines += complaints.map { Terminal.styled("wrong: ", .red) + $0 }
        let verdict =
            isGood
            ? Terminal.styled("every check holds", .green)
            : Terminal.styled("\(counted(complaints.count, "check")) failed", .red)
        let reach = audit.log == nil ? " (without the log: another's server)" : ""
        lines.append("\(verdict): \(tally.soldUnits.grouped) units sold\(reach)")
        return lines
    }

    private var subtitle: String {
        let bots = scenario.bots > 0 ? " and \(counted(scenario.bots, "bot"))" : ""
        return "\(counted(scenario.shoppers, "shopper"))\(bots), "
            + "\(counted(scenario.unitsInAll, "unit")) of \(counted(scenario.skus, "SKU")), "
            + "\(counted(scenario.connections, "connection")), seed \(scenario.seed)"
    }

    private func padding(_ name: String) -> String {
        String(repeating: " ", count: max(1, 12 - name.count))
    }

    private var rows: [(String, String)] {
        let fates = CartFate.allCases.compactMap { fate in
            outcome.fates[fate].map { "\($0.grouped) \(fate.words)" }
        }
        var rows = [
            ("shoppers", fates.joined(separator: ", ")),
            (
                "units",
                "\(tally.soldUnits.grouped) sold, \(heldUnits.grouped) held, "
                    + "\(freeUnits.grouped) free"
            ),
            ("sold out", soldOutText),
            (
                "conversion",
                "\(counted(paidOrders, "order")) of \(counted(holds, "hold")) "
                    + "(\(percent(conversion)))" + endsText
            ),
            ("requests", requestText),
            ("reserve", tally.reserveLatency.text),
            ("payment", tally.commitLatency.text),
        ]
        if scenario.bots > 0 { rows.append(("bots", botText)) }
        if !result.outages.isEmpty { rows.append(("killed", outageText)) }
        rows.append(
            (
                "crowd",
                "\(outcome.seconds.rounded(toPlaces: 1)) s from the opening; "
                    + "\(outcome.carts.grouped) carts of \(CartTable.bytesPerCart) bytes"
            )
        )
        return rows
    }

    private var soldOutText: String {
        let empty = emptySeconds.map { "nothing free \($0.rounded(toPlaces: 2)) s after opening" }
        let sold = soldSeconds.map { "all paid after \($0.rounded(toPlaces: 2)) s" }
        let parts = [empty, sold].compactMap { $0 }
        return parts.isEmpty ? "no" : parts.joined(separator: ", ")
    }

    private var endsText: String {
        guard let log = audit.log else { return "" }
        return ", \(log.expired.grouped) expired, \(log.released.grouped) given back"
    }

    private var requestText: String {
        let both = tally.requests
        let rate = outcome.seconds > 0 ? Double(both) / outcome.seconds : 0
        return "\(both.grouped) (\(rate.groupedWhole) a second), "
            + "\((tally.people.resent + tally.bots.resent).grouped) sent again, "
            + "\(tally.people.doubled.grouped) sent twice, "
            + "\(tally.repeated.grouped) answers given again"
    }

    private var botText: String {
        "\(percent(share(scenario.bots, scenario.everybody))) of everybody, "
            + "\(percent(share(tally.bots.requests, tally.requests))) of the requests, "
            + "\(percent(share(tally.bots.units, tally.soldUnits))) of the units"
    }

    private var outageText: String {
        result.outages.map {
            "\($0.seconds.rounded(toPlaces: 2)) s after opening, away "
                + "\($0.milliseconds.rounded(toPlaces: 0)) ms"
        }.joined(separator: "; ")
    }

    private var refusalLines: [String] {
        let bots = tally.bots.refusals
        var all = tally.people
        all.add(tally.bots)
        guard !all.refusals.isEmpty else { return ["nothing was refused"] }
        var table = TextTable(.text("refused"), .number("shoppers"), .number("bots"))
        for (code, count) in all.refusals.sorted(by: { $0.value > $1.value }) {
            let ofBots = bots[code] ?? 0
            let name = Outcome(rawValue: code)?.name ?? "\(code)"
            table.add(name, (count - ofBots).grouped, ofBots.grouped)
        }
        return table.lines
    }

    private var classLines: [String] {
        var table = TextTable(
            .text("class"),
            .number("shoppers"),
            .number("bought"),
            .number("share"),
            .number("requests"),
            .number("units")
        )
        for (name, part) in classes {
            table.add(
                name,
                part.shoppers.grouped,
                part.buyers.grouped,
                percent(part.share),
                part.requests.grouped,
                part.units.grouped
            )
        }
        return table.lines
    }

    /// Everybody by how they asked, shoppers by connections and by requests.
    private var classes: [(name: String, part: ShopperClass)] {
        let manners = ShopperTraits.Manner.allCases.compactMap { manner in
            outcome.byManner[manner].map { (manner.name, $0) }
        }
        let tabs = outcome.byTabs.sorted { $0.key < $1.key }.map {
            (counted($0.key, "connection"), $0.value)
        }
        let requests = outcome.byRequests.sorted { $0.key < $1.key }.map {
            ("up to \(counted($0.key, "request"))", $0.value)
        }
        return manners + (tabs.count > 1 ? tabs : []) + requests
    }

    // MARK: For programs

    /// The report for programs.
    var json: JSON {
        let fates = CartFate.allCases.map { ($0.name, JSON.count(outcome.fates[$0] ?? 0)) }
        return .object([
            ("scenario", .string(scenario.title)),
            ("ok", .boolean(isGood)),
            ("seed", .count(scenario.seed)),
            ("shoppers", .count(scenario.shoppers)),
            ("bots", .count(scenario.bots)),
            ("units", .count(scenario.unitsInAll)),
            ("sold", .count(tally.soldUnits)),
            ("held", .count(heldUnits)),
            ("free", .count(freeUnits)),
            ("seconds", .number(outcome.seconds)),
            ("seconds_until_empty", emptySeconds.map { .number($0) } ?? .null),
            ("seconds_until_sold", soldSeconds.map { .number($0) } ?? .null),
            ("fates", .object(fates)),
            ("holds", .count(holds)),
            ("holds_again", .count(tally.people.holdsAgain + tally.bots.holdsAgain)),
            ("orders", .count(paidOrders)),
            ("conversion", .number(conversion)),
            ("expired", audit.log.map { .count($0.expired) } ?? .null),
            ("given_back", audit.log.map { .count($0.released) } ?? .null),
            ("requests_shoppers", .count(tally.people.requests)),
            ("requests_bots", .count(tally.bots.requests)),
            ("sent_again", .count(tally.people.resent + tally.bots.resent)),
            ("sent_twice", .count(tally.people.doubled)),
            ("answers", .count(tally.answers)),
            ("answers_repeated", .count(tally.repeated)),
            ("refused_shoppers", refusals(tally.people)),
            ("refused_bots", refusals(tally.bots)),
            ("reserve_us", tally.reserveLatency.json),
            ("payment_us", tally.commitLatency.json),
            ("bots_share_of_everybody", .number(share(scenario.bots, scenario.everybody))),
            ("bots_share_of_requests", .number(share(tally.bots.requests, tally.requests))),
            ("bots_share_of_units", .number(share(tally.bots.units, tally.soldUnits))),
            ("kills", .array(result.outages.map { .number($0.milliseconds) })),
            ("classes", .array(classes.map { classJSON($0.name, $0.part) })),
            ("bytes_per_cart", .count(CartTable.bytesPerCart)),
            ("log_read", .boolean(audit.log != nil)),
            ("complaints", .array(complaints.map { .string($0) })),
        ])
    }

    private func refusals(_ side: CrowdSide) -> JSON {
        .object(side.refusalsByName.map { ($0.name, JSON.count($0.count)) })
    }

    private func classJSON(_ name: String, _ part: ShopperClass) -> JSON {
        .object([
            ("class", .string(name)),
            ("shoppers", .count(part.shoppers)),
            ("buyers", .count(part.buyers)),
            ("requests", .count(part.requests)),
            ("units", .count(part.units)),
        ])
    }
}

extension CartFate {
    /// What became of a shopper, in words.
    fileprivate var words: String {
        switch self {
        case .bought: "bought"
        case .boughtLate: "paid late and bought"
        case .gone: "paid too late"
        case .paymentFailed: "couldn't pay"
        case .abandoned: "left their cart"
        case .limited: "met a limit"
        case .soldOut: "found it sold out"
        case .refused: "were refused"
        case .unanswered: "left without an answer"
        }
    }
}

extension ShopperTraits.Manner {
    /// The name of a class of shoppers.
    fileprivate var name: String {
        switch self {
        case .plain: "one tab, with pauses"
        case .tabs: "several tabs"
        case .hammering: "one tab, hammering"
        case .bot: "bots"
        }
    }
}
