internal import HoldfastClient
internal import Sourcing

/// The warehouses of a server as the replay needs them: how far, how dear, which is nearest.
struct ReplayNetwork {
    private let warehouses: [WarehouseCode: Warehouse]
    private let codes: [WarehouseCode]

    /// A network of these warehouses.
    init(_ list: [Warehouse]) {
        codes = list.map(\.code).sorted()
        warehouses = Dictionary(list.map { ($0.code, $0) }, uniquingKeysWith: { $1 })
    }

    /// Metres from a warehouse to a destination; 0 where either is unknown.
    func metres(from code: WarehouseCode, to destination: Position?) -> UInt32 {
        guard let destination, let warehouse = warehouses[code] else { return 0 }
        return GreatCircle.metres(from: warehouse.position, to: destination)
    }

    /// The warehouse nearest a destination, the first code where several are.
    func nearest(to destination: Position?) -> WarehouseCode? {
        codes.min {
            let left = metres(from: $0, to: destination)
            let right = metres(from: $1, to: destination)
            return left == right ? $0 < $1 : left < right
        }
    }

    /// What shipping `units` units from a warehouse costs, in minor units of money.
    func costMinor(from code: WarehouseCode, units: Int64) -> Int64 {
        guard let warehouse = warehouses[code] else { return 0 }
        return warehouse.shipmentCostMinor + units * warehouse.unitCostMinor
    }
}
