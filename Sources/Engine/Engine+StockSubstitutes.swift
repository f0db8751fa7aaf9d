package import Inventory
internal import Movements

/// One SKU that a request gives substitutes to.
@unsafe
private struct SubstituteChange {
    /// The name of the SKU and those of its substitutes, in memory of the call, with their hashes.
    var names: [(view: SKUView, hash: UInt64)]
    /// The number of the SKU.
    var number: UInt32 = .max
    /// The numbers of its substitutes.
    var list = SubstituteList()
}

extension Engine {
    /// Bytes of credit that `rows` rows of substitutes may need.
    package static func substituteCreditBytes(rows: Int) -> Int {
        let numbers = Limits.substitutesPerSKUMax * MemoryLayout<UInt32>.size
        return MovementLayout.padded(
            MovementLayout.substitutesSizeBytes
                + rows * (MovementLayout.substitutesRowSizeBytes + numbers)
        )
    }

    /// Says what may be offered in the place of SKUs: all rows, or none.
    ///
    /// A row replaces all that was said of its SKU, and raises the SKU's version. The session's
    /// credit covers ``substituteCreditBytes(rows:)``.
    package func writeSubstitutes(
        id: RequestID,
        digest: UInt64,
        _ rows: [SKUSubstitutes],
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
        if let (index, fault) = SKUSubstitutes.fault(of: rows) {
            return WriteAnswer(fault.outcome, refusedRow: Int32(index))
        }
        return unsafe withChanges(rows) { changes in
            let work = unsafe session.workspace
            unsafe work.pointee.stripes.clear()
            for index in unsafe changes.indices {
                for place in unsafe changes[index].names.indices {
                    let nameHash = unsafe changes[index].names[place].hash
                    unsafe work.pointee.stripes.insert(stock.index(of: nameHash))
                }
            }
            var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
            instant = unsafe max(instant, self.lock(work.pointee.stripes))
            defer { unsafe unlock(work.pointee.stripes) }
            if let refusal = unsafe findNumbers(&changes) { return refusal }
            var answer = WriteAnswer(.accepted)
            answer.rows = UInt32(rows.count)
            unsafe carryOut(changes, id: id, digest: digest, instant: instant, session, &answer)
            remember(answer, id, idHash, idStripe, digest: digest, instant: instant)
            unsafe note(instant, reservationStripe: idStripe, stockStripes: work.pointee.stripes)
            session.counters.add(.stockWrites)
            return answer
        }
    }

    /// Calls `body` with a change for each row, its names in memory that lasts as long.
    private func withChanges(
        _ rows: [SKUSubstitutes],
        _ body: (inout [SubstituteChange]) -> WriteAnswer
    ) -> WriteAnswer {
        let bytes = rows.flatMap { ([$0.sku] + $0.substitutes).flatMap(\.utf8) }
        return unsafe bytes.withUnsafeBytes { memory in
            guard let base = memory.baseAddress else { preconditionFailure("names have no memory") }
            var changes: [SubstituteChange] = unsafe []
            var offset = 0
            for row in rows {
                var change = unsafe SubstituteChange(names: [])
                for name in [row.sku] + row.substitutes {
                    let view = unsafe SKUView(bytes: base + offset, size: name.utf8.count)
                    let nameHash = unsafe hash.hash(view.bytes, size: view.size)
                    unsafe change.names.append((view, nameHash))
                    offset += name.utf8.count
                }
                unsafe changes.append(change)
            }
            return unsafe body(&changes)
        }
    }

    /// Finds the numbers of all SKUs; their locks are held.
    private func findNumbers(_ changes: inout [SubstituteChange]) -> WriteAnswer? {
        for index in unsafe changes.indices {
            for place in unsafe changes[index].names.indices {
                let name = unsafe changes[index].names[place]
                guard let number = unsafe find(name.view, hash: name.hash) else {
                    return WriteAnswer(.unknownSKU, refusedRow: Int32(index))
                }
                if place == 0 {
                    unsafe changes[index].number = number
                } else {
                    unsafe changes[index].list.append(number)
                }
            }
        }
        return nil
    }

    private func carryOut(
        _ changes: [SubstituteChange],
        id: RequestID,
        digest: UInt64,
        instant: Instant,
        _ session: EngineSession,
        _ answer: inout WriteAnswer
    ) {
        var size = MovementLayout.substitutesSizeBytes
        for index in unsafe changes.indices {
            size += MovementLayout.substitutesRowSizeBytes
            unsafe size += changes[index].list.count * MemoryLayout<UInt32>.size
        }
        size = MovementLayout.padded(size)
        let work = unsafe session.workspace
        unsafe precondition(size <= work.pointee.credit, "a change needs credit for its record")
        unsafe work.pointee.credit -= size
        let (lsn, record) = unsafe ring.append(size: size)
        answer.lsn = lsn
        for index in unsafe changes.indices {
            let number = unsafe changes[index].number
            unsafe setSubstitutes(changes[index].list, of: number)
            let entry = directory.entry(number)
            entry.version += 1
            answer.version = entry.version
        }
        var writer = unsafe MovementWriter(
            record,
            size: size,
            kind: .substitutesChanged,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: id
        )
        writer.put(digest)
        writer.put(answer.rows)
        writer.put(UInt32(0))
        writer.put(answer.version)
        for index in unsafe changes.indices {
            let list = unsafe changes[index].list
            unsafe writer.put(changes[index].number)
            writer.put(UInt32(list.count))
            for place in 0..<list.count { writer.put(list[place]) }
        }
        writer.finish()
        unsafe ring.publish(record, size: size)
    }

    // MARK: State

    /// Sets the substitutes of a SKU; the lock of its stripe is held.
    func setSubstitutes(_ list: SubstituteList, of number: UInt32) {
        let stripe = unsafe stock.state(stock.index(of: directory.entry(number).hash))
        unsafe stripe.pointee.substitutes[number] = list
    }

    /// The substitutes of a SKU; the lock of its stripe is held.
    func substitutes(of number: UInt32) -> SubstituteList {
        unsafe stock.state(stock.index(of: directory.entry(number).hash)).pointee
            .substitutes[number]
    }

    // MARK: Reads

    /// SKUs that one page of substitutes looks through.
    package static let substitutesScanMax = 65_536

    /// The substitutes of one SKU, the best first; `nil` if it isn't known.
    package func substitutes(of sku: String) -> [String]? {
        var name = sku
        let list = name.withUTF8 { bytes -> SubstituteList? in
            guard let base = bytes.baseAddress, bytes.count <= Limits.skuSizeBytesMax else {
                return nil
            }
            let view = unsafe SKUView(bytes: base, size: bytes.count)
            let skuHash = unsafe hash.hash(view.bytes, size: view.size)
            let lock = stock.lock(stock.index(of: skuHash))
            lock.lock()
            defer { lock.unlock() }
            return unsafe find(view, hash: skuHash).map { substitutes(of: $0) }
        }
        return list.map(names)
    }

    /// Appends the SKUs from a number on that have substitutes, until there are `limit` of them or
    /// ``substitutesScanMax`` SKUs were looked at.
    ///
    /// - Returns: The number to go on from; `nil` at the end.
    package func substitutes(
        fromSKU number: UInt32,
        limit: Int,
        into rows: inout [SKUSubstitutes]
    ) -> UInt32? {
        precondition(limit > 0, "a page of no rows would never come to an end")
        let count = directory.count
        guard number < count else { return nil }
        let end = UInt32(min(Int(count), Int(number) + Engine.substitutesScanMax))
        let start = rows.count
        for next in number..<end {
            if rows.count - start >= limit { return next }
            let skuHash = directory.entry(next).hash
            if skuHash == 0 { continue }
            let lock = stock.lock(stock.index(of: skuHash))
            lock.lock()
            let list = substitutes(of: next)
            lock.unlock()
            if list.count == 0 { continue }
            rows.append(SKUSubstitutes(sku: skuName(next), substitutes: names(list)))
        }
        return end < count ? end : nil
    }

    private func names(_ list: SubstituteList) -> [String] {
        (0..<list.count).map { skuName(list[$0]) }
    }
}
