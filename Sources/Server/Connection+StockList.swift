internal import Engine
internal import Inventory
internal import NIOCore
internal import Node
internal import Wire

/// A page of stock under way.
struct StockListing {
    let correlation: UInt64
    /// Cells that are still asked for.
    var cellsLeft: Int
    /// The number of the SKU to go on from; `nil` at the end.
    var next: UInt32?
    var reports: [StockReport] = []
    /// Bytes that the reports take in a frame.
    var sizeBytes = 8

    /// Reads one slice of the page.
    /// - Returns: Whether the page is complete.
    mutating func readSlice(of engine: Engine) -> Bool {
        guard let start = next, cellsLeft > 0 else { return true }
        var cells: [CellReport] = []
        let limit = min(cellsLeft, ServerLimits.cellsPerSliceMax)
        let following = engine.cells(fromSKU: start, limit: limit, into: &cells)
        var slice: [StockReport] = []
        for cell in cells {
            // Whole SKUs come one after the other.
            if slice.last?.sku != cell.sku {
                slice.append(
                    StockReport(
                        sku: cell.sku,
                        version: cell.version,
                        weightGrams: cell.weightGrams,
                        cells: []
                    )
                )
            }
            slice[slice.count - 1].cells.append(cell.wireCell)
        }
        let sliceBytes = slice.reduce(0) { $0 + $1.bodySizeMax }
        let room = Limits.frameSizeBytesMax - WireLayout.headerSizeBytes - sizeBytes
        // A slice that doesn't fit is the next page's first; the first slice always fits.
        if sliceBytes > room, !reports.isEmpty { return true }
        reports += slice
        sizeBytes += sliceBytes
        cellsLeft -= cells.count
        next = following
        return next == nil || cellsLeft <= 0
    }

    /// The page as far as it was read.
    var page: StockPage { StockPage(reports: reports, next: next) }
}

extension Connection {
    /// Answers a page of stock, slice by slice; other connections get their turn in between.
    func listStock(_ request: StockListRequest, correlation: UInt64) {
        pauses.insert(.longRead)
        var listing = StockListing(
            correlation: correlation,
            cellsLeft: request.limit,
            next: request.cursor
        )
        if goOnListing(&listing) {
            pauses.remove(.longRead)
        } else {
            goOnLater(listing)
        }
    }

    /// Reads slices for as long as a slice may take; answers when the page is complete.
    private func goOnListing(_ listing: inout StockListing) -> Bool {
        let deadline = NIODeadline.now().uptimeNanoseconds + ServerLimits.sliceNanosecondsMax
        repeat {
            if listing.readSlice(of: loop.shared.node.engine) {
                append(listing.page, correlation: listing.correlation)
                return true
            }
        } while NIODeadline.now().uptimeNanoseconds < deadline
        return false
    }

    private func goOnLater(_ listing: StockListing) {
        guard let context else { return }
        context.eventLoop.assumeIsolated().execute {
            guard self.phase == .open else { return }
            var listing = listing
            guard self.goOnListing(&listing) else { return self.goOnLater(listing) }
            self.endTurn()
            self.unpause(.longRead)
        }
    }
}
