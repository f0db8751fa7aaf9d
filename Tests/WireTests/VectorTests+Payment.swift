import Inventory
import Testing
import Wire

extension VectorTests {
    @Test func paymentsUnderWayAndTooLate() throws {
        try check(
            ExtendRequest(
                Samples.id,
                requestID: Samples.otherID,
                timeToLiveMilliseconds: 300_000,
                reason: .paymentPending
            ),
            "extend-freeze",
            "frozen for 5 min from now on, while the payment is pending"
        )
        try check(
            HoldAgainRequest(
                Samples.id,
                as: Samples.otherID,
                owner: Samples.owner,
                timeToLiveMilliseconds: 60_000
            ),
            "hold-again",
            "the second id becomes a hold of 60 s if the first has expired"
        )
        try check(
            answer: HeldReservation(id: Samples.otherID, receipt: Samples.receipt),
            to: .holdAgain,
            "hold-again-answer",
            "held anew, as the second id"
        )
    }

    @Test(arguments: [0, 7, 120, 3_600_000, UInt32.max])
    func whatIsRefusedAsTooEarlyIsWrittenAsAnyRefusal(milliseconds: UInt32) throws {
        let refusal = Refusal(
            .rateLimited,
            detail: "try again in \(milliseconds) ms",
            retryAfterMilliseconds: milliseconds
        )
        let whole = [UInt8](unsafeUninitializedCapacity: refusal.encodedSizeMax) {
            $1 = refusal.encode(correlation: 9, into: UnsafeMutableRawBufferPointer($0))
        }
        let quick = [UInt8](unsafeUninitializedCapacity: Refusal.rateLimitedSizeMax) {
            $1 = Refusal.encodeRateLimited(
                waitMilliseconds: milliseconds,
                correlation: 9,
                into: UnsafeMutableRawBufferPointer($0)
            )
        }
        #expect(quick == whole)
        if milliseconds == 120 {
            try Vector(
                name: "refusal-wait",
                kind: "answer any",
                meaning: "rate_limited: after 120 ms it would be let through",
                frame: quick
            ).check()
        }
        let answered = try quick.withUnsafeBytes { bytes in
            guard case .whole(let header) = FrameHeader.next(in: bytes, at: 0) else {
                throw WireFault.truncated
            }
            return try Answered<WriteReceipt>(
                header: header,
                body: UnsafeRawBufferPointer(rebasing: bytes[16...])
            )
        }
        guard case .refused(let read) = answered else {
            Issue.record("a refusal was read as accepted")
            return
        }
        #expect(read == refusal)
    }

    @Test func theOwnerIsFoundWhereItStands() throws {
        let owner = Samples.owner
        var nobodys = Samples.source
        nobodys.request.owner = OwnerID(high: 0, low: 0)
        let cases: [(any WireRequest, OwnerID?)] = [
            (Samples.replacingReserve, Samples.replacingReserve.owner),
            (Samples.source, Samples.source.request.owner), (nobodys, nil),
            // It names its owner, and counts for nobody: who has paid can always go on.
            (HoldAgainRequest(Samples.id, as: Samples.otherID, owner: owner), nil),
            (OwnerShowRequest(owner), owner),
            (AvailabilityQuery(skus: ["85123A"]), nil),
            (Samples.availabilityQuery, Samples.availabilityQuery.owner),
            (ReservationChange.commit(Samples.id, requestID: Samples.otherID), nil),
            (ExtendRequest(Samples.id, requestID: Samples.otherID), nil),
        ]
        for (request, expected) in cases {
            let frame = try request.encode(correlation: 0)
            frame.withUnsafeBytes { bytes in
                let body = UnsafeRawBufferPointer(rebasing: bytes[16...])
                let code = request.operation.rawValue
                #expect(RequestOwner.find(in: body, code: code) == expected)
                // Of a body that is cut short nothing is read.
                let cut = UnsafeRawBufferPointer(rebasing: body.prefix(7))
                #expect(RequestOwner.find(in: cut, code: code) == nil)
            }
        }
    }
}
