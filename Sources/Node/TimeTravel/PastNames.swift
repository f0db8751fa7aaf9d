package import Inventory
internal import Movements
internal import Snapshot

/// What the numbers in a log stand for, as a snapshot tells it.
///
/// Numbers are given once and never again, so names are good for records before the snapshot too.
package struct PastNames: Sendable {
    /// The names of SKUs by number.
    package var skus: [UInt32: String] = [:]
    /// The codes of warehouses by number.
    package var warehouses: [WarehouseCode] = []
    /// The names of pools by number.
    package var pools: [PoolName] = []
    /// The names of clients; numbers begin at 1.
    package var actors: [String] = []
    /// LSN up to which all names are known.
    package var lsn: UInt64 = 0
}

extension PastSources {
    /// The names in the newest whole snapshot of a log; nil where there is none.
    ///
    /// - Parameter logID: The log's random number.
    /// - Returns: All names given up to the snapshot.
    /// - Throws: Code `storage`.
    package func names(ofLog logID: UInt64) throws(TimeTravelError) -> PastNames? {
        for file in try snapshots() {
            guard case .success(let header) = file.content, header.facts.logID == logID else {
                continue
            }
            do throws(NodeError) {
                return try names(in: SettledImage(path: file.path, disk: disk))
            } catch {
                // A damaged one is for `snapshot verify` to name; an older one has names as well.
                if error.code != .damaged {
                    throw TimeTravelError(.storage, path: error.path, error.description)
                }
            }
        }
        return nil
    }

    private func names(in image: SettledImage) throws(NodeError) -> PastNames {
        var names = PastNames()
        names.warehouses = image.configuration.warehouses.map(\.code)
        names.pools = image.configuration.pools
        names.actors = image.configuration.actors
        names.lsn = image.endLSN
        try image.eachSKU { (sku) throws(NodeError) in names.skus[sku.number] = sku.name }
        return names
    }
}
