internal import ArgumentParser
internal import HoldfastClient

/// A limit in time on the command line: `UNITS/DURATION`, as in `4/10min`; `0` for none.
struct WindowArgument: ExpressibleByArgument {
    let units: UInt32
    let milliseconds: UInt32

    /// Reads a number of units and the length of a window.
    init?(argument: String) {
        if argument == "0" {
            (units, milliseconds) = (0, 0)
            return
        }
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let units = UInt32(parts[0]), units > 0,
            let duration = DurationArgument(argument: String(parts[1])),
            let milliseconds = UInt32(exactly: duration.milliseconds), milliseconds > 0
        else { return nil }
        self.units = units
        self.milliseconds = milliseconds
    }
}

/// Whether a sale takes units from beyond its pool, by its name on the command line.
enum WallArgument: String, ExpressibleByArgument, CaseIterable {
    case hard
    case borrows

    /// The wall as the protocol has it.
    var wall: SaleWall {
        switch self {
        case .hard: .hard
        case .borrows: .borrows
        }
    }
}

/// The rules of a sale; what isn't given stays as it is.
struct SaleRuleOptions: ParsableArguments {
    @Option(help: "When it opens, for example 2026-11-27T18:00:00Z; at once when never given.")
    var opens: InstantArgument?

    @Option(help: "When it closes; by `sale close` when never given.")
    var closes: InstantArgument?

    @Option(help: "Whether it sells units of its pool alone, or those of default after them.")
    var wall: WallArgument?

    @Flag(
        inversion: .prefixedNo,
        help: "Whether what is left once it is closed goes back to default by itself."
    )
    var returnsRest: Bool?

    @Option(help: "Units of one SKU that one owner may have; 0 for any number, as in all limits.")
    var perOwnerSKU: UInt32?

    @Option(help: "Units of all SKUs together that one owner may have.")
    var perOwner: UInt32?

    @Option(help: "Units that one order may ask for.")
    var perOrder: UInt32?

    @Option(
        help: ArgumentHelp(
            "Units that one owner may take in each window of time, as 4/10min.",
            valueName: "units/duration"
        )
    )
    var perWindow: WindowArgument?

    @Option(help: "Holds that one owner may have open at once.")
    var holdsPerOwner: UInt32?

    @Option(help: "Holds that one client's name may have open at once.")
    var holdsPerCredential: UInt32?

    @Option(
        help: ArgumentHelp(
            "How long a hold lives before its payment begins, as 90s; 0s for as long as asked for.",
            valueName: "duration"
        )
    )
    var firstHold: DurationArgument?

    /// `rules` with what is given; refused where the result makes no sense.
    func applied(to rules: SaleRules) throws(CommandFailure) -> SaleRules {
        var rules = rules
        if let opens { rules.opensAt = opens.instant }
        if let closes { rules.closesAt = closes.instant }
        if let wall { rules.wall = wall.wall }
        if let returnsRest { rules.returnsRest = returnsRest }
        if let perOwnerSKU { rules.unitsPerOwnerAndSKU = perOwnerSKU }
        if let perOwner { rules.unitsPerOwner = perOwner }
        if let perOrder { rules.unitsPerOrder = perOrder }
        if let perWindow {
            rules.unitsPerWindow = perWindow.units
            rules.windowMilliseconds = perWindow.milliseconds
        }
        if let holdsPerOwner { rules.openHoldsPerOwner = holdsPerOwner }
        if let holdsPerCredential { rules.openHoldsPerCredential = holdsPerCredential }
        if let firstHold {
            guard let milliseconds = UInt32(exactly: firstHold.milliseconds) else {
                throw .usage("--first-hold: a first hold is at most 24 hours")
            }
            rules.firstHoldMilliseconds = milliseconds
        }
        if let fault = rules.fault { throw .usage("sale \(rules.pool): \(fault.reason)") }
        return rules
    }

    /// `rules` with what is given, for a sale that may be running.
    ///
    /// A running or closed sale never waits again: that would look like an outage to its crowd. And
    /// a closed one sells again only when somebody says so, not because rules are given once more.
    func applied(
        toSaleOf rules: SaleRules,
        at instant: Instant
    ) throws(CommandFailure) -> SaleRules {
        let result = try applied(to: rules)
        if rules.state(at: instant) == .closed, result.state(at: instant) == .open {
            throw CommandFailure(
                .refused,
                "sale_closed",
                "sale \(rules.pool): it is closed, and these rules would open it again — use "
                    + "`holdfast sale open`, or leave --closes out"
            )
        }
        guard rules.state(at: instant) != .waiting, result.state(at: instant) == .waiting else {
            return result
        }
        throw CommandFailure(
            .refused,
            "sale_running",
            "sale \(rules.pool): it has opened already, so it can't open at "
                + "\(opens?.instant.text ?? "") — leave --opens out, or forget the sale first"
        )
    }
}
