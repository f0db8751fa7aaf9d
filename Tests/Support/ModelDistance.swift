internal import Glibc
package import Inventory

/// Distance on the sphere, as the design says it.
package enum ModelDistance {
    /// Great-circle metres on a sphere of radius 6,371.0088 km, rounded once, halves up.
    package static func metres(_ from: Position, _ to: Position) -> Int64 {
        let radians = Double.pi / 180 / 1_000_000
        let latitudeA = Double(from.latitudeMicrodegrees) * radians
        let latitudeB = Double(to.latitudeMicrodegrees) * radians
        let longitudeA = Double(from.longitudeMicrodegrees) * radians
        let longitudeB = Double(to.longitudeMicrodegrees) * radians
        let sineLatitude = sin((latitudeB - latitudeA) / 2)
        let sineLongitude = sin((longitudeB - longitudeA) / 2)
        let haversine =
            sineLatitude * sineLatitude
            + cos(latitudeA) * cos(latitudeB) * sineLongitude * sineLongitude
        let metres = 2 * 6_371_008.8 * asin(min(1, haversine.squareRoot()))
        return Int64((metres + 0.5).rounded(.down))
    }
}
