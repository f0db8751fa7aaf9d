import Foundation
import Support
import Testing

@testable import holdfast

/// `bench`: what it counts, how it sends, what it writes.
@Suite(.serialized) struct CommandLineBenchTests {
    private func bench(
        _ server: ServerProcess,
        _ command: String
    ) async throws -> ProgramResult {
        let words = ["bench"] + command.split(separator: " ").map(String.init)
        let shape = ["--connections", "3", "--outstanding", "8"]
        return try await Program.holdfast(words + shape + ["--server", server.address, "--json"])
    }

    @Test(arguments: [
        ("hot --count 500", 1, 0),
        ("uniform --count 500 --skus 20 --threads 3", 1, 0),
        ("zipf --count 500 --skus 20 --exponent 1.2", 1, 0),
        ("orders --count 500 --skus 20 --lines 5", 1, 0),
        ("pairs --count 500 --skus 20 --distribution hot", 2, 0),
        ("lifecycle --count 500 --skus 20 --mix 100,0,0 --fulfil", 3, 500),
        ("uniform --count 500 --skus 20 --rate 5000", 1, 0),
        ("pairs --count 500 --skus 20 --rate 5000 --threads 2", 2, 0),
    ])
    func benchmarksCountWholeLives(
        _ command: String,
        _ requests: Int,
        _ fulfilments: Int
    ) async throws {
        let server = try await ServerProcess()
        let result = try await bench(server, command)
        #expect(result.status == 0)
        let report = try result.json()
        #expect(report.integer("lives") == 500)
        #expect(report.integer("requests") == 500 * requests)
        #expect(report.integer("refused") == 0)
        #expect(report.integer("lives_not_begun") == 0)
        let series = try #require(report["series"] as? [[String: Any]])
        #expect(series.map { $0.integer("lives") }.reduce(0, +) == 500)
        #expect(series.map { $0.integer("answers") }.reduce(0, +) == 500 * requests)
        let figures = try await server.run("stats").json()
        #expect(figures.integer("units_reserved") == 0)
        #expect(figures.integer("reservations_committed") == 0)
        #expect(figures.integer("fulfilments") == fulfilments)
        #expect(try await server.run("check").json()["ok"] as? Bool == true)
    }

    @Test func aLifeCycleEndsInThreeWays() async throws {
        let server = try await ServerProcess()
        let command = "lifecycle --count 2000 --skus 20 --mix 60,30,10 --expire-after 50ms"
        let result = try await bench(server, command + " --no-release")
        #expect(result.status == 0)
        let figures = try await server.run("stats").json()
        let ends = ["reservations_committed", "releases", "expiries"].map(figures.integer)
        #expect(ends.reduce(0, +) == 2_000)
        // Standard deviations are at most 22, and the seed is drawn: eight of these.
        for (end, expected) in zip(ends, [1_200, 600, 200]) { #expect(abs(end - expected) < 176) }
        #expect(figures.integer("units_reserved") == 0)
    }

    @Test func scarceStockIsHeldExactly() async throws {
        let server = try await ServerProcess()
        let result = try await bench(server, "hot --units 100 --count 500")
        #expect(result.status == 0)
        let report = try result.json()
        #expect(report.integer("accepted") == 100)
        #expect((report["refusals"] as? [String: Int]) == ["insufficient_stock": 400])
    }

    @Test func aWarmUpIsNotMeasured() async throws {
        let server = try await ServerProcess()
        let result = try await bench(server, "uniform --skus 20 --warmup 600 --count 300")
        let report = try result.json()
        #expect(report.integer("lives") == 300)
        #expect((report["series"] as? [Any])?.isEmpty == true)
    }

    @Test func whatIsDueButHasNoRoomIsCounted() async throws {
        let server = try await ServerProcess()
        // Ten million a second through 24 slots.
        let result = try await bench(server, "uniform --skus 20 --rate 10000000 --duration 0.2")
        #expect(result.status == 0)
        let report = try result.json()
        #expect(report.integer("lives") + report.integer("lives_not_begun") == 2_000_000)
        #expect(report.integer("lives_not_begun") > 1_000_000)
        // Somebody waited for most of the time, and the latency tells it.
        let latency = try #require(report["latency_us"] as? [String: Double])
        #expect(latency["max"] ?? 0 > 100_000)
    }

    @Test func theHistogramLogHoldsEveryAnswer() async throws {
        let server = try await ServerProcess()
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let path = folder.path + "/latency.hlog"
        let command = "uniform --skus 20 --count 400 --rate 300 --histogram-log \(path)"
        let report = try await bench(server, command).json()
        let read = try await Program.run("python3", ["-c", logReader, path])
        #expect(read.errors == "")
        let intervals = try read.jsonLines()
        #expect(intervals.map { $0.integer("count") }.reduce(0, +) == 400)
        let series = try #require(report["series"] as? [[String: Any]])
        #expect(intervals.count == series.count)
        for (interval, second) in zip(intervals, series) {
            #expect(interval.integer("count") == second.integer("answers"))
            let latency = try #require(second["latency_us"] as? [String: Double])
            let most = try #require(latency["max"]) * 1_000
            // The highest bucket in use is the one of the largest latency.
            #expect(abs(Double(interval.integer("highest")) - most) <= most / 128 + 1)
        }
    }

    /// Reads a log as its format says, with the zlib and the base 64 of Python.
    private let logReader = """
        import base64, json, struct, sys, zlib
        for line in open(sys.argv[1]):
            if line[0] in '#"':
                continue
            packed = base64.b64decode(line.strip().split(',')[3], validate=True)
            cookie, size = struct.unpack_from('>II', packed)
            assert cookie == 0x1C849314 and size == len(packed) - 8
            data = zlib.decompress(packed[8:])
            cookie, size, offset, digits, low, high, ratio = struct.unpack_from('>IIIIQQd', data)
            assert (cookie, offset, digits, low, ratio) == (0x1C849313, 0, 2, 1, 1.0)
            assert size == len(data) - 40
            at, index, total, highest = 40, 0, 0, 0
            while at < len(data):
                word, shift = 0, 0
                while True:
                    byte = data[at]
                    at += 1
                    word |= (byte & 0x7F) << shift
                    shift += 7
                    if byte < 0x80:
                        break
                value = word >> 1 ^ -(word & 1)
                if value < 0:
                    index -= value
                    continue
                total, highest = total + value, index
                index += 1
            shift = max(0, highest // 128 - 1)
            top = ((highest - shift * 128 + 1) << shift) - 1
            print(json.dumps({'count': total, 'highest': top}))
        """

    @Test(arguments: [
        ("uniform --skus 0", "--skus 0: give 1 to 10000000"),
        ("hot --skus 2", "--skus 2: hot is one SKU"),
        ("uniform --distribution zipf", "--distribution zipf: uniform is uniform already"),
        ("zipf --exponent 0", "--exponent 0.0: give 0.01 to 10.0"),
        ("orders --lines 65", "--lines 65: give 1 to 64"),
        ("uniform --rate 0", "--rate 0: give 1 to 100000000"),
        ("uniform --units=-1", "--units -1: give 0 to 2147483647"),
        ("uniform --warmup 601", "--warmup 601.0: give up to 600 seconds"),
        ("uniform --count 1 --duration 1", "--count and --duration: give one of them"),
        ("lifecycle --expire-after 1h", "--expire-after, in ms, 3600000: give 1 to 600000"),
        ("lifecycle --mix 80,15,6", "'80,15,6' is invalid for '--mix"),
    ])
    func aLoadThatCannotBeIsNamed(_ command: String, _ says: String) async throws {
        let server = try await ServerProcess()
        let result = try await bench(server, command)
        #expect(result.status == 64)
        #expect((result.errors + result.output).contains(says))
    }

    @Test func sparklinesReachFromEmptyToFull() {
        #expect(Sparkline.text([0, 50, 100]) == "▁▅█")
        #expect(Sparkline.text([0, 0]) == "▁▁")
        #expect(Sparkline.text([]) == "")
        #expect(Sparkline.text(Array(repeating: 3, count: 1_000)).count == 60)
    }
}
