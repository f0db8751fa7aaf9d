internal import HoldfastClient

/// A figure of the server that a load must change by an exact number, and what puts it back.
struct BenchExpectation {
    /// The name in `stats`.
    let figure: String
    /// The course whose lives are counted.
    let course: Int
    /// By how much each of its lives changes the figure.
    var unitsPerLife = 1
    /// What gives back what those lives left open; `nil` where nothing is.
    var cleanUp: ReservationChangeKind?
    /// Whether the server needs time of its own until the figure stands.
    var isAwaited = false

    /// What a scenario's load must change.
    static func all(of scenario: BenchScenario, _ plan: LoadPlan) -> [BenchExpectation] {
        switch scenario {
        case .uniform, .hot, .zipf, .orders, .reroute:
            [
                BenchExpectation(
                    figure: "units_reserved",
                    course: 0,
                    unitsPerLife: plan.lines,
                    cleanUp: .release
                )
            ]
        case .pairs:
            [BenchExpectation(figure: "reservations_committed", course: 0, cleanUp: .cancel)]
        case .lifecycle:
            [
                plan.courses[0].changes.contains(.fulfil)
                    ? BenchExpectation(figure: "fulfilments", course: 0)
                    : BenchExpectation(
                        figure: "reservations_committed",
                        course: 0,
                        cleanUp: .cancel
                    ),
                BenchExpectation(figure: "releases", course: 1),
                BenchExpectation(figure: "expiries", course: 2, isAwaited: true),
            ]
        }
    }

    /// By how much the figure must have grown.
    func growth(of counts: LoadCounts) -> Int64 {
        Int64(counts.livesByCourse[course] * unitsPerLife)
    }
}
