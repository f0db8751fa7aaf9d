import Inventory
import Testing
import Wire

/// Malformed and abusive frames, each with what it gets.
///
/// None changes anything or harms anybody.
@Suite struct AbusiveFramesTests {
    /// What a frame gets.
    private enum Fate: Equatable {
        /// A refusal; the connection goes on.
        case refused(Outcome)
        /// A refusal as the connection's last answer.
        case closed(Outcome)
        /// No answer; the server closes once the client has ended its side.
        case ended
    }

    /// One line of the table.
    private struct Abuse {
        var name: String
        var bytes: [UInt8]
        var fate: Fate
        var isGreeted = true

        init(_ name: String, _ bytes: [UInt8], _ fate: Fate, greeted: Bool = true) {
            self.name = name
            self.bytes = bytes
            self.fate = fate
            isGreeted = greeted
        }

        init(_ name: String, _ bytes: [UInt8], _ outcome: Outcome) {
            self.init(name, bytes, .refused(outcome))
        }
    }

    private static let sku = ServerFixture.sku
    private static let here = ServerFixture.warehouse

    /// A message with bytes of its body set.
    private static func changed(
        _ message: some WireRequest,
        _ changes: (offset: Int, byte: UInt8)...
    ) throws -> [UInt8] {
        var frame = try message.encode(correlation: 7)
        for change in changes { frame[WireLayout.headerSizeBytes + change.offset] = change.byte }
        return frame
    }

    /// A message with bytes put in before `offset` of its body, or cut off its end.
    private static func resized(
        _ message: some WireRequest,
        cutting count: Int = 0,
        inserting bytes: [UInt8] = [],
        at offset: Int? = nil
    ) throws -> [UInt8] {
        var body = Array(try RawFrame.body(message).dropLast(count))
        body.insert(contentsOf: bytes, at: offset ?? body.count)
        return RawFrame.request(message.operation, body)
    }

    private static let reserve = ServerFixture.reserve(1)
    private static let write = StockWrite(
        id: RequestID(high: 3, low: 4),
        cause: .received,
        rows: [.init(sku: sku, warehouse: here, units: 1)]
    )

    private static func write(_ cause: StockCause, _ row: StockWrite.Row) -> StockWrite {
        StockWrite(id: RequestID(high: 3, low: 4), cause: cause, rows: [row])
    }

    // MARK: The table

    private static func framing() throws -> [Abuse] {
        let plain = try reserve.encode(correlation: 7)
        var flagged = plain
        flagged[6] = 1
        var huge = plain
        huge.replaceSubrange(0..<4, with: RawFrame.bytes(UInt32(1_048_577)))
        var endless = plain
        endless.replaceSubrange(0..<4, with: RawFrame.bytes(UInt32.max))
        let http = Array("GET / HTTP/1.1\r\nHost: holdfast\r\n\r\n".utf8)
        return [
            Abuse("size 0", [0, 0, 0, 0], .closed(.malformedFrame)),
            Abuse("size 15", [15, 0, 0, 0] + plain.dropFirst(4), .closed(.malformedFrame)),
            Abuse("a byte over the largest", huge, .closed(.frameTooLarge)),
            Abuse("size 2^32 - 1", endless, .closed(.frameTooLarge)),
            Abuse("flags in a request", flagged, .closed(.malformedFrame)),
            Abuse("HTTP", http, .closed(.frameTooLarge)),
            Abuse("TLS", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3], .closed(.frameTooLarge)),
            Abuse("zeros", [UInt8](repeating: 0, count: 4_096), .closed(.malformedFrame)),
            Abuse("half a header", [16, 0, 0, 0, 10], .ended),
            Abuse("a header without its body", Array(plain.prefix(16)), .ended),
            Abuse("all but the last byte", Array(plain.dropLast()), .ended),
            Abuse("operation 0", RawFrame.request(0), .unknownOperation),
            Abuse("operation 43", RawFrame.request(43), .unknownOperation),
            Abuse("operation 65,535", RawFrame.request(65_535), .unknownOperation),
            Abuse("hello twice", try Hello(name: "x").encode(correlation: 7), .helloExpected),
        ]
    }

    private static func handshake() throws -> [Abuse] {
        let hello = Hello(name: "x")
        let versions = Hello(name: "x", versionMin: 4, versionMax: 9)
        func first(_ name: String, _ bytes: [UInt8], _ outcome: Outcome) -> Abuse {
            Abuse(name, bytes, .closed(outcome), greeted: false)
        }
        let longName = RawFrame.bytes(WireLayout.magic) + [3, 0, 3, 0, 0, 0, 0, 0, 65]
        return [
            first("reserve first", try reserve.encode(correlation: 7), .helloExpected),
            first("hello with another magic", try changed(hello, (0, 0x48)), .malformedFrame),
            first("hello without a name", try changed(hello, (16, 0)), .malformedFrame),
            first("hello with a space", try changed(hello, (17, 0x20)), .malformedFrame),
            first(
                "hello with a name of 65",
                RawFrame.request(.hello, longName + Array(repeating: 0x41, count: 65) + [0, 0]),
                .malformedFrame
            ),
            first("hello that goes on", try resized(hello, inserting: [0]), .malformedFrame),
            first("hello cut short", try resized(hello, cutting: 1), .malformedFrame),
            first("hello with a proof not there", try changed(hello, (18, 9)), .malformedFrame),
            first("versions turned round", try changed(hello, (8, 4)), .malformedFrame),
            first("no common version", try versions.encode(correlation: 7), .unsupportedVersion),
            first(
                "a hello of a megabyte",
                [0, 0, 16, 0, 1, 0] + Array(repeating: 0, count: 2_000),
                .helloExpected
            ),
            first("zeros first", [UInt8](repeating: 0, count: 64), .malformedFrame),
        ]
    }

    private static func reserves() throws -> [Abuse] {
        var replacing = reserve
        replacing.replaces = RequestID(high: 1, low: 1)
        var sent = reserve
        sent.destination = Destination(
            position: Position(latitudeMicrodegrees: 1, longitudeMicrodegrees: 1)
        )
        var ordered = reserve
        ordered.orderedAt = Instant(milliseconds: 1)
        return [
            Abuse("reserve of nothing", RawFrame.request(.reserve), .malformedFrame),
            Abuse(
                "reserve of a byte too many",
                try resized(reserve, inserting: [0]),
                .malformedFrame
            ),
            Abuse("reserve cut short", try resized(reserve, cutting: 1), .malformedFrame),
            Abuse("no lines", try changed(reserve, (36, 0)), .noLines),
            Abuse("4,097 lines", try changed(reserve, (36, 1), (37, 16)), .tooManyLines),
            Abuse("lines that aren't there", try changed(reserve, (37, 4)), .malformedFrame),
            Abuse("mode 3", try changed(reserve, (38, 3)), .unknownMode),
            Abuse("policy 6", try changed(reserve, (39, 6)), .unknownPolicy),
            Abuse("a policy without its name", try changed(reserve, (39, 255)), .malformedFrame),
            Abuse("an unknown field", try changed(reserve, (40, 128)), .malformedFrame),
            Abuse("constraints not there", try changed(reserve, (40, 16)), .malformedFrame),
            Abuse("a byte that must be 0", try changed(reserve, (43, 1)), .malformedFrame),
            Abuse("a replaced hold not there", try changed(reserve, (40, 8)), .malformedFrame),
            Abuse("replaces cut short", try resized(replacing, cutting: 20), .malformedFrame),
            Abuse("a region without a place", try changed(reserve, (40, 4)), .malformedFrame),
            Abuse("off the Earth", try changed(sent, (47, 0x7F)), .invalidPosition),
            Abuse("ordered before 1970", try changed(ordered, (51, 0x80)), .malformedFrame),
            Abuse("two days to live", try changed(reserve, (35, 0x0B)), .invalidTimeToLive),
            Abuse("no units", try changed(reserve, (44, 0)), .invalidQuantity),
            Abuse("too many units", try changed(reserve, (47, 0xFF)), .invalidQuantity),
            Abuse("an unknown field of a line", try changed(reserve, (48, 8)), .malformedFrame),
            Abuse("a SKU without a name", try changed(reserve, (49, 0)), .invalidSKU),
            Abuse("a SKU of 65 bytes", try changed(reserve, (49, 65)), .invalidSKU),
            Abuse("a SKU with a space", try changed(reserve, (52, 0x20)), .invalidSKU),
        ]
    }

    /// A reserve whose line has `fields`, and `bytes` before its SKU.
    private static func line(_ fields: UInt8, _ bytes: [UInt8]) throws -> [UInt8] {
        var body = try RawFrame.body(reserve)
        body[48] = fields
        body.insert(contentsOf: bytes, at: 50)
        return RawFrame.request(.reserve, body)
    }

    private static func linesWithFields() throws -> [Abuse] {
        var pooled = reserve
        pooled.lines[0].pools = [.default]
        let versions = Array(repeating: UInt8(0xFF), count: 8)
        return [
            Abuse("no pools", try line(2, [0]), .invalidPool),
            Abuse("nine pools", try line(2, [9] + Array(repeating: 0, count: 9)), .invalidPool),
            Abuse("a pool twice", try line(2, [2, 0, 0]), .invalidPool),
            Abuse("default by name", try line(2, [1] + RawFrame.sized("default")), .invalidPool),
            Abuse(
                "a pool of 17",
                try line(2, [1, 17] + [UInt8](repeating: 65, count: 17)),
                .invalidPool
            ),
            Abuse("a pool nobody knows", try line(2, [1] + RawFrame.sized("p")), .unknownPool),
            Abuse("pools cut short", try resized(pooled, cutting: 6), .malformedFrame),
            Abuse("a version that can't be", try line(4, versions), .invalidQuantity),
            Abuse(
                "another version",
                try line(4, [99] + versions.dropLast().map { _ in 0 }),
                .versionConflict
            ),
            Abuse("a warehouse without a code", try line(1, [0]), .invalidWarehouseCode),
        ]
    }

    private static func changes() throws -> [Abuse] {
        let whole = ReservationChange.commit(
            .init(high: 5, low: 5),
            requestID: .init(high: 6, low: 6)
        )
        let parts = ReservationChange(
            .commit,
            whole.reservation,
            requestID: whole.requestID,
            items: [ChangeItem(line: 0, quantity: 1)]
        )
        let fulfil = ReservationChange(
            .fulfil,
            whole.reservation,
            requestID: whole.requestID,
            items: parts.items
        )
        let extend = ExtendRequest(whole.reservation, requestID: whole.requestID)
        return [
            Abuse("a commit of 31 bytes", try resized(whole, cutting: 1), .malformedFrame),
            Abuse("a commit of 33 bytes", try resized(whole, inserting: [0]), .malformedFrame),
            Abuse(
                "the whole written out",
                try resized(whole, inserting: [0, 0, 0, 0]),
                .malformedFrame
            ),
            Abuse("an unknown field of a commit", try changed(parts, (32, 2)), .malformedFrame),
            Abuse("a fulfil that fulfils as well", try changed(fulfil, (32, 1)), .malformedFrame),
            Abuse("4,097 items", try changed(parts, (34, 1), (35, 16)), .tooManyLines),
            Abuse("items that aren't there", try changed(parts, (34, 9)), .malformedFrame),
            Abuse("an unknown field of an item", try changed(parts, (38, 4)), .malformedFrame),
            Abuse("an item's byte that must be 0", try changed(parts, (39, 1)), .malformedFrame),
            Abuse("parts of nothing known", try parts.encode(correlation: 7), .unknownReservation),
            Abuse(
                "a commit of nothing known",
                try whole.encode(correlation: 7),
                .unknownReservation
            ),
            Abuse("an extend with a tail", try changed(extend, (39, 1)), .malformedFrame),
            Abuse("an extend of 32 bytes", try resized(extend, cutting: 8), .malformedFrame),
            Abuse(
                "an extend of nothing known",
                try extend.encode(correlation: 7),
                .unknownReservation
            ),
        ]
    }

    private static func shows() throws -> [Abuse] {
        [
            Abuse(
                "a show of 15 bytes",
                RawFrame.request(.show, Array(repeating: 1, count: 15)),
                .malformedFrame
            ),
            Abuse(
                "an owner's list of none",
                try changed(
                    OwnerShowRequest(OwnerID(high: 1, low: 2), limit: 1),
                    (16, 0)
                ),
                .invalidQuantity
            ),
            Abuse(
                "an owner's list of 257",
                try changed(
                    OwnerShowRequest(OwnerID(high: 1, low: 2), limit: 1),
                    (17, 1)
                ),
                .invalidQuantity
            ),
            Abuse(
                "an owner's list with a field",
                try changed(
                    OwnerShowRequest(OwnerID(high: 1, low: 2)),
                    (18, 2)
                ),
                .malformedFrame
            ),
        ]
    }

    private static func stock() throws -> [Abuse] {
        let row = StockWrite.Row(sku: sku, warehouse: here, units: 1)
        var twice = write
        twice.rows = [row, row]
        let lone = write(.transferred, .init(sku: sku, warehouse: here, units: -1))
        let count = write(.counted, .init(sku: sku, warehouse: here, units: 5))
        let set = write(.configured, .init(sku: sku, warehouse: here, units: 0, safetyStock: 1))
        var setsNothing = try RawFrame.body(set)
        setsNothing[32] = 0
        setsNothing.removeSubrange(36..<44)
        return [
            Abuse("cause 7", try changed(write, (16, 7)), .unknownCause),
            Abuse("a reason of 65", try changed(write, (17, 65)), .invalidReason),
            Abuse("a reason not there", try changed(write, (17, 64)), .malformedFrame),
            Abuse("no rows", try changed(write, (18, 0)), .noLines),
            Abuse("1,025 rows", try changed(write, (18, 1), (19, 4)), .tooManyLines),
            Abuse("rows that aren't there", try changed(write, (18, 2)), .malformedFrame),
            Abuse("a byte of a write not 0", try changed(write, (23, 1)), .malformedFrame),
            Abuse("safety stock with goods in", try changed(write, (32, 1)), .malformedFrame),
            Abuse("a difference of goods in", try changed(write, (32, 8)), .malformedFrame),
            Abuse("an unknown field of a row", try changed(write, (32, 16)), .malformedFrame),
            Abuse("a row without a warehouse", try changed(write, (33, 0)), .invalidWarehouseCode),
            Abuse("a row without a SKU", try changed(write, (34, 0)), .invalidSKU),
            Abuse("goods in below 0", try changed(write, (31, 0x80)), .invalidQuantity),
            Abuse("a cell twice", try twice.encode(correlation: 7), .invalidQuantity),
            Abuse("half a transfer", try lone.encode(correlation: 7), .invalidQuantity),
            Abuse("a count below 0", try changed(count, (31, 0x80)), .invalidQuantity),
            Abuse(
                "a count of a pool",
                try resized(count, inserting: [0x41]).settingByte(51, 1),
                .malformedFrame
            ),
            Abuse(
                "a setting of nothing",
                RawFrame.request(.stockWrite, setsNothing),
                .malformedFrame
            ),
            Abuse(
                "weights of no SKU",
                RawFrame.request(.skuWrite, Array(repeating: 0, count: 24)),
                .noLines
            ),
        ]
    }

    private static func questions() throws -> [Abuse] {
        let query = AvailabilityQuery(skus: [sku], warehouses: [here])
        let holds = StockHoldsRequest(sku: sku)
        let closing = WarehouseStateWrite(
            id: .init(high: 7, low: 7),
            warehouse: here,
            state: .offline
        )
        return [
            Abuse("availability of no SKU", try changed(query, (0, 0)), .noLines),
            Abuse("availability of 4,097", try changed(query, (0, 1), (1, 16)), .tooManyLines),
            Abuse("availability in 257", try changed(query, (3, 1), (2, 1)), .tooManyLines),
            Abuse("availability in nine pools", try changed(query, (4, 9)), .invalidPool),
            Abuse("availability with a field", try changed(query, (5, 2)), .malformedFrame),
            Abuse(
                "availability of an owner not there",
                try changed(query, (5, 1)),
                .malformedFrame
            ),
            Abuse("holds of no limit", try changed(holds, (0, 0), (1, 0)), .invalidQuantity),
            Abuse(
                "holds of an unknown SKU",
                try StockHoldsRequest(sku: "NOBODY").encode(
                    correlation: 7
                ),
                .unknownSKU
            ),
            Abuse(
                "a page of 4,097 cells",
                RawFrame.request(
                    .stockList,
                    RawFrame.bytes(UInt32(0)) + RawFrame.bytes(UInt32(4_097))
                ),
                .invalidQuantity
            ),
            Abuse("a warehouse's state 3", try changed(closing, (16, 3)), .malformedFrame),
            Abuse("a warehouse's code not there", try changed(closing, (17, 9)), .malformedFrame),
            Abuse(
                "a body where there is none",
                RawFrame.request(.warehouseFill, [0]),
                .malformedFrame
            ),
            Abuse("a body of stats", RawFrame.request(.stats, [0]), .malformedFrame),
        ]
    }

    /// Frames whose body is wrong; the connection goes on behind each.
    private static func bodies() throws -> [Abuse] {
        try reserves() + linesWithFields() + changes() + shows() + stock() + questions()
            + snapshots()
    }

    /// Requests about snapshots, checks on an image and backups.
    private static func snapshots() throws -> [Abuse] {
        let plain: [Operation] = [
            .snapshotStart, .snapshotStatus, .checkStart, .checkStatus, .snapshotList, .backupStart,
        ]
        let read = BackupRead(token: 5, file: 0, offset: 0, sizeBytes: 8)
        var endless = read
        endless.offset = .max
        endless.file = .max
        let end = BackupEnd(token: 5)
        return plain.map {
            Abuse("\($0.rawValue) that goes on", RawFrame.request($0, [0]), .malformedFrame)
        } + [
            Abuse("backup_read cut short", try resized(read, cutting: 1), .malformedFrame),
            Abuse("backup_read that goes on", try resized(read, inserting: [0]), .malformedFrame),
            Abuse("backup_read of nothing", try changed(read, (20, 0)), .malformedFrame),
            Abuse("backup_read of 16 MiB", try changed(read, (23, 1)), .malformedFrame),
            Abuse("backup_read of 512 KiB and 8", try changed(read, (22, 8)), .malformedFrame),
            Abuse("backup_read of no backup", try read.encode(correlation: 7), .unknownBackup),
            Abuse("backup_read at no place", try endless.encode(correlation: 7), .unknownBackup),
            Abuse("backup_end cut short", try resized(end, cutting: 1), .malformedFrame),
            Abuse("backup_end that goes on", try resized(end, inserting: [0]), .malformedFrame),
            Abuse("backup_end of no backup", try end.encode(correlation: 7), .unknownBackup),
        ]
    }

    // MARK: Running it

    private func play(_ abuse: Abuse, against fixture: ServerFixture) throws {
        let client = abuse.isGreeted ? try fixture.client() : try fixture.connect()
        try client.send(abuse.bytes)
        switch abuse.fate {
        case .refused(let outcome):
            let answer = try client.expectAnswer()
            #expect(answer.outcome == outcome, "\(abuse.name)")
            #expect(answer.header.correlation == 7, "\(abuse.name)")
            #expect(try answer.refusal().outcome == outcome, "\(abuse.name)")
            // The connection goes on.
            let next = try client.call(ShowRequest(.random()), correlation: 8)
            #expect(next.outcome == .unknownReservation, "\(abuse.name)")
        case .closed(let outcome):
            #expect(try client.receiveUntilClosed().map(\.outcome) == [outcome], "\(abuse.name)")
        case .ended:
            client.finishSending()
            #expect(try client.receiveUntilClosed().isEmpty, "\(abuse.name)")
        }
    }

    @Test func everyAbuseGetsItsAnswerAndChangesNothing() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let witness = try fixture.client()
        let held = ServerFixture.reserve(2)
        #expect(try witness.call(held).outcome == .accepted)
        let table =
            try AbusiveFramesTests.framing() + AbusiveFramesTests.handshake()
            + AbusiveFramesTests.bodies()
        #expect(table.count >= 60)
        #expect(Set(table.map(\.name)).count == table.count)
        let before = try witness.call(PlainRequest(.check)).content(CheckResult.self)
        #expect(before.isClean && before.openReservations == 1)
        for abuse in table {
            try play(abuse, against: fixture)
            let after = try witness.call(PlainRequest(.check)).content(CheckResult.self)
            #expect(after == before, "\(abuse.name)")
        }
        await fixture.end()
    }

    @Test func aFloodOfAbuseLeavesMemoryBounded() async throws {
        let fixture = try await ServerFixture()
        try fixture.stock(10)
        let table =
            try AbusiveFramesTests.bodies()
        let flood = Array(repeating: table.flatMap(\.bytes), count: 20).flatMap { $0 }
        let count = 20 * table.count
        let client = try fixture.client()
        func play() throws {
            try client.send(flood)
            for _ in 0..<count { #expect(try client.expectAnswer().outcome != .accepted) }
        }
        try play()
        let before = try residentBytes()
        for _ in 0..<10 { try play() }
        let grown = try residentBytes() - before
        #expect(grown < 32 << 20, "resident size grew by \(grown) bytes")
        await fixture.end()
    }
}

extension [UInt8] {
    /// The frame with another byte.
    fileprivate func settingByte(_ offset: Int, _ byte: UInt8) -> [UInt8] {
        var frame = self
        frame[offset] = byte
        return frame
    }
}
