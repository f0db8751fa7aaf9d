package import Inventory
internal import Movements

/// One SKU that a request makes or weighs.
@unsafe
private struct SKUChange {
    /// Its name, in memory of the call.
    var name: SKUView
    /// The keyed hash of the name.
    var hash: UInt64
    /// The weight of a unit from now on.
    var weightGrams: UInt32
    /// Its number; `.max` as long as it isn't known.
    var number: UInt32 = .max
    /// Whether the request makes it.
    var isNew = false
}

extension Engine {
    /// Bytes of credit that a change of `rows` SKUs may need.
    package static func skuCreditBytes(rows: Int) -> Int {
        MovementLayout.padded(
            MovementLayout.skusSizeBytes
                + rows * (MovementLayout.skuRowSizeBytes + Limits.skuSizeBytesMax)
        )
    }

    /// Sets the weights of SKUs and makes those that aren't known: all rows, or none.
    ///
    /// The session's credit covers ``skuCreditBytes(rows:)``.
    package func writeSKUs(
        id: RequestID,
        digest: UInt64,
        _ rows: [SKUWeight],
        now: Instant,
        session: EngineSession
    ) -> WriteAnswer {
        let idHash = hash.hash(id.high, id.low)
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if let known = knownWrite(id, idHash, idStripe, digest: digest) { return known }
        if rows.isEmpty { return WriteAnswer(.noLines) }
        if rows.count > Limits.rowsPerRequestMax { return WriteAnswer(.tooManyLines) }
        return unsafe withChanges(rows) { changes in
            if let refusal = unsafe refusal(of: changes) { return refusal }
            let work = unsafe session.workspace
            unsafe work.pointee.stripes.clear()
            for index in unsafe changes.indices {
                unsafe work.pointee.stripes.insert(stock.index(of: changes[index].hash))
            }
            var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
            instant = unsafe max(instant, self.lock(work.pointee.stripes))
            defer { unsafe unlock(work.pointee.stripes) }
            guard unsafe giveNumbers(&changes) else { return WriteAnswer(.tooManySKUs) }
            var answer = WriteAnswer(.accepted)
            answer.rows = UInt32(rows.count)
            unsafe carryOut(changes, id: id, digest: digest, instant: instant, session, &answer)
            remember(answer, id, idHash, idStripe, digest: digest, instant: instant)
            unsafe note(instant, reservationStripe: idStripe, stockStripes: work.pointee.stripes)
            session.counters.add(.stockWrites)
            return answer
        }
    }

    /// Calls `body` with a change for each row, its name in memory that lasts as long.
    private func withChanges(
        _ rows: [SKUWeight],
        _ body: (inout [SKUChange]) -> WriteAnswer
    ) -> WriteAnswer {
        // One byte more, so that there is an address even if no name has a byte.
        let bytes = rows.flatMap(\.sku.utf8) + [0]
        return unsafe bytes.withUnsafeBytes { memory in
            guard let base = memory.baseAddress else { preconditionFailure("names have no memory") }
            var changes: [SKUChange] = unsafe []
            var offset = 0
            for row in rows {
                let size = row.sku.utf8.count
                let name = unsafe SKUView(bytes: base + offset, size: size)
                unsafe changes.append(
                    SKUChange(
                        name: name,
                        hash: hash.hash(name.bytes, size: min(size, Limits.skuSizeBytesMax)),
                        weightGrams: row.weightGrams
                    )
                )
                offset += size
            }
            return unsafe body(&changes)
        }
    }

    private func refusal(of changes: [SKUChange]) -> WriteAnswer? {
        var names: Set<String> = []
        for index in unsafe changes.indices {
            guard unsafe changes[index].name.isValid else {
                return WriteAnswer(.invalidSKU, refusedRow: Int32(index))
            }
            if unsafe !names.insert(changes[index].name.text).inserted {
                return WriteAnswer(.invalidQuantity, refusedRow: Int32(index))
            }
        }
        return nil
    }

    /// Finds the SKUs and gives numbers to new ones.
    /// - Returns: Whether there were enough numbers.
    private func giveNumbers(_ changes: inout [SKUChange]) -> Bool {
        var missing = 0
        for index in unsafe changes.indices {
            if let number = unsafe find(changes[index].name, hash: changes[index].hash) {
                unsafe changes[index].number = number
            } else {
                unsafe changes[index].isNew = true
                missing += 1
            }
        }
        if missing == 0 { return true }
        guard var next = directory.take(missing) else { return false }
        for index in unsafe changes.indices where unsafe changes[index].isNew {
            unsafe changes[index].number = next
            next += 1
        }
        return true
    }

    private func carryOut(
        _ changes: [SKUChange],
        id: RequestID,
        digest: UInt64,
        instant: Instant,
        _ session: EngineSession,
        _ answer: inout WriteAnswer
    ) {
        var size = MovementLayout.skusSizeBytes
        for index in unsafe changes.indices {
            size += MovementLayout.skuRowSizeBytes
            if unsafe changes[index].isNew { unsafe size += (changes[index].name.size + 3) & ~3 }
        }
        size = MovementLayout.padded(size)
        let work = unsafe session.workspace
        unsafe precondition(size <= work.pointee.credit, "a change needs credit for its record")
        unsafe work.pointee.credit -= size
        let (lsn, record) = unsafe ring.append(size: size)
        answer.lsn = lsn
        for index in unsafe changes.indices {
            let change = unsafe changes[index]
            if unsafe change.isNew { unsafe makeSKU(change.number, change.name, hash: change.hash) }
            let entry = unsafe directory.entry(change.number)
            entry.weightGrams = unsafe change.weightGrams
            entry.version += 1
            answer.version = entry.version
        }
        var writer = unsafe MovementWriter(
            record,
            size: size,
            kind: .skusChanged,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: id
        )
        writer.put(digest)
        writer.put(answer.rows)
        writer.put(UInt32(0))
        writer.put(answer.version)
        for index in unsafe changes.indices { unsafe write(changes[index], &writer) }
        writer.finish()
        unsafe ring.publish(record, size: size)
    }

    private func write(_ change: SKUChange, _ writer: inout MovementWriter) {
        let name = unsafe change.name
        let isNew = unsafe change.isNew
        unsafe writer.put(change.number)
        unsafe writer.put(change.weightGrams)
        writer.put(isNew ? MovementLayout.newSKU : 0)
        unsafe writer.put(UInt8(isNew ? name.size : 0))
        writer.put(UInt16(0))
        if isNew { unsafe writer.put(name.bytes, size: name.size, paddedTo: 4) }
    }
}
