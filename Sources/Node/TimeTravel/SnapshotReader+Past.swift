internal import Inventory
internal import Movements
internal import Snapshot

// What is looked for in a snapshot, record by record, in bounded memory.
extension SnapshotReader {
    /// Calls `body` with number and name of each SKU that has a state record.
    ///
    /// - Throws: Codes `damaged` and `storage`.
    func eachSKUName(_ body: (UInt32, String) -> Void) throws(TimeTravelError) {
        try eachRecord(of: .skus) { (record, _) throws(StateError) in
            var reader = try StateReader(record)
            // The version, and behind the number the weight.
            _ = try reader.take(UInt64.self)
            let number = try reader.take(UInt32.self)
            _ = try reader.take(UInt32.self)
            let size = Int(try reader.take(UInt64.self) & 0xFF)
            let name = try reader.takeBytes(size: size, paddedTo: 8)
            body(number, String(decoding: name, as: UTF8.self))
        }
    }

    /// Calls `body` with the state records of one reservation; there may be two, or none.
    ///
    /// - Throws: Codes `damaged` and `storage`.
    func eachReservation(
        _ id: ReservationID,
        _ body: (StateReservation) -> Void
    ) throws(TimeTravelError) {
        var decoder = StateDecoder()
        try eachRecord(of: .configuration) { (record, _) throws(StateError) in
            _ = try decoder.decode(record)
        }
        try eachRecord(of: .reservations) { (record, _) throws(StateError) in
            guard StateReader.id(of: record) == id else { return }
            if case .reservation(let reservation) = try decoder.decode(record) {
                body(reservation)
            }
        }
    }

    /// Calls `body` with each record of the log slice and its LSN.
    func eachSliceRecord(
        _ body: (UnsafeRawBufferPointer, UInt64) throws(MovementError) -> Void
    ) throws(SnapshotError) {
        let buffer = SectionBuffer()
        for section in sections(of: .logSlice) {
            try read(section, into: buffer)
            try buffer.eachRecord { (record, offset) throws(SnapshotError) in
                do throws(MovementError) {
                    try body(record, section.firstLSN + UInt64(offset))
                } catch {
                    throw refusal(of: section, at: offset, reason: "\(error)")
                }
            }
        }
    }

    private func eachRecord(
        of kind: SnapshotSectionKind,
        _ body: (UnsafeRawBufferPointer, Int) throws(StateError) -> Void
    ) throws(TimeTravelError) {
        let buffer = SectionBuffer()
        try onPastSnapshot { () throws(SnapshotError) in
            for section in sections(of: kind) {
                try read(section, into: buffer)
                try buffer.eachRecord { (record, offset) throws(SnapshotError) in
                    do throws(StateError) {
                        try body(record, offset)
                    } catch {
                        throw refusal(of: section, at: offset, reason: "\(error)")
                    }
                }
            }
        }
    }
}
