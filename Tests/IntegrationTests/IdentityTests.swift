import Engine
import HoldfastClient
import Inventory
import Node
import Server
import Testing
import Wire

/// Only who can prove a name may speak under it, and nothing that proves one is told.
@Suite struct IdentityTests {
    /// A server that knows the names `shop` and `erp`, and their secrets.
    private func fixture() async throws -> (ServerFixture, shop: String, erp: String) {
        let shop = try Credentials.newLine(for: "shop")
        let erp = try Credentials.newLine(for: "erp")
        let file = "# shops\n\n\(shop.line)\n\(erp.line)\r\n"
        let credentials = try Credentials(file.utf8)
        #expect(credentials.count == 2)
        let fixture = try await ServerFixture { $0.credentials = credentials }
        return (fixture, shop.secret, erp.secret)
    }

    private func hello(_ name: String, _ secret: String) -> Hello {
        Hello(name: name, proof: Array(secret.utf8))
    }

    @Test func onlyNamesWithTheirSecretAreAdmitted() async throws {
        let (fixture, shop, erp) = try await fixture()
        for (name, secret) in [("shop", shop), ("erp", erp)] {
            let client = try fixture.connect()
            #expect(try client.call(hello(name, secret)).outcome == .accepted)
            #expect(try client.call(ShowRequest(.random())).outcome == .unknownReservation)
        }
        let wrong = [
            ("shop", erp), ("shop", ""), ("shop", String(shop.dropLast())), ("shop", shop + "0"),
            ("nobody", shop), ("nobody", ""), ("SHOP", shop), ("#", ""),
        ]
        let clients = try wrong.map { name, secret in
            let client = try fixture.connect()
            // What is sent behind the hello is passed over.
            try client.send(
                try hello(name, secret).encode(correlation: 3)
                    + PlainRequest(.check).encode(correlation: 4)
            )
            return client
        }
        for (client, attempt) in zip(clients, wrong) {
            let answers = try client.receiveUntilClosed()
            #expect(answers.map(\.outcome) == [.authenticationFailed], "\(attempt.0)")
            #expect(answers.map(\.header.correlation) == [3])
            #expect(try answers.first?.refusal().detail.contains(shop) == false)
        }
        let failures = fixture.server.statistics()["server_authentication_failures"]
        #expect(failures == Int64(wrong.count))
        await fixture.end()
    }

    @Test func aFloodOfWrongProofsIsMostlyNotAnsweredAndHoldsUpNobody() async throws {
        let (fixture, shop, _) = try await fixture()
        let good = try fixture.connect()
        #expect(try good.call(hello("shop", shop)).outcome == .accepted)
        var flood: [RawClient] = []
        for _ in 0..<120 {
            let client = try fixture.connect()
            try client.send(hello("shop", "guess"))
            flood.append(client)
            #expect(try good.call(ShowRequest(.random())).outcome == .unknownReservation)
        }
        var answered = 0
        for client in flood {
            let answers: [RawClient.Answer]
            do {
                answers = try client.receiveUntilClosed()
            } catch is RawClientError {
                // Reset: closed with bytes that nobody read.
                continue
            }
            #expect(answers.allSatisfy { $0.outcome == .authenticationFailed })
            answered += answers.count
        }
        #expect(answered > 0)
        #expect(fixture.server.statistics()["server_authentication_failures"] == 120)
        #expect(try good.call(ShowRequest(.random())).outcome == .unknownReservation)
        await fixture.end()
    }

    @Test func theClientLibraryProvesItsNameAndNeverPrintsTheSecret() async throws {
        let (fixture, shop, _) = try await fixture()
        var configuration = ClientConfiguration(port: fixture.server.boundPort)
        configuration.name = "shop"
        configuration.secret = ClientSecret(shop)
        var printed = ""
        dump(configuration, to: &printed)
        print(configuration, to: &printed)
        #expect(!printed.contains(shop) && !printed.contains("bytes"))
        let client = try await HoldfastClient.connect(configuration)
        guard case .success(let check) = try await client.check() else {
            Issue.record("the client wasn't admitted")
            return
        }
        #expect(check.isClean)
        await client.close()
        configuration.secret = ClientSecret("another")
        do {
            _ = try await HoldfastClient.connect(configuration)
            Issue.record("a wrong secret was admitted")
        } catch {
            #expect(error.code == .handshakeRefused)
            #expect(error.refusal?.outcome == .authenticationFailed)
            #expect(!"\(error)".contains("another\u{0}"))
        }
        await fixture.end()
    }

    @Test func withoutAListEveryNameIsAdmittedWhateverItsProof() async throws {
        let fixture = try await ServerFixture()
        let client = try fixture.connect()
        #expect(try client.call(hello("anybody", "anything")).outcome == .accepted)
        await fixture.end()
    }

    @Test func everyNameHasOneNumberInTheLog() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        for name in ["first", "second", "first"] {
            let client = try fixture.connect()
            #expect(try client.call(Hello(name: name)).outcome == .accepted)
            #expect(try client.call(ServerFixture.reserve(1)).outcome == .accepted)
        }
        let engine = fixture.node.engine
        #expect((1...3).map { engine.actorName(UInt16($0)) } == ["raw-test", "first", "second"])
        #expect(engine.actorName(4).isEmpty)
        await fixture.end()
    }

    @Test(arguments: [
        ("shop", 1), ("shop:sha256:00112233:00", 1), ("shop:md5:\(salt):\(hash)", 1),
        ("shop:sha256:\(salt):\(hash.dropLast())", 1), ("shop:sha256:\(salt):\(hash)00", 1),
        ("shop:sha256:zz\(salt):\(hash)", 1), (":sha256:\(salt):\(hash)", 1),
        ("a b:sha256:\(salt):\(hash)", 1), ("# x\n\nshop:sha256:\(salt):\(hash)\nshop", 4),
        ("shop:sha256:\(salt):\(hash)\nshop:sha256:\(salt):\(hash)", 2),
        ("shop:sha256:\(salt):\(hash):", 1), ("shop:sha256:\(salt)0:\(hash)", 1),
    ])
    func aBrokenLineIsNamed(file: String, line: Int) {
        do throws(CredentialsError) {
            _ = try Credentials(file.utf8)
            Issue.record("\(file) was read")
        } catch {
            #expect(error.line == line)
            #expect(error.description.hasPrefix("line \(line): "))
            #expect(!error.description.contains(IdentityTests.hash))
        }
    }

    @Test func aFileHasAtMostSoManyNames() throws {
        func file(_ count: Int) -> String {
            (0..<count).map { "n\($0):sha256:\(IdentityTests.salt):\(IdentityTests.hash)\n" }
                .joined()
        }
        #expect(try Credentials(file(4_096).utf8).count == 4_096)
        #expect(throws: CredentialsError.self) { try Credentials(file(4_097).utf8) }
        #expect(throws: CredentialsError.self) { try Credentials.newLine(for: "a:b") }
        #expect(throws: CredentialsError.self) { try Credentials.newLine(for: "") }
    }

    private static let salt = "000102030405060708090a0b0c0d0e0f"
    private static let hash = String(repeating: "ab", count: 32)
}
