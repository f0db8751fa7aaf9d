internal import Engine
internal import HoldfastClient
internal import Movements
internal import Node

/// Reads records of the log, in log order, and resolves their numbers to names.
///
/// Names stand in the records that make them, so a reader that begins in the middle of a log knows
/// only those made since and those that it was given: others are told by number (`#7`). Memory
/// grows with the number of names, not with the log.
struct MovementDecoder {
    var skus: [UInt32: String] = [:]
    var warehouses: [UInt16: String] = [:]
    var pools: [UInt16: PoolName] = [0: .default]
    private var actors: [UInt16: String] = [:]
    private var engine: Engine?

    /// A decoder that knows the names which the records tell it.
    init() {}

    /// A decoder that knows the names of a snapshot as well.
    init(_ names: PastNames) {
        skus = names.skus
        learn(names.warehouses, names.pools)
        for (index, name) in names.actors.enumerated() { actors[UInt16(index + 1)] = name }
    }

    /// A decoder that knows the warehouses and pools of an engine, and looks up its SKUs.
    init(of engine: Engine) {
        self.engine = engine
        let network = engine.network
        learn(network.warehouses.map(\.code), network.pools)
    }

    private mutating func learn(_ codes: [WarehouseCode], _ names: [PoolName]) {
        for (number, code) in codes.enumerated() { warehouses[UInt16(number)] = code.description }
        for (number, name) in names.enumerated() { pools[UInt16(number)] = name }
    }

    /// Reads one record.
    mutating func decode(
        _ record: UnsafeRawBufferPointer,
        lsn: UInt64
    ) throws(MovementError) -> LoggedMovement {
        var reader = try MovementReader(record, lsn: lsn)
        let header = reader.header
        if header.kind == .actorNamed { try learnActor(&reader) }
        var movement = LoggedMovement(
            lsn: lsn,
            word: try word(of: reader),
            instant: header.instant,
            actor: header.actor == 0 ? nil : actors[header.actor] ?? "#\(header.actor)",
            requestID: header.requestID
        )
        switch header.kind {
        case .reserved, .replaced: try readReserved(&reader, into: &movement)
        case .committed, .released, .expired, .fulfilled, .cancelled:
            try readChange(&reader, into: &movement)
        case .extended:
            movement.reservation = try reader.takeID()
            _ = try reader.take(UInt64.self)
            movement.expiresAt = Instant(milliseconds: try reader.take())
            guard let reason = ExtendReason(rawValue: header.cause) else {
                throw reader.error("extends for reason \(header.cause), not known here")
            }
            movement.extendReason = reason
        case .rerouted: try readRerouted(&reader, into: &movement)
        case .stockChanged: try readStock(&reader, into: &movement)
        case .skusChanged: try readSKUs(&reader, into: &movement)
        case .warehousesChanged: try readWarehouses(&reader, into: &movement)
        case .forgotten:
            let count = try reader.take(UInt32.self)
            _ = try reader.take(UInt32.self)
            for _ in 0..<count { movement.forgotten.append(try reader.takeID()) }
        case .actorNamed: break
        case .policiesChanged: try readPolicies(&reader, into: &movement)
        case .ratesChanged: try readRates(&reader, into: &movement)
        case .substitutesChanged: try readSubstitutes(&reader, into: &movement)
        case .salesChanged: try readSales(&reader, into: &movement)
        }
        return movement
    }

    private func word(of reader: MovementReader) throws(MovementError) -> MovementWord {
        switch reader.header.kind {
        case .reserved: return .reserved
        case .replaced: return .replaced
        case .committed: return .committed
        case .released: return .released
        case .expired: return .expired
        case .fulfilled: return .fulfilled
        case .cancelled: return .cancelled
        case .extended: return .extended
        case .rerouted: return .rerouted
        case .forgotten: return .forgotten
        case .skusChanged: return .skusChanged
        case .warehousesChanged: return .warehousesChanged
        case .actorNamed: return .actorNamed
        case .policiesChanged: return .policiesChanged
        case .ratesChanged: return .ratesChanged
        case .substitutesChanged: return .substitutesChanged
        case .salesChanged: return .salesChanged
        case .stockChanged:
            guard let cause = StockCause(rawValue: reader.header.cause) else {
                throw reader.error("has cause \(reader.header.cause), not known to this version")
            }
            return cause.word
        }
    }

    // MARK: Names

    /// The name of a SKU's number.
    func sku(_ number: UInt32) -> String {
        if let name = skus[number] { return name }
        let name = engine?.skuName(number) ?? ""
        return name.isEmpty ? "#\(number)" : name
    }

    private func share(
        _ warehouse: UInt16,
        _ pool: UInt16,
        _ units: UInt32
    ) -> LoggedMovement.Share {
        LoggedMovement.Share(
            warehouse: warehouses[warehouse] ?? "#\(warehouse)",
            pool: poolName(pool),
            units: units
        )
    }

    private func poolName(_ number: UInt16) -> PoolName {
        pools[number] ?? PoolName("#\(number)") ?? .default
    }

    /// Reads the bytes of a name.
    func takeName(
        _ reader: inout MovementReader,
        size: Int,
        paddedTo alignment: Int
    ) throws(MovementError) -> String {
        let bytes = try reader.takeBytes(size: size, paddedTo: alignment)
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func learnActor(_ reader: inout MovementReader) throws(MovementError) {
        let size = Int(try reader.take(UInt8.self))
        let name = try takeName(&reader, size: size, paddedTo: 1)
        actors[reader.header.actor] = name
    }

    // MARK: Reservations

    private func readReserved(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        let owner = try reader.takeID()
        movement.reservation = reader.header.requestID
        movement.owner = OwnerID(high: owner.high, low: owner.low)
        _ = try reader.take(UInt64.self)
        let timeToLive = Int64(try reader.take(UInt32.self))
        movement.expiresAt = reader.header.instant.advanced(byMilliseconds: timeToLive)
        let lineCount = Int(try reader.take(UInt16.self))
        _ = try reader.take(UInt16.self)
        movement.policy = SourcingPolicy(rawValue: UInt8(try reader.take(UInt16.self) >> 8))
        let fields = UInt8(truncatingIfNeeded: try reader.take(UInt16.self))
        if fields & MovementLayout.hasDestination != 0 {
            let latitude = try reader.take(Int32.self)
            let longitude = try reader.take(Int32.self)
            movement.destination = Destination(
                position: Position(
                    latitudeMicrodegrees: latitude,
                    longitudeMicrodegrees: longitude
                ),
                region: RegionCode(word: try reader.take(UInt64.self))
            )
        }
        if fields & MovementLayout.hasPromise != 0 {
            movement.promisedAt = Instant(minute: try reader.take())
        }
        if fields & MovementLayout.hasConstraints != 0 {
            movement.constraints = try takeConstraints(&reader)
        }
        if fields & MovementLayout.hasSale != 0 {
            movement.sale = try reader.takeSalePart().sale
        }
        if reader.header.kind == .replaced {
            movement.replaces = try reader.takeID()
            _ = try reader.take(Int64.self)
            let count = Int(try reader.take(UInt32.self))
            movement.changes = try takeChanges(count, isPart: false, &reader)
            if fields & MovementLayout.replacedSale != 0 { _ = try reader.takeSalePart() }
        }
        let hasBackordered = fields & MovementLayout.hasBackordered != 0
        movement.lines = try takeLines(lineCount, hasBackordered: hasBackordered, &reader)
    }

    private func takeConstraints(
        _ reader: inout MovementReader
    ) throws(MovementError) -> LoggedMovement.Constraints {
        let size = Int(try reader.take(UInt16.self))
        let flags = try reader.take(UInt16.self)
        var constraints = LoggedMovement.Constraints()
        constraints.limits = SourcingConstraints(
            splitsMax: try reader.take(),
            splitsPerLineMax: try reader.take(),
            metresMax: try reader.take(),
            shipsComplete: flags & 1 != 0
        )
        let counts = try reader.take(UInt32.self)
        let latest = Instant(milliseconds: try reader.take())
        if flags & 2 != 0 { constraints.limits.latestPromise = latest }
        constraints.excluded = try takeWarehouses(counts & 255, &reader)
        constraints.required = try takeWarehouses(counts >> 8 & 255, &reader)
        constraints.preferred = try takeWarehouses(counts >> 16 & 255, &reader)
        let named = Int(counts & 255) + Int(counts >> 8 & 255) + Int(counts >> 16 & 255)
        let padding = size - MovementLayout.constraintsFixedSizeBytes - named * 2
        guard padding >= 0 else { throw reader.error("has constraints of \(size) bytes") }
        _ = try reader.takeBytes(size: padding, paddedTo: 1)
        return constraints
    }

    private func takeWarehouses(
        _ count: UInt32,
        _ reader: inout MovementReader
    ) throws(MovementError) -> [String] {
        var names: [String] = []
        for _ in 0..<count {
            let number = try reader.take(UInt16.self)
            names.append(warehouses[number] ?? "#\(number)")
        }
        return names
    }

    private func takeLines(
        _ count: Int,
        hasBackordered: Bool,
        _ reader: inout MovementReader
    ) throws(MovementError) -> [LoggedMovement.Line] {
        var lines: [LoggedMovement.Line] = []
        var shareCounts: [Int] = []
        for _ in 0..<count {
            let number = try reader.take(UInt32.self)
            let name = number == UInt32.max ? "" : sku(number)
            lines.append(.init(sku: name, requested: try reader.take()))
            shareCounts.append(Int(try reader.take(UInt16.self)))
            _ = try reader.take(UInt16.self)
        }
        for index in lines.indices {
            for _ in 0..<shareCounts[index] {
                let warehouse = try reader.take(UInt16.self)
                let pool = try reader.take(UInt16.self)
                lines[index].shares.append(share(warehouse, pool, try reader.take()))
            }
        }
        guard hasBackordered else { return lines }
        for line in lines.indices {
            for index in lines[line].shares.indices {
                lines[line].shares[index].backordered = try reader.take()
            }
        }
        return lines
    }

    private func readChange(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        movement.reservation = try reader.takeID()
        let count = Int(try reader.take(UInt16.self))
        let fields = try reader.take(UInt16.self)
        movement.isPart = fields & UInt16(MovementLayout.isPart) != 0
        if movement.isPart { _ = try reader.take(UInt64.self) }
        movement.changes = try takeChanges(count, isPart: movement.isPart, &reader)
        if fields & UInt16(MovementLayout.isOfSale) != 0 {
            let owner = try reader.takeID()
            movement.owner = OwnerID(high: owner.high, low: owner.low)
            movement.sale = try reader.takeSalePart().sale
        }
    }

    private func readRerouted(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        movement.reservation = try reader.takeID()
        let leftCount = try reader.take(UInt16.self)
        let cameCount = try reader.take(UInt16.self)
        let fields = try reader.take(UInt32.self)
        if fields & UInt32(MovementLayout.isRemembered) != 0 { _ = try reader.take(UInt64.self) }
        if fields & UInt32(MovementLayout.isPromised) != 0 {
            movement.promisedAt = Instant(minute: try reader.take(UInt32.self))
        }
        movement.changes = try takeMoved(Int(leftCount), &reader)
        movement.arrivals = try takeMoved(Int(cameCount), &reader)
    }

    private func takeMoved(
        _ count: Int,
        _ reader: inout MovementReader
    ) throws(MovementError) -> [LoggedMovement.Change] {
        var moved: [LoggedMovement.Change] = []
        for _ in 0..<count {
            _ = try reader.take(UInt32.self)
            let number = try reader.take(UInt32.self)
            let warehouse = try reader.take(UInt16.self)
            let flagged = try reader.take(UInt16.self)
            var share = share(
                warehouse,
                flagged & MovementLayout.poolNumber,
                try reader.take()
            )
            share.backordered = try reader.take()
            moved.append(
                LoggedMovement.Change(sku: sku(number), share: share, wereHeld: true)
            )
        }
        return moved
    }

    private func takeChanges(
        _ count: Int,
        isPart: Bool,
        _ reader: inout MovementReader
    ) throws(MovementError) -> [LoggedMovement.Change] {
        var changes: [LoggedMovement.Change] = []
        for _ in 0..<count {
            let number = try reader.take(UInt32.self)
            let warehouse = try reader.take(UInt16.self)
            let flagged = try reader.take(UInt16.self)
            let units = try reader.take(UInt32.self)
            if isPart { _ = try reader.take(UInt32.self) }
            changes.append(
                LoggedMovement.Change(
                    sku: sku(number),
                    share: share(warehouse, flagged & MovementLayout.poolNumber, units),
                    wereHeld: flagged & MovementLayout.wereHeld != 0
                )
            )
        }
        return changes
    }

    // MARK: Stock, SKUs, warehouses

    private mutating func readStock(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        _ = try reader.take(UInt64.self)
        let rowCount = try reader.take(UInt32.self)
        _ = try reader.take(UInt32.self)
        for _ in 0..<3 { _ = try reader.take(UInt64.self) }
        _ = try reader.take(UInt32.self)
        let poolCount = try reader.take(UInt16.self)
        let reasonSize = Int(try reader.take(UInt8.self))
        _ = try reader.take(UInt8.self)
        movement.reason = try takeName(&reader, size: reasonSize, paddedTo: 8)
        for _ in 0..<poolCount {
            let number = try reader.take(UInt16.self)
            _ = try reader.take(UInt16.self)
            _ = try reader.take(UInt32.self)
            let name = try reader.takeID()
            pools[number] = PoolName(high: name.high, low: name.low)
        }
        for _ in 0..<rowCount { movement.stockRows.append(try takeStockRow(&reader)) }
    }

    private mutating func takeStockRow(
        _ reader: inout MovementReader
    ) throws(MovementError) -> LoggedMovement.StockRow {
        let number = try reader.take(UInt32.self)
        let warehouse = try reader.take(UInt16.self)
        let pool = try reader.take(UInt16.self)
        let onHand = try reader.take(Int32.self)
        let safetyStock = try reader.take(Int32.self)
        let backorderLimit = try reader.take(Int32.self)
        let flags = try takeFlagsAndName(number, &reader)
        return LoggedMovement.StockRow(
            sku: sku(number),
            warehouse: warehouses[warehouse] ?? "#\(warehouse)",
            pool: poolName(pool),
            onHand: onHand,
            safetyStock: safetyStock,
            backorderLimit: backorderLimit,
            isNewCell: flags & MovementLayout.newCell != 0,
            leavesShortfall: flags & MovementLayout.shortfall != 0
        )
    }

    /// Reads the end of a row: its flags, and the name of a new SKU.
    private mutating func takeFlagsAndName(
        _ number: UInt32,
        _ reader: inout MovementReader
    ) throws(MovementError) -> UInt8 {
        let flags = try reader.take(UInt8.self)
        let size = Int(try reader.take(UInt8.self))
        _ = try reader.take(UInt16.self)
        if flags & MovementLayout.newSKU != 0 {
            skus[number] = try takeName(&reader, size: size, paddedTo: 4)
        }
        return flags
    }

    private mutating func readSKUs(
        _ reader: inout MovementReader,
        into movement: inout LoggedMovement
    ) throws(MovementError) {
        _ = try reader.take(UInt64.self)
        let count = try reader.take(UInt32.self)
        _ = try reader.take(UInt32.self)
        _ = try reader.take(UInt64.self)
        for _ in 0..<count {
            let number = try reader.take(UInt32.self)
            let weight = try reader.take(UInt32.self)
            _ = try takeFlagsAndName(number, &reader)
            movement.skus.append(SKUWeight(sku: sku(number), weightGrams: weight))
        }
    }
}

extension StockCause {
    /// The word for a movement of this cause.
    fileprivate var word: MovementWord {
        switch self {
        case .received: .received
        case .adjusted: .adjusted
        case .returned: .returned
        case .imported: .imported
        case .counted: .counted
        case .transferred: .transferred
        case .configured: .configured
        }
    }
}
