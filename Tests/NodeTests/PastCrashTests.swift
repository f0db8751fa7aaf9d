import Engine
import Node
import Storage
import Support
import Testing

/// Power cuts while a data directory is made of a past state.
@Suite struct PastCrashTests {
    private static let seeds = isFullRun ? 12 : 2
    private static let place = "past/into"
    private static let unfinished = place + ".unfinished"

    private let known: PastRun.Known
    private let hash: UInt64
    private let disk = SimulatedDisk()

    init() throws {
        let past = try PastRun(on: disk, seed: 51, commands: 120, snapshotEvery: 50)
        try disk.makeDirectory("past")
        known = past.known[past.known.count * 2 / 3]
        hash = try #require(past.known.last).hash
    }

    /// Makes a data directory of the state that is known.
    private func make(on disk: SimulatedDisk) throws {
        let sources = PastSources("data", disk: disk)
        let state = try PastState.load(sources, before: .lsn(known.lsn))
        try state.advance(to: .lsn(known.lsn))
        let made = try state.makeDataDirectory(
            Self.place,
            clock: SimulatedClock(),
            entropy: SimulatedEntropy(seed: 3)
        )
        #expect(made.stateHash == known.hash && made.lsn == known.lsn)
    }

    /// The hash of what a data directory starts with.
    private func start(_ directory: String, on disk: SimulatedDisk) throws -> UInt64 {
        let node = try PastRun.open(smallSettings(directory), on: disk, clock: SimulatedClock())
        defer { node.close() }
        #expect(node.engine.check().violations == [])
        return node.engine.stateHash()
    }

    private func isThere(_ directory: String, on disk: SimulatedDisk) throws -> Bool {
        do throws(StorageError) {
            _ = try disk.list(directory)
            return true
        } catch {
            guard error.code == .missing else { throw error }
            return false
        }
    }

    @Test func whatHasTheNameIsWholeWhereverThePowerIsCut() throws {
        let trial = disk.copy()
        let before = trial.calls
        try make(on: trial)
        let calls = trial.calls - before
        var ends = (whole: 0, unfinished: 0, nothing: 0)
        for cut in 1...calls {
            for seed in 0..<Self.seeds {
                let disk = disk.copy()
                disk.failCall(cut, isFinal: true)
                let error = #expect(throws: TimeTravelError.self) { try make(on: disk) }
                #expect(error?.code == .storage, "cut at call \(cut)")
                disk.crash(seed: UInt64(cut * 100 + seed))
                let place: Comment = "cut at call \(cut), seed \(seed)"
                // Where it comes from nothing has changed.
                #expect(try start("data", on: disk.copy()) == hash, place)
                if try isThere(Self.place, on: disk) {
                    ends.whole += 1
                    #expect(try start(Self.place, on: disk) == known.hash, place)
                    continue
                }
                guard try isThere(Self.unfinished, on: disk) else {
                    ends.nothing += 1
                    try make(on: disk)
                    #expect(try start(Self.place, on: disk) == known.hash, place)
                    continue
                }
                ends.unfinished += 1
                let left = #expect(throws: TimeTravelError.self) { try make(on: disk) }
                #expect(left?.code == .alreadyThere && left?.path == Self.unfinished, place)
                // As somebody who does what the error says: out of the way with it.
                try disk.rename(Self.unfinished, to: "past/removed\(seed)")
                try make(on: disk)
                #expect(try start(Self.place, on: disk) == known.hash, place)
            }
        }
        #expect(calls > 40)
        #expect(ends.whole > 0 && ends.unfinished > 20 && ends.nothing > 0, "\(ends)")
    }
}
