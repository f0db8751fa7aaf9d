internal import Inventory

// What a request asks of its plan beside its lines.
extension Engine {
    /// What is wrong with the policy and the constraints of a request; notes them where nothing is.
    @inline(never)
    func refusalOfSourcing(
        _ request: ReserveRequest,
        _ session: EngineSession
    ) -> (outcome: Outcome, line: Int32)? {
        let work = unsafe session.workspace
        let network = session.network
        guard let policy = unsafe policy(of: request, in: network) else {
            return (.unknownPolicy, -1)
        }
        unsafe work.pointee.policy = policy
        guard let view = unsafe request.constraints else { return nil }
        let constraints = unsafe view.value
        let fault = unsafe constraints.fault(
            hasDestination: request.destination != nil,
            orderedAt: request.orderedAt,
            mode: request.mode
        )
        if fault != nil { return (.invalidConstraints, -1) }
        for index in unsafe request.lines.indices {
            let warehouse = unsafe request.lines[index].warehouse
            if warehouse == .none { continue }
            if constraints.fault(ofFixed: warehouse) != nil {
                return (.invalidConstraints, Int32(index))
            }
        }
        guard let bytes = StoredConstraints.bytes(of: constraints, in: network) else {
            return (.unknownWarehouse, -1)
        }
        unsafe work.pointee.constraints = bytes
        unsafe work.pointee.constraintsSize = bytes.count
        unsafe work.pointee.planConstraints = PlanConstraints(constraints, in: network)
        return nil
    }

    /// The number of the policy that a request names; `nil` if there is none.
    private func policy(of request: ReserveRequest, in network: Network) -> SourcingPolicy? {
        guard unsafe request.policyName == .none else {
            return unsafe network.policyNumber(of: request.policyName)
        }
        return unsafe network.objective(of: request.policy).map { _ in unsafe request.policy }
    }
}
