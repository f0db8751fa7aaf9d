import Foundation
import Support
import Testing

/// Names and secrets as a person who runs a server meets them.
@Suite struct CommandLineIdentityTests {
    @Test func aNameIsMadeProvedAndWrittenBesideWhatItDid() async throws {
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let list = folder.path + "/names"
        let secretFile = folder.path + "/secret"
        let made = try await Program.holdfast(
            ["credentials", "new", "erp", "--file", list, "--json"]
        )
        #expect(made.status == 0)
        let secret = try #require(try made.json()["secret"] as? String)
        try (secret + "\n").write(toFile: secretFile, atomically: true, encoding: .utf8)
        let listed = try String(contentsOfFile: list, encoding: .utf8)
        #expect(listed.hasPrefix("erp:sha256:"))
        #expect(!listed.contains(secret))
        let mode = try FileManager.default.attributesOfItem(atPath: list)[.posixPermissions]
        #expect(mode as? Int == 0o600)

        let server = try await ServerProcess("--credentials", list)
        let warehouses = try server.write("warehouses.csv", sampleWarehouses)
        let nobody = try await server.run("import", "warehouses", warehouses)
        #expect(nobody.status == 1)
        #expect(nobody.errors.contains("authentication_failed"))
        let wrong = try server.write("wrong", "guessed")
        let guess = ["--name", "erp", "--secret-file", wrong]
        #expect(try await server.run("import", "warehouses", warehouses, as: guess).status == 1)
        let proved = ["--name", "erp", "--secret-file", secretFile]
        #expect(try await server.run("import", "warehouses", warehouses, as: proved).status == 0)

        await server.end(SIGTERM)
        let log = try await Program.holdfast(
            ["journal", "inspect", server.dataDirectory, "--json", "--kind", "warehouses_changed"]
        )
        #expect(try log.jsonLines().first?["actor"] as? String == "erp")
    }

    @Test func aBadListStopsTheServerWithItsLine() async throws {
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let list = folder.path + "/names"
        try "# names\nerp:md5:00:00\n".write(toFile: list, atomically: true, encoding: .utf8)
        let ended = try await Program.holdfast(
            [
                "serve", "--data-dir", folder.path + "/data", "--listen", "127.0.0.1:0",
                "--credentials", list,
            ]
        )
        #expect(ended.status != 0)
        #expect(ended.errors.contains("line 2: the algorithm isn't known; it is sha256"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
    }

    @Test func aNameThatCannotStandInAListIsRefused() async throws {
        let ended = try await Program.holdfast(["credentials", "new", "a:b"])
        #expect(ended.status == 64)
        #expect(ended.errors.contains("a:b"))
    }
}
