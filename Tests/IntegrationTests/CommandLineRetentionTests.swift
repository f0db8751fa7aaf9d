import Foundation
import HoldfastClient
import Inventory
import Support
import Testing

/// `--closed-retention`: what it takes, and what becomes of a reservation after it.
@Suite(.serialized) struct CommandLineRetentionTests {
    @Test(arguments: ["0s", "29999ms", "31d"])
    func retentionsThatEndBeforeARetryOrHardlyEverAreRefused(_ duration: String) async throws {
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let result = try await Program.holdfast(
            ["serve", "--data-dir", folder.path + "/data", "--closed-retention", duration]
        )
        #expect(result.status == 64)
        #expect(result.errors.hasPrefix("holdfast: --closed-retention: give 30s to 30d"))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
    }

    /// It lasts as long as the shortest retention that `serve` takes.
    @Test(.enabled(if: CrashTests.isFullRun), .timeLimit(.minutes(5)))
    func whatIsOverIsForgottenWhenTheServerWasToldTo() async throws {
        let server = try await ServerProcess("--closed-retention", "30s")
        let address = try #require(URL(string: "tcp://\(server.address)"))
        let port = try #require(address.port)
        let client = try await HoldfastClient.connect(ClientConfiguration(port: port))
        let request = ReservationRequest(
            id: .random(),
            owner: OwnerID(high: 1, low: 2),
            lines: [.init(sku: "ghost", quantity: 1)],
            mode: .bestEffort
        )
        #expect(try await client.reserve(request).get().isRepeated == false)
        _ = try await client.release(request.id).get()
        #expect(try await client.reserve(request).get().isRepeated)
        var seen = try await client.show(request.id)
        // Without the option it would be known for an hour, which is more than the test may take.
        while case .success = seen {
            try await Task.sleep(for: .milliseconds(50))
            seen = try await client.show(request.id)
        }
        guard case .failure(let refusal) = seen else {
            return #expect(Bool(false), "the reservation is still known")
        }
        #expect(refusal.outcome == .unknownReservation)
        #expect(try await client.reserve(request).get().isRepeated == false)
        await client.close()
    }
}
