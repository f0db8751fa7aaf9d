package import Inventory
internal import Movements

// Commit, release, fulfil and cancel, of the whole or of parts, for every reservation.
extension Engine {
    /// Bytes of credit that a change of a reservation may need now; 0 if it isn't known.
    package func changeCreditBytes(of reservation: ReservationID, items: Int) -> Int {
        withReservation(reservation) { place in
            guard let place else { return 0 }
            // Of a share held and committed units may go, each in a change of its own; an item ends
            // inside a share at most once, so each adds one change.
            return MovementLayout.partSize(
                changes: 2 * place.record.shareCount + items,
                isOfSale: place.record.isOfSale
            )
        }
    }

    /// Commits, releases, fulfils or cancels a reservation or parts of it.
    ///
    /// The session's credit covers ``changeCreditBytes(of:items:)``.
    /// - Complexity: O(shares + items × shares of a line).
    package func change(
        _ request: ChangeRequest,
        now: Instant,
        session: EngineSession,
        answer: inout ReservationAnswer
    ) {
        precondition(request.items.count <= Limits.itemsPerChangeMax, "too many items")
        answer.reset(.accepted)
        withReservation(request.reservation) { place in
            guard let place else { return answer.reset(.unknownReservation) }
            withStock(of: place, now: now, session) { instant in
                changeLocked(request, place, instant: instant, session, &answer)
            }
        }
        count(request.kind, answer.outcome, answer.isRepeated, session.counters)
    }

    /// Counts a change that was carried out.
    ///
    /// Takes the parts of its answer: a whole one would be copied.
    func count(
        _ kind: ReservationChangeKind,
        _ outcome: Outcome,
        _ isRepeated: Bool,
        _ counters: EngineCounters
    ) {
        guard outcome == .accepted else { return }
        if isRepeated { return counters.add(.repeated) }
        switch kind {
        case .commit: counters.add(.commits)
        case .release: counters.add(.releases)
        case .fulfil: counters.add(.fulfilments)
        case .cancel: counters.add(.cancellations)
        }
    }

    /// Carries a change out; the locks of the reservation and of its stock stripes are held.
    func changeLocked(
        _ request: ChangeRequest,
        _ place: RecordPlace,
        instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        let record = place.record
        if !request.items.isEmpty, let known = record.change(of: request.id) {
            guard known.digest == request.digest else { return answer.reset(.requestIDReused) }
            return answerRepeated(record, place.stripe, lsn: known.lsn, instant, session, &answer)
        }
        let isOver = isTimeOver(record, in: place.stripe, at: instant)
        guard let changes = plan(request, place, isOver: isOver, instant, session, &answer) else {
            return
        }
        let target = request.isFulfilling ? .fulfilled : request.kind.target
        if let refusal = refusal(of: changes, of: request, &answer) {
            return refuse(&answer, refusal)
        }
        let size = size(
            of: changes,
            isPart: !request.items.isEmpty,
            isOfSale: record.isOfSale
        )
        guard session.coversRecord(of: size) else {
            return answer.reset(.logBusy)
        }
        let lsn = carryOut(
            changes,
            to: target,
            place,
            part: request.items.isEmpty ? nil : request.digest,
            requestID: request.id,
            instant: instant,
            session
        )
        fill(&answer, record, in: place.stripe, at: instant, session)
        answer.lsn = lsn
    }

    private func answerRepeated(
        _ record: ReservationRecord,
        _ idStripe: Int,
        lsn: UInt64,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) {
        answer.isRepeated = true
        fill(&answer, record, in: idStripe, at: instant, session)
        answer.lsn = lsn
    }

    // MARK: Plan

    /// The units that a change takes; `nil` where the answer is final.
    private func plan(
        _ request: ChangeRequest,
        _ place: RecordPlace,
        isOver: Bool,
        _ instant: Instant,
        _ session: EngineSession,
        _ answer: inout ReservationAnswer
    ) -> [UnitChange]? {
        let record = place.record
        let takesHeld = request.kind == .commit || request.kind == .release
        let state = presentState(of: record, in: place.stripe, at: instant)
        var sources: [UnitSource] = takesHeld ? [.held] : [.committed]
        let isWhole = request.items.isEmpty
        if isWhole, request.kind == .commit, request.isFulfilling { sources.append(.committed) }
        if isOver { sources.removeAll { $0 == .held } }
        let ranOut = takesHeld && (isOver || state == .expired || record.didRestExpire)
        // Committed units alone are no reason to take a commit for one that came in time.
        let all =
            ranOut && request.kind == .commit
            ? heldUnits(record, isOver) : units(of: record, in: sources)
        let isEmptyHold = record.shareCount == 0 && sources.contains { $0.state == state }
        if all.isEmpty, !(isWhole && isEmptyHold) {
            if isWhole, !ranOut, isDone(request, record, state) {
                answerRepeated(record, place.stripe, lsn: 0, instant, session, &answer)
            } else {
                answer.reset(ranOut ? .holdExpired : .wrongState)
                answer.state = state
            }
            return nil
        }
        if isWhole { return all }
        guard record.changeCount < Limits.changesPerReservationMax else {
            answer.reset(.tooManyChanges)
            return nil
        }
        return planParts(request, record, all, &answer)
    }

    private func heldUnits(_ record: ReservationRecord, _ isOver: Bool) -> [UnitChange] {
        isOver ? [] : units(of: record, in: [.held])
    }

    /// Whether a whole change finds done what it asks for.
    private func isDone(
        _ request: ChangeRequest,
        _ record: ReservationRecord,
        _ state: ReservationState
    ) -> Bool {
        let (units, quantity) = record.totals
        switch request.kind {
        case .commit:
            let isCommitted = units.committed > 0 || state == .committed
            let isFulfilled = units.fulfilled > 0 || state == .fulfilled
            return isFulfilled || isCommitted && !request.isFulfilling
        case .release:
            return state == .released || record.hasDetail && hasReleased(record, quantity)
        case .fulfil: return units.fulfilled > 0 || state == .fulfilled
        case .cancel: return units.cancelled > 0 || state == .cancelled
        }
    }

    /// Whether some units of a reservation went back.
    private func hasReleased(_ record: ReservationRecord, _ quantity: UInt64) -> Bool {
        var rest = quantity
        for index in 0..<record.shareCount {
            let part = record.progress(index)
            rest -= UInt64(part.held) + UInt64(part.committed)
            rest -= UInt64(part.fulfilled) + UInt64(part.cancelled)
        }
        return rest > 0
    }

    /// Deals the items of a request to the units that are there; `nil` where it is refused.
    private func planParts(
        _ request: ChangeRequest,
        _ record: ReservationRecord,
        _ all: [UnitChange],
        _ answer: inout ReservationAnswer
    ) -> [UnitChange]? {
        var rest = all
        var changes: [UnitChange] = []
        // Release and cancel give up what was chosen last.
        let takesLast = request.kind == .release || request.kind == .cancel
        var byLine: [Int: [Int]] = [:]
        for index in takesLast ? Array(rest.indices.reversed()) : Array(rest.indices) {
            byLine[rest[index].line, default: []].append(index)
        }
        // Under the locks of the stock the network can't change.
        let network = network
        for (itemIndex, item) in request.items.enumerated() {
            guard Int(item.line) < record.lineCount else {
                refuse(&answer, (.unknownLine, Int32(itemIndex)))
                return nil
            }
            let places = places(byLine[Int(item.line)] ?? [], of: rest, for: item, network)
            let there = places.reduce(UInt64(0)) { $0 + UInt64(rest[$1].stored.quantity) }
            var wanted = item.quantity == 0 ? there : UInt64(item.quantity)
            guard wanted > 0, wanted <= there else {
                refuse(&answer, (.insufficientUnits, Int32(itemIndex)))
                return nil
            }
            for place in places where wanted > 0 {
                var change = rest[place]
                change.stored.quantity = UInt32(min(wanted, UInt64(change.stored.quantity)))
                rest[place].stored.quantity -= change.stored.quantity
                wanted -= UInt64(change.stored.quantity)
                changes.append(change)
            }
        }
        return changes
    }

    /// Those of `places` that still have units and that an item may take from.
    private func places(
        _ places: [Int],
        of rest: [UnitChange],
        for item: ChangeItem,
        _ network: Network
    ) -> [Int] {
        let warehouse = item.warehouse == .none ? nil : network.number(of: item.warehouse)
        let pool = item.pool.flatMap { network.poolNumber(of: $0) }
        // What nobody knows no share has.
        if item.warehouse != .none, warehouse == nil { return [] }
        if item.pool != nil, pool == nil { return [] }
        return places.filter {
            let stored = rest[$0].stored
            return stored.quantity > 0 && warehouse ?? stored.warehouse == stored.warehouse
                && pool ?? stored.pool == stored.pool
        }
    }

    // MARK: Refusals

    private func refuse(
        _ answer: inout ReservationAnswer,
        _ refusal: (outcome: Outcome, index: Int32)
    ) {
        let lost = answer.lostUnits
        answer.reset(refusal.outcome)
        answer.refusedLine = refusal.index
        if refusal.outcome == .stockLost { answer.lostUnits = lost }
    }

    /// Why units that a commit or fulfilment needs aren't there, if they aren't.
    private func refusal(
        of changes: [UnitChange],
        of request: ChangeRequest,
        _ answer: inout ReservationAnswer
    ) -> (outcome: Outcome, index: Int32)? {
        if request.kind == .commit {
            let lost = lostUnits(changes)
            if let first = lost.first {
                answer.lostUnits = lost
                return (.stockLost, Int32(first.line))
            }
        }
        guard request.kind == .fulfil || request.isFulfilling else { return nil }
        return firstNotOnHand(changes).map { (.negativeOnHand, Int32($0)) }
    }

    /// By line what held units can't be committed, because a count took them away.
    private func lostUnits(_ changes: [UnitChange]) -> [LostUnits] {
        var rest: [StockCell.Key: Int64] = [:]
        var lost: [LostUnits] = []
        var indexOfLine: [Int: Int] = [:]
        for change in changes where change.source == .held {
            let cell = cell(of: change.stored, directory.entry(change.sku))
            let key = StockCell.Key(sku: change.sku, cell: cell)
            let there = max(0, rest[key] ?? cell.committable)
            let present = UInt32(min(there, Int64(change.stored.quantity)))
            rest[key] = there - Int64(present)
            if let known = indexOfLine[change.line] {
                lost[known].needed += change.stored.quantity
                lost[known].present += present
            } else {
                indexOfLine[change.line] = lost.count
                lost.append(
                    LostUnits(line: change.line, needed: change.stored.quantity, present: present)
                )
            }
        }
        return lost.filter { $0.present < $0.needed }.sorted { $0.line < $1.line }
    }

    /// The first line whose units aren't all on hand.
    func firstNotOnHand(_ changes: [UnitChange]) -> Int? {
        var rest: [StockCell.Key: Int64] = [:]
        for change in changes {
            let cell = cell(of: change.stored, directory.entry(change.sku))
            let key = StockCell.Key(sku: change.sku, cell: cell)
            let there = (rest[key] ?? cell.onHand) - Int64(change.stored.quantity)
            if there < 0 { return change.line }
            rest[key] = there
        }
        return nil
    }
}

extension UnitSource {
    /// The state of a reservation all of whose units are there.
    var state: ReservationState { self == .held ? .held : .committed }
}

extension StockCell {
    /// What tells a cell from all others.
    struct Key: Hashable {
        var sku: UInt32
        var warehouse: UInt16
        var pool: UInt16

        init(sku: UInt32, cell: StockCell) {
            self.sku = sku
            warehouse = cell.warehouse
            pool = cell.pool
        }
    }
}
