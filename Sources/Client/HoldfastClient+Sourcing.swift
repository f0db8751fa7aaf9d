/// What sourcing goes by: policies, rates and substitutes.
extension HoldfastClient {
    /// Defines policies by name, or replaces those whose name is known: all of them or none.
    ///
    /// A name keeps the number that it got first; those that are always there can't be replaced.
    public func write(
        _ policies: [PolicyDefinition],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(PolicyWrite(id: requestID, policies: policies)).value
    }

    /// All policies with their numbers, those that are always there first.
    public func policies() async throws(ClientError) -> Result<[NumberedPolicy], Refusal> {
        try await start(PlainRequest(.policyList), answeredBy: PolicyList.self).value
            .map(\.policies)
    }

    /// Replaces the rate card; no row at all leaves an empty one.
    public func write(
        _ rates: [RateRow],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(RatesWrite(id: requestID, rows: rates)).value
    }

    /// The rate card, in the order in which it was given.
    public func rates() async throws(ClientError) -> Result<[RateRow], Refusal> {
        try await start(PlainRequest(.ratesList), answeredBy: RatesList.self).value.map(\.rows)
    }

    /// Says what may be offered in the place of SKUs: all rows or none.
    ///
    /// A row replaces all that was said of its SKU; without a substitute it has none afterwards.
    public func write(
        _ substitutes: [SKUSubstitutes],
        requestID: RequestID = .random()
    ) async throws(ClientError) -> Result<WriteReceipt, Refusal> {
        try await start(SubstitutesWrite(id: requestID, rows: substitutes)).value
    }

    /// What may be offered in the place of a SKU, the best first.
    public func substitutes(
        of sku: String
    ) async throws(ClientError) -> Result<[String], Refusal> {
        try await start(
            SubstitutesListRequest(sku: sku),
            answeredBy: SubstitutesPage.self
        ).value.map { $0.rows.first?.substitutes ?? [] }
    }

    /// A page of the SKUs that have substitutes; the next page starts at the answer's `next`.
    ///
    /// A page may be empty and not the last.
    public func substitutesPage(
        from cursor: UInt32 = 0,
        limit: Int = 1_024
    ) async throws(ClientError) -> Result<SubstitutesPage, Refusal> {
        try await start(SubstitutesListRequest(cursor: cursor, limit: limit)).value
    }
}

/// Dry runs.
extension HoldfastClient {
    /// The plan that a reserve would get now, with all that it was chosen from; holds nothing.
    ///
    /// The id, the owner and the time to live of the request don't matter.
    public func source(
        _ request: ReservationRequest
    ) async throws(ClientError) -> Result<SourcingReport, Refusal> {
        try await start(SourceRequest(request), answeredBy: SourcingAnswer.self).value.map(\.report)
    }
}
