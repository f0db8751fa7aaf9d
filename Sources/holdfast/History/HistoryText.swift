internal import HoldfastClient
internal import Movements
internal import Node

/// A movement and what it did to the subject of a history, as people and programs read it.
struct HistoryText {
    let movement: LoggedMovement
    /// The name of the client that asked; empty where it isn't known.
    let actor: String
    let change: HistoryChange
    /// What the history is of, which needn't be said of each change.
    let subject: HistorySubject
    /// The name of a SKU's number.
    let skuName: (UInt32) -> String

    /// Changes that one line tells, at most; `--json` tells them all.
    private static let changesShownMax = 4

    private var actorText: String? {
        movement.actor.map { actor.isEmpty ? $0 : actor }
    }

    // MARK: For people

    /// One line below ``MovementText/titles``.
    var line: String { MovementText.line(movement, actor: actorText, what: what) }

    private var what: String {
        var parts: [String] = []
        if let after = change.warehouseAfter {
            let before = change.warehouseBefore?.state.name ?? "new"
            let state = after.state.name
            parts.append(before == state ? "settings changed" : "\(before) → \(state)")
        }
        parts += change.cells.map(text)
        parts += reservationParts
        if parts.isEmpty { parts.append("no figure changed") }
        let shown = parts.prefix(HistoryText.changesShownMax).joined(separator: "; ")
        let rest = parts.count - HistoryText.changesShownMax
        var text = rest > 0 ? "\(shown) and \(rest.grouped) more" : shown
        if let id = movement.reservation, id != movement.requestID, !isOfReservation {
            text = "of \(id): \(text)"
        }
        return movement.reason.isEmpty ? text : "\(text); \(movement.reason)"
    }

    private var isOfReservation: Bool {
        change.reservationBefore != nil || change.reservationAfter != nil
    }

    private func text(_ cell: CellChange) -> String {
        let before = cell.before?.named ?? CellFigures.zero.named
        let changes = zip(before, cell.after.named).filter { $0.value != $1.value }.map {
            "\($0.title) \($0.value.grouped) → \($1.value.grouped)"
        }
        let pool = cell.pool == .default ? "" : "/\(cell.pool)"
        let figures = changes.isEmpty ? "new, all figures 0" : changes.joined(separator: ", ")
        if case .sku = subject { return "\(cell.warehouse)\(pool): \(figures)" }
        return "\(cell.sku)\(pool): \(figures)"
    }

    private var reservationParts: [String] {
        guard isOfReservation else { return [] }
        guard let after = change.reservationAfter else { return ["forgotten"] }
        let before = change.reservationBefore
        var parts: [String] = []
        if let before {
            if before.state != after.state {
                parts.append("\(before.state.name) → \(after.state.name)")
            }
            if before.expiresAt != after.expiresAt {
                parts.append("until \(before.expiresAt.text) → \(after.expiresAt.text)")
            }
        } else {
            parts.append("\(after.state.name) until \(after.expiresAt.text)")
        }
        return parts + shareChanges.map(text) + shortLines(before, after)
    }

    private func shortLines(_ before: StateReservation?, _ after: StateReservation) -> [String] {
        guard before == nil else { return [] }
        return after.lines.compactMap { line in
            let units = line.shares.reduce(0) { $0 + $1.quantity }
            guard units < line.requested else { return nil }
            return "\(name(line.sku)) \((line.requested - units).grouped) short"
        }
    }

    private func text(_ share: ShareChange) -> String {
        let changes = zip(share.before.named, share.after.named).filter { $0.units != $1.units }.map
        {
            "\($0.title) \($0.units.grouped) → \($1.units.grouped)"
        }
        let pool = share.pool == .default ? "" : "/\(share.pool)"
        return "\(share.sku) from \(share.warehouse)\(pool): \(changes.joined(separator: ", "))"
    }

    // MARK: Shares

    /// A share of a reservation before and after.
    private struct ShareChange {
        let line: Int
        let sku: String
        let warehouse: WarehouseCode
        let pool: PoolName
        var before = ShareProgress()
        var after = ShareProgress()
    }

    private func name(_ sku: UInt32?) -> String {
        guard let sku else { return "an unknown SKU" }
        let name = skuName(sku)
        return name.isEmpty ? "#\(sku)" : name
    }

    /// The shares whose units changed, line after line.
    private var shareChanges: [ShareChange] {
        var changes: [ShareChange] = []
        func note(
            _ reservation: StateReservation?,
            _ field: WritableKeyPath<ShareChange, ShareProgress>
        ) {
            guard let reservation else { return }
            for (index, line) in reservation.lines.enumerated() {
                for share in line.shares {
                    let place = changes.firstIndex {
                        $0.line == index && $0.warehouse == share.warehouse && $0.pool == share.pool
                    }
                    var change =
                        place.map { changes[$0] }
                        ?? ShareChange(
                            line: index,
                            sku: name(line.sku),
                            warehouse: share.warehouse,
                            pool: share.pool
                        )
                    change[keyPath: field] =
                        share.progress ?? ShareProgress(share.quantity, all: reservation.state)
                    if let place { changes[place] = change } else { changes.append(change) }
                }
            }
        }
        note(change.reservationBefore, \.before)
        note(change.reservationAfter, \.after)
        return changes.filter { $0.before != $0.after }
    }

    // MARK: For programs

    /// The movement for programs: only members that its subject has.
    var json: JSON {
        var members: [(name: String, value: JSON)] = [
            ("lsn", .count(movement.lsn)),
            ("instant", .string(movement.instant.text)),
            ("kind", .string(movement.word.rawValue)),
            ("actor", actorText.map { .string($0) } ?? .null),
            ("request", .string(movement.requestID.description)),
        ]
        if let id = movement.reservation {
            members.append(("reservation", .string(id.description)))
        }
        if !movement.reason.isEmpty { members.append(("reason", .string(movement.reason))) }
        if isOfReservation {
            members.append(("before", change.reservationBefore.map(json) ?? .null))
            members.append(("after", change.reservationAfter.map(json) ?? .null))
            members.append(("shares", .array(shareChanges.map(json))))
            return .object(members)
        }
        if change.versions.after > 0 {
            members.append(("version_before", .count(change.versions.before)))
            members.append(("version_after", .count(change.versions.after)))
        }
        if let after = change.warehouseAfter {
            let before = change.warehouseBefore.map { JSON.object($0.jsonMembers) }
            members.append(("warehouse_before", before ?? .null))
            members.append(("warehouse_after", .object(after.jsonMembers)))
        }
        members.append(("cells", .array(change.cells.map(json))))
        return .object(members)
    }

    private func json(_ cell: CellChange) -> JSON {
        .object([
            ("sku", .string(cell.sku)),
            ("warehouse", .string(cell.warehouse.description)),
            ("pool", .string(cell.pool.description)),
            ("before", cell.before.map { .object($0.jsonMembers) } ?? .null),
            ("after", .object(cell.after.jsonMembers)),
        ])
    }

    private func json(_ reservation: StateReservation) -> JSON {
        .object([
            ("state", .string(reservation.state.name)),
            ("expires_at", .string(reservation.expiresAt.text)),
        ])
    }

    private func json(_ share: ShareChange) -> JSON {
        func members(_ progress: ShareProgress) -> JSON {
            .object(progress.named.map { ($0.title, .count($0.units)) })
        }
        return .object([
            ("line", .count(share.line + 1)),
            ("sku", .string(share.sku)),
            ("warehouse", .string(share.warehouse.description)),
            ("pool", .string(share.pool.description)),
            ("before", members(share.before)),
            ("after", members(share.after)),
        ])
    }
}

extension CellFigures {
    /// The figures with their names, as one line tells them.
    fileprivate var named: [(title: String, value: Int64)] {
        [
            ("on hand", onHand), ("reserved", reserved), ("committed", committed),
            ("safety", safetyStock), ("backorder", backorderLimit), ("available", available),
        ]
    }
}

extension ShareProgress {
    /// The figures with their names.
    fileprivate var named: [(title: String, units: UInt32)] {
        [
            ("held", held), ("committed", committed), ("fulfilled", fulfilled),
            ("cancelled", cancelled),
        ]
    }
}
