internal import HoldfastClient

/// How evenly the units of a sale went to the owners who got some.
///
/// Computed from bands of owners; exact where every band holds one number of units, as those up to
/// 20 do, and else as if the owners of a band had equal shares.
struct SaleConcentration {
    /// Owners who have units.
    let owners: UInt64
    /// All their units.
    let units: UInt64
    /// 0 where all have the same, towards 1 where one has all.
    let gini: Double
    /// The share of all units that the first hundredth of these owners has, rounded up to whole
    /// owners.
    let topPercentShare: Double

    /// Reads bands in ascending order.
    init(_ bands: [SaleReport.Band]) {
        let bands = bands.filter { $0.unitsMax > 0 && $0.owners > 0 }
        owners = bands.reduce(0) { $0 + $1.owners }
        units = bands.reduce(0) { $0 + $1.units }
        gini = SaleConcentration.gini(bands)
        topPercentShare = SaleConcentration.topShare(bands, owners: (owners + 99) / 100)
    }

    /// Half the mean difference between two owners, by their mean.
    ///
    /// With ranks i from 1 on in ascending order: 2 Σ i·xᵢ / (n Σ xᵢ) − (n + 1) / n.
    private static func gini(_ bands: [SaleReport.Band]) -> Double {
        let count = bands.reduce(0.0) { $0 + Double($1.owners) }
        let sum = bands.reduce(0.0) { $0 + Double($1.units) }
        guard count > 0, sum > 0 else { return 0 }
        var below = 0.0
        var weighted = 0.0
        for band in bands {
            let owners = Double(band.owners)
            // The mean rank in the band is `below` and half of its owners.
            weighted += Double(band.units) * (below + (owners + 1) / 2)
            below += owners
        }
        return max(0, 2 * weighted / (count * sum) - (count + 1) / count)
    }

    private static func topShare(_ bands: [SaleReport.Band], owners countMax: UInt64) -> Double {
        let sum = bands.reduce(0.0) { $0 + Double($1.units) }
        guard sum > 0 else { return 0 }
        var left = countMax
        var units = 0.0
        for band in bands.reversed() where left > 0 {
            let taken = min(left, band.owners)
            units += Double(band.units) * Double(taken) / Double(band.owners)
            left -= taken
        }
        return units / sum
    }
}
