public import Inventory

/// A request to define policies by name: all its rows or none.
///
/// Body: 16 bytes id, u16 zero, u16 rows, u32 zero, then the policies.
package struct PolicyWrite: Hashable, Sendable, WireRequest {
    /// The id of the request.
    package var id: RequestID
    /// The policies as they are from now on.
    package var policies: [PolicyDefinition]

    /// A request with all its fields.
    package init(id: RequestID, policies: [PolicyDefinition]) {
        self.id = id
        self.policies = policies
    }

    /// Always `policy_write`.
    package var operation: Operation { .policyWrite }

    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        policies.reduce(WireLayout.writeFixedSizeBytes) { $0 + $1.wireSizeBytes }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        if let (index, fault) = PolicyDefinition.fault(of: policies) {
            throw WireFault(fault, at: index)
        }
        writer.put(id)
        writer.putZeros(2)
        try writer.putRowCount(policies.count)
        writer.putZeros(4)
        for policy in policies { writer.put(policy) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        id = try reader.takeID()
        try reader.takeZeros(2)
        let count = try reader.takeRowCount()
        try reader.takeZeros(4)
        policies = []
        policies.reserveCapacity(min(count, reader.rest / WireLayout.policyFixedSizeBytes))
        for index in 0..<count { policies.append(try reader.takePolicy(at: index)) }
        if let (index, fault) = PolicyDefinition.fault(of: policies) {
            throw WireFault(fault, at: index)
        }
    }

    /// The digest of the content, from the body of the frame.
    package static func digest(_ body: UnsafeRawBufferPointer) -> UInt64 {
        unsafe WireLayout.digest(body, of: .policyWrite)
    }
}

/// A policy with its number.
public struct NumberedPolicy: Hashable, Sendable {
    /// The number.
    public var number: SourcingPolicy
    /// Its name and its tiers.
    public var definition: PolicyDefinition

    /// A policy with its number.
    public init(number: SourcingPolicy, definition: PolicyDefinition) {
        self.number = number
        self.definition = definition
    }
}

/// All policies, those that are always there first.
///
/// Body: u16 count, then each: u8 number, the policy.
package struct PolicyList: Hashable, Sendable, WireAnswer {
    /// The policies.
    package var policies: [NumberedPolicy]

    /// A list of policies.
    package init(_ policies: [NumberedPolicy]) { self.policies = policies }

    /// Bytes that the body takes.
    package var bodySizeMax: Int {
        policies.reduce(2) { $0 + 1 + $1.definition.wireSizeBytes }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(policies.count <= Int(UInt8.max), "a policy for each number")
        writer.put(UInt16(policies.count))
        for policy in policies {
            writer.put(policy.number.rawValue)
            writer.put(policy.definition)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let count = Int(try reader.take(UInt16.self))
        guard count <= Int(UInt8.max) else {
            throw WireFault(.malformedFrame, "more policies than may be")
        }
        policies = []
        for index in 0..<count {
            let number = SourcingPolicy(rawValue: try reader.take(UInt8.self))
            let definition = try reader.takePolicy(at: index)
            policies.append(NumberedPolicy(number: number, definition: definition))
        }
    }
}

extension WireFault {
    /// A fault of a warehouse, a rate, a policy or a substitute in row `index`.
    package init(_ fault: ConfigurationFault, at index: Int) {
        self.init(fault.outcome, at: index, fault.reason)
    }
}

extension PolicyDefinition {
    /// Bytes that the policy takes in a frame.
    var wireSizeBytes: Int {
        tiers.reduce(WireLayout.policyFixedSizeBytes + name.size) {
            $0 + WireLayout.tierFixedSizeBytes + $1.parts.count * WireLayout.partSizeBytes
        }
    }
}

extension ByteWriter {
    /// Writes a policy: u8 name size, u8 tiers, name, then each tier: u16 tolerance, u8 parts,
    /// then each part: u8 term, u32 weight.
    mutating func put(_ policy: PolicyDefinition) {
        put(UInt8(policy.name.size))
        put(UInt8(policy.tiers.count))
        put(WarehouseCode(high: policy.name.high, low: policy.name.low))
        for tier in policy.tiers {
            put(tier.tolerance)
            put(UInt8(tier.parts.count))
            for part in tier.parts {
                put(part.term.rawValue)
                put(part.weight)
            }
        }
    }
}

extension ByteReader {
    /// Reads a policy; whether it makes sense is for the caller to ask.
    mutating func takePolicy(at index: Int) throws(WireFault) -> PolicyDefinition {
        let nameSize = Int(try take(UInt8.self))
        let tierCount = try take(UInt8.self)
        guard rest >= nameSize else { throw .truncated }
        guard let name = nextWarehouse(nameSize) else {
            throw WireFault(
                .invalidPolicy,
                at: index,
                "a policy's name is 1-16 bytes of printable ASCII"
            )
        }
        var policy = PolicyDefinition(
            name: PolicyName(high: name.high, low: name.low),
            tiers: []
        )
        for _ in 0..<tierCount {
            var tier = SourcingTier([], tolerance: try take(UInt16.self))
            let partCount = try take(UInt8.self)
            for _ in 0..<partCount {
                let term = try takeCase(
                    SourcingTerm.self,
                    else: WireFault(.invalidPolicy, at: index, "a term's number is 0 to 5")
                )
                tier.parts.append(SourcingTier.Part(term, weight: try take(UInt32.self)))
            }
            policy.tiers.append(tier)
        }
        return policy
    }
}
