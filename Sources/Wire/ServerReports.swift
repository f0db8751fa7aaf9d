internal import Inventory

/// A request without a body: stats, check, and lists that are told whole.
package struct PlainRequest: Hashable, Sendable, WireRequest {
    /// What it asks for.
    package var operation: Operation

    /// A request for `operation`, which has no body.
    package init(_ operation: Operation) {
        let operations: [Operation] = [
            .stats, .check, .warehouseList, .warehouseFill, .policyList, .ratesList,
            .snapshotStart, .snapshotStatus, .checkStart, .checkStatus, .snapshotList, .backupStart,
            .saleList,
        ]
        precondition(operations.contains(operation), "the operation has a body")
        self.operation = operation
    }

    /// The body is empty.
    package var bodySizeMax: Int { 0 }

    /// Writes nothing.
    package func write(to writer: inout ByteWriter) throws(WireFault) {}

    /// Reads nothing.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        self.init(operation)
    }
}

/// Counters and gauges of a server.
///
/// Body: u16 count, then each: i64 value, u8 name size, name.
public struct ServerStatistics: Hashable, Sendable {
    /// One figure.
    public struct Figure: Hashable, Sendable {
        /// Its name in snake case, unit last.
        public var name: String
        /// Its value.
        public var value: Int64

        /// A figure with all its fields.
        public init(name: String, value: Int64) {
            self.name = name
            self.value = value
        }
    }

    /// The figures in the order that the server gives them.
    public var figures: [Figure]

    /// Statistics of these figures.
    public init(_ figures: [Figure]) { self.figures = figures }

    /// The value of the figure with a name, or `nil`.
    public subscript(name: String) -> Int64? { figures.first { $0.name == name }?.value }
}

extension ServerStatistics: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int { figures.reduce(2) { $0 + 9 + $1.name.utf8.count } }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(figures.count <= WireLayout.statisticsMax, "too many figures")
        writer.put(UInt16(figures.count))
        for figure in figures {
            precondition(figure.name.utf8.count <= 255, "a figure's name is too long")
            writer.put(figure.value)
            writer.put(UInt8(figure.name.utf8.count))
            writer.put(figure.name)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let count = Int(try reader.take(UInt16.self))
        guard count <= WireLayout.statisticsMax else {
            throw WireFault(.malformedFrame, "more figures than an answer may have")
        }
        figures = []
        figures.reserveCapacity(min(count, reader.rest / 9))
        for _ in 0..<count {
            let value = try reader.take(Int64.self)
            let size = Int(try reader.take(UInt8.self))
            let name = try reader.takeName(size, sizeMax: 255)
            figures.append(Figure(name: name, value: value))
        }
    }
}

/// What a check of all invariants found.
///
/// Body: u64 LSN, u64 cells, u64 open reservations, u64 state hash, u8 1 if clean, u8 0,
/// u16 violations, then each: u16 size, text.
public struct CheckResult: Hashable, Sendable {
    /// LSN behind the last movement that was checked.
    public var lsn: UInt64
    /// How many cells there are.
    public var cells: UInt64
    /// How many reservations are held or committed.
    public var openReservations: UInt64
    /// The order-free hash of the whole state.
    public var stateHash: UInt64
    /// Whether no invariant is broken.
    public var isClean: Bool
    /// What is broken, at most 100 of them.
    public var violations: [String]

    /// A result with all its fields.
    public init(
        lsn: UInt64,
        cells: UInt64,
        openReservations: UInt64,
        stateHash: UInt64,
        isClean: Bool,
        violations: [String]
    ) {
        self.lsn = lsn
        self.cells = cells
        self.openReservations = openReservations
        self.stateHash = stateHash
        self.isClean = isClean
        self.violations = violations
    }
}

extension CheckResult: WireAnswer {
    /// Bytes that the body can take, at most.
    package var bodySizeMax: Int {
        36 + min(violations.count, WireLayout.violationsMax)
            * (2 + WireLayout.violationSizeBytesMax)
    }

    /// Writes the body; only the first 100 violations, each cut to 512 bytes of ASCII.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(lsn)
        writer.put(cells)
        writer.put(openReservations)
        writer.put(stateHash)
        writer.put(UInt8(isClean ? 1 : 0))
        writer.putZeros(1)
        let told = violations.prefix(WireLayout.violationsMax)
        writer.put(UInt16(told.count))
        for violation in told {
            let text = violation.utf8.prefix(WireLayout.violationSizeBytesMax)
            writer.put(UInt16(text.count))
            for byte in text {
                writer.put(byte >= 0x20 && byte < 0x7F ? byte : UInt8(ascii: "?"))
            }
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        lsn = try reader.take(UInt64.self)
        cells = try reader.take(UInt64.self)
        openReservations = try reader.take(UInt64.self)
        stateHash = try reader.take(UInt64.self)
        let clean = try reader.take(UInt8.self)
        guard clean <= 1 else { throw .reserved }
        isClean = clean == 1
        try reader.takeZeros(1)
        let count = Int(try reader.take(UInt16.self))
        guard count <= WireLayout.violationsMax else {
            throw WireFault(.malformedFrame, "more violations than an answer may have")
        }
        violations = []
        for _ in 0..<count {
            let size = Int(try reader.take(UInt16.self))
            violations.append(
                try reader.takeSentence(size, sizeMax: WireLayout.violationSizeBytesMax)
            )
        }
    }
}
