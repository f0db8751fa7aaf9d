/// A place on Earth in millionths of a degree (about 0.11 m).
@frozen
public struct Position: Hashable, Sendable {
    /// −90,000,000 … 90,000,000, north positive.
    public let latitudeMicrodegrees: Int32
    /// −180,000,000 … 180,000,000, east positive.
    public let longitudeMicrodegrees: Int32

    /// A place from its coordinates; ``isValid`` tells whether they are on Earth.
    @inlinable
    public init(latitudeMicrodegrees: Int32, longitudeMicrodegrees: Int32) {
        self.latitudeMicrodegrees = latitudeMicrodegrees
        self.longitudeMicrodegrees = longitudeMicrodegrees
    }

    /// A place from degrees, rounded to millionths; `nil` when it isn't on Earth.
    public init?(latitude: Double, longitude: Double) {
        guard latitude >= -90, latitude <= 90, longitude >= -180, longitude <= 180 else {
            return nil
        }
        self.init(
            latitudeMicrodegrees: Int32((latitude * 1_000_000).rounded()),
            longitudeMicrodegrees: Int32((longitude * 1_000_000).rounded())
        )
    }

    /// Whether the coordinates are on Earth.
    @inlinable
    public var isValid: Bool {
        latitudeMicrodegrees >= -90_000_000 && latitudeMicrodegrees <= 90_000_000
            && longitudeMicrodegrees >= -180_000_000 && longitudeMicrodegrees <= 180_000_000
    }
}

/// Where a reservation's goods go to.
@frozen
public struct Destination: Hashable, Sendable {
    /// The place itself.
    public let position: Position
    /// The region it lies in, or ``RegionCode/none``.
    public let region: RegionCode

    /// A destination from its place and region.
    @inlinable
    public init(position: Position, region: RegionCode = .none) {
        self.position = position
        self.region = region
    }
}
