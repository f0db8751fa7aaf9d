import Inventory
import Sourcing
import Testing

@Suite("GreatCircle")
struct GreatCircleTests {
    private func place(_ latitude: Double, _ longitude: Double) throws -> Position {
        try #require(Position(latitude: latitude, longitude: longitude))
    }

    @Test func aPlaceIsNoMetresFromItself() throws {
        let london = try place(51.5074, -0.1278)
        #expect(GreatCircle.metres(from: london, to: london) == 0)
    }

    @Test func aQuarterOfAMeridianIsAQuarterOfTheCircumference() throws {
        // Half of pi times the radius, rounded: 10,007,557 m.
        #expect(try GreatCircle.metres(from: place(0, 0), to: place(90, 0)) == 10_007_557)
    }

    @Test func antipodesAreHalfTheCircumferenceApart() throws {
        #expect(try GreatCircle.metres(from: place(10, 20), to: place(-10, -160)) == 20_015_114)
    }

    @Test func distanceIsTheSameBothWays() throws {
        let paris = try place(48.8566, 2.3522)
        let tokyo = try place(35.6762, 139.6503)
        let there = GreatCircle.metres(from: paris, to: tokyo)
        #expect(there == GreatCircle.metres(from: tokyo, to: paris))
        #expect((9_700_000...9_730_000).contains(there))
    }

    @Test func theDateLineIsNoDetour() throws {
        #expect(try GreatCircle.metres(from: place(0, 179.5), to: place(0, -179.5)) == 111_195)
    }
}
