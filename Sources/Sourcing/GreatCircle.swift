internal import Glibc
package import Inventory

/// Distance on the sphere of radius 6,371.0088 km.
///
/// - Source: the haversine formula (R. W. Sinnott, Virtues of the Haversine, 1984); the radius is
///   the mean radius R1 of the IUGG.
package enum GreatCircle {
    /// Metres in the radius of the sphere.
    package static let radiusMetres = 6_371_008.8

    /// Whole metres between two places, rounded once, halves up.
    ///
    /// - Complexity: O(1), about 60 ns.
    package static func metres(from start: Position, to end: Position) -> UInt32 {
        let radians = Double.pi / 180_000_000
        let startLatitude = Double(start.latitudeMicrodegrees) * radians
        let endLatitude = Double(end.latitudeMicrodegrees) * radians
        let halfLatitude = sin((endLatitude - startLatitude) / 2)
        let longitudeDifference =
            Double(end.longitudeMicrodegrees) - Double(start.longitudeMicrodegrees)
        let halfLongitude = sin(longitudeDifference * radians / 2)
        let haversine =
            halfLatitude * halfLatitude
            + cos(startLatitude) * cos(endLatitude) * halfLongitude * halfLongitude
        let angle = 2 * asin(min(1, haversine.squareRoot()))
        return UInt32((angle * radiusMetres + 0.5).rounded(.down))
    }
}
