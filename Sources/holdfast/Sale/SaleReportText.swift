internal import HoldfastClient

/// What became of a sale, as `sale report` prints it.
struct SaleReportText {
    private let overview: SaleOverview
    private let tellsOwners: Bool
    private let concentration: SaleConcentration

    private static let barWidth = 30

    /// A report whose owners are told by their ids, or by digests of them.
    init(_ overview: SaleOverview, tellsOwners: Bool) {
        self.overview = overview
        self.tellsOwners = tellsOwners
        concentration = SaleConcentration(overview.report.bands)
    }

    private var rules: SaleRules { overview.rules }
    private var figures: SaleFigures { overview.report.figures }

    // MARK: For people

    /// The report for a person.
    var lines: [String] {
        var lines = [
            "sale \(rules.pool): \(rules.stateText(at: overview.instant))",
            rules.wallText, rules.limitsText, "",
        ]
        lines += unitLines + [""] + holdLines + [""] + ownerLines
        if !overview.report.top.isEmpty { lines += [""] + topLines }
        lines += [""] + refusalLines
        return lines
    }

    private func percent(_ part: UInt64, of whole: UInt64) -> String {
        guard whole > 0 else { return "-" }
        return (Double(part) * 100 / Double(whole)).rounded(toPlaces: 1) + " %"
    }

    private var unitLines: [String] {
        let units = SaleUnits(figures)
        let all = units.sold + units.held + units.free + figures.returnedUnits
        var table = TextTable(.text("units"), .number("count"), .number("share"))
        func add(_ name: String, _ count: UInt64) {
            table.add(name, count.grouped, percent(count, of: all))
        }
        add("sold", units.sold)
        add("  of them left", figures.fulfilledUnits)
        if units.borrowed > 0 { add("  of them from default", units.borrowed) }
        add("held", units.held)
        add("free", units.free)
        add("back to default", figures.returnedUnits)
        return table.lines
    }

    private var holdLines: [String] {
        let ended = figures.holds - min(figures.holds, figures.committedHolds)
        let lost = ended - min(ended, figures.openHolds)
        var table = TextTable(.text("holds"), .number("count"), .number("share"))
        table.add("all", figures.holds.grouped, percent(figures.holds, of: figures.holds))
        table.add(
            "became orders",
            figures.committedHolds.grouped,
            percent(figures.committedHolds, of: figures.holds)
        )
        table.add(
            "held now",
            figures.openHolds.grouped,
            percent(figures.openHolds, of: figures.holds)
        )
        table.add("given up or expired", lost.grouped, percent(lost, of: figures.holds))
        return table.lines
    }

    private var ownerLines: [String] {
        var table = TextTable(
            .text("units of an owner"),
            .number("owners"),
            .number("units"),
            .number("share of units"),
            .text("")
        )
        let all = concentration.units
        let bands = SaleReportText.joined(overview.report.bands).filter { $0.owners > 0 }
        let ownersMax = bands.map(\.owners).max() ?? 1
        for band in bands {
            let share = Double(band.owners) / Double(ownersMax)
            let width = max(1, Int(share * Double(SaleReportText.barWidth)))
            table.add(
                band.rangeText,
                band.owners.grouped,
                band.units.grouped,
                percent(band.units, of: all),
                String(repeating: "#", count: width)
            )
        }
        var lines = bands.isEmpty ? [] : table.lines
        lines.append(
            "\(counted(figures.owners, "owner")) took part, "
                + "\(concentration.owners.grouped) with units"
        )
        if concentration.owners > 0 {
            let share = (concentration.topPercentShare * 100).rounded(toPlaces: 1)
            lines.append(
                "the first 1 % of those have \(share) % of the units; Gini index "
                    + concentration.gini.rounded(toPlaces: 3)
            )
        }
        return lines
    }

    /// The bands that a person reads: 0, 1, 2, 3–5, 6–10, 11–20, and whatever is wider.
    private static func joined(_ bands: [SaleReport.Band]) -> [SaleReport.Band] {
        let ends: [UInt64] = [0, 1, 2, 5, 10, 20, 50, 100, 1_000, .max]
        var result: [SaleReport.Band] = []
        for band in bands {
            let end = ends.first { band.unitsMax <= $0 }
            guard let last = result.indices.last,
                ends.first(where: { result[last].unitsMax <= $0 }) == end
            else {
                result.append(band)
                continue
            }
            result[last].unitsMax = band.unitsMax
            result[last].owners += band.owners
            result[last].units += band.units
        }
        return result
    }

    private var topLines: [String] {
        var table = TextTable(
            .text("owner"),
            .number("units"),
            .number("share"),
            .number("left"),
            .number("holds"),
            .number("orders"),
            .number("held now")
        )
        for share in overview.report.top {
            table.add(
                name(share.owner),
                share.units.grouped,
                percent(share.units, of: concentration.units),
                share.fulfilledUnits.grouped,
                share.holds.grouped,
                share.committedHolds.grouped,
                share.openHolds.grouped
            )
        }
        return table.lines
    }

    private var refusalLines: [String] {
        let refusals = figures.rankedRefusals
        guard !refusals.isEmpty else { return ["nothing was refused since the server's start"] }
        var table = TextTable(.text("refused with"), .number("requests"), .number("share"))
        for (outcome, count) in refusals {
            table.add(outcome.name, count.grouped, percent(count, of: figures.refusalCount))
        }
        return table.lines
    }

    private func name(_ owner: OwnerID) -> String {
        tellsOwners ? owner.description : owner.digest
    }

    // MARK: For programs

    /// The report for programs.
    var json: JSON {
        .object(
            [("at", .string(overview.instant.text))] + rules.jsonMembers(at: overview.instant)
                + figures.jsonMembers + [
                    ("owners_with_units", .count(concentration.owners)),
                    ("gini", .number(concentration.gini)),
                    ("top_percent_share", .number(concentration.topPercentShare)),
                    ("owners_by_units", .array(bandsJSON)),
                    ("top", .array(overview.report.top.map(json))),
                ]
        )
    }

    private var bandsJSON: [JSON] {
        overview.report.bands.filter { $0.owners > 0 }.map { band in
            .object([
                ("units_min", .count(band.unitsMin)),
                ("units_max", band.unitsMax == .max ? .null : .count(band.unitsMax)),
                ("owners", .count(band.owners)), ("units", .count(band.units)),
            ])
        }
    }

    private func json(_ share: OwnerShare) -> JSON {
        .object([
            ("owner", .string(name(share.owner))), ("units", .count(share.units)),
            ("units_fulfilled", .count(share.fulfilledUnits)), ("holds", .count(share.holds)),
            ("holds_committed", .count(share.committedHolds)),
            ("holds_open", .count(share.openHolds)),
        ])
    }
}

extension OwnerShare {
    /// All units of the owner, left ones too.
    fileprivate var units: UInt64 { openUnits + fulfilledUnits }
}

extension SaleReport.Band {
    /// The units of an owner in the band: `1`, `3-5`, `21 and more`.
    fileprivate var rangeText: String {
        if unitsMin == unitsMax { return unitsMin.grouped }
        if unitsMax == .max { return "\(unitsMin.grouped) and more" }
        return "\(unitsMin.grouped)-\(unitsMax.grouped)"
    }
}

extension OwnerID {
    private static let digestKey: UInt64 = 0x6F77_6E65_7220_6964
    private static let digestDigits = 10

    /// Ten digits that stand for the owner where its id needn't be told.
    fileprivate var digest: String {
        let word = KeyedHash(key: OwnerID.digestKey).hash(high, low)
        let digits = String(word, radix: 16)
        let padded = String(repeating: "0", count: 16 - digits.count) + digits
        return String(padded.prefix(OwnerID.digestDigits))
    }
}
