import Foundation
import Testing

@testable import holdfast

/// The log for people, `top` and shell completions.
@Suite(.serialized) struct CommandLineToolsTests {
    private let id = "000102030405060708090a0b0c0d0e0f"

    /// A log in which every kind of movement of stock and reservations stands.
    private func server() async throws -> ServerProcess {
        let server = try await ServerProcess.stocked()
        try await server.run("stock", "transfer", "MUG=2", "--from", "B", "--to", "B/flash")
        try await server.run("reserve", "MUG:3@A", "--line", "MUG=1/flash", "--id", id)
        try await server.run("commit", id, "--line", "1=2")
        try await server.run("fulfil", id, "--line", "1=1")
        try await server.run("stock", "count", "JUG=6", "--warehouse", "B", "--reason", "shelf 4")
        return server
    }

    private func inspect(
        _ server: ServerProcess,
        _ options: String...
    ) async throws -> ProgramResult {
        try await Program.holdfast(["journal", "inspect", server.dataDirectory] + options)
    }

    /// The columns behind LSN and instant, without ids.
    private func what(_ result: ProgramResult) -> [String] {
        result.lines.dropFirst().dropLast().map { line in
            let words = line.split(separator: " ").dropFirst(2)
            return words.filter { $0.count < 32 || $0 == id[...] }.joined(separator: " ")
        }
    }

    @Test func theLogIsToldInTheWordsOfTheTrade() async throws {
        let server = try await server()
        let all = try await inspect(server)
        #expect(all.status == 0)
        #expect(
            what(all) == [
                "actor_named holdfast-cli - a client's first movement",
                "warehouses_changed holdfast-cli A online, B online",
                "imported holdfast-cli MUG A +10 safety +1, MUG B +5, JUG B +7",
                "transferred holdfast-cli MUG B -2, MUG B/flash +2",
                "reserved holdfast-cli \(id) MUG 3 (A 3), MUG 1 (B/flash 1)",
                "committed holdfast-cli part of MUG A 2",
                "fulfilled holdfast-cli part of MUG A 1",
                "counted holdfast-cli JUG B -1; shelf 4",
            ]
        )
        #expect(all.lastLine == "8 movements")
    }

    @Test func filtersTellOnlyWhatIsAskedFor() async throws {
        let server = try await server()
        let jug = try await inspect(server, "--sku", "JUG", "--json").jsonLines()
        #expect(jug.map { $0["kind"] as? String } == ["imported", "counted"])
        let flash = try await inspect(server, "--reservation", id, "--json").jsonLines()
        #expect(flash.map { $0["kind"] as? String } == ["reserved", "committed", "fulfilled"])
        let kinds = try await inspect(server, "--kind", "counted", "transferred", "--json")
        #expect(try kinds.jsonLines().count == 2)
        let lsn = flash[1].integer("lsn")
        let range = try await inspect(
            server,
            "--from-lsn",
            "\(lsn)",
            "--to-lsn",
            "\(lsn)",
            "--json"
        )
        #expect(try range.jsonLines().map { $0.integer("lsn") } == [lsn])
        let instant = try #require(flash[2]["instant"] as? String)
        let later = try await inspect(server, "--from", instant, "--warehouse", "A", "--json")
        #expect(try later.jsonLines().last?["kind"] as? String == "fulfilled")
        let two = try await inspect(server, "--limit", "2", "--json")
        #expect(try two.jsonLines().count == 2)
    }

    @Test func namesFromBeforeTheFirstRecordAreToldByNumber() throws {
        // An extension of a hold by actor 7, as the head of MovementRecord.swift has it.
        var record = [UInt8](repeating: 0, count: 64)
        record.replaceSubrange(0..<8, with: [64, 0, 0, 0, 11, 0, 7, 0])
        record[32] = 0xAB
        var decoder = MovementDecoder()
        let movement = try record.withUnsafeBytes { try decoder.decode($0, lsn: 8) }
        #expect(movement.word == .extended)
        #expect(movement.actor == "#7")
        #expect(MovementText(movement: movement).line.contains("of ab00"))
    }

    @Test func aSegmentThatLiesAloneIsTold() async throws {
        let server = try await server()
        let folder = server.dataDirectory + "/journal/"
        let segment = "00000000000000000001.log"
        let copy = server.dataDirectory + "/00000000000000000009.log"
        try FileManager.default.copyItem(atPath: folder + segment, toPath: copy)
        let alone = try await Program.holdfast(["journal", "inspect", copy, "--json"])
        #expect(alone.status == 0)
        #expect(try alone.jsonLines().count == 8)
        let named = try await Program.holdfast(["journal", "inspect", folder + segment, "--json"])
        #expect(named.output == alone.output)
    }

    @Test func damageIsNamedAfterWhatStandsBeforeIt() async throws {
        let server = try await server()
        await server.end(SIGTERM)
        let path = server.dataDirectory + "/journal/00000000000000000001.log"
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: 2_048 + 100)
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: 2_048 + 100)
        try file.write(contentsOf: Data([byte ^ 1]))
        try file.close()
        let result = try await inspect(server)
        #expect(result.status == 1)
        #expect(result.errors.contains("00000000000000000001.log at byte 2048"))
        #expect(result.lines.count > 1)
    }

    @Test func topTellsALineForEachTimeItLooks() async throws {
        let server = try await server()
        let lines = try await server.run("top", "--count", "3", "--interval", "0.1").jsonLines()
        #expect(lines.count == 3)
        #expect(lines.map { $0.integer("reservations_held") } == [1, 1, 1])
        #expect(lines.map { $0.integer("units_reserved") } == [2, 2, 2])
        #expect(lines.allSatisfy { ($0["probe_p99_us"] as? Double ?? 0) > 0 })
        let text = try await server.run("top", "--count", "1", "--interval", "0.1", asJSON: false)
        #expect(text.lines.count == 2)
        #expect(text.lines[0].contains("holds/s"))
        #expect(!text.output.contains("\u{1B}"))
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsKnowCommandsAndChoices(_ shell: String) async throws {
        let script = try await Program.holdfast(["--generate-completion-script", shell])
        #expect(script.status == 0)
        for word in ["availability", "lifecycle", "best_effort", "draining", "delta", "inspect"] {
            #expect(script.output.contains(word), "\(word)")
        }
    }

    @Test func percentilesComeFromTheLastProbes() {
        var window = ProbeWindow(countMax: 4)
        #expect(window.percentiles.p50 == 0)
        for latency in [9_000_000, 1_000, 2_000, 3_000, 4_000] as [UInt64] { window.add(latency) }
        #expect(window.percentiles.p50 == 2)
        #expect(window.percentiles.p99 == 4)
    }
}
