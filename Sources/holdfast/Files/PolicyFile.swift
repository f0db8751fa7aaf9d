internal import HoldfastClient

/// A file of sourcing policies, in JSON.
///
///     {"policies": [{"name": "cheap-and-quick",
///                    "tiers": [{"terms": {"cost_minor": 1, "promise": 2},
///                               "tolerance_percent": 2.5},
///                              {"terms": {"metres": 1}}]}]}
///
/// Terms are `metres`, `cost_minor`, `promise`, `shipments`, `balance` and `priority`, each with
/// its weight, 1 to 1,000,000; less is better. `tolerance_percent`, 0 to 100 with at most two
/// digits behind the point, lets plans stay that are worse than the best by so much, for the next
/// tier.
enum PolicyFile {
    /// The policies of a file with the lines that they begin on.
    static func read(_ bytes: [UInt8]) throws(RowFault) -> [(policy: PolicyDefinition, line: Int)] {
        let root = try JSONNode.read(bytes)
        let members = try root.members("the file", known: ["policies"])
        guard let list = members["policies"] else {
            throw root.fault("the file has no member `policies`")
        }
        var policies: [(policy: PolicyDefinition, line: Int)] = []
        for node in try list.elements("`policies`") {
            let policy = try policy(node)
            let all = policies.map(\.policy) + [policy]
            if let (_, fault) = PolicyDefinition.fault(of: all) {
                throw node.fault("policy \(policy.name): \(fault.reason)")
            }
            policies.append((policy, node.line))
        }
        if policies.isEmpty { throw list.fault("the file has no policy") }
        return policies
    }

    private static func policy(_ node: JSONNode) throws(RowFault) -> PolicyDefinition {
        let members = try node.members("a policy", known: ["name", "tiers"])
        guard let nameNode = members["name"] else { throw node.fault("a policy has no `name`") }
        let text = try nameNode.text("the name of a policy")
        guard let name = PolicyName(text) else {
            throw nameNode.fault("name \(text.shown) — give 1 to 16 characters of ASCII, no spaces")
        }
        guard let tiersNode = members["tiers"] else {
            throw node.fault("policy \(name) has no `tiers`")
        }
        var tiers: [SourcingTier] = []
        for element in try tiersNode.elements("`tiers`") { tiers.append(try tier(element)) }
        return PolicyDefinition(name: name, tiers: tiers)
    }

    private static func tier(_ node: JSONNode) throws(RowFault) -> SourcingTier {
        let members = try node.members("a tier", known: ["terms", "tolerance_percent"])
        guard let terms = members["terms"] else { throw node.fault("a tier has no `terms`") }
        var tier = SourcingTier([])
        let names = SourcingTerm.allCases.map(\.name)
        let weights = try terms.members("`terms`", known: names)
        for term in SourcingTerm.allCases {
            guard let weight = weights[term.name] else { continue }
            tier.parts.append(SourcingTier.Part(term, weight: try self.weight(weight, of: term)))
        }
        if let tolerance = members["tolerance_percent"] {
            let percent = try tolerance.number("tolerance_percent")
            let hundredths = (percent * 100).rounded()
            guard (0...10_000).contains(hundredths), abs(hundredths - percent * 100) < 1e-6 else {
                throw tolerance.fault(
                    "tolerance_percent \(percent) — give 0 to 100, with at most two digits "
                        + "behind the point"
                )
            }
            tier.tolerance = UInt16(hundredths)
        }
        if let fault = tier.fault { throw node.fault("\(fault.reason)") }
        return tier
    }

    private static func weight(
        _ node: JSONNode,
        of term: SourcingTerm
    ) throws(RowFault) -> UInt32 {
        let number = try node.number("the weight of \(term.name)")
        guard let weight = UInt32(exactly: number), (1...Limits.termWeightMax).contains(weight)
        else {
            throw node.fault("\(term.name) — give a whole weight of 1 to \(Limits.termWeightMax)")
        }
        return weight
    }
}
