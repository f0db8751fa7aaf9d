internal import ArgumentParser
internal import HoldfastClient

/// A pool of a warehouse on the command line: `WAREHOUSE[/POOL]`.
///
/// The first slash ends the warehouse.
struct StockPlaceArgument: ExpressibleByArgument {
    let place: StockPlace

    /// Reads a warehouse, and a pool where there is one.
    init?(argument: String) {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let warehouse = WarehouseCode(String(parts[0])) else { return nil }
        guard let pool = parts.count == 2 ? PoolName(String(parts[1])) : .default else {
            return nil
        }
        place = StockPlace(warehouse, pool: pool)
    }
}

/// Units of a SKU on the command line: `SKU=UNITS`; the last `=` counts.
struct StockUnitsArgument: ExpressibleByArgument {
    let sku: String
    let units: Int64

    /// Reads a SKU and a number of units, 0 or more.
    init?(argument: String) {
        guard let sign = argument.lastIndex(of: "="),
            let units = Int64(argument[argument.index(after: sign)...]), units >= 0
        else { return nil }
        sku = String(argument[..<sign])
        guard sku.isSKU else { return nil }
        self.units = units
    }
}

/// The version of a SKU on the command line: `[SKU=]VERSION`.
struct VersionArgument: ExpressibleByArgument {
    /// The SKU, or `nil` for the only one that is meant.
    let sku: String?
    let version: UInt64

    /// Reads a version, and the SKU before it where there is one.
    init?(argument: String) {
        let sign = argument.lastIndex(of: "=")
        let digits = sign.map { argument[argument.index(after: $0)...] } ?? argument[...]
        guard let version = UInt64(digits), version < UInt64.max else { return nil }
        self.version = version
        sku = sign.map { String(argument[..<$0]) }
    }
}

/// The name of a pool on the command line.
struct PoolArgument: ExpressibleByArgument {
    let pool: PoolName

    /// Reads 1–16 bytes of printable ASCII; `default` is the pool that is meant without a name.
    init?(argument: String) {
        guard let pool = PoolName(argument) else { return nil }
        self.pool = pool
    }
}

/// A line to hold: `SKU=QUANTITY[@WAREHOUSE][/POOL[,POOL…]]`.
///
/// The last `=` with digits behind it that are followed by the end, `@` or `/` ends the SKU.
struct ReserveLineArgument: ExpressibleByArgument {
    let line: ReservationRequest.Line

    /// Reads a line.
    init?(argument: String) {
        for sign in argument.indices.reversed() where argument[sign] == "=" {
            let rest = argument[argument.index(after: sign)...]
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let quantity = UInt32(digits), sign > argument.startIndex,
                let place = TakingPlace(rest.dropFirst(digits.count))
            else { continue }
            line = .init(
                sku: String(argument[..<sign]),
                quantity: quantity,
                warehouse: place.warehouse,
                pools: place.pools
            )
            return
        }
        return nil
    }
}

/// A part of a reservation: `INDEX[=UNITS][@WAREHOUSE][/POOL]`, lines counted from 1.
struct PartArgument: ExpressibleByArgument {
    let item: ChangeItem

    /// Reads a part.
    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && $0.isNumber }
        guard let number = UInt16(digits), number >= 1 else { return nil }
        var rest = argument.dropFirst(digits.count)
        var units: UInt32 = 0
        if rest.first == "=" {
            rest = rest.dropFirst()
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let given = UInt32(digits), given >= 1 else { return nil }
            units = given
            rest = rest.dropFirst(digits.count)
        }
        guard let place = TakingPlace(rest), place.pools.count <= 1 else { return nil }
        item = ChangeItem(
            line: number - 1,
            quantity: units,
            warehouse: place.warehouse ?? .none,
            pool: place.pools.first
        )
    }
}

/// Where units are taken from: `[@WAREHOUSE][/POOL[,POOL…]]`.
private struct TakingPlace {
    var warehouse: WarehouseCode?
    var pools: [PoolName] = []

    /// Reads the end of an argument; the first slash ends the warehouse.
    init?(_ text: Substring) {
        var rest = text
        if rest.first == "@" {
            let code = rest.dropFirst().prefix { $0 != "/" }
            guard let warehouse = WarehouseCode(String(code)) else { return nil }
            self.warehouse = warehouse
            rest = rest.dropFirst(code.count + 1)
        }
        guard !rest.isEmpty else { return }
        guard rest.first == "/" else { return nil }
        for name in rest.dropFirst().split(separator: ",", omittingEmptySubsequences: false) {
            guard let pool = PoolName(String(name)) else { return nil }
            pools.append(pool)
        }
    }
}

/// The state of a warehouse, by its name.
enum WarehouseStateArgument: String, ExpressibleByArgument, CaseIterable {
    case online
    case draining
    case offline

    /// The state as the protocol has it.
    var state: WarehouseState {
        switch self {
        case .online: .online
        case .draining: .draining
        case .offline: .offline
        }
    }
}
