public import Inventory

// Policies by name and constraints, as a reserve has them between its fixed part and its lines.

extension ReserveDecoder {
    /// Reads constraints and the policy's name, of which at least one is there.
    @usableFromInline
    @inline(never)
    static func readSourcing(
        _ fields: UInt8,
        from reader: inout ByteReader,
        into optional: inout OptionalFields
    ) -> WireFault? {
        if fields & WireLayout.constraintsField != 0 {
            guard let base = unsafe reader.base else { return .truncated }
            let view = unsafe ConstraintsView(bytes: base + reader.offset)
            if let fault = reader.passConstraints() { return fault }
            unsafe optional.constraints = unsafe view
        }
        if fields & WireLayout.policyNameField != 0 {
            guard let size = reader.next(UInt8.self), reader.rest >= Int(size) else {
                return .truncated
            }
            guard let code = reader.nextWarehouse(Int(size)) else { return .invalidPolicyName }
            unsafe optional.policyName = PolicyName(high: code.high, low: code.low)
        }
        return nil
    }

    /// What is wrong with constraints whose layout is right: they contradict themselves or the
    /// request.
    @usableFromInline
    @inline(never)
    static func fault(
        of view: ConstraintsView,
        _ optional: OptionalFields,
        _ mode: ReserveMode,
        _ lines: UnsafeMutableBufferPointer<RequestLine>
    ) -> WireFault? {
        let constraints = unsafe view.value
        if constraints == .none {
            return WireFault(.malformedFrame, "constraints that ask for nothing are left out")
        }
        let fault = unsafe constraints.fault(
            hasDestination: optional.destination != nil,
            orderedAt: optional.orderedAt,
            mode: mode
        )
        if let fault { return WireFault(.invalidConstraints, fault) }
        for index in lines.indices {
            let warehouse = unsafe lines[index].warehouse
            if warehouse == .none { continue }
            if let fault = constraints.fault(ofFixed: warehouse) {
                return WireFault(.invalidConstraints, at: index, fault)
            }
        }
        return nil
    }
}

extension ByteReader {
    /// Checks the layout of constraints and goes on behind them.
    fileprivate mutating func passConstraints() -> WireFault? {
        guard let flags = next(UInt8.self), let zero = next(UInt8.self),
            next(UInt16.self) != nil, next(UInt16.self) != nil,
            let zeros = next(UInt16.self), next(UInt32.self) != nil
        else { return .truncated }
        let known = ConstraintsLayout.shipsCompleteFlag | ConstraintsLayout.latestPromiseFlag
        guard flags & ~known == 0, zero == 0, zeros == 0 else { return .reserved }
        if flags & ConstraintsLayout.latestPromiseFlag != 0 {
            guard let milliseconds = next(Int64.self) else { return .truncated }
            guard milliseconds >= 0, milliseconds <= WireLayout.instantMax else {
                return WireFault(.malformedFrame, "a latest promise lies outside 1970 to 9999")
            }
        }
        guard let counts = next(UInt32.self) else { return .truncated }
        guard counts >> 24 == 0 else { return .reserved }
        var count = 0
        for shift: UInt32 in [0, 8, 16] {
            let named = Int(counts >> shift & 255)
            guard named <= Limits.warehousesPerConstraintMax else {
                return WireFault(
                    .invalidConstraints,
                    "a list of constraints names at most 64 warehouses"
                )
            }
            count += named
        }
        for _ in 0..<count {
            guard let size = next(UInt8.self), rest >= Int(size) else { return .truncated }
            guard nextWarehouse(Int(size)) != nil else {
                return WireFault(
                    .invalidWarehouseCode,
                    "a warehouse code is 1-16 bytes of printable ASCII"
                )
            }
        }
        return nil
    }
}

extension ByteWriter {
    /// Writes constraints, of which there is at least one.
    mutating func put(_ constraints: SourcingConstraints) throws(WireFault) {
        let latest = constraints.latestPromise
        var flags = constraints.shipsComplete ? ConstraintsLayout.shipsCompleteFlag : 0
        if latest != nil { flags |= ConstraintsLayout.latestPromiseFlag }
        put(flags)
        putZeros(1)
        put(constraints.splitsMax)
        put(constraints.splitsPerLineMax)
        putZeros(2)
        put(constraints.metresMax)
        if let latest { put(latest.milliseconds) }
        let lists = [constraints.excluded, constraints.required, constraints.preferred]
        for list in lists {
            guard list.count <= Limits.warehousesPerConstraintMax else {
                throw WireFault(
                    .invalidConstraints,
                    "a list of constraints names at most 64 warehouses"
                )
            }
            put(UInt8(list.count))
        }
        putZeros(1)
        for code in lists.joined() { try putSized(code, at: -1) }
    }
}
