import Foundation
import Inventory
import Testing
import Wire

@testable import holdfast

/// What a person and a program read of a sale, against golden texts in `snapshots/sales`.
///
/// `UPDATE_SNAPSHOTS=1` writes the texts anew; the difference is then to be reviewed.
@Suite struct SaleTextTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "snapshots/sales").path
    private static let rewrites = ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1"
    private static let opening = Instant(milliseconds: 1_795_802_400_000)

    private func check(_ name: String, _ lines: [String]) throws {
        let path = "\(SaleTextTests.folder)/\(name)"
        let text = lines.joined(separator: "\n") + "\n"
        if SaleTextTests.rewrites {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } else {
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "\(name)")
        }
    }

    private var rules: SaleRules {
        get throws {
            var rules = SaleRules(pool: try #require(PoolName("drop-11")))
            rules.opensAt = SaleTextTests.opening
            rules.closesAt = SaleTextTests.opening.advanced(byMilliseconds: 3_600_000)
            rules.returnsRest = true
            rules.unitsPerOwnerAndSKU = 1
            rules.unitsPerOwner = 2
            rules.unitsPerWindow = 2
            rules.windowMilliseconds = 600_000
            rules.openHoldsPerCredential = 10_000
            rules.firstHoldMilliseconds = 90_000
            return rules
        }
    }

    private func figures(_ scale: UInt64) -> SaleFigures {
        var figures = SaleFigures()
        figures.cells = CellFigures(
            onHand: 1_000 - 5 * Int64(scale),
            reserved: 20 * Int64(scale),
            committed: 40 * Int64(scale),
            safetyStock: 0,
            backorderLimit: 0
        )
        figures.owners = 45 * scale
        figures.holds = 80 * scale
        figures.committedHolds = 40 * scale
        figures.openHolds = 20 * scale
        figures.openUnits = 60 * scale
        figures.fulfilledUnits = 5 * scale
        figures.refusals = [.insufficientStock: 7, .ownerLimit: 1_200 * scale, .saleNotOpen: 31]
        return figures
    }

    private func status(_ scale: UInt64, atSecond second: Int64) throws -> SaleStatus {
        SaleStatus(
            instant: SaleTextTests.opening.advanced(byMilliseconds: second * 1_000),
            rules: try rules,
            figures: figures(scale)
        )
    }

    @Test func aStatusIsToldAsItWas() throws {
        let first = SaleStatusText(try status(8, atSecond: 60), since: nil)
        try check("status.txt", first.block())
        try check("status.json", [first.json.text])
        let next = SaleStatusText(try status(10, atSecond: 62), since: try status(8, atSecond: 60))
        try check("status-next.txt", next.block())
        try check("status-next.json", [next.json.text])
        try check("status-line.txt", [next.titles, first.line, next.line])
    }

    @Test func whatIsRedrawnFitsTheTerminal() throws {
        let text = SaleStatusText(try status(8, atSecond: 60), since: nil)
        #expect(text.block(columns: 60).allSatisfy { $0.count <= 60 })
        #expect(text.block(columns: 60).count == text.block().count)
    }

    @Test func aSaleOfNothingHasABarOfNothing() {
        #expect(SaleUnits(SaleFigures()).bar(width: 4) == "[    ] no units")
    }

    @Test func borrowedUnitsAreThoseBeyondThePool() {
        var figures = SaleFigures()
        figures.cells = CellFigures(
            onHand: 10,
            reserved: 4,
            committed: 6,
            safetyStock: 0,
            backorderLimit: 0
        )
        figures.openUnits = 15
        let units = SaleUnits(figures)
        #expect((units.sold, units.held, units.free, units.borrowed) == (11, 4, 0, 5))
    }

    private var overview: SaleOverview {
        get throws {
            var report = SaleReport()
            report.figures = figures(10)
            report.figures.returnedUnits = 345
            for (units, owners) in [(0, 50), (1, 150), (2, 245), (4, 3), (9, 2), (25, 1)] {
                for _ in 0..<owners { report.count(ownerWith: UInt64(units)) }
            }
            report.top = (0..<3).map { number in
                OwnerShare(
                    owner: OwnerID(high: number, low: 7),
                    openUnits: 20 - 8 * number,
                    fulfilledUnits: 5 - number,
                    holds: 4,
                    committedHolds: 3,
                    openHolds: 1
                )
            }
            return SaleOverview(
                instant: SaleTextTests.opening.advanced(byMilliseconds: 7_200_000),
                rules: try rules,
                report: report
            )
        }
    }

    @Test func aReportIsToldAsItWas() throws {
        let text = SaleReportText(try overview, tellsOwners: false)
        try check("report.txt", text.lines)
        try check("report.json", [text.json.text])
        let ids = SaleReportText(try overview, tellsOwners: true)
        #expect(ids.lines.contains { $0.hasPrefix(OwnerID(high: 0, low: 7).description) })
    }

    @Test func aReportOfNothingDividesByNothing() throws {
        let nothing = SaleOverview(
            instant: SaleTextTests.opening,
            rules: SaleRules(pool: try #require(PoolName("drop-11"))),
            report: SaleReport()
        )
        try check("report-nothing.txt", SaleReportText(nothing, tellsOwners: false).lines)
    }

    // MARK: Concentration

    /// Against the definition over all pairs of owners.
    @Test(arguments: [
        [1, 1, 1, 1], [1, 2, 3, 4], [1, 1, 1, 20], [5], [2, 2, 19, 20, 20],
    ])
    func theGiniIndexIsHalfTheMeanDifferenceByTheMean(_ shares: [UInt64]) {
        var report = SaleReport()
        for share in shares { report.count(ownerWith: share) }
        report.count(ownerWith: 0)
        var differences = 0.0
        for one in shares {
            for other in shares { differences += abs(Double(one) - Double(other)) }
        }
        let count = Double(shares.count)
        let expected = differences / (2 * count * Double(shares.reduce(0, +)))
        let concentration = SaleConcentration(report.bands)
        #expect(abs(concentration.gini - expected) < 1e-12)
        #expect(concentration.owners == UInt64(shares.count))
        #expect(concentration.units == shares.reduce(0, +))
    }

    @Test func theFirstHundredthIsRoundedUpToWholeOwners() {
        var report = SaleReport()
        for _ in 0..<150 { report.count(ownerWith: 1) }
        report.count(ownerWith: 10)
        // 151 owners: the first two have 10 and 1 of 160 units.
        #expect(abs(SaleConcentration(report.bands).topPercentShare - 11.0 / 160) < 1e-12)
    }

    @Test func everyNumberOfUnitsHasItsBand() {
        var report = SaleReport()
        for units: UInt64 in [0, 1, 20, 21, 25, 26, 10_000, 10_001, .max] {
            report.count(ownerWith: units == .max ? 1 << 40 : units)
        }
        #expect(report.bands.reduce(0) { $0 + $1.owners } == 9)
        for (one, next) in zip(report.bands, report.bands.dropFirst()) {
            #expect(one.unitsMax + 1 == next.unitsMin)
        }
        #expect(report.bands.last?.unitsMax == .max)
        #expect(report.bands.count <= Limits.saleBandsMax)
    }

    @Test(arguments: [
        (500, "500 ms"), (1_000, "1 s"), (90_000, "90 s"), (900_000, "15 min"),
        (86_400_000, "24 h"), (1_500, "1,500 ms"),
    ])
    func durationsAreToldInTheirLargestWholeUnit(_ milliseconds: Int64, _ text: String) {
        #expect(wholeDurationText(milliseconds: milliseconds) == text)
    }

    @Test(arguments: [
        ("4/10min", 4, 600_000), ("1/1s", 1, 1_000), ("0", 0, 0),
    ])
    func windowsAreRead(_ text: String, _ units: UInt32, _ milliseconds: UInt32) throws {
        let window = try #require(WindowArgument(argument: text))
        #expect(window.units == units)
        #expect(window.milliseconds == milliseconds)
    }

    @Test(arguments: ["4", "4/", "/1s", "0/1s", "-1/1s", "4/10", "4/0s", "4/50d", "4/1s/2"])
    func whatIsNoWindowIsRefused(_ text: String) {
        #expect(WindowArgument(argument: text) == nil)
    }
}
