import Glibc
import Inventory
import Testing

@Suite struct InstantTests {
    @Test func instantsAreOrderedByTheirMilliseconds() {
        #expect(Instant(milliseconds: 1) < Instant(milliseconds: 2))
        #expect(Instant.distantPast < Instant(milliseconds: 1))
        #expect(max(Instant(milliseconds: 5), Instant(milliseconds: 3)).milliseconds == 5)
    }

    @Test func advancingAddsMilliseconds() {
        let instant = Instant(milliseconds: 1_750_000_000_000)
        #expect(instant.advanced(byMilliseconds: 900_000).milliseconds == 1_750_000_900_000)
        #expect(instant.advanced(byMilliseconds: -1) < instant)
    }

    @Test func advancingBeyondTheTypeTraps() async {
        await #expect(processExitsWith: .failure) {
            // A sum that is known beforehand or not used may be left out of an optimised build.
            let step = Int64(CommandLine.arguments.count)
            let later = Instant(milliseconds: .max).advanced(byMilliseconds: step)
            exit(later < .distantPast ? 0 : 1)
        }
    }
}

@Suite struct PositionTests {
    @Test func degreesAreRoundedToMillionths() throws {
        let position = try #require(Position(latitude: 51.5073509, longitude: -0.1277583))
        #expect(position.latitudeMicrodegrees == 51_507_351)
        #expect(position.longitudeMicrodegrees == -127_758)
    }

    @Test(arguments: [(90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)])
    func edgesOfEarthAreOnIt(latitude: Double, longitude: Double) {
        #expect(Position(latitude: latitude, longitude: longitude)?.isValid == true)
    }

    @Test(arguments: [
        (90.000001, 0.0), (-90.000001, 0.0), (0.0, 180.000001), (0.0, -180.000001),
        (Double.nan, 0.0), (0.0, Double.nan), (Double.infinity, 0.0), (0.0, -Double.infinity),
    ])
    func placesBeyondEarthAreRefused(latitude: Double, longitude: Double) {
        #expect(Position(latitude: latitude, longitude: longitude) == nil)
    }

    @Test(arguments: [
        (Int32(90_000_001), Int32(0)), (-90_000_001, 0), (0, 180_000_001), (0, -180_000_001),
        (.min, .min), (.max, .max),
    ])
    func coordinatesBeyondEarthAreInvalid(latitude: Int32, longitude: Int32) {
        let position = Position(latitudeMicrodegrees: latitude, longitudeMicrodegrees: longitude)
        #expect(!position.isValid)
    }
}
