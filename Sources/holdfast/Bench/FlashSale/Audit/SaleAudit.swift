internal import HoldfastClient

/// Holds what a crowd was told against what the server and its log say.
struct SaleAudit: Sendable {
    /// The crowd's sale.
    let orders: CrowdOrders
    /// What the crowd was told.
    let outcome: CrowdOutcome
    /// What the server says at the end.
    let server: ServerBook
    /// What the log says; nil where it can't be read.
    let log: LogBook?
    /// What the server's own check found.
    let check: CheckResult
    /// How the server ended; nil where it isn't ours.
    let end: ServerEnd?

    private static let namedMax = 10
    /// What the clocks of server and crowd may differ by when a refusal is judged.
    private static let clockMarginMilliseconds: Int64 = 1_000

    private var scenario: FlashSaleScenario { orders.scenario }

    /// Units that the crowd was told it bought, by SKU.
    var soldBySKU: [Int] {
        var sold = Array(repeating: 0, count: scenario.skus)
        for order in outcome.receipts {
            let content = orders.content(of: order)
            for sku in content.skus { sold[sku] += content.quantity }
        }
        return sold
    }

    /// What is wrong, in words; empty when every check holds.
    var complaints: [String] {
        var found = outcome.tally.surprises
        let more = outcome.tally.surpriseCount - found.count
        if more > 0 { found.append("and \(more) more of that kind") }
        found += stockComplaints + logComplaints + limitComplaints
        if outcome.tally.openUnits != 0 {
            found.append("the crowd's book still holds \(counted(outcome.tally.openUnits, "unit"))")
        }
        if !check.isClean {
            found += check.violations.prefix(SaleAudit.namedMax).map { "check: \($0)" }
            if check.violations.isEmpty { found.append("check: broken") }
        }
        if let complaint = end?.complaint { found.append(complaint) }
        return found
    }

    // MARK: Stock

    private var stockComplaints: [String] {
        var found: [String] = []
        for (sku, sold) in soldBySKU.enumerated() {
            let name = scenario.skuName(sku)
            let told = server.sold(sku, of: scenario.units)
            if sold > scenario.units {
                found.append("\(name): \(sold) sold of \(scenario.units)")
            }
            if told != Int64(sold) {
                found.append("\(name): \(sold) acknowledged as sold, the server has \(told)")
            }
            if server.figures[sku].reserved != 0 {
                found.append("\(name): \(server.figures[sku].reserved) still held")
            }
            if scenario.sellsOut, sold < scenario.units, !wasEmptyAtTheEnd(sku) {
                found.append("\(name): \(scenario.units - sold) left, all were to be sold")
            } else if let asked = refusedThoughFree(sku) {
                found.append("\(name): refused at \(asked) for want of units that were free")
            }
        }
        return SaleAudit.firstFew(found)
    }

    /// Whether nothing of a SKU was free when asking ended, or for as long before as a shopper
    /// pauses: what is left came back when there was nobody any more to sell it to.
    private func wasEmptyAtTheEnd(_ sku: Int) -> Bool {
        guard let emptyUntil = log?.shelves[sku].emptyUntilMilliseconds else { return false }
        let pause = Int64(scenario.retryPauseMilliseconds) * 3 / 2
        let end = outcome.openedMilliseconds + Int64(scenario.durationMilliseconds)
        return emptyUntil >= end - pause - SaleAudit.clockMarginMilliseconds
    }

    /// When an ask was refused for want of units that had been free for a while and still are.
    private func refusedThoughFree(_ sku: Int) -> String? {
        guard let log, log.shelves[sku].free >= scenario.quantity.lowerBound else { return nil }
        let asked = outcome.refusedAskMilliseconds[sku]
        let free = max(log.shelves[sku].returnedMilliseconds, outcome.openedMilliseconds)
        guard asked > free + SaleAudit.clockMarginMilliseconds else { return nil }
        return Instant(milliseconds: asked).text
    }

    // MARK: Log

    private var logComplaints: [String] {
        guard let log else { return [] }
        var found = log.faults
        var receipts = Set<OrderNumber>()
        for order in outcome.receipts {
            let id = orders.id(order, .reserve)
            if !receipts.insert(order).inserted { found.append("sold twice: \(id)") }
            if log.sold[order] == nil {
                found.append("acknowledged as sold and not in the log: \(id)")
            }
        }
        for order in log.sold.keys where !receipts.contains(order) {
            found.append("sold in the log and never acknowledged: \(orders.id(order, .reserve))")
        }
        for low in Set(outcome.acknowledgedHolds).subtracting(log.heldIDs) {
            let id = RequestID(high: orders.idHigh, low: low)
            found.append("acknowledged as held and not in the log: \(id)")
        }
        for order in log.open.keys {
            found.append("still held in the log: \(orders.id(order, .reserve))")
        }
        return SaleAudit.firstFew(found)
    }

    // MARK: Limits

    private var limitComplaints: [String] {
        guard let log else { return [] }
        var found: [String] = []
        for (owner, peak) in log.owners.peaks {
            if scenario.unitsPerOwner > 0, peak.unitsMost > scenario.unitsPerOwner {
                found.append("owner \(owner) had \(peak.unitsMost) units")
            }
            if scenario.openHoldsPerOwner > 0, peak.openHoldsMost > scenario.openHoldsPerOwner {
                found.append("owner \(owner) had \(peak.openHoldsMost) holds open")
            }
        }
        let ofSKU = log.owners.unitsOfOneSKUMost
        if scenario.unitsPerOwnerAndSKU > 0, ofSKU > scenario.unitsPerOwnerAndSKU {
            found.append("an owner had \(ofSKU) units of one SKU")
        }
        let ofWindow = log.owners.unitsOfOneWindowMost
        if scenario.unitsPerWindow > 0, ofWindow > scenario.unitsPerWindow {
            found.append("an owner took \(ofWindow) units in one window")
        }
        return SaleAudit.firstFew(found)
    }

    private static func firstFew(_ found: [String]) -> [String] {
        guard found.count > namedMax else { return found }
        return found.prefix(namedMax) + ["and \(found.count - namedMax) more of that kind"]
    }
}
