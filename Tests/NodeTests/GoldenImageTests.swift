import Engine
import Foundation
import Inventory
import Journal
import Snapshot
import Storage
import Support
import Testing

@testable import Node

/// The golden images in `snapshots/images`: every version that was ever tagged is read.
struct GoldenImageTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "snapshots/images")

    /// The version that this build writes.
    static let present = "v1"

    static var isMaking: Bool {
        ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "images"
    }

    /// Names of all versions that are there.
    static var versions: [String] {
        get throws {
            try LinuxDisk().list(folder.path).filter { $0.hasPrefix("v") }
        }
    }

    /// Copies a golden data directory, so that a start may write to it.
    private func copied(_ version: String) throws -> TemporaryDirectory {
        let directory = TemporaryDirectory()
        try FileManager.default.copyItem(
            atPath: GoldenImageTests.folder.path + "/\(version)/data",
            toPath: directory.path + "/data"
        )
        return directory
    }

    private func open(_ data: String) throws -> Node {
        try Node.open(
            settings: goldenSettings(data),
            disk: LinuxDisk(),
            clock: SimulatedClock(wallMilliseconds: GoldenShop.startMilliseconds + 3_600_000),
            entropy: SimulatedEntropy(seed: 3),
            isStepped: true,
            note: { _ in },
            onFailure: { _ in }
        )
    }

    @Test(.disabled(if: isMaking), arguments: try versions)
    func aNodeStartsFromEveryVersion(_ version: String) throws {
        let directory = try copied(version)
        defer { directory.remove() }
        let data = directory.path + "/data"
        let snapshots = try SnapshotFile.list(data + "/snapshots", disk: LinuxDisk())
        #expect(snapshots.count == 2)
        let newest = try #require(snapshots.first)
        let report = try SettledImage(path: newest.path, disk: LinuxDisk()).check()
        #expect(report.violations.isEmpty)

        let fromSnapshot = try open(data)
        #expect(fromSnapshot.recoveredSnapshot?.path == newest.path)
        #expect(fromSnapshot.engine.stateHash() == report.stateHash)
        fromSnapshot.close()

        for snapshot in snapshots { try LinuxDisk().remove(snapshot.path) }
        let fromLog = try open(data)
        #expect(fromLog.recoveredSnapshot == nil)
        #expect(fromLog.engine.stateHash() == report.stateHash)
        fromLog.close()
    }

    // MARK: Making

    @Test(.enabled(if: isMaking))
    func theImagesOfThePresentVersionAreMade() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let data = directory.path + "/data"
        let clock = SimulatedClock(wallMilliseconds: GoldenShop.startMilliseconds)
        let settings = goldenSettings(data)
        let node = try Node.open(
            settings: settings,
            disk: LinuxDisk(),
            clock: clock,
            entropy: SimulatedEntropy(seed: 2_026),
            isStepped: true,
            note: { _ in },
            onFailure: { _ in }
        )
        var shop = GoldenShop(node, clock: clock)
        func work(_ body: (inout GoldenShop) -> Void) {
            body(&shop)
            while node.step() == .worked {}
        }
        work { $0.open() }
        work { $0.trade(requests: 90) }
        work { $0.suffer() }
        work { $0.wait() }
        try takeImage(of: node, settings, clock) { work { $0.trade(requests: 6) } }
        work { $0.trade(requests: 40) }
        _ = node.startSnapshot()
        _ = node.step()
        #expect(node.snapshotReport.state == .done)
        node.close()

        let target = GoldenImageTests.folder.path + "/\(GoldenImageTests.present)/data"
        try LinuxDisk().makeDirectory(GoldenImageTests.folder.path + "/\(GoldenImageTests.present)")
        if FileManager.default.fileExists(atPath: target) {
            try FileManager.default.removeItem(atPath: target)
        }
        try LinuxDisk().makeDirectory(target)
        for part in ["journal", "snapshots"] {
            try FileManager.default.copyItem(atPath: "\(data)/\(part)", toPath: "\(target)/\(part)")
        }
    }

    /// Takes an image while business goes on between its copies.
    private func takeImage(
        of node: Node,
        _ settings: NodeSettings,
        _ clock: SimulatedClock,
        meanwhile: () -> Void
    ) throws {
        let taker = ImageTaker(
            engine: node.engine,
            ring: node.ring,
            journal: node.journal,
            clock: EngineClock(clock: clock, lastInstant: node.now(), note: { _ in }),
            disk: LinuxDisk(),
            pace: SnapshotPace(bytesPerSecondMax: nil),
            machineClock: clock
        )
        var report = SnapshotReport()
        let image = try taker.take(
            into: settings.snapshotDirectory,
            shouldStop: { false },
            report: &report,
            progress: { now in if now.written > 0 { meanwhile() } }
        )
        #expect(report.logBytes > 0)
        _ = try image.writer.publish()
    }
}

/// Settings of a node whose files are small.
private func goldenSettings(_ data: String) -> NodeSettings {
    var settings = smallSettings(data)
    settings.segmentSizeBytes = 32_768
    settings.batchSizeBytes = 8_192
    settings.snapshotIntervalMilliseconds = nil
    settings.snapshotLogBytes = nil
    return settings
}
