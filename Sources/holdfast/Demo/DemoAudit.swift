internal import HoldfastClient

/// Compares what shoppers were told with what the server says at the end.
struct DemoAudit {
    private struct CellKey: Hashable {
        let sku: String
        let warehouse: String
    }

    /// Answers that shoppers have and the server doesn't stand by, in words.
    private(set) var lost: [String] = []
    /// Units sold beyond what a cell could promise.
    private(set) var oversoldUnits: Int64 = 0
    /// Cells whose committed units aren't the sum of what shoppers were told.
    private(set) var differingCells = 0
    private(set) var soldUnits: Int64 = 0
    private(set) var soldScarceUnits: Int64 = 0
    private(set) var expired = 0
    private(set) var released = 0
    private(set) var committed = 0

    /// Asks the server about every receipt and every cell.
    init(
        _ receipts: [DemoReceipt],
        _ network: DemoNetwork,
        _ client: HoldfastClient
    ) async throws(CommandFailure) {
        var sold: [CellKey: Int64] = [:]
        let pending = receipts.map {
            client.start(ShowRequest($0.id), answeredBy: ReservationReport.self)
        }
        for (receipt, answer) in zip(receipts, pending) {
            let report = try await accepted("show \(receipt.id)") { () throws(ClientError) in
                try await answer.value
            }
            compare(receipt, report)
            guard receipt.ending == .committed else { continue }
            for (line, shares) in zip(receipt.lines, receipt.shares) {
                for share in shares {
                    let key = CellKey(sku: line.sku, warehouse: share.warehouse.description)
                    sold[key, default: 0] += Int64(share.quantity)
                    soldUnits += Int64(share.quantity)
                    if line.sku.hasPrefix("DROP-") { soldScarceUnits += Int64(share.quantity) }
                }
            }
        }
        try await compareCells(sold, network, client)
    }

    private mutating func compare(_ receipt: DemoReceipt, _ report: ReservationReport) {
        let expected: ReservationState
        switch receipt.ending {
        case .committed: expected = .committed
        case .released: expected = .released
        case .abandoned: expected = .expired
        }
        let shares = report.receipt.lines.map(\.shares)
        if report.receipt.state != expected || shares != receipt.shares {
            lost.append("\(receipt.id) is \(report.receipt.state), was told \(expected)")
        }
        switch report.receipt.state {
        case .committed: committed += 1
        case .released: released += 1
        case .expired: expired += 1
        case .held, .fulfilled, .cancelled: break
        }
    }

    private mutating func compareCells(
        _ sold: [CellKey: Int64],
        _ network: DemoNetwork,
        _ client: HoldfastClient
    ) async throws(CommandFailure) {
        var committed: [CellKey: Int64] = [:]
        var cursor: UInt32? = 0
        while let start = cursor {
            let page = try await accepted("stock list") { () throws(ClientError) in
                try await client.stockPage(from: start)
            }
            for report in page.reports {
                for cell in report.cells {
                    let key = CellKey(sku: report.sku, warehouse: cell.warehouse.description)
                    committed[key] = cell.figures.committed
                }
            }
            cursor = page.next
        }
        for cell in network.cells {
            let key = CellKey(sku: cell.sku, warehouse: cell.warehouse)
            let told = sold[key, default: 0]
            if committed[key] != told { differingCells += 1 }
            oversoldUnits += max(0, told - Int64(cell.onHand - cell.safetyStock))
        }
    }
}
