internal import Inventory

/// The warehouses that a plan takes units from, and how many more it may have.
struct ServingWarehouses {
    /// The most that the order may have; 0 for any number.
    let splitsMax: Int
    /// The most that one line may have; 0 for any number.
    let splitsPerLineMax: Int
    private var ofOrder: Set<UInt16> = []
    private var ofLine: [Int: Set<UInt16>] = [:]

    /// No warehouse yet.
    init(splitsMax: Int, splitsPerLineMax: Int) {
        self.splitsMax = splitsMax
        self.splitsPerLineMax = splitsPerLineMax
    }

    /// Whether it matters which warehouses serve.
    var isLimited: Bool { splitsMax > 0 || splitsPerLineMax > 0 }

    /// Notes that a warehouse serves a line.
    mutating func insert(_ warehouse: UInt16, of line: Int) {
        ofOrder.insert(warehouse)
        ofLine[line, default: []].insert(warehouse)
    }

    /// Whether a warehouse serves a line, or may as well.
    func hasRoom(for warehouse: UInt16, of line: Int) -> Bool {
        let serving = ofLine[line] ?? []
        let fitsOrder =
            splitsMax == 0 || ofOrder.contains(warehouse) || ofOrder.count < splitsMax
        let fitsLine =
            splitsPerLineMax == 0 || serving.contains(warehouse)
            || serving.count < splitsPerLineMax
        return fitsOrder && fitsLine
    }
}
