import Engine
import Foundation
import Inventory
import Testing

/// The reader of files in `tools/python`, which goes by the documents of the formats alone, against
/// what wrote the files.
@Suite struct PythonReaderTests {
    static let seeds: [UInt64] = [1, 2, 3]

    private func read(_ command: String, _ path: String) async throws -> ProgramResult {
        try await PythonClient.run("holdfast.files", [command, path])
    }

    @Test(arguments: seeds)
    func itListsTheCellsThatTheEngineHadAtTheEndOfASnapshot(seed: UInt64) async throws {
        let sample = try ReaderSample(seed: seed)
        defer { sample.remove() }
        #expect(sample.sliceBytes > 0 && !sample.cells.isEmpty)
        try expect(try await read("cells", sample.snapshotPath), lists: sample.cells)
    }

    @Test(arguments: seeds)
    func itListsTheCellsThatALogLeaves(seed: UInt64) async throws {
        let sample = try ReaderSample(seed: seed)
        defer { sample.remove() }
        #expect(sample.cellsAtEnd != sample.cells)
        try expect(try await read("cells", sample.dataDirectory), lists: sample.cellsAtEnd)
    }

    private func expect(_ result: ProgramResult, lists cells: [CellReport]) throws {
        #expect(result.status == 0, "\(result.errors)")
        var unseen = Dictionary(
            uniqueKeysWithValues: cells.map { cell in
                ("\(cell.sku) \(cell.warehouse) \(cell.pool)", cell)
            }
        )
        for line in try result.jsonLines() {
            let names = ["sku", "warehouse", "pool"].map { line[$0] as? String ?? "" }
            let name = names.joined(separator: " ")
            let found = unseen.removeValue(forKey: name)
            let cell = try #require(found, "\(name) isn't there")
            let figures = cell.figures
            let expected = [
                "on_hand": figures.onHand, "reserved": figures.reserved,
                "committed": figures.committed, "safety_stock": figures.safetyStock,
                "backorder_limit": figures.backorderLimit, "available": figures.available,
                "version": Int64(cell.version),
            ]
            #expect(line.compactMapValues { $0 as? Int64 } == expected, "\(name)")
        }
        #expect(unseen.isEmpty)
    }

    @Test(arguments: seeds)
    func itReadsEveryStateRecordOfASnapshot(seed: UInt64) async throws {
        let sample = try ReaderSample(seed: seed)
        defer { sample.remove() }
        let result = try await read("state", sample.snapshotPath)
        #expect(result.status == 0, "\(result.errors)")
        let kinds = Dictionary(grouping: try result.jsonLines()) { $0["kind"] as? String ?? "" }
        let names = ["network", "warehouses", "rates", "actors", "sku", "reservation", "write"]
        for (index, name) in names.enumerated() {
            #expect(kinds[name]?.count == sample.copied[UInt8(index + 1)], "\(name)")
        }
        #expect(kinds["reservation"]?.contains { $0["detail"] is [String: Any] } == true)
        #expect(kinds["reservation"]?.contains { $0["constraints"] is [String: Any] } == true)
    }

    @Test func itListsTheMovementsThatInspectLists() async throws {
        var kinds: Set<String> = []
        for seed in PythonReaderTests.seeds {
            kinds.formUnion(try await kindsOfMovements(seed: seed))
        }
        #expect(kinds.isSuperset(of: PythonReaderTests.kinds), "\(kinds)")
    }

    /// Compares one log, and returns the kinds of movements that stand in it.
    private func kindsOfMovements(seed: UInt64) async throws -> [String] {
        let sample = try ReaderSample(seed: seed)
        defer { sample.remove() }
        let result = try await read("movements", sample.dataDirectory)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.isEmpty)
        let inspected = try await Program.holdfast([
            "journal", "inspect", sample.dataDirectory, "--json",
        ])
        #expect(inspected.status == 0, "\(inspected.errors)")
        let (mine, others) = (try result.jsonLines(), try inspected.jsonLines())
        #expect(mine.count == others.count)
        for (line, other) in zip(mine, others) {
            #expect(Set(PythonReaderTests.head).isSubset(of: line.keys))
            #expect(try text(line) == text(other.filter { line[$0.key] != nil }))
        }
        return mine.compactMap { $0["kind"] as? String }
    }

    private static let head = ["lsn", "instant", "kind", "actor", "request"]

    private static let kinds: Set<String> = [
        "reserved", "replaced", "extended", "rerouted", "committed", "released", "expired",
        "fulfilled", "cancelled", "forgotten", "received", "adjusted", "returned", "imported",
        "counted", "transferred", "configured", "skus_changed", "warehouses_changed",
        "actor_named", "policies_changed", "rates_changed", "substitutes_changed",
    ]

    /// The same text for the same members, in whatever order they stand.
    private func text(_ members: [String: Any]) throws -> String {
        let data = try JSONSerialization.data(withJSONObject: members, options: .sortedKeys)
        return String(decoding: data, as: UTF8.self)
    }

    @Test func itNamesFileAndOffsetOfADamagedByte() async throws {
        let sample = try ReaderSample(seed: 4)
        defer { sample.remove() }
        var bytes = try Data(contentsOf: URL(filePath: sample.snapshotPath))
        bytes[600] ^= 1
        try bytes.write(to: URL(filePath: sample.snapshotPath))
        let cells = try await read("cells", sample.snapshotPath)
        #expect(cells.status == 1)
        #expect(cells.errors.hasPrefix("\(sample.snapshotPath): byte 512: section 0 (skus)"))
        #expect(try await read("cells", sample.snapshotPath + "-").status == 74)
        #expect(try await read("nothing", sample.snapshotPath).status == 64)

        let segment = sample.dataDirectory + "/journal/00000000000000000001.log"
        var log = try Data(contentsOf: URL(filePath: segment))
        log[1_100] ^= 1
        try log.write(to: URL(filePath: segment))
        let movements = try await read("movements", sample.dataDirectory)
        #expect(movements.status == 1)
        #expect(movements.errors.hasPrefix("\(segment): byte 1024: "))
    }
}
