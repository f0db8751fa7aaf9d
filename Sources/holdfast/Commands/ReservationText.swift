internal import HoldfastClient

extension ReservationState {
    /// The name that people and programs read.
    var name: String {
        switch self {
        case .held: "held"
        case .committed: "committed"
        case .fulfilled: "fulfilled"
        case .released: "released"
        case .expired: "expired"
        case .cancelled: "cancelled"
        }
    }

    /// How the state stands out.
    var style: Terminal.Style {
        switch self {
        case .held: .yellow
        case .committed, .fulfilled: .green
        case .released, .expired, .cancelled: .dim
        }
    }
}

/// A reservation as `reserve`, `commit`, `release` and `show` print it.
struct ReservationText {
    let id: ReservationID
    let receipt: ReservationReceipt
    /// The SKU of each line; `nil` where the answer doesn't tell.
    let skus: [String]?
    let owner: OwnerID?

    /// Prints it in the way that was asked for.
    func print(asJSON: Bool) {
        if asJSON {
            Terminal.writeLine(json.text)
        } else {
            Terminal.writeLines(table.lines)
            Terminal.writeLine(resultLine)
        }
    }

    private func sku(_ index: Int) -> String { skus.map { $0[index] } ?? "line \(index + 1)" }

    private var table: TextTable {
        var table = TextTable(
            .text("sku"),
            .number("requested"),
            .number("reserved"),
            .text("from")
        )
        for (index, line) in receipt.lines.enumerated() {
            let shares = line.shares.map { "\($0.warehouse) \($0.quantity.grouped)" }
            table.add(
                sku(index),
                line.requested.grouped,
                line.reserved.grouped,
                shares.isEmpty ? "-" : shares.joined(separator: ", ")
            )
        }
        return table
    }

    private var resultLine: String {
        let state = Terminal.styled(receipt.state.name, receipt.state.style)
        var text = "\(id) \(state)"
        if receipt.state == .held { text += " until \(receipt.expiresAt.text)" }
        let short = receipt.lines.reduce(0) { $0 + UInt64($1.short) }
        if short > 0 { text += ", \(counted(short, "unit")) short" }
        return receipt.isRepeated ? text + " (repeated)" : text
    }

    private var json: JSON {
        var members: [(name: String, value: JSON)] = [
            ("id", .string(id.description)),
            ("outcome", .string(Outcome.accepted.name)),
            ("repeated", .boolean(receipt.isRepeated)),
            ("state", .string(receipt.state.name)),
            ("lsn", .count(receipt.lsn)),
            ("expires_at", .string(receipt.expiresAt.text)),
        ]
        if let owner { members.append(("owner", .string(owner.description))) }
        let lines = receipt.lines.enumerated().map { index, line in
            var fields: [(name: String, value: JSON)] = []
            if let skus { fields.append(("sku", .string(skus[index]))) }
            fields.append(("requested", .count(line.requested)))
            fields.append(("reserved", .count(line.reserved)))
            fields.append(("short", .count(line.short)))
            fields.append(("shares", .array(line.shares.map(shareJSON))))
            return JSON.object(fields)
        }
        members.append(("lines", .array(lines)))
        return .object(members)
    }

    private func shareJSON(_ share: Share) -> JSON {
        .object([
            ("warehouse", .string(share.warehouse.description)),
            ("quantity", .count(share.quantity)),
        ])
    }
}
