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

/// A reservation as the commands about one print it.
struct ReservationText {
    let id: ReservationID
    let receipt: ReservationReceipt
    /// The SKU of each line; `nil` where the answer doesn't tell.
    var skus: [String]?
    var owner: OwnerID?
    /// When the first hold of its chain was made, where the answer tells.
    var heldSince: Instant?
    /// The hold that the request wanted to replace.
    var replaced: ReservationID?

    /// Prints it in the way that was asked for.
    func print(asJSON: Bool) {
        if asJSON {
            Terminal.writeLine(json.text)
        } else {
            Terminal.writeLines(table.lines)
            AlternativesText(receipt.alternatives).write()
            if !receipt.alternatives.isEmpty { Terminal.writeLine("") }
            Terminal.writeLine(resultLine)
        }
    }

    // MARK: For people

    /// Whether some units are in another state than the reservation.
    private var hasProgress: Bool {
        receipt.lines.contains { $0.shares.contains { $0.progress != nil } }
    }

    /// The lines as a table; where units went different ways, how many went which.
    var table: TextTable {
        var columns: [TextTable.Column] = [
            .number("line"), .text("sku"), .number("requested"), .number("reserved"),
        ]
        let tellsProgress = hasProgress
        if tellsProgress {
            columns += ["held", "committed", "fulfilled", "cancelled", "gone"].map { .number($0) }
        }
        var table = TextTable(columns + [.text("from")])
        for (index, line) in receipt.lines.enumerated() {
            var row = [
                "\(index + 1)", skus?[index] ?? "-", line.requested.grouped, line.reserved.grouped,
            ]
            if tellsProgress {
                let sum = progress(of: line)
                let there = sum.held + sum.committed + sum.fulfilled + sum.cancelled
                row += [sum.held, sum.committed, sum.fulfilled, sum.cancelled].map(\.grouped)
                row.append((line.reserved - min(line.reserved, there)).grouped)
            }
            let shares = line.shares.map(text)
            table.add(row + [shares.isEmpty ? "-" : shares.joined(separator: ", ")])
        }
        return table
    }

    private func progress(of line: ReservationReceipt.Line) -> ShareProgress {
        line.shares.reduce(into: ShareProgress()) { sum, share in
            let progress = receipt.progress(of: share)
            sum.held += progress.held
            sum.committed += progress.committed
            sum.fulfilled += progress.fulfilled
            sum.cancelled += progress.cancelled
        }
    }

    private func text(_ share: Share) -> String {
        var text = share.warehouse.description
        if share.pool != .default { text += "/\(share.pool)" }
        text += " \(share.quantity.grouped)"
        var marks: [String] = []
        if share.backordered > 0 { marks.append("\(share.backordered.grouped) backordered") }
        if share.isOffline { marks.append("offline") }
        return marks.isEmpty ? text : text + " (\(marks.joined(separator: ", ")))"
    }

    private var resultLine: String {
        let state = Terminal.styled(receipt.state.name, receipt.state.style)
        var text = "\(id) \(state)"
        if receipt.state == .held { text += " until \(receipt.expiresAt.text)" }
        if let promisedAt = receipt.promisedAt { text += ", arrives by \(promisedAt.text)" }
        let short = receipt.lines.reduce(0) { $0 + UInt64($1.short) }
        if short > 0 { text += ", \(counted(short, "unit")) short" }
        if receipt.didRestExpire { text += ", the rest expired" }
        if receipt.didReroute { text += ", rerouted" }
        if receipt.didReplace {
            text += replaced.map { ", in place of \($0)" } ?? ", in place of an older hold"
        } else if let replaced {
            text += ", \(replaced) was no longer held"
        }
        return receipt.isRepeated ? text + " (repeated)" : text
    }

    // MARK: For programs

    /// The reservation for programs.
    var json: JSON {
        var members: [(name: String, value: JSON)] = [
            ("id", .string(id.description)),
            ("outcome", .string(Outcome.accepted.name)),
            ("repeated", .boolean(receipt.isRepeated)),
            ("state", .string(receipt.state.name)),
            ("lsn", .count(receipt.lsn)),
            ("expires_at", .string(receipt.expiresAt.text)),
            ("promised_at", receipt.promisedAt.map { .string($0.text) } ?? .null),
            ("replaced", .boolean(receipt.didReplace)),
            ("rest_expired", .boolean(receipt.didRestExpire)),
            ("rerouted", .boolean(receipt.didReroute)),
        ]
        if let owner { members.append(("owner", .string(owner.description))) }
        if let heldSince { members.append(("held_since", .string(heldSince.text))) }
        let lines = receipt.lines.enumerated().map { index, line in
            var fields: [(name: String, value: JSON)] = [("line", .count(index + 1))]
            if let skus { fields.append(("sku", .string(skus[index]))) }
            fields.append(("requested", .count(line.requested)))
            fields.append(("reserved", .count(line.reserved)))
            fields.append(("short", .count(line.short)))
            fields.append(("shares", .array(line.shares.map(shareJSON))))
            let others = receipt.alternatives.first { $0.line == index }?.alternatives ?? []
            if !others.isEmpty { fields.append(("alternatives", .array(others.map(\.json)))) }
            return JSON.object(fields)
        }
        members.append(("lines", .array(lines)))
        return .object(members)
    }

    private func shareJSON(_ share: Share) -> JSON {
        let progress = receipt.progress(of: share)
        return .object([
            ("warehouse", .string(share.warehouse.description)),
            ("pool", .string(share.pool.description)),
            ("quantity", .count(share.quantity)),
            ("backordered", .count(share.backordered)),
            ("held", .count(progress.held)),
            ("committed", .count(progress.committed)),
            ("fulfilled", .count(progress.fulfilled)),
            ("cancelled", .count(progress.cancelled)),
            ("offline", .boolean(share.isOffline)),
        ])
    }
}

extension ReservationText {
    /// A reservation as `show` tells it.
    init(id: ReservationID, report: ReservationReport) {
        self.init(
            id: id,
            receipt: report.receipt,
            skus: report.skus.map { $0.isEmpty ? "(unknown)" : $0 },
            owner: report.owner,
            heldSince: report.heldSince
        )
    }
}
