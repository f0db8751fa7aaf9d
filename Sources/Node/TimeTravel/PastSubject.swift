package import Inventory
internal import Engine
internal import Journal
internal import Movements
internal import Snapshot

/// What of a past state is wanted.
package enum PastSubject: Hashable, Sendable {
    /// All of it.
    case everything
    /// SKUs by their names; memory doesn't grow with the rest of the state.
    case skus(Set<String>)
    /// A reservation, and the SKUs of its lines; memory doesn't grow with the rest of the state.
    case reservation(ReservationID)
}

/// Finds the numbers of what is wanted, which snapshots and log know it by.
///
/// A look at all state records, and at the log as far as that is needed: for a reservation up to
/// the end of what will be told, for SKUs until all of them have been made.
struct SubjectSearch {
    let sources: PastSources
    let base: PastBase
    /// The snapshot of the base.
    let reader: SnapshotReader?

    /// What a partial engine has to hold, up to a moment; nil for all of it.
    func wanted(
        for subject: PastSubject,
        upTo end: PastMoment?
    ) throws(TimeTravelError) -> StateGate.Wanted? {
        switch subject {
        case .everything: return nil
        case .skus(let names): return try wanted(names, upTo: end)
        case .reservation(let id): return try wanted(id, upTo: end)
        }
    }

    // MARK: SKUs

    private func wanted(
        _ names: Set<String>,
        upTo end: PastMoment?
    ) throws(TimeTravelError) -> StateGate.Wanted {
        var numbers: [String: UInt32] = [:]
        if let reader {
            try reader.eachSKUName { number, name in
                if names.contains(name) { numbers[name] = number }
            }
        }
        guard numbers.count < names.count else {
            return StateGate.Wanted(skus: Set(numbers.values))
        }
        try eachRecord(upTo: end) { (record, lsn) throws(MovementError) in
            try MadeSKU.forEach(in: record, lsn: lsn) { made in
                if names.contains(made.name) { numbers[made.name] = made.number }
            }
            return numbers.count < names.count
        }
        return StateGate.Wanted(skus: Set(numbers.values))
    }

    // MARK: A reservation

    private func wanted(
        _ id: ReservationID,
        upTo end: PastMoment?
    ) throws(TimeTravelError) -> StateGate.Wanted {
        var wanted = StateGate.Wanted(ids: [id])
        if let reader {
            try reader.eachReservation(id) { (reservation) in
                wanted.skus.formUnion(reservation.lines.compactMap(\.sku))
            }
        }
        var named: [UInt32] = []
        try eachRecord(upTo: end) { (record, lsn) throws(MovementError) in
            named.removeAll(keepingCapacity: true)
            var isAbout = false
            try MovementReader.forEachTouch(
                of: record,
                lsn: lsn,
                sku: { named.append($0) },
                id: { isAbout = isAbout || $0 == id }
            )
            if isAbout { wanted.skus.formUnion(named) }
            return true
        }
        return wanted
    }

    // MARK: The log

    /// Calls `body` with each record of the base's log slice and of the log behind it.
    private func eachRecord(
        upTo end: PastMoment?,
        _ body: (UnsafeRawBufferPointer, UInt64) throws(MovementError) -> Bool
    ) throws(TimeTravelError) {
        var goesOn = true
        if let reader {
            try onPastSnapshot { () throws(SnapshotError) in
                try reader.eachSliceRecord { (record, lsn) throws(MovementError) in
                    if goesOn { goesOn = try body(record, lsn) }
                }
            }
        }
        guard goesOn else { return }
        if case .lsn(let lsn) = end, lsn <= base.lsn { return }
        _ = try onPastLog { () throws(JournalError) in
            try Journal.read(sources.log, from: base.lsn, disk: sources.disk) {
                (record, lsn, _) throws(MovementError) in
                let header = try MovementReader(record, lsn: lsn).header
                if let end, end.isBefore(lsn: lsn, instant: header.instant) { return false }
                return try body(record, lsn)
            }
        }
    }
}
