package import Inventory

// Engine requests point at names and lines that somebody else owns. Here they stand in memory that
// is overwritten and freed as soon as the call is over, so that an engine that kept a pointer into
// a frame is found out.

private let poison: UInt8 = 0xDB

/// Calls `body` with the request that stands for `command`.
package func withReserveRequest<Result>(
    _ command: ReserveCommand,
    _ body: (inout ReserveRequest) -> Result
) -> Result {
    let memory = NameMemory(command.lines.map(\.sku))
    let poolMemory = NameMemory(command.lines.map { poolList($0.pools) })
    let constraintsMemory = NameMemory([command.constraints.map(constraintsList) ?? []])
    let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: command.lines.count)
    for (index, line) in command.lines.enumerated() {
        lines.initializeElement(
            at: index,
            to: RequestLine(
                sku: memory.views[index],
                quantity: line.quantity,
                warehouse: line.warehouse,
                pools: line.pools.isEmpty
                    ? nil : PoolListView(bytes: poolMemory.views[index].bytes),
                expectedVersion: line.expectedVersion ?? RequestLine.anyVersion
            )
        )
    }
    defer {
        UnsafeMutableRawBufferPointer(lines).initializeMemory(as: UInt8.self, repeating: poison)
        lines.deallocate()
        memory.free()
        poolMemory.free()
        constraintsMemory.free()
    }
    var request = ReserveRequest(
        id: command.id,
        owner: command.owner,
        digest: command.digest,
        timeToLiveMilliseconds: command.timeToLiveMilliseconds,
        mode: command.mode,
        policy: command.policyName == .none
            ? command.policy : SourcingPolicy(rawValue: .max),
        destination: command.destination,
        orderedAt: command.orderedAt,
        policyName: command.policyName,
        replaces: command.replaces,
        constraints: command.constraints == nil
            ? nil : ConstraintsView(bytes: constraintsMemory.views[0].bytes),
        wantsAlternatives: command.wantsAlternatives,
        lines: lines
    )
    return body(&request)
}

/// Calls `body` with the request that stands for `command`.
package func withStockRequest<Result>(
    _ command: StockCommand,
    _ body: (StockRequest) -> Result
) -> Result {
    let memory = NameMemory(command.rows.map(\.sku))
    let rows = UnsafeMutableBufferPointer<StockRow>.allocate(capacity: command.rows.count)
    for (index, row) in command.rows.enumerated() {
        rows.initializeElement(
            at: index,
            to: StockRow(
                sku: memory.views[index],
                warehouse: row.warehouse,
                pool: row.pool,
                onHand: row.onHand,
                safetyStock: row.safetyStock,
                backorderLimit: row.backorderLimit,
                expectedVersion: row.expectedVersion,
                isAbsolute: command.cause == .imported && !row.isDifference
            )
        )
    }
    defer {
        UnsafeMutableRawBufferPointer(rows).initializeMemory(as: UInt8.self, repeating: poison)
        rows.deallocate()
        memory.free()
    }
    return body(
        StockRequest(
            id: command.id,
            digest: command.digest,
            cause: command.cause,
            reason: command.reason,
            rows: rows
        )
    )
}

/// A line's pools as they stand in a frame.
private func poolList(_ pools: [PoolName]) -> [UInt8] {
    pools.reduce(into: [UInt8(pools.count)]) { bytes, pool in
        let name = pool == .default ? [] : Array(pool.description.utf8)
        bytes += [UInt8(name.count)] + name
    }
}

/// Constraints as they stand in a frame.
private func constraintsList(_ constraints: SourcingConstraints) -> [UInt8] {
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    let latest = constraints.latestPromise
    let flags: UInt8 = (constraints.shipsComplete ? 1 : 0) | (latest == nil ? 0 : 2)
    let lists = [constraints.excluded, constraints.required, constraints.preferred]
    var list: [UInt8] = [flags, 0]
    list += bytes(constraints.splitsMax) + bytes(constraints.splitsPerLineMax) + [0, 0]
    list += bytes(constraints.metresMax)
    if let latest { list += bytes(latest.milliseconds) }
    list += lists.map { UInt8($0.count) } + [0]
    for code in lists.joined() {
        let name = Array(code.description.utf8)
        list += [UInt8(name.count)] + name
    }
    return list
}

/// The bytes of many names, one behind the other at odd addresses, and a view of each.
private struct NameMemory {
    let bytes: UnsafeMutableRawBufferPointer
    let views: [SKUView]

    init(_ names: [[UInt8]]) {
        let size = names.map { $0.count + 1 }.reduce(1, +)
        bytes = .allocate(byteCount: size, alignment: 1)
        var views: [SKUView] = []
        var offset = 1
        for name in names {
            UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + name.count])
                .copyBytes(from: name)
            let view = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + name.count + 1])
            if let base = view.baseAddress {
                views.append(SKUView(bytes: base, size: name.count))
            }
            offset += name.count + 1
        }
        self.views = views
    }

    func free() {
        bytes.initializeMemory(as: UInt8.self, repeating: poison)
        bytes.deallocate()
    }
}
