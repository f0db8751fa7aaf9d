package import Inventory
internal import Movements
internal import Sourcing

/// What a change of the configuration comes to.
struct ConfigurationChange {
    /// The network from now on.
    let network: Network
    /// What the movement does.
    let kind: MovementKind
    /// How many rows the request has.
    let rows: Int
    /// Bytes of the record.
    let sizeBytes: Int
    /// Writes the rows of the record.
    let writeRows: (inout MovementWriter) -> Void
}

/// A change of the configuration, or why there is none.
enum ConfigurationPlan {
    case change(ConfigurationChange)
    case refusal(WriteAnswer)
}

// The configuration changes as a whole: one movement, under all stock locks.
extension Engine {
    /// Carries out a change of the configuration and remembers its answer.
    ///
    /// - Parameters:
    ///   - id: The id of the request.
    ///   - digest: A digest of its content.
    ///   - now: The caller's instant.
    ///   - session: Its credit covers the record.
    ///   - locksOwners: Whether all owner stripes are locked as well.
    ///   - refusal: What the request has wrong by itself, asked before any stock is locked.
    ///   - plan: Gives the change, asked under all stock locks with the network as it is there, and
    ///     with the instant of the movement.
    /// - Returns: The answer.
    func changeConfiguration(
        _ id: RequestID,
        digest: UInt64,
        now: Instant,
        _ session: EngineSession,
        locksOwners: Bool = false,
        refusal: () -> WriteAnswer? = { nil },
        plan: (Network, Instant) -> ConfigurationPlan
    ) -> WriteAnswer {
        let idHash = hash.hash(id.high, id.low)
        let idStripe = reservations.index(of: idHash)
        let lock = reservations.lock(idStripe)
        lock.lock()
        defer { lock.unlock() }
        if isRemembered(id, digest: digest),
            let known = knownWrite(id, idHash, idStripe, digest: digest)
        {
            return known
        }
        if let refusal = refusal() { return refusal }
        markAllStripes(session)
        var instant = unsafe max(now, reservations.state(idStripe).pointee.lastInstant)
        if locksOwners { instant = max(instant, lockAllOwners()) }
        defer { if locksOwners { unlockAllOwners() } }
        instant = unsafe max(instant, self.lock(session.workspace.pointee.stripes))
        defer { unsafe unlock(session.workspace.pointee.stripes) }

        let change: ConfigurationChange
        switch plan(network, instant) {
        case .refusal(let refusal): return refusal
        case .change(let planned): change = planned
        }
        var answer = WriteAnswer(.accepted)
        answer.rows = UInt32(change.rows)
        answer.lsn = append(change, id: id, digest: digest, instant: instant, session)
        replaceNetwork(change.network)
        if isRemembered(id, digest: digest) {
            remember(answer, id, idHash, idStripe, digest: digest, instant: instant)
        }
        unsafe note(
            instant,
            reservationStripe: idStripe,
            stockStripes: session.workspace.pointee.stripes
        )
        session.counters.add(.stockWrites)
        return answer
    }

    /// Puts all stock stripes into the session's set.
    func markAllStripes(_ session: EngineSession) {
        unsafe session.workspace.pointee.stripes.clear()
        for stripe in 0..<stock.count { unsafe session.workspace.pointee.stripes.insert(stripe) }
    }

    private func append(
        _ change: ConfigurationChange,
        id: RequestID,
        digest: UInt64,
        instant: Instant,
        _ session: EngineSession
    ) -> UInt64 {
        let size = change.sizeBytes
        let work = unsafe session.workspace
        unsafe precondition(size <= work.pointee.credit, "a change needs credit for its record")
        unsafe work.pointee.credit -= size
        let (lsn, record) = unsafe ring.append(size: size)
        var writer = unsafe MovementWriter(
            record,
            size: size,
            kind: change.kind,
            cause: 0,
            actor: session.actor,
            instant: instant,
            requestID: id
        )
        writer.put(digest)
        writer.put(UInt32(change.rows))
        writer.put(UInt32(0))
        change.writeRows(&writer)
        writer.finish()
        unsafe ring.publish(record, size: size)
        return lsn
    }

    // MARK: Policies

    /// Bytes of credit that a definition of `rows` policies may need.
    package static func policyCreditBytes(rows: Int) -> Int {
        let part = MovementLayout.tierSizeBytes
        let tier = part + SourcingTerm.allCases.count * part
        return MovementLayout.configurationSizeBytes
            + rows * (MovementLayout.policyRowSizeBytes + Limits.tiersPerPolicyMax * tier)
    }

    /// Defines policies by name, or replaces those whose name is known: all, or none.
    ///
    /// A name keeps the number that it got first. The session's credit covers
    /// ``policyCreditBytes(rows:)``.
    package func writePolicies(
        id: RequestID,
        digest: UInt64,
        _ policies: [PolicyDefinition],
        now: Instant,
        session: EngineSession
    ) -> WriteAnswer {
        changeConfiguration(id, digest: digest, now: now, session) {
            refusal(of: policies)
        } plan: { network, _ in
            var all = network.policies
            var numbers: [SourcingPolicy] = []
            for (index, policy) in policies.enumerated() {
                if let number = network.policyNumber(of: policy.name) {
                    all[Int(number.rawValue - SourcingPolicy.namedMin)] = policy
                    numbers.append(number)
                    continue
                }
                guard all.count < Limits.policiesMax else {
                    return .refusal(WriteAnswer(.tooManyPolicies, refusedRow: Int32(index)))
                }
                let number = SourcingPolicy.namedMin + UInt8(all.count)
                numbers.append(SourcingPolicy(rawValue: number))
                all.append(policy)
            }
            let change = ConfigurationChange(
                network: network.replacing(policies: all),
                kind: .policiesChanged,
                rows: policies.count,
                sizeBytes: policies.reduce(MovementLayout.configurationSizeBytes) {
                    $0 + MovementLayout.policyRowSize($1)
                }
            ) { writer in
                for (policy, number) in zip(policies, numbers) {
                    writer.put(policy, number: number.rawValue)
                }
            }
            return .change(change)
        }
    }

    private func refusal(of policies: [PolicyDefinition]) -> WriteAnswer? {
        if policies.isEmpty { return WriteAnswer(.noLines) }
        if policies.count > Limits.rowsPerRequestMax { return WriteAnswer(.tooManyLines) }
        return PolicyDefinition.fault(of: policies).map { index, fault in
            WriteAnswer(fault.outcome, refusedRow: Int32(index))
        }
    }

    // MARK: Rates

    /// Bytes of credit that a rate card of `rows` rows needs.
    package static func rateCreditBytes(rows: Int) -> Int {
        MovementLayout.configurationSizeBytes + rows * MovementLayout.rateRowSizeBytes
    }

    /// Replaces the rate card; no row at all leaves an empty one.
    ///
    /// The session's credit covers ``rateCreditBytes(rows:)``.
    package func writeRates(
        id: RequestID,
        digest: UInt64,
        _ rows: [RateRow],
        now: Instant,
        session: EngineSession
    ) -> WriteAnswer {
        // Sorted before any lock is taken. A warehouse keeps its number, so the card stays right.
        let before = network
        let refused = refusal(of: rows, in: before)
        let card = refused == nil ? RateCard(rows, codes: before.warehouses.map(\.code)) : nil
        return changeConfiguration(id, digest: digest, now: now, session) {
            refused
        } plan: { network, _ in
            guard let card else { preconditionFailure("a card that was refused") }
            let change = ConfigurationChange(
                network: network.replacing(rates: card),
                kind: .ratesChanged,
                rows: rows.count,
                sizeBytes: Engine.rateCreditBytes(rows: rows.count)
            ) { writer in
                for row in rows {
                    let number = network.number(of: row.warehouse)
                    writer.put(row, warehouse: number ?? MovementLayout.anyWarehouse)
                }
            }
            return .change(change)
        }
    }

    private func refusal(of rows: [RateRow], in network: Network) -> WriteAnswer? {
        if rows.count > Limits.ratesMax { return WriteAnswer(.tooManyLines) }
        if let (index, fault) = RateRow.fault(of: rows) {
            return WriteAnswer(fault.outcome, refusedRow: Int32(index))
        }
        let unknown = rows.firstIndex {
            $0.warehouse != .none && network.number(of: $0.warehouse) == nil
        }
        return unknown.map { WriteAnswer(.unknownWarehouse, refusedRow: Int32($0)) }
    }
}
