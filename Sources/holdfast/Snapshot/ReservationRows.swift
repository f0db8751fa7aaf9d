internal import HoldfastClient
internal import Movements

/// Reservations as rows: in CSV one for each share, in JSON one for each reservation.
struct ReservationRows {
    let format: ExportFormat
    let names: SKUNames
    /// The policies that are defined by name.
    let policies: [PolicyDefinition]

    /// The line of titles, where the format has one.
    var titles: String? {
        guard format == .csv else { return nil }
        return CSVValue.row([
            "reservation", "state", "owner", "held_since", "expires_at", "promised_at", "policy",
            "lat", "lon", "region", "line", "sku", "requested", "warehouse", "pool", "quantity",
            "backordered", "held", "committed", "fulfilled", "cancelled", "lsn",
        ])
    }

    /// The rows of a reservation; a line without a share has one as well.
    func rows(_ reservation: StateReservation) -> [String] {
        switch format {
        case .csv: csvRows(reservation)
        case .jsonl: [json(reservation).text]
        }
    }

    // MARK: CSV

    private func csvRows(_ reservation: StateReservation) -> [String] {
        let position = reservation.destination?.position
        let head = [
            reservation.id.description, reservation.state.name, reservation.owner.description,
            reservation.heldSince.text, reservation.expiresAt.text,
            promise(of: reservation)?.text ?? "", policyName(reservation.policy),
            position.map { degreesText($0.latitudeMicrodegrees) } ?? "",
            position.map { degreesText($0.longitudeMicrodegrees) } ?? "",
            reservation.destination?.region.description ?? "",
        ]
        var rows: [String] = []
        for (index, line) in reservation.lines.enumerated() {
            let start =
                head + [String(index + 1), name(of: line) ?? "", String(line.requested)]
            let end = [String(reservation.madeLSN)]
            if line.shares.isEmpty {
                let nothing = ["", "", "0", "0", "0", "0", "0", "0"]
                rows.append(CSVValue.row(start + nothing + end))
            }
            for share in line.shares {
                let progress = reservation.progress(of: share)
                let units = [
                    share.quantity, share.backordered, progress.held, progress.committed,
                    progress.fulfilled, progress.cancelled,
                ].map { String($0) }
                let place = [share.warehouse.description, share.pool.description]
                rows.append(CSVValue.row(start + place + units + end))
            }
        }
        return rows
    }

    private func degreesText(_ microdegrees: Int32) -> String {
        (Double(microdegrees) / 1e6).rounded(toPlaces: 6)
    }

    private func name(of line: StateReservation.Line) -> String? { line.sku.flatMap { names[$0] } }

    private func promise(of reservation: StateReservation) -> Instant? {
        reservation.promisedAt == .distantPast ? nil : reservation.promisedAt
    }

    private func policyName(_ policy: SourcingPolicy) -> String {
        if let name = policy.builtInName { return name }
        let index = Int(policy.rawValue) - Int(SourcingPolicy.namedMin)
        return policies.indices.contains(index)
            ? policies[index].name.description : "#\(policy.rawValue)"
    }

    // MARK: JSON

    private func json(_ reservation: StateReservation) -> JSON {
        let position = reservation.destination?.position
        let region = reservation.destination.map { JSON.string($0.region.description) }
        return .object([
            ("reservation", .string(reservation.id.description)),
            ("state", .string(reservation.state.name)),
            ("owner", .string(reservation.owner.description)),
            ("mode", .string(reservation.mode.name)),
            ("held_since", .string(reservation.heldSince.text)),
            ("expires_at", .string(reservation.expiresAt.text)),
            ("promised_at", promise(of: reservation).map { .string($0.text) } ?? .null),
            ("policy", .string(policyName(reservation.policy))),
            ("lat", position.map { .degrees($0.latitudeMicrodegrees) } ?? .null),
            ("lon", position.map { .degrees($0.longitudeMicrodegrees) } ?? .null),
            ("region", region ?? .null),
            ("replaced", .boolean(reservation.didReplace)),
            ("rest_expired", .boolean(reservation.didRestExpire)),
            ("lsn", .count(reservation.madeLSN)),
            ("lines", .array(reservation.lines.map { json($0, of: reservation) })),
        ])
    }

    private func json(_ line: StateReservation.Line, of reservation: StateReservation) -> JSON {
        .object([
            ("sku", name(of: line).map { .string($0) } ?? .null),
            ("requested", .count(line.requested)),
            ("fixed_warehouse", .boolean(line.isFixed)),
            ("shares", .array(line.shares.map { json($0, of: reservation) })),
        ])
    }

    private func json(_ share: Share, of reservation: StateReservation) -> JSON {
        let progress = reservation.progress(of: share)
        return .object([
            ("warehouse", .string(share.warehouse.description)),
            ("pool", .string(share.pool.description)),
            ("quantity", .count(share.quantity)),
            ("backordered", .count(share.backordered)),
            ("held", .count(progress.held)),
            ("committed", .count(progress.committed)),
            ("fulfilled", .count(progress.fulfilled)),
            ("cancelled", .count(progress.cancelled)),
        ])
    }
}

extension ReserveMode {
    /// The name for programs, as `--mode` takes it.
    fileprivate var name: String {
        switch self {
        case .allOrNothing: ModeArgument.allOrNothing.rawValue
        case .wholeLines: ModeArgument.wholeLines.rawValue
        case .bestEffort: ModeArgument.bestEffort.rawValue
        }
    }
}
