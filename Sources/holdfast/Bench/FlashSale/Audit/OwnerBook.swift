internal import HoldfastClient

/// What each owner has of a sale as its log tells it, and the most that any of them ever had.
///
/// Units count as long as they are held or sold; what is given back or expires counts no more.
struct OwnerBook: Sendable {
    /// What one owner has, and the most at any time.
    struct Peak: Sendable {
        var units = 0
        var unitsMost = 0
        var openHolds = 0
        var openHoldsMost = 0
    }

    private struct OwnerSKU: Hashable {
        let owner: OwnerID
        let sku: Int
    }

    private struct OwnerWindow: Hashable {
        let owner: OwnerID
        let window: Int64
    }

    /// By owner.
    private(set) var peaks: [OwnerID: Peak] = [:]
    private var unitsBySKU: [OwnerSKU: Int] = [:]
    private var unitsByWindow: [OwnerWindow: Int] = [:]
    /// The most units of one SKU that any owner had.
    private(set) var unitsOfOneSKUMost = 0
    /// The most units that any owner had taken in one window of time.
    private(set) var unitsOfOneWindowMost = 0

    /// Adds a hold.
    mutating func hold(_ entry: LogBook.Entry) {
        var peak = peaks[entry.owner] ?? Peak()
        peak.units += entry.content.units
        peak.unitsMost = max(peak.unitsMost, peak.units)
        peak.openHolds += 1
        peak.openHoldsMost = max(peak.openHoldsMost, peak.openHolds)
        peaks[entry.owner] = peak
        for sku in entry.content.skus {
            let units = add(entry.content.quantity, of: sku, to: entry.owner)
            unitsOfOneSKUMost = max(unitsOfOneSKUMost, units)
        }
        let units = add(entry.content.units, in: entry.window, to: entry.owner)
        unitsOfOneWindowMost = max(unitsOfOneWindowMost, units)
    }

    /// Notes that a hold was paid: its units stay.
    mutating func sell(_ entry: LogBook.Entry) { peaks[entry.owner]?.openHolds -= 1 }

    /// Takes the units of a hold away.
    mutating func takeBack(_ entry: LogBook.Entry) {
        peaks[entry.owner]?.openHolds -= 1
        peaks[entry.owner]?.units -= entry.content.units
        for sku in entry.content.skus { add(-entry.content.quantity, of: sku, to: entry.owner) }
        add(-entry.content.units, in: entry.window, to: entry.owner)
    }

    @discardableResult
    private mutating func add(_ units: Int, of sku: Int, to owner: OwnerID) -> Int {
        unitsBySKU[OwnerSKU(owner: owner, sku: sku), default: 0] += units
        return unitsBySKU[OwnerSKU(owner: owner, sku: sku), default: 0]
    }

    @discardableResult
    private mutating func add(_ units: Int, in window: Int64, to owner: OwnerID) -> Int {
        unitsByWindow[OwnerWindow(owner: owner, window: window), default: 0] += units
        return unitsByWindow[OwnerWindow(owner: owner, window: window), default: 0]
    }
}
