import Inventory
import Testing
import Wire

@Suite struct ReserveDecoderTests {
    private func fault(_ body: [UInt8]) -> WireFault? {
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(
            capacity: Limits.linesPerReservationMax
        )
        let request = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: 1)
        defer {
            lines.deallocate()
            request.deallocate()
        }
        return body.withUnsafeBytes { ReserveDecoder.decode($0, lines: lines, into: request) }
    }

    private func body(_ request: ReservationRequest = Samples.smallReserve) throws -> [UInt8] {
        Array(try request.encode(correlation: 1).dropFirst(16))
    }

    @Test func decodesInPlaceWithDigest() throws {
        let body = try body(Samples.fullReserve)
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: 2)
        let request = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: 1)
        defer {
            lines.deallocate()
            request.deallocate()
        }
        body.withUnsafeBytes { bytes in
            #expect(ReserveDecoder.lineCount(in: bytes) == 2)
            #expect(ReserveDecoder.decode(bytes, lines: lines, into: request) == nil)
            let decoded = request.pointee
            #expect(decoded.id == Samples.id)
            #expect(decoded.owner == Samples.owner)
            #expect(decoded.mode == .bestEffort)
            #expect(decoded.destination == Samples.fullReserve.destination)
            #expect(decoded.orderedAt == Samples.instant)
            #expect(decoded.digest == WireLayout.digest(bytes, of: .reserve))
            #expect(decoded.digest != WireLayout.digest(bytes, of: .stockWrite))
            #expect(decoded.lines[1].warehouse == Samples.leeds)
            #expect(decoded.lines[1].sku.text == "71053")
            #expect(decoded.lines[0].sku.bytes == bytes.baseAddress.map { $0 + 44 + 24 + 6 })
        }
    }

    @Test(arguments: [
        (36, 0, Outcome.noLines), (37, 0x20, .tooManyLines), (38, 3, .unknownMode),
        (39, 6, .unknownPolicy), (39, 255, .malformedFrame), (40, 128, .malformedFrame),
        (40, 16, .malformedFrame), (40, 32, .malformedFrame), (41, 1, .malformedFrame),
        (43, 1, .malformedFrame), (48, 2, .invalidPool), (48, 8, .malformedFrame),
        (49, 0, .invalidSKU), (49, 65, .invalidSKU), (49, 13, .malformedFrame),
        (49, 11, .malformedFrame), (36, 2, .malformedFrame),
    ])
    func namesWhatIsWrong(offset: Int, byte: Int, outcome: Outcome) throws {
        var body = try body()
        body[offset] = UInt8(byte)
        #expect(fault(body)?.outcome == outcome)
    }

    @Test func oneLineFramesKeepTheirSize() throws {
        #expect(try Samples.smallReserve.encode(correlation: 1).count == 78)
        var withDestination = Samples.smallReserve
        withDestination.destination = Destination(position: Samples.place)
        #expect(try withDestination.encode(correlation: 1).count == 86)
        var long = Samples.receipt
        long.lines[0].shares[0].warehouse = Samples.leeds
        #expect(try long.encode(correlation: 1).count == 78)
    }

    @Test func constraintsAreReadWhereTheyStand() throws {
        let body = try body(Samples.sourcedReserve)
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: 1)
        let request = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: 1)
        defer {
            lines.deallocate()
            request.deallocate()
        }
        body.withUnsafeBytes { bytes in
            #expect(ReserveDecoder.decode(bytes, lines: lines, into: request) == nil)
            #expect(request.pointee.constraints?.value == Samples.sourcedReserve.constraints)
            #expect(request.pointee.policyName == Samples.sourcedReserve.policyName)
            #expect(request.pointee.policy.rawValue == 255)
        }
    }

    @Test func contradictionsAreNamed() throws {
        let (london, leeds) = (Samples.london, Samples.leeds)
        let contradictions: [(SourcingConstraints, String)] = [
            (.init(excluded: [london], required: [london]), "a required warehouse is excluded"),
            (.init(excluded: [london], preferred: [london]), "a preferred warehouse is excluded"),
            (
                .init(required: [london], preferred: [leeds]),
                "a preferred warehouse isn't one of the required"
            ),
            (
                .init(splitsMax: 1, splitsPerLineMax: 2),
                "a line may have no more warehouses than the order"
            ),
            (.init(excluded: [leeds, leeds]), "a list of constraints names a warehouse twice"),
            (.init(metresMax: 1), "a most distance needs a destination"),
            (.init(latestPromise: Samples.instant), "a latest promise needs a destination"),
        ]
        for (constraints, detail) in contradictions {
            var request = Samples.smallReserve
            request.constraints = constraints
            let fault = try fault(body(request))
            #expect(fault?.outcome == .invalidConstraints)
            #expect(fault?.detail.description == detail)
        }
        var late = Samples.fullReserve
        late.constraints.latestPromise = Samples.instant.advanced(byMilliseconds: -1)
        #expect(try fault(body(late))?.outcome == .invalidConstraints)
        late.constraints = SourcingConstraints(shipsComplete: true)
        #expect(try fault(body(late))?.outcome == .invalidConstraints)
        late.constraints = SourcingConstraints(excluded: [leeds])
        #expect(try fault(body(late))?.index == 1)
        late.constraints = SourcingConstraints(required: [london])
        #expect(try fault(body(late))?.index == 1)
    }

    @Test func namesOfPoolsStayInTheFrame() throws {
        let body = try body(Samples.replacingReserve)
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: 3)
        let request = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: 1)
        defer {
            lines.deallocate()
            request.deallocate()
        }
        body.withUnsafeBytes { bytes in
            #expect(ReserveDecoder.decode(bytes, lines: lines, into: request) == nil)
            let decoded = request.pointee
            #expect(decoded.replaces == Samples.id)
            var pools: [PoolName] = []
            decoded.lines[0].pools?.forEach { pools.append($0) }
            #expect(pools == [.default, Samples.flash])
            let start = decoded.lines[0].pools?.bytes
            #expect(start.map { bytes.contains(address: $0) } == true)
            #expect(decoded.lines.map { ReserveDecoder.poolsBeyondFirst($0) } == [1, 0, 0])
            #expect(decoded.lines.map(\.expectedVersion) == [7, RequestLine.anyVersion, 0])
            #expect(decoded.lines[0].warehouse == Samples.london)
            #expect(decoded.lines[2].pools == nil)
        }
    }

    /// The body of a one-line reserve whose line has `fields` and `bytes` before the SKU.
    private func line(fields: UInt8, _ bytes: [UInt8]) throws -> [UInt8] {
        var body = try body()
        body[48] = fields
        body.insert(contentsOf: bytes, at: 50)
        return body
    }

    @Test func refusesListsOfPoolsThatCannotBe() throws {
        let letters: [UInt8] = Array("default".utf8)
        #expect(fault(try line(fields: 2, [1, 0])) == nil)
        #expect(fault(try line(fields: 2, [2, 0, 1, 0x41])) == nil)
        #expect(fault(try line(fields: 2, [8] + (0..<8).flatMap { [1, 0x41 + $0] })) == nil)
        let wrong: [[UInt8]] = [
            [0], [9] + (0..<9).flatMap { [1, 0x41 + $0] }, [2, 0, 0], [2, 1, 0x41, 1, 0x41],
            [1, 7] + letters, [1, 1, 0x20], [1, 17] + Array(repeating: 0x41, count: 17),
        ]
        for bytes in wrong {
            #expect(fault(try line(fields: 2, bytes))?.outcome == .invalidPool, "\(bytes)")
        }
        #expect(
            fault(try line(fields: 4, Array(repeating: 0xFF, count: 8)))?.outcome
                == .invalidQuantity
        )
        #expect(fault(try line(fields: 4, Array(repeating: 0, count: 8))) == nil)
    }

    @Test func refusesPlacesOffEarthAndOddRegions() throws {
        var request = Samples.smallReserve
        request.destination = Destination(
            position: Samples.place,
            region: RegionCode("GB") ?? .none
        )
        var bytes = try body(request)
        #expect(fault(bytes) == nil)
        bytes[47] = 0x7F
        #expect(fault(bytes)?.outcome == .invalidPosition)
        bytes = try body(request)
        bytes[52] = 0
        #expect(fault(bytes)?.outcome == .malformedFrame)  // A hole before "B".
        bytes = try body(request)
        bytes[52] = 0
        bytes[53] = 0
        #expect(fault(bytes)?.outcome == .malformedFrame)  // Said to be there, and empty.
        bytes = try body(request)
        bytes[40] = 4
        bytes.removeSubrange(44..<52)
        #expect(fault(bytes)?.outcome == .malformedFrame)  // A region without a place.
    }

    @Test func refusesEveryTruncation() throws {
        for request in [
            Samples.smallReserve, Samples.fullReserve, Samples.replacingReserve,
            Samples.sourcedReserve,
        ] {
            let whole = try body(request)
            for size in 0..<whole.count { #expect(fault(Array(whole.prefix(size))) != nil) }
            #expect(fault(whole + [0])?.outcome == .malformedFrame)
        }
    }

    @Test func takesTheMostLines() throws {
        var request = Samples.smallReserve
        request.lines = Array(
            repeating: .init(sku: "S", quantity: 1),
            count: Limits.linesPerReservationMax
        )
        #expect(fault(try body(request)) == nil)
        request.lines.append(.init(sku: "S", quantity: 1))
        #expect(throws: WireFault.self) { try request.encode(correlation: 1) }
    }

    @Test func changesAreReadBySize() throws {
        let commit = ReservationChange.commit(Samples.id, requestID: Samples.otherID)
        let body = Array(try commit.encode(correlation: 1).dropFirst(16))
        body.withUnsafeBytes { bytes in
            let change = ChangeDecoder.decodeChange(bytes)
            #expect(change?.reservation == Samples.id)
            #expect(change?.requestID == Samples.otherID)
            #expect(ChangeDecoder.decodeShow(bytes) == nil)
            let half = UnsafeRawBufferPointer(rebasing: bytes[..<16])
            #expect(ChangeDecoder.decodeShow(half) == Samples.id)
            #expect(ChangeDecoder.decodeChange(half) == nil)
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether `address` points into the bytes.
    fileprivate func contains(address: UnsafeRawPointer) -> Bool {
        guard let start = baseAddress else { return false }
        return address >= start && address < start + count
    }
}
