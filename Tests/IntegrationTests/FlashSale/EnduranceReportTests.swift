import Testing

@testable import HoldfastClient
@testable import holdfast

/// What a load that lasted long must not have met.
struct EnduranceReportTests {
    private func failure(_ change: (inout LoadResult) -> Void) -> String? {
        var result = LoadResult()
        change(&result)
        return EnduranceReport(
            result,
            memory: [],
            intervalSeconds: 1,
            warmUpSeconds: 0,
            tolerance: 0.1
        ).failure?.name
    }

    /// Ten seconds of answers whose latency grows by so much each second.
    private func latencies(growingBy nanoseconds: UInt64, in result: inout LoadResult) {
        result.seconds = 10
        for second in 0..<10 {
            var interval = LoadInterval()
            for _ in 0..<100 {
                interval.latency.record(nanoseconds: 1_000_000 + nanoseconds * UInt64(second))
            }
            result.intervals.append(interval)
        }
    }

    @Test func aLoadThatWentWellHasNone() {
        #expect(failure { latencies(growingBy: 0, in: &$0) } == nil)
    }

    @Test func whatIsRefusedOrNotBegunOrRisesIsNamed() {
        #expect(failure { $0.counts.refusals[200] = 1 } == "refused_under_load")
        #expect(failure { $0.livesNotBegun = 1 } == "fell_behind")
        #expect(failure { latencies(growingBy: 1_000_000, in: &$0) } == "not_flat")
    }
}
