package import Engine
internal import Inventory
internal import Movements
internal import Snapshot

// The invariants that state alone can show, on an image, in bounded memory.
extension SettledImage {
    /// Cells whose sums are kept at the same time.
    private static let cellsPerPassMax = 2_097_152

    /// Checks all invariants of the state and hashes it.
    ///
    /// Reads the SKUs twice, and what is remembered once and once more for every two million cells.
    /// Memory: 17 bytes for each SKU number, 48 for each cell of a pass, SKUs with substitutes, and
    /// some 100 bytes for each owner and SKU of a sale.
    /// - Parameter progress: Called now and then with how much is done, of 1.
    /// - Returns: What was found; its LSN is the image's end.
    /// - Throws: Code `damaged`, naming section and offset, or `storage`.
    package func check(
        progress: (Double) -> Void = { _ in }
    ) throws(NodeError) -> CheckReport {
        var report = CheckReport(
            lsn: endLSN,
            cells: 0,
            openReservations: 0,
            stateHash: StateHash.configuration(configuration),
            violations: []
        )
        var names: [UInt64] = []
        var passes: [CellPass] = []
        try checkSKUs(&report, &names, &passes)
        let steps = Double(passes.count + 2)
        progress(1 / steps)
        var shares = ShareCounts(configuration.sales)
        try checkReservations(&report, names, &shares)
        try checkShares(&report, names, &shares)
        progress(2 / steps)
        for (index, pass) in passes.enumerated() {
            try check(pass, &report)
            progress(Double(index + 3) / steps)
        }
        return report
    }

    /// Hashes all SKUs, and cuts their numbers into passes.
    private func checkSKUs(
        _ report: inout CheckReport,
        _ names: inout [UInt64],
        _ passes: inout [CellPass]
    ) throws(NodeError) {
        var sum: UInt64 = 0
        var cells = 0
        var cellCounts: [UInt16] = []
        var known: [UInt64] = []
        var substitutes: [(sku: UInt32, by: [UInt32])] = []
        var found = report
        try eachSKU { (sku) throws(NodeError) in
            let number = Int(sku.number)
            // A number that was never given mustn't size memory.
            guard UInt64(sku.number) < reader.header.facts.nextSKUNumber else {
                found.note("SKU number \(number) was never given")
                return
            }
            if number >= known.count {
                let more = number + 1 - known.count
                known.append(contentsOf: repeatElement(0, count: more))
                cellCounts.append(contentsOf: repeatElement(0, count: more))
            }
            if known[number] != 0 { found.note("SKU number \(number) is given twice") }
            let name = StateHash.name(Array(sku.name.utf8))
            known[number] = name
            cellCounts[number] = UInt16(clamping: sku.cells.count)
            sum &+= StateHash.sku(sku, name: name)
            cells += sku.cells.count
            if !sku.substitutes.isEmpty { substitutes.append((sku.number, sku.substitutes)) }
            for cell in sku.cells where cell.figures.available < 0 && !sku.hasShortfall {
                found.note(
                    "\(sku.name) in \(place(cell.warehouse, cell.pool)): promises "
                        + "\(-cell.figures.available) units more than it has"
                )
            }
        }
        for (sku, by) in substitutes {
            let unknown = by.first { Int($0) >= known.count || known[Int($0)] == 0 }
            if let unknown {
                found.note("SKU number \(sku) is substituted by number \(unknown), never made")
                continue
            }
            sum &+= StateHash.substitutes(of: known[Int(sku)], by.map { known[Int($0)] })
        }
        found.stateHash &+= sum
        found.cells = cells
        report = found
        names = known
        passes = SettledImage.passes(cellCounts)
    }

    /// Cuts SKU numbers into ranges of not too many cells.
    private static func passes(_ cellCounts: [UInt16]) -> [CellPass] {
        var passes: [CellPass] = []
        var start = 0
        var cells = 0
        for (number, count) in cellCounts.enumerated() {
            if cells > 0, cells + Int(count) > cellsPerPassMax {
                passes.append(CellPass(numbers: start..<number))
                (start, cells) = (number, 0)
            }
            cells += Int(count)
        }
        if cells > 0 { passes.append(CellPass(numbers: start..<cellCounts.count)) }
        return passes
    }

    /// Hashes all that is remembered, and checks each reservation by itself.
    private func checkReservations(
        _ report: inout CheckReport,
        _ names: [UInt64],
        _ shares: inout ShareCounts
    ) throws(NodeError) {
        var found = report
        var counts = shares
        try eachRemembered { (value) throws(NodeError) in
            switch value {
            case .write(let write): found.stateHash &+= StateHash.write(write)
            case .reservation(let reservation):
                if reservation.state == .held || reservation.state == .committed {
                    found.openReservations += 1
                }
                guard SettledImage.check(reservation, names, &found) else { return }
                found.stateHash &+= StateHash.reservation(reservation, names: names)
                counts.add(reservation)
            case .configuration, .sku, .shares: break
            }
        }
        shares = counts
        report = found
    }

    /// Hashes what owners have of sales, and compares it with the reservations.
    private func checkShares(
        _ report: inout CheckReport,
        _ names: [UInt64],
        _ counts: inout ShareCounts
    ) throws(NodeError) {
        var found = report
        var left = counts
        try eachShares { (shares) throws(NodeError) in
            for share in shares {
                left.compare(share, &found)
                if let hash = StateHash.share(share, names: names) {
                    found.stateHash &+= hash
                } else {
                    found.note("an owner has units of a SKU that was never made: \(share)")
                }
            }
        }
        left.end(&found)
        report = found
    }

    /// Checks a reservation by itself.
    /// - Returns: Whether all that it names is there, so that it can be hashed.
    private static func check(
        _ reservation: StateReservation,
        _ names: [UInt64],
        _ report: inout CheckReport
    ) -> Bool {
        if reservation.heldSince > reservation.expiresAt {
            report.note("reservation \(reservation.id) expired before it was held")
        }
        for (index, line) in reservation.lines.enumerated() {
            if let sku = line.sku, Int(sku) >= names.count || names[Int(sku)] == 0 {
                report.note(
                    "reservation \(reservation.id), line \(index + 1): SKU number \(sku) was never "
                        + "made"
                )
                return false
            }
            var given: UInt64 = 0
            for share in line.shares {
                given += UInt64(share.quantity)
                let progress =
                    share.progress ?? ShareProgress(share.quantity, all: reservation.state)
                let counted =
                    UInt64(progress.held) + UInt64(progress.committed)
                    + UInt64(progress.fulfilled) + UInt64(progress.cancelled)
                if counted > UInt64(share.quantity) {
                    report.note(
                        "reservation \(reservation.id), line \(index + 1): \(counted) units went "
                            + "on of \(share.quantity) that \(share.warehouse) gave"
                    )
                }
            }
            if given > UInt64(line.requested) {
                report.note(
                    "reservation \(reservation.id), line \(index + 1): has \(given) units of "
                        + "\(line.requested) asked for"
                )
            }
        }
        return true
    }

    /// Compares the cells of a pass with the sums of what reservations claim of them.
    private func check(_ pass: CellPass, _ report: inout CheckReport) throws(NodeError) {
        var sums = CellSums(pass.numbers)
        var found = report
        try eachSKU { (sku) throws(NodeError) in sums.add(sku) }
        try eachRemembered { (value) throws(NodeError) in
            guard case .reservation(let reservation) = value else { return }
            let isOpen = reservation.state == .held || reservation.state == .committed
            guard isOpen else { return }
            for line in reservation.lines {
                guard let sku = line.sku, pass.numbers.contains(Int(sku)) else { continue }
                for share in line.shares {
                    let progress =
                        share.progress ?? ShareProgress(share.quantity, all: reservation.state)
                    if progress.held == 0, progress.committed == 0 { continue }
                    if sums.claim(progress, of: sku, share.warehouse, share.pool) { continue }
                    found.note(
                        "reservation \(reservation.id) holds \(progress.held) and owns "
                            + "\(progress.committed) units of a cell that doesn't exist: SKU "
                            + "number \(sku) in \(place(share.warehouse, share.pool))"
                    )
                }
            }
        }
        sums.eachDifference { number, cell in
            found.note(
                "SKU number \(number) in \(place(cell.warehouse, cell.pool)): counts "
                    + "\(cell.reserved) reserved and \(cell.committed) committed, reservations say "
                    + "\(cell.claimedHeld) and \(cell.claimedCommitted)"
            )
        }
        report = found
    }

    /// Where a cell is, in words: its warehouse, and its pool unless that is `default`.
    private func place(_ warehouse: WarehouseCode, _ pool: PoolName) -> String {
        pool == .default ? "\(warehouse)" : "\(warehouse), pool \(pool)"
    }
}

/// SKU numbers whose cells are summed at the same time.
private struct CellPass {
    let numbers: Range<Int>
}

/// Figures of cells beside what reservations claim of them.
private struct CellSums {
    struct Cell {
        let warehouse: WarehouseCode
        let pool: PoolName
        let reserved: Int64
        let committed: Int64
        var claimedHeld: Int64 = 0
        var claimedCommitted: Int64 = 0
    }

    private let numbers: Range<Int>
    /// By number in the range, where its cells begin and how many there are.
    private var places: [(start: UInt32, count: UInt32)]
    private var cells: [Cell] = []

    init(_ numbers: Range<Int>) {
        self.numbers = numbers
        places = Array(repeating: (0, 0), count: numbers.count)
    }

    mutating func add(_ sku: StateSKU) {
        guard numbers.contains(Int(sku.number)) else { return }
        places[Int(sku.number) - numbers.lowerBound] = (
            UInt32(cells.count), UInt32(sku.cells.count)
        )
        for cell in sku.cells {
            cells.append(
                Cell(
                    warehouse: cell.warehouse,
                    pool: cell.pool,
                    reserved: cell.figures.reserved,
                    committed: cell.figures.committed
                )
            )
        }
    }

    /// Adds a claim to its cell.
    /// - Returns: Whether there is such a cell.
    mutating func claim(
        _ progress: ShareProgress,
        of sku: UInt32,
        _ warehouse: WarehouseCode,
        _ pool: PoolName
    ) -> Bool {
        let place = places[Int(sku) - numbers.lowerBound]
        for index in Int(place.start)..<Int(place.start + place.count)
        where cells[index].warehouse == warehouse && cells[index].pool == pool {
            cells[index].claimedHeld += Int64(progress.held)
            cells[index].claimedCommitted += Int64(progress.committed)
            return true
        }
        return false
    }

    /// Calls `body` with each cell whose figures aren't what is claimed.
    func eachDifference(_ body: (Int, Cell) -> Void) {
        for (index, place) in places.enumerated() {
            for cell in cells[Int(place.start)..<Int(place.start + place.count)]
            where cell.reserved != cell.claimedHeld || cell.committed != cell.claimedCommitted {
                body(numbers.lowerBound + index, cell)
            }
        }
    }
}
