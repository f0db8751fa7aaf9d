import Engine
import Inventory
import Sourcing
import Support

extension ModelComparison {
    /// Compares what can be read of stock with the model, for a choice that follows from the count
    /// of commands.
    mutating func differenceOfReads(at now: Instant) -> String? {
        let names = model.skus.keys.sorted { $0.lexicographicallyPrecedes($1) }
        let texts = names.map { String(decoding: $0, as: UTF8.self) } + ["no-such-sku", ""]
        let codes = model.warehouses.keys.sorted()
        let pools = model.pools.sorted()
        let stride = 1 + commandCount / ModelComparison.commandsBetweenHashes % 5
        let some = codes.indices.filter { $0 % stride == 0 }.map { codes[$0] }
        var queries = [
            AvailabilityQuery(skus: texts),
            AvailabilityQuery(skus: texts, warehouses: some.reversed() + [.none] + some),
            AvailabilityQuery(skus: texts, pools: pools),
        ]
        queries.append(
            AvailabilityQuery(
                skus: texts,
                warehouses: some,
                pools: pools.indices.filter { $0 % stride == 0 }.map { pools[$0] }
            )
        )
        for index in 0..<3 {
            // Owners of the workload, as its reservations have them.
            let owners = model.owners.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
            if owners.isEmpty { break }
            let owner = owners[(commandCount / 100 + index) % owners.count]
            let asked = index == 0 ? [] : pools
            queries.append(AvailabilityQuery(skus: texts, pools: asked, owner: owner))
        }
        for query in queries {
            let expected = model.availability(query, now: now)
            let got = harness.engine.availability(query, now: now)
            if let index = expected.indices.first(where: { expected[$0] != got[$0] }) {
                return "\(query): \(query.skus[index])\n  \(expected[index])\n  \(got[index])"
            }
        }
        if harness.engine.warehouseFill() != model.warehouseFill() { return "fill differs" }
        return differenceOfHolds(names, codes, at: now) ?? differenceOfActors()
            ?? differenceOfConfiguration() ?? differenceOfSales()
    }

    private func differenceOfSales() -> String? {
        let engine = harness.engine
        if engine.network.sales != model.knownSales { return "sales are \(engine.network.sales)" }
        for pool in model.pools {
            let expected = model.saleReport(of: pool)
            var got: SaleReport?
            if var walk = engine.saleWalk(of: pool, topMax: Limits.ownerSharesPerPageMax) {
                while !engine.advance(&walk, limit: 7) {}
                got = walk.report
            }
            got?.figures.refusals = [:]
            got?.figures.returnedUnits = 0
            if got == expected { continue }
            return
                "the sale of \(pool): \(String(describing: expected))\n  \(String(describing: got))"
        }
        return nil
    }

    private func differenceOfConfiguration() -> String? {
        let engine = harness.engine
        let named = engine.policies().filter { $0.number.rawValue >= SourcingPolicy.namedMin }
        if named.map(\.definition) != model.policies { return "policies differ" }
        for (number, policy) in engine.policies() {
            guard engine.network.policyNumber(of: policy.name) == number,
                engine.network.definition(of: number) == policy,
                engine.network.objective(of: number)?.tierCount == policy.tiers.count
            else { return "policy \(policy.name) isn't found by its name or number" }
        }
        let next = SourcingPolicy(rawValue: SourcingPolicy.namedMin + UInt8(named.count))
        if engine.network.objective(of: next) != nil { return "a policy too many" }
        if engine.rates() != model.rates { return "rates differ" }
        var rows: [SKUSubstitutes] = []
        var sku: UInt32? = 0
        while let start = sku {
            sku = engine.substitutes(fromSKU: start, limit: 3, into: &rows)
        }
        let listed = rows.map { ($0.sku, $0.substitutes) }
        let expected = model.substitutes.map { (String(decoding: $0, as: UTF8.self), $1) }
        if listed.count != expected.count
            || Dictionary(uniqueKeysWithValues: listed)
                != Dictionary(uniqueKeysWithValues: expected)
        {
            return "substitutes are listed as \(rows)"
        }
        for (name, names) in expected where engine.substitutes(of: name) != names {
            return "substitutes of \(name) differ"
        }
        return engine.substitutes(of: "ghost") == nil ? nil : "substitutes of nothing"
    }

    private func differenceOfHolds(
        _ names: [[UInt8]],
        _ codes: [WarehouseCode],
        at now: Instant
    ) -> String? {
        let hundred = commandCount / ModelComparison.commandsBetweenHashes
        for index in 0..<min(4, names.count) {
            let name = names[(hundred * 4 + index) % names.count]
            let code = codes.isEmpty || index == 0 ? nil : codes[(hundred + index) % codes.count]
            let limit = [1, 3, 1_024][(hundred + index) % 3]
            let text = String(decoding: name, as: UTF8.self)
            let expected = model.holds(of: name, warehouse: code, limit: limit, now: now)
            let got = harness.engine.holds(of: text, warehouse: code, limit: limit, now: now)
            if got != expected { return "holds of \(text) in \(code as Any): \(got as Any)" }
        }
        let ghost = harness.engine.holds(of: "ghost", warehouse: nil, limit: 1, now: now)
        return ghost == nil ? nil : "holds of a SKU that nobody made"
    }

    private func differenceOfActors() -> String? {
        for (index, name) in model.actors.enumerated()
        where harness.engine.actorName(UInt16(index + 1)) != name {
            return "actor \(index + 1) isn't \(name)"
        }
        let next = harness.engine.actorName(UInt16(model.actors.count + 1))
        return next.isEmpty && harness.engine.actorName(0).isEmpty ? nil : "an actor too many"
    }
}
