internal import Glibc
internal import HoldfastClient
internal import NIOCore
internal import Synchronization

/// Tells on standard error how a sale goes: a line that is written over on a terminal, else a line
/// a second.
final class SaleProgress: Sendable {
    private let scenario: FlashSaleScenario
    private let opening: UInt64
    private let isOver = Atomic<Bool>(false)

    private static let intervalNanoseconds: UInt64 = 1_000_000_000
    private static let refusalsTold = 3

    /// The progress of a sale that opens at an instant of the monotonic clock.
    init(scenario: FlashSaleScenario, opening: UInt64) {
        self.scenario = scenario
        self.opening = opening
    }

    /// Says that there is nothing more to tell.
    func end() { isOver.store(true, ordering: .relaxed) }

    /// Tells until it is over.
    func tell(of crowd: Crowd) async {
        var before = CrowdTally()
        var next = NIODeadline.now().uptimeNanoseconds + SaleProgress.intervalNanoseconds
        while !isOver.load(ordering: .relaxed) {
            // Short waits, so that the end isn't waited for.
            let step = NIODeadline.now().uptimeNanoseconds + SaleProgress.intervalNanoseconds / 20
            await SaleRun.wait(until: min(step, next))
            guard NIODeadline.now().uptimeNanoseconds >= next else { continue }
            next += SaleProgress.intervalNanoseconds
            do throws(CommandFailure) {
                let now = try await crowd.tally()
                show(line(from: before, to: now))
                before = now
            } catch {
                break
            }
        }
        if Terminal.showsProgress { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    private func show(_ line: String) {
        if Terminal.showsProgress {
            Terminal.write("\r\u{1B}[K" + line, to: STDERR_FILENO)
        } else {
            Terminal.writeErrorLine(line)
        }
    }

    private func line(from before: CrowdTally, to now: CrowdTally) -> String {
        let seconds = (Double(NIODeadline.now().uptimeNanoseconds) - Double(opening)) / 1e9
        let recent = now.reserveLatency.since(before.reserveLatency)
        var parts = [
            seconds.rounded(toPlaces: 0) + " s",
            "sold \(now.soldUnits.grouped)/\(scenario.unitsInAll.grouped)",
            "held \(now.openUnits.grouped)",
            "\((now.answers - before.answers).grouped) answers/s",
        ]
        if recent.count > 0 {
            let p99 = Double(recent.nanoseconds(atFraction: 0.99)) / 1_000
            parts.append("p99 \(durationText(microseconds: p99))")
        }
        var refusals = now.people
        refusals.add(now.bots)
        parts += refusals.refusalsByName.prefix(SaleProgress.refusalsTold).map {
            "\($0.name) \($0.count.grouped)"
        }
        return parts.joined(separator: " · ")
    }
}
