/// How an alternative departs from what a short line asks for.
///
/// The numbers are stable on the wire.
@frozen
public enum AlternativeKind: UInt8, Sendable, CaseIterable {
    /// The SKU, in a pool that the line doesn't name.
    case pool = 0
    /// The SKU, in a warehouse that a constraint or the line itself leaves out.
    case warehouse = 1
    /// A SKU that is declared as a substitute.
    case substitute = 2

    /// The name in answers.
    public var name: String {
        switch self {
        case .pool: "pool"
        case .warehouse: "warehouse"
        case .substitute: "substitute"
        }
    }
}

/// A cell that could serve now what a line is short of.
///
/// It departs from the request in one thing only, the one that ``kind`` names, and its warehouse is
/// online and takes a shipment more. Nothing is held: another may be faster.
public struct Alternative: Hashable, Sendable {
    /// What it departs in.
    public var kind: AlternativeKind
    /// The SKU: the line's own, or its substitute.
    public var sku: String
    /// The warehouse.
    public var warehouse: WarehouseCode
    /// The pool.
    public var pool: PoolName
    /// Units that could be promised there when it was found, 1 or more.
    public var available: Int64
    /// Why the plan may not take from the warehouse; `.none` but for ``AlternativeKind/warehouse``.
    public var exclusion: Exclusion

    /// An alternative with all its fields.
    public init(
        kind: AlternativeKind,
        sku: String,
        warehouse: WarehouseCode,
        pool: PoolName = .default,
        available: Int64,
        exclusion: Exclusion = .none
    ) {
        self.kind = kind
        self.sku = sku
        self.warehouse = warehouse
        self.pool = pool
        self.available = available
        self.exclusion = exclusion
    }
}

/// The alternatives of a short line, the best first.
///
/// Those that could serve all that is missing come before those that could serve a part; in either
/// group pools, then warehouses, then substitutes by their rank; among those of a kind the nearer
/// warehouse, then the smaller code, then the smaller name of the pool.
public struct LineAlternatives: Hashable, Sendable {
    /// Index of the line in the request.
    public var line: Int
    /// What could serve it, at least one and at most `Limits.alternativesPerLineMax`.
    public var alternatives: [Alternative]

    /// The alternatives of a line.
    public init(line: Int, alternatives: [Alternative]) {
        self.line = line
        self.alternatives = alternatives
    }
}
