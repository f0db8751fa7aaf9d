internal import HoldfastClient
internal import Movements
internal import Node
internal import Snapshot

/// Compares the states in two snapshots, in bounded memory.
///
/// One pass through both finds the buckets of SKUs and of ids in which something differs; further
/// passes look only into these, as many buckets at a time as memory allows. Where little differs
/// that is one pass. SKUs are told apart by name, so the snapshots needn't be of one log.
/// Memory: 24 MiB, 8 bytes for each SKU number of both, SKUs with substitutes, and about 200 MB for
/// what a pass compares.
struct ImageComparison {
    /// An image and what is known of its SKUs.
    private struct Side {
        let image: SettledImage
        /// Hashes of the SKUs' names by number; 0 for none.
        var names: [UInt64] = []
        var hash: UInt64
        var substitutes: UInt64 = 0
        var shares: UInt64 = 0

        init(_ image: SettledImage) {
            self.image = image
            hash = StateHash.configuration(image.configuration)
        }
    }

    private var before: Side
    private var after: Side
    private var skus: DifferenceBuckets
    private var remembered: DifferenceBuckets
    private var difference: ImageDifference

    /// Parts that one pass compares: cells, shares, and one for each thing.
    private static let weightPerPassMax = 1_048_576
    private static let idHash = KeyedHash(key: 0x9E37_79B9_7F4A_7C15)

    /// A comparison of two images that keeps the first `limit` differences of each kind.
    init(_ before: SettledImage, _ after: SettledImage, limit: Int) {
        self.before = Side(before)
        self.after = Side(after)
        func records(_ kind: SnapshotSectionKind) -> Int {
            [before, after].reduce(0) { sum, image in
                image.reader.sections(of: kind).reduce(sum) { $0 + $1.recordCount }
            }
        }
        skus = DifferenceBuckets(things: records(.skus))
        remembered = DifferenceBuckets(things: records(.reservations))
        difference = ImageDifference(limit: limit)
    }

    /// Compares.
    ///
    /// - Parameters:
    ///   - progress: Shows the first pass through both.
    ///   - later: Takes how many of the passes behind that are done, and of how many.
    /// - Returns: What differs.
    /// - Throws: What is wrong with one of the images.
    mutating func run(
        progress: inout PassProgress,
        later: (Int, Int) -> Void
    ) throws(NodeError) -> ImageDifference {
        before = try digested(before, isBefore: true, &progress)
        after = try digested(after, isBefore: false, &progress)
        difference.stateHashes = (before.hash, after.hash)
        difference.configuration =
            ConfigurationDifference(
                before.image.configuration,
                after.image.configuration,
                haveSameSubstitutes: before.substitutes == after.substitutes,
                haveSameShares: before.shares == after.shares
            ).sentences
        let limit = ImageComparison.weightPerPassMax
        let skuPasses = skus.passes(weightMax: limit)
        let idPasses = remembered.passes(weightMax: limit)
        for (index, buckets) in skuPasses.enumerated() {
            later(index, skuPasses.count + idPasses.count)
            try compareSKUs(in: buckets)
        }
        for (index, buckets) in idPasses.enumerated() {
            later(skuPasses.count + index, skuPasses.count + idPasses.count)
            try compareRemembered(in: buckets)
        }
        return difference
    }

    // MARK: The first pass

    private mutating func digested(
        _ opened: Side,
        isBefore: Bool,
        _ progress: inout PassProgress
    ) throws(NodeError) -> Side {
        var side = opened
        try digestSKUs(&side, isBefore: isBefore, &progress)
        progress.beginPass()
        let image = side.image
        let names = side.names
        var sum: UInt64 = 0
        try image.eachRemembered(progress: { progress.show($0) }) { (value) throws(NodeError) in
            guard let (id, weight) = value.identity else { return }
            let digest = try ImageComparison.digest(of: value, names, image)
            sum &+= digest
            let hash = ImageComparison.idHash.hash(id.high, id.low)
            if isBefore {
                remembered.add(hash, digest: digest, weight: weight)
            } else {
                remembered.subtract(hash, digest: digest, weight: weight)
            }
        }
        progress.beginPass()
        try image.eachShares { (shares) throws(NodeError) in
            for share in shares {
                guard let digest = StateHash.share(share, names: names) else {
                    throw image.unknownSKU(.max, in: "what owners have of sale \(share.sale)")
                }
                side.shares &+= digest
            }
        }
        side.hash &+= sum &+ side.shares
        return side
    }

    private mutating func digestSKUs(
        _ side: inout Side,
        isBefore: Bool,
        _ progress: inout PassProgress
    ) throws(NodeError) {
        let image = side.image
        let limit = image.skuNumberLimit
        var names: [UInt64] = []
        var sum: UInt64 = 0
        var substitutes: [(sku: UInt32, by: [UInt32])] = []
        try image.eachSKU(progress: { progress.show($0) }) { (sku) throws(NodeError) in
            let number = Int(sku.number)
            guard number < limit else { throw image.unknownSKU(sku.number, in: sku.name) }
            if number >= names.count {
                names.append(contentsOf: repeatElement(0, count: number + 1 - names.count))
            }
            let name = StateHash.name(Array(sku.name.utf8))
            names[number] = name
            let digest = StateHash.sku(sku, name: name)
            sum &+= digest
            if !sku.substitutes.isEmpty { substitutes.append((sku.number, sku.substitutes)) }
            if isBefore {
                skus.add(name, digest: digest, weight: sku.cells.count + 1)
                for cell in sku.cells {
                    difference.warehouses[cell.warehouse, default: .init()].before.add(cell)
                }
            } else {
                skus.subtract(name, digest: digest, weight: sku.cells.count + 1)
                for cell in sku.cells {
                    difference.warehouses[cell.warehouse, default: .init()].after.add(cell)
                }
            }
        }
        for (sku, by) in substitutes {
            for number in by where Int(number) >= names.count || names[Int(number)] == 0 {
                throw image.unknownSKU(number, in: "the substitutes of SKU number \(sku)")
            }
            side.substitutes &+= StateHash.substitutes(
                of: names[Int(sku)],
                by.map { names[Int($0)] }
            )
        }
        side.names = names
        side.hash &+= sum &+ side.substitutes
    }

    /// The digest of a reservation or a write.
    private static func digest(
        of value: StateValue,
        _ names: [UInt64],
        _ image: SettledImage
    ) throws(NodeError) -> UInt64 {
        switch value {
        case .write(let write): return StateHash.write(write)
        case .reservation(let reservation):
            for line in reservation.lines {
                guard let sku = line.sku else { continue }
                guard Int(sku) < names.count, names[Int(sku)] != 0 else {
                    throw image.unknownSKU(sku, in: "reservation \(reservation.id)")
                }
            }
            return StateHash.reservation(reservation, names: names)
        case .sku, .configuration, .shares: return 0
        }
    }

    // MARK: Further passes

    private mutating func compareSKUs(in buckets: Range<Int>) throws(NodeError) {
        let skus = skus
        func isWanted(_ sku: StateSKU, _ names: [UInt64]) -> Bool {
            let hash = names[Int(sku.number)]
            return buckets.contains(skus.bucket(hash)) && skus.mayDiffer(hash)
        }
        var old: [String: StateSKU] = [:]
        let (oldNames, newNames) = (before.names, after.names)
        try before.image.eachSKU { (sku) in
            if isWanted(sku, oldNames) { old[sku.name] = sku }
        }
        try after.image.eachSKU { (sku) in
            guard isWanted(sku, newNames) else { return }
            let previous = old.removeValue(forKey: sku.name)
            let name = newNames[Int(sku.number)]
            let digest = previous.map { StateHash.sku($0, name: name) }
            if digest != StateHash.sku(sku, name: name) { difference.add(previous, sku) }
        }
        for sku in old.values { difference.add(sku, nil) }
    }

    private mutating func compareRemembered(in buckets: Range<Int>) throws(NodeError) {
        let remembered = remembered
        func isWanted(_ id: RequestID) -> Bool {
            let hash = ImageComparison.idHash.hash(id.high, id.low)
            return buckets.contains(remembered.bucket(hash)) && remembered.mayDiffer(hash)
        }
        var old: [RequestID: StateValue] = [:]
        let (oldNames, newNames) = (before.names, after.names)
        let (oldImage, newImage) = (before.image, after.image)
        try oldImage.eachRemembered { (value) in
            if let (id, _) = value.identity, isWanted(id) { old[id] = value }
        }
        try newImage.eachRemembered { (value) throws(NodeError) in
            guard let (id, _) = value.identity, isWanted(id) else { return }
            let previous = old.removeValue(forKey: id)
            let digest = try ImageComparison.digest(of: value, newNames, newImage)
            if let previous,
                try ImageComparison.digest(of: previous, oldNames, oldImage) == digest
            {
                return
            }
            add(id, previous, value)
        }
        for (id, value) in old { add(id, value, nil) }
    }

    private mutating func add(_ id: RequestID, _ old: StateValue?, _ new: StateValue?) {
        if old?.isWrite ?? false || new?.isWrite ?? false {
            difference.writes.note(
                isBefore: old?.isWrite ?? false,
                isAfter: new?.isWrite ?? false
            )
        }
        guard old?.reservation != nil || new?.reservation != nil else { return }
        difference.add(
            ImageDifference.Reservation(
                id: id,
                before: old?.reservation,
                after: new?.reservation,
                hasSameLines: lines(old, before.names) == lines(new, after.names)
            )
        )
    }

    /// What a reservation's lines say, its SKUs by the hashes of their names.
    private func lines(_ value: StateValue?, _ names: [UInt64]) -> [ComparedLine] {
        (value?.reservation?.lines ?? []).map { line in
            ComparedLine(
                sku: line.sku.map { names[Int($0)] },
                requested: line.requested,
                shares: line.shares.map { share in
                    var place = share
                    place.progress = nil
                    return place
                }
            )
        }
    }
}

/// What is compared of a line.
private struct ComparedLine: Hashable {
    let sku: UInt64?
    let requested: UInt32
    let shares: [Share]
}

extension StateValue {
    /// The reservation that it is.
    fileprivate var reservation: StateReservation? {
        if case .reservation(let reservation) = self { reservation } else { nil }
    }

    fileprivate var isWrite: Bool { if case .write = self { true } else { false } }

    /// Its id and its parts, of what has one.
    fileprivate var identity: (id: RequestID, weight: Int)? {
        switch self {
        case .reservation(let reservation):
            let parts = reservation.lines.reduce(reservation.changes.count) {
                $0 + 1 + $1.shares.count
            }
            return (reservation.id, parts + 1)
        case .write(let write): return (write.id, 1)
        case .sku, .configuration, .shares: return nil
        }
    }
}
