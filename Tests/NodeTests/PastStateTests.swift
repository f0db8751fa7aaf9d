import Engine
import Inventory
import Journal
import Movements
import Storage
import Support
import Testing

@testable import Node

/// States of the past, and data directories made of them.
struct PastStateTests {
    private func sources(_ disk: any Disk) -> PastSources { PastSources("data", disk: disk) }

    @Test(arguments: UInt64(21)...23)
    func everyStateComesBackAtItsLSN(seed: UInt64) throws {
        let disk = SimulatedDisk()
        let past = try PastRun(on: disk, seed: seed, commands: 600, snapshotEvery: 170)
        var random = SplitMix64(seed: seed)
        for _ in 0..<40 {
            let known = past.known[random.below(past.known.count)]
            let state = try PastState.load(sources(disk), before: .lsn(known.lsn))
            try state.advance(to: .lsn(known.lsn))
            #expect(state.engine.stateHash() == known.hash, "LSN \(known.lsn)")
            #expect(state.lsn == known.lsn)
            let newest = past.snapshots.last { $0 <= known.lsn }
            #expect(state.base.lsn == newest ?? 8)
        }
    }

    @Test(arguments: UInt64(41)...44)
    func aSKUIsToldAsItWasByAnEngineOfItAlone(seed: UInt64) throws {
        let disk = SimulatedDisk()
        let past = try PastRun(on: disk, seed: seed, commands: 900, snapshotEvery: 210)
        var random = SplitMix64(seed: seed)
        for _ in 0..<60 {
            let known = past.known[random.below(past.known.count)]
            let moment = PastMoment.lsn(known.lsn)
            let state = try PastState.load(
                sources(disk),
                before: moment,
                .skus([known.sku]),
                upTo: moment
            )
            try state.advance(to: moment)
            #expect(state.engine.stock(of: known.sku) == known.stock, "LSN \(known.lsn)")
            #expect(state.engine.rememberedCount() == 0)
        }
    }

    @Test func aTimeIsTheLogUpToTheFirstMovementLaterThanIt() throws {
        let disk = SimulatedDisk()
        let past = try PastRun(on: disk, seed: 24, commands: 500, snapshotEvery: 120)
        var random = SplitMix64(seed: 24)
        for _ in 0..<30 {
            let moment = past.known[random.below(past.known.count)].instant
            let expected = past.known.last { $0.instant <= moment }
            let state = try PastState.load(sources(disk), before: .instant(moment))
            try state.advance(to: .instant(moment))
            #expect(state.lsn == expected?.lsn)
            #expect(state.engine.stateHash() == expected?.hash)
        }
        let early = try PastState.load(sources(disk), before: .instant(.distantPast))
        try early.advance(to: .instant(.distantPast))
        #expect(early.lsn == 8)
        let late = try PastState.load(
            sources(disk),
            before: .instant(Instant(milliseconds: 1 << 42))
        )
        try late.advance(to: .instant(Instant(milliseconds: 1 << 42)))
        #expect(late.engine.stateHash() == past.known.last?.hash)
    }

    // MARK: New data directories

    @Test(arguments: UInt64(31)...32)
    func aDirectoryOfThePastStartsWithTheHashThatWasThere(seed: UInt64) throws {
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let disk = LinuxDisk()
        let data = folder.path + "/data"
        let past = try PastRun(on: disk, in: data, seed: seed, commands: 400, snapshotEvery: 150)
        var random = SplitMix64(seed: seed)
        for number in 0..<6 {
            let known = past.known[random.below(past.known.count)]
            let state = try PastState.load(PastSources(data, disk: disk), before: .lsn(known.lsn))
            try state.advance(to: .lsn(known.lsn))
            let into = folder.path + "/into\(number)"
            let made = try state.makeDataDirectory(
                into,
                clock: SimulatedClock(),
                entropy: SimulatedEntropy(seed: UInt64(number))
            )
            #expect(made.lsn == known.lsn && made.stateHash == known.hash)
            let settings = smallSettings(into)
            let clock = SimulatedClock(wallMilliseconds: made.instant.milliseconds)
            let node = try PastRun.open(settings, on: disk, clock: clock)
            #expect(node.engine.stateHash() == known.hash)
            #expect(node.recoveredSnapshot?.lsn == known.lsn)
            #expect(node.engine.check().violations.isEmpty)
            // It goes on as any other, and comes back.
            let worker = NodeWorker(node)
            var workload = Workload(seed: seed &+ 100)
            for _ in 0..<50 { _ = worker.run(workload.next(recordSizeBytesMax: 16_384)) }
            let hash = node.engine.stateHash()
            node.close()
            let again = try PastRun.open(settings, on: disk, clock: clock)
            #expect(again.engine.stateHash() == hash)
            again.close()
        }
    }

    @Test func nothingIsMadeWhereSomethingIs() throws {
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let disk = LinuxDisk()
        let data = folder.path + "/data"
        _ = try PastRun(on: disk, in: data, seed: 33, commands: 30, snapshotEvery: 100)
        let state = try PastState.load(PastSources(data, disk: disk), before: .lsn(8))
        let error = #expect(throws: TimeTravelError.self) {
            _ = try state.makeDataDirectory(
                data,
                clock: SimulatedClock(),
                entropy: SimulatedEntropy(seed: 1)
            )
        }
        #expect(error?.code == .alreadyThere)
    }

    // MARK: What isn't there

    @Test func aMomentThatIsGoneIsRefusedWithWhatCanBeTold() throws {
        let disk = SimulatedDisk()
        let past = try PastRun(on: disk, seed: 34, commands: 6_000, snapshotEvery: 700)
        // The log's beginning and the snapshots before the third go.
        let segments = try disk.list("data/journal")
        try disk.makeDirectory("archive")
        for name in segments.prefix(2) {
            try disk.rename("data/journal/\(name)", to: "archive/\(name)")
        }
        let end = try #require(past.known.last)
        let kept = try PastState.load(sources(disk), before: .lsn(end.lsn))
        try kept.advance(to: .lsn(end.lsn))
        #expect(kept.engine.stateHash() == end.hash)
        for moment in [PastMoment.lsn(64), .instant(.distantPast)] {
            let error = #expect(throws: TimeTravelError.self) {
                try PastState.load(sources(disk), before: moment).advance(to: moment)
            }
            #expect(error?.code == .outsideSpan)
            let span = try #require(error?.span)
            #expect(past.snapshots.contains(span.firstLSN))
            #expect(span.endLSN == end.lsn)
            // What it says can be told can be.
            let first = try PastState.load(sources(disk), before: .lsn(span.firstLSN))
            try first.advance(to: .lsn(end.lsn))
            #expect(first.engine.stateHash() == end.hash)
        }
        let beyond = #expect(throws: TimeTravelError.self) {
            try PastState.load(sources(disk), before: .lsn(end.lsn + 8))
                .advance(to: .lsn(end.lsn + 8))
        }
        #expect(beyond?.code == .outsideSpan && beyond?.span?.endLSN == end.lsn)
        // With the archive it is all there.
        let whole = PastSources("data", archives: ["archive"], disk: disk)
        let early = past.known[past.known.count / 50]
        let state = try PastState.load(whole, before: .lsn(early.lsn))
        try state.advance(to: .lsn(early.lsn))
        #expect(state.engine.stateHash() == early.hash)
        #expect(try whole.span()?.firstLSN == 8)
    }

    @Test func aDamagedSnapshotIsPassedOver() throws {
        let disk = SimulatedDisk()
        let past = try PastRun(on: disk, seed: 35, commands: 500, snapshotEvery: 150)
        let end = try #require(past.known.last)
        let newest = try #require(try disk.list("data/snapshots").last)
        disk.rot("data/snapshots/\(newest)", at: 700, mask: 1)
        let state = try PastState.load(sources(disk), before: .lsn(end.lsn))
        try state.advance(to: .lsn(end.lsn))
        #expect(state.engine.stateHash() == end.hash)
        #expect(state.passedOver.count == 1)
        #expect(state.base.lsn == past.snapshots[past.snapshots.count - 2])
    }
}
