import Foundation
import Support
import Testing

@testable import holdfast

/// `holdfast snapshot` on files and on a server.
@Suite(.serialized) struct CommandLineSnapshotTests {
    private let first = "000102030405060708090a0b0c0d0e0f"
    private let second = "00000000000000000000000000000001"

    /// A server with stock and a hold; its snapshot, and what it told of itself then.
    private func taken() async throws -> (server: ServerProcess, file: String) {
        let server = try await ServerProcess.stocked()
        try await server.run("reserve", "MUG:3@A", "JUG:2", "--id", first)
        let report = try await server.run("snapshot", "take").json()
        let name = try #require(report["name"] as? String)
        return (server, server.dataDirectory + "/snapshots/" + name)
    }

    private func snapshot(_ arguments: String...) async throws -> ProgramResult {
        try await Program.holdfast(["snapshot"] + arguments)
    }

    /// Changes one byte of a file.
    private func flip(_ path: String, at offset: Int) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seek(toOffset: UInt64(offset))
        let byte = try #require(try file.read(upToCount: 1)?.first)
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data([byte ^ 0x10]))
        try file.close()
    }

    // MARK: Whole files

    @Test func aSnapshotTellsWhatItsServerTold() async throws {
        let (server, file) = try await taken()
        let cells = try await server.stock()
        let hash = try await server.run("check").json()["state_hash"] as? String
        let listed = try await server.run("snapshot", "list").jsonLines()
        await server.end(SIGKILL)

        let files = try await snapshot("list", server.dataDirectory, "--json").jsonLines()
        #expect(files.map { $0["name"] as? String } == listed.map { $0["name"] as? String })
        #expect(files.map { $0.integer("lsn") } == listed.map { $0.integer("lsn") })
        let verdict = try await snapshot("verify", file, "--json").json()
        #expect(verdict["ok"] as? Bool == true)
        let checked = try #require((verdict["files"] as? [[String: Any]])?.first)
        #expect(checked["state_hash"] as? String == hash)
        #expect(checked.integer("open_reservations") == 1)

        let state = try #require(
            try await snapshot("inspect", file, "--json").json()["state"] as? [String: Any]
        )
        #expect(state.integer("cells") == cells.count)
        #expect(state.integer("on_hand") == cells.values.reduce(0) { $0 + $1.integer("on_hand") })
        #expect(state.integer("reserved") == 5)
        #expect((state["oldest_hold"] as? [String: Any])?["reservation"] as? String == first)

        let rows = try await snapshot("export", file, "--cells", "--json").jsonLines()
        #expect(rows.count == cells.count)
        for row in rows {
            let cell = try #require(cells["\(row["sku"] ?? "") \(row["warehouse"] ?? "")"])
            for name in ["on_hand", "reserved", "safety_stock", "available", "version"] {
                #expect(row.integer(name) == cell.integer(name))
            }
        }
    }

    @Test func aDifferenceIsToldCellByCell() async throws {
        let (server, before) = try await taken()
        try await server.run("commit", first)
        try await server.run("reserve", "JUG:1", "--id", second)
        try await server.run("stock", "receive", "CUP", "B", "9")
        let report = try await server.run("snapshot", "take").json()
        let after = server.dataDirectory + "/snapshots/" + (report["name"] as? String ?? "")

        let same = try await snapshot("diff", before, before, "--json", "--exit-code")
        #expect(same.status == 0)
        #expect(try same.json()["equal"] as? Bool == true)
        let found = try await snapshot("diff", before, after, "--json").json()
        #expect(found["equal"] as? Bool == false)
        let cells = try #require(found["differing_cells"] as? [[String: Any]])
        #expect(cells.map { "\($0["sku"] ?? "")" } == ["CUP", "JUG", "MUG"])
        #expect(cells[0]["before"] is NSNull)
        #expect((cells[0]["after"] as? [String: Any])?.integer("on_hand") == 9)
        #expect((cells[1]["before"] as? [String: Any])?.integer("reserved") == 2)
        #expect((cells[1]["after"] as? [String: Any])?.integer("reserved") == 1)
        #expect((cells[1]["after"] as? [String: Any])?.integer("committed") == 2)
        let reservations = try #require(found["differing_reservations"] as? [[String: Any]])
        #expect(reservations.map { $0["reservation"] as? String } == [second, first])
        #expect(reservations[1]["differs_in"] as? [String] == ["state", "units"])
        let marked = try await snapshot("diff", before, after, "--exit-code", "--limit", "1")
        #expect(marked.status == 1)
        #expect(marked.output.contains("and 2 more cells; --limit tells them"))
        #expect(marked.output.contains("differ: 3 SKUs (2 changed, 1 only after), 3 cells"))
    }

    @Test func exportsTellOnlyWhatIsAskedFor() async throws {
        let (server, file) = try await taken()
        let mugs = try await snapshot("export", file, "--cells", "--sku", "MUG", "--warehouse", "A")
        #expect(mugs.lines.count == 2)
        #expect(mugs.lastLine.hasPrefix("MUG,A,default,10,3,0,1,0,6,"))
        let holds = try await snapshot("export", file, "--reservations", "--sku", "JUG")
        #expect(holds.lines.count == 3)
        #expect(holds.lines[1].hasPrefix("\(first),held,"))
        let none = try await snapshot("export", file, "--reservations", "--state", "expired")
        #expect(none.lines.count == 1)
        let out = server.dataDirectory + "/cells.csv"
        let written = try await snapshot("export", file, "--cells", "--out", out)
        #expect(written.lastLine == "\(out): 3 cells")
        let all = try await snapshot("export", file, "--cells")
        #expect(try String(contentsOfFile: out, encoding: .utf8) == all.output)
        #expect(!FileManager.default.fileExists(atPath: out + ".new"))
    }

    @Test func aSectionIsUnpackedByTheToolOfTheFormat() async throws {
        let (server, file) = try await taken()
        let out = server.dataDirectory + "/sections.lz4"
        let inspected = try await snapshot("inspect", file, "--json", "--sections").json()
        let sections = try #require(inspected["each_section"] as? [[String: Any]])
        for name in ["all", "skus", "0"] {
            let result = try await snapshot("export", file, "--raw", name, "--out", out, "--json")
            #expect(result.status == 0)
            let count = try result.json().integer("sections")
            let bytes = sections.prefix(count).reduce(0) { $0 + $1.integer("packed_bytes") }
            #expect(try Data(contentsOf: URL(filePath: out)).count == bytes)
            let unpacked = try await Program.run("lz4", ["-d", "-q", "-f", out, out + ".raw"])
            try #require(unpacked.status == 0, "\(unpacked.errors)")
            let raw = sections.prefix(count).reduce(0) { $0 + $1.integer("unpacked_bytes") }
            #expect(try Data(contentsOf: URL(filePath: out + ".raw")).count == raw)
        }
    }

    // MARK: Bad files

    @Test func damageIsNamedBySectionAndOffset() async throws {
        let (server, file) = try await taken()
        defer { withExtendedLifetime(server) {} }
        let inspected = try await snapshot("inspect", file, "--json", "--sections").json()
        let sections = try #require(inspected["each_section"] as? [[String: Any]])
        for section in sections {
            let offset = section.integer("offset")
            try flip(file, at: offset + 9)
            let place = "in section \(section.integer("section")) ("
            for command in ["verify", "inspect", "diff", "export"] {
                let arguments =
                    command == "diff" ? [file] : command == "export" ? ["--reservations"] : []
                let result = try await Program.holdfast(["snapshot", command, file] + arguments)
                // What an export doesn't read can't stop it.
                if result.status == 0, command == "export" { continue }
                #expect(result.status == 1, "\(command): \(result.errors)")
                #expect(result.errors.contains(place), "\(command): \(result.errors)")
                #expect(result.errors.contains("at byte \(offset): "), "\(command)")
            }
            let json = try await snapshot("verify", file, "--json").json()
            #expect(json["error"] as? String == "snapshot_damaged")
            let verdict = try #require((json["files"] as? [[String: Any]])?.first)
            let faults = try #require(verdict["faults"] as? [[String: Any]])
            #expect(faults.map { $0.integer("section") } == [section.integer("section")])
            #expect(faults.map { $0.integer("offset") } == [offset])
            try flip(file, at: offset + 9)
        }
        #expect(try await snapshot("verify", file).status == 0)
    }

    @Test func noFlippedByteGoesUnnoticed() async throws {
        let (server, file) = try await taken()
        defer { withExtendedLifetime(server) {} }
        let whole = try [UInt8](Data(contentsOf: URL(filePath: file)))
        #expect(SnapshotVerdict(of: file).isGood)
        for offset in stride(from: 0, to: whole.count, by: 3) {
            try flip(file, at: offset)
            #expect(!SnapshotVerdict(of: file).isGood, "byte \(offset)")
            try flip(file, at: offset)
        }
        #expect(try [UInt8](Data(contentsOf: URL(filePath: file))) == whole)
    }

    @Test func whatIsNoSnapshotIsRefusedByName() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let text = directory.path + "/stock.csv"
        try String(repeating: "sku,warehouse\n", count: 100)
            .write(toFile: text, atomically: true, encoding: .utf8)
        for command in ["inspect", "verify"] {
            let other = try await snapshot(command, text)
            #expect(other.status == 1)
            #expect(other.errors.contains("this is not a Holdfast snapshot"))
            let missing = try await snapshot(command, directory.path + "/none.hfs")
            #expect(missing.status == 74)
            #expect(missing.errors.contains("none.hfs"))
            #expect(try await snapshot(command, directory.path).status == 74)
        }
        let two = try await snapshot("verify", text, directory.path + "/none.hfs", "--json")
        #expect(two.status == 74)
        #expect(try (two.json()["files"] as? [Any])?.count == 2)
        #expect(try await snapshot("list", directory.path + "/none").status == 74)
        let empty = try await snapshot("list", directory.path)
        #expect(empty.status == 0)
        #expect(empty.lastLine == "no snapshots in \(directory.path)")
    }

    @Test func aDamagedFileIsListedWithItsFault() async throws {
        let (server, file) = try await taken()
        try flip(file, at: 100)
        let listed = try await snapshot("list", server.dataDirectory)
        #expect(listed.status == 0)
        #expect(listed.output.contains("the header's checksum doesn't match"))
        let json = try await snapshot("list", server.dataDirectory, "--json").jsonLines()
        #expect((json.first?["fault"] as? String)?.contains("at byte 8") == true)
    }

    // MARK: Bad options

    @Test func optionsThatContradictEachOtherAreRefused() async throws {
        let (server, file) = try await taken()
        defer { withExtendedLifetime(server) {} }
        let cases = [
            ["export", file], ["export", file, "--cells", "--reservations"],
            ["export", file, "--cells", "--state", "held"], ["export", file, "--raw", "99"],
            ["export", file, "--raw", "skus", "--sku", "MUG"],
            ["export", file, "--cells", "--format", "xml"],
            ["export", file, "--cells", "--json", "--format", "csv"],
            ["inspect", file, "--top", "-1"], ["diff", file], ["verify"],
        ]
        for arguments in cases {
            let result = try await Program.holdfast(["snapshot"] + arguments)
            #expect(result.status == 64, "\(arguments): \(result.errors)")
            #expect(!result.errors.isEmpty)
        }
        let unwritable = try await snapshot(
            "export",
            file,
            "--cells",
            "--out",
            "/nonexistent/cells.csv"
        )
        #expect(unwritable.status == 74)
        let full = try await snapshot("export", file, "--cells", "--out", "/dev/full")
        #expect(full.status == 74)
        #expect(full.errors.contains("write /dev/full"))
    }
}
