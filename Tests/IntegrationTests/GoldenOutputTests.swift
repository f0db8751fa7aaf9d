import Foundation
import Testing

/// What the commands tell of the golden images, as a person and a program read it.
///
/// `UPDATE_SNAPSHOTS=1` writes the texts anew; the difference is then to be reviewed.
@Suite(.serialized) struct GoldenOutputTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "snapshots/images").path

    private static let rewrites = ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] == "1"

    /// Versions of the format that images are there of.
    static var versions: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasPrefix("v") }.sorted()
        }
    }

    /// Runs a command in a version's folder, so that no path of the machine is in what it tells.
    private func run(_ version: String, _ arguments: [String]) async throws -> ProgramResult {
        try await Program.run(
            "env",
            ["-C", "\(GoldenOutputTests.folder)/\(version)", Program.holdfastPath] + arguments
        )
    }

    /// Compares what a command tells with a golden text, or writes it there.
    private func check(
        _ version: String,
        _ name: String,
        _ arguments: [String],
        status: Int32 = 0
    ) async throws {
        let result = try await run(version, arguments)
        #expect(result.status == status, "\(arguments): \(result.errors)")
        let path = "\(GoldenOutputTests.folder)/\(version)/\(name)"
        if GoldenOutputTests.rewrites {
            try result.output.write(toFile: path, atomically: true, encoding: .utf8)
            return
        }
        let expected = try String(contentsOfFile: path, encoding: .utf8)
        #expect(result.output == expected, "\(arguments) tells otherwise than \(name)")
    }

    /// The snapshots of a version, the older first.
    private func snapshots(_ version: String) throws -> [String] {
        let path = "\(GoldenOutputTests.folder)/\(version)/data/snapshots"
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            .map { "data/snapshots/" + $0 }
    }

    @Test(arguments: try versions)
    func snapshotsAreToldAsTheyWere(_ version: String) async throws {
        let files = try snapshots(version)
        try #require(files.count == 2)
        let first = files[0]
        try await check(version, "list.txt", ["snapshot", "list", "data"])
        try await check(version, "list.json", ["snapshot", "list", "data", "--json"])
        try await check(version, "inspect.txt", ["snapshot", "inspect", first, "--top", "5"])
        try await check(
            version,
            "inspect.json",
            ["snapshot", "inspect", first, "--top", "2", "--json", "--sections"]
        )
        try await check(
            version,
            "sections.txt",
            ["snapshot", "inspect", first, "--sections", "--top", "0"]
        )
        try await check(version, "verify.txt", ["snapshot", "verify"] + files)
        try await check(version, "verify.json", ["snapshot", "verify", first, "--json"])
        try await check(version, "diff.txt", ["snapshot", "diff"] + files + ["--limit", "8"])
        try await check(
            version,
            "diff.json",
            ["snapshot", "diff"] + files + ["--limit", "1", "--json"]
        )
        try await check(version, "cells.csv", ["snapshot", "export", first, "--cells"])
        try await check(
            version,
            "reservations.csv",
            ["snapshot", "export", first, "--reservations"]
        )
        try await check(
            version,
            "reservations.jsonl",
            ["snapshot", "export", first, "--reservations", "--state", "held", "--format", "jsonl"]
        )
    }

    /// Everything that two exports tell differently is told by `diff`, and no other cell.
    @Test(arguments: try versions)
    func aDifferenceIsWhatTheExportsDifferIn(_ version: String) async throws {
        let files = try snapshots(version)
        let found = try await run(
            version,
            ["snapshot", "diff"] + files + ["--limit", "100000", "--json"]
        ).json()
        let cells = try #require(found["differing_cells"] as? [[String: Any]])
        let reservations = try #require(found["differing_reservations"] as? [[String: Any]])
        let before = try await rows(version, files[0])
        let after = try await rows(version, files[1])
        let places = Set(before.cells.keys).union(after.cells.keys)
        #expect(
            Set(cells.map(place)) == places.filter { before.cells[$0] != after.cells[$0] }
        )
        #expect(!cells.isEmpty && cells.count < places.count)
        let ids = Set(before.reservations.keys).union(after.reservations.keys)
        let differing = Set(reservations.map { "\($0["reservation"] ?? "")" })
        let expected = ids.filter { before.reservations[$0] != after.reservations[$0] }
        #expect(expected.isSubset(of: differing))
        #expect(!expected.isEmpty && differing.count < ids.count)
    }

    private func place(_ cell: [String: Any]) -> String {
        "\(cell["sku"] ?? "") \(cell["warehouse"] ?? "") \(cell["pool"] ?? "")"
    }

    /// All that two exports tell: the figures of cells by place, reservations by id.
    private func rows(
        _ version: String,
        _ file: String
    ) async throws -> (cells: [String: [Int]], reservations: [String: Substring]) {
        let names = ["on_hand", "reserved", "committed", "safety_stock", "backorder_limit"]
        var cells: [String: [Int]] = [:]
        let exported = try await run(version, ["snapshot", "export", file, "--cells", "--json"])
        for cell in try exported.jsonLines() { cells[place(cell)] = names.map(cell.integer) }
        var reservations: [String: Substring] = [:]
        let told = try await run(version, ["snapshot", "export", file, "--reservations", "--json"])
        for (object, line) in zip(try told.jsonLines(), told.lines) {
            reservations["\(object["reservation"] ?? "")"] = line
        }
        return (cells, reservations)
    }

    @Test(arguments: try versions)
    func theLogIsToldAsItWas(_ version: String) async throws {
        try await check(version, "journal.txt", ["journal", "inspect", "data"])
        try await check(version, "journal-verify.txt", ["journal", "verify", "data"])
    }
}
