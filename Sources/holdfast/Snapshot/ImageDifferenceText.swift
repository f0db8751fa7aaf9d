internal import HoldfastClient
internal import Movements
internal import Snapshot

/// What differs between two snapshots, as people and programs read it.
struct ImageDifferenceText {
    let before: SnapshotReader
    let after: SnapshotReader
    let difference: ImageDifference

    // MARK: For people

    /// Both files, the sums by warehouse, what differs, and the counts on the last line.
    var lines: [String] {
        var files = TextTable(
            .text(""),
            .text("file"),
            .number("lsn"),
            .text("instant"),
            .text("state hash")
        )
        let sides = [
            ("before", before, difference.stateHashes.before),
            ("after", after, difference.stateHashes.after),
        ]
        for (side, reader, hash) in sides {
            let facts = reader.header.facts
            files.add(
                side,
                reader.path,
                "\(facts.endLSN)",
                facts.instant.text,
                String(hash, radix: 16)
            )
        }
        var lines = files.lines
        if before.header.facts.logID != after.header.facts.logID {
            lines.append("the two are of different logs")
        }
        if difference.isEmpty { return lines + [Terminal.styled("equal", .green)] }
        lines += [""] + warehouseLines
        if !difference.configuration.isEmpty { lines += [""] + difference.configuration }
        if difference.cells.all > 0 { lines += [""] + cellLines }
        if difference.reservations.all > 0 { lines += [""] + reservationLines }
        return lines + ["", sumLine]
    }

    private var warehouseLines: [String] {
        var table = TextTable(
            [.text("warehouse"), .number("cells")] + CellFigures.columns
        )
        for (code, sums) in warehouses {
            let cells = change(sums.before.cells.grouped, sums.after.cells.grouped)
            table.add(
                [code.description, cells]
                    + zip(sums.before.figures.entries, sums.after.figures.entries).map(change)
            )
        }
        return table.lines
    }

    private var warehouses: [(WarehouseCode, ImageDifference.WarehouseSums)] {
        difference.warehouses.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    private var cellLines: [String] {
        var table = TextTable([.text("sku"), .text("place")] + CellFigures.columns)
        let missing = CellFigures.zero.entries.map { _ in "-" }
        for cell in difference.cellList.elements {
            let figures = zip(cell.before?.entries ?? missing, cell.after?.entries ?? missing)
            table.add([cell.sku, placeText(cell.warehouse, cell.pool)] + figures.map(change))
        }
        return table.lines + more(difference.cellList.leftOut, "cell")
    }

    private var reservationLines: [String] {
        var table = TextTable(
            .text("reservation"),
            .text("state"),
            .number("held"),
            .number("committed"),
            .number("fulfilled"),
            .number("cancelled"),
            .text("differs in")
        )
        for reservation in difference.reservationList.elements {
            let figures = zip(entries(reservation.before), entries(reservation.after))
            let words =
                reservation.before == nil
                ? "only after"
                : reservation.after == nil
                    ? "only before" : reservation.differences.joined(separator: ", ")
            table.add([reservation.id.description] + figures.map(change) + [words])
        }
        return table.lines + more(difference.reservationList.leftOut, "reservation")
    }

    private func entries(_ reservation: StateReservation?) -> [String] {
        guard let reservation else { return ["-", "-", "-", "-", "-"] }
        let units = reservation.units
        return [reservation.state.name]
            + [units.held, units.committed, units.fulfilled, units.cancelled].map(\.grouped)
    }

    /// A figure before and after; one that is missing is as good as 0.
    private func change(_ before: String, _ after: String) -> String {
        if before == after || (before == "-" && after == "0") { return after }
        return before == "0" && after == "-" ? before : "\(before) → \(after)"
    }

    private func more(_ count: Int, _ noun: String) -> [String] {
        count > 0 ? ["and \(counted(count, "more \(noun)")); --limit tells them"] : []
    }

    private var sumLine: String {
        let parts = [
            (difference.skus, "SKU", "SKUs"), (difference.cells, "cell", "cells"),
            (difference.reservations, "reservation", "reservations"),
            (difference.writes, "other request", "other requests"),
        ]
        return "differ: "
            + parts.map { counts, noun, plural in
                counted(counts.all, noun, plural) + (counts.all == 0 ? "" : " (\(words(counts)))")
            }.joined(separator: ", ")
    }

    private func words(_ counts: ImageDifference.Counts) -> String {
        var words: [String] = []
        if counts.changed > 0 { words.append("\(counts.changed.grouped) changed") }
        if counts.onlyBefore > 0 { words.append("\(counts.onlyBefore.grouped) only before") }
        if counts.onlyAfter > 0 { words.append("\(counts.onlyAfter.grouped) only after") }
        return words.joined(separator: ", ")
    }

    // MARK: For programs

    /// The same for programs.
    var json: JSON {
        .object([
            ("equal", .boolean(difference.isEmpty)),
            ("before", json(before, difference.stateHashes.before)),
            ("after", json(after, difference.stateHashes.after)),
            ("same_log", .boolean(before.header.facts.logID == after.header.facts.logID)),
            ("warehouses", .array(warehouses.map { json($0.0, $0.1) })),
            ("configuration", .array(difference.configuration.map { .string($0) })),
            ("skus", json(difference.skus)),
            ("cells", json(difference.cells)),
            ("reservations", json(difference.reservations)),
            ("request_ids", json(difference.writes)),
            ("differing_cells", .array(difference.cellList.elements.map(json))),
            ("cells_left_out", .count(difference.cellList.leftOut)),
            ("differing_reservations", .array(difference.reservationList.elements.map(json))),
            ("reservations_left_out", .count(difference.reservationList.leftOut)),
        ])
    }

    private func json(_ reader: SnapshotReader, _ hash: UInt64) -> JSON {
        let facts = reader.header.facts
        return .object([
            ("file", .string(reader.path)),
            ("lsn", .count(facts.endLSN)),
            ("instant", .string(facts.instant.text)),
            ("state_hash", .string(String(hash, radix: 16))),
        ])
    }

    private func json(_ counts: ImageDifference.Counts) -> JSON {
        .object([
            ("changed", .count(counts.changed)),
            ("only_before", .count(counts.onlyBefore)),
            ("only_after", .count(counts.onlyAfter)),
        ])
    }

    private func json(
        _ code: WarehouseCode,
        _ sums: ImageDifference.WarehouseSums
    ) -> JSON {
        .object([
            ("code", .string(code.description)), ("before", json(sums.before)),
            ("after", json(sums.after)),
        ])
    }

    private func json(_ sum: CellSum) -> JSON {
        .object([("cells", .count(sum.cells))] + sum.figures.jsonMembers)
    }

    private func json(_ cell: ImageDifference.Cell) -> JSON {
        .object([
            ("sku", .string(cell.sku)),
            ("warehouse", .string(cell.warehouse.description)),
            ("pool", .string(cell.pool.description)),
            ("before", cell.before.map { .object($0.jsonMembers) } ?? .null),
            ("after", cell.after.map { .object($0.jsonMembers) } ?? .null),
        ])
    }

    private func json(_ reservation: ImageDifference.Reservation) -> JSON {
        .object([
            ("reservation", .string(reservation.id.description)),
            ("before", reservation.before.map(json) ?? .null),
            ("after", reservation.after.map(json) ?? .null),
            ("differs_in", .array(reservation.differences.map { .string($0) })),
        ])
    }

    private func json(_ reservation: StateReservation) -> JSON {
        let units = reservation.units
        return .object([
            ("state", .string(reservation.state.name)),
            ("owner", .string(reservation.owner.description)),
            ("expires_at", .string(reservation.expiresAt.text)),
            ("requested", .count(units.requested)),
            ("held", .count(units.held)),
            ("committed", .count(units.committed)),
            ("fulfilled", .count(units.fulfilled)),
            ("cancelled", .count(units.cancelled)),
        ])
    }
}
