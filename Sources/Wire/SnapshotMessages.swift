public import Inventory

/// How the taking of a snapshot goes.
///
/// Body: u64 run, u8 state, 7 × 0, i64 started, i64 ended (0: not yet), u64 LSN, u64 written, u64
/// to write, u64 SKUs, u64 cells, u64 remembered, u64 bytes of the log, u64 bytes unpacked, u64
/// bytes, u8 name size, u16 failure size, name, failure.
extension SnapshotReport: WireAnswer {
    private static let fixedSizeBytes = 107

    /// Bytes that the body takes, at most.
    package var bodySizeMax: Int {
        SnapshotReport.fixedSizeBytes + WireLayout.fileNameSizeBytesMax
            + WireLayout.detailSizeBytesMax
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(run)
        writer.put(state.rawValue)
        writer.putZeros(7)
        writer.put(max(0, startedAt.milliseconds))
        writer.put(max(0, endedAt.milliseconds))
        for figure in [
            endLSN, written, toWrite, skus, cells, remembered, logBytes, unpackedBytes, sizeBytes,
        ] {
            writer.put(figure)
        }
        writer.put(UInt8(try WireLayout.fileNameSize(name)))
        let text = WireLayout.sentence(failure)
        writer.put(UInt16(text.utf8.count))
        writer.put(name)
        writer.put(text)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let run = try reader.take(UInt64.self)
        let state = try reader.takeCase(
            SnapshotState.self,
            else: WireFault(.malformedFrame, "the state is 0 to 3")
        )
        try reader.takeZeros(7)
        self.init(run: run, state: state, startedAt: try reader.takeInstant())
        endedAt = try reader.takeInstant()
        endLSN = try reader.take(UInt64.self)
        written = try reader.take(UInt64.self)
        toWrite = try reader.take(UInt64.self)
        skus = try reader.take(UInt64.self)
        cells = try reader.take(UInt64.self)
        remembered = try reader.take(UInt64.self)
        logBytes = try reader.take(UInt64.self)
        unpackedBytes = try reader.take(UInt64.self)
        sizeBytes = try reader.take(UInt64.self)
        let nameSize = Int(try reader.take(UInt8.self))
        let failureSize = Int(try reader.take(UInt16.self))
        name = try reader.takeName(nameSize, sizeMax: WireLayout.fileNameSizeBytesMax)
        failure = try reader.takeSentence(failureSize, sizeMax: WireLayout.detailSizeBytesMax)
    }
}

/// How a check on an image of the state goes, or what it found.
///
/// Body: the report on the image (see ``SnapshotReport``), u8 1 if there is a result, then the
/// result (see ``CheckResult``).
public struct ImageCheckReport: Hashable, Sendable {
    /// How the taking and the reading of the image goes.
    public var image: SnapshotReport
    /// What was found; `nil` until it is done, and where it failed.
    public var result: CheckResult?

    /// A report with both fields.
    public init(image: SnapshotReport, result: CheckResult?) {
        self.image = image
        self.result = result
    }
}

extension ImageCheckReport: WireAnswer {
    /// Bytes that the body takes, at most.
    package var bodySizeMax: Int { image.bodySizeMax + 1 + (result?.bodySizeMax ?? 0) }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        try image.write(to: &writer)
        writer.put(UInt8(result == nil ? 0 : 1))
        try result?.write(to: &writer)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        image = try SnapshotReport(from: &reader, isRepeated: isRepeated)
        switch try reader.take(UInt8.self) {
        case 0: result = nil
        case 1: result = try CheckResult(from: &reader, isRepeated: isRepeated)
        default: throw .reserved
        }
    }
}

/// The snapshots that a server keeps, the newest first.
///
/// Body: u16 count, then each: u64 LSN, i64 instant (0: not known), u64 bytes, u8 name size, u16
/// fault size, name, fault.
package struct SnapshotList: Hashable, Sendable, WireAnswer {
    /// The snapshots.
    package var snapshots: [SnapshotEntry]

    /// A list of snapshots.
    package init(_ snapshots: [SnapshotEntry]) { self.snapshots = snapshots }

    private static let fixedSizeBytes = 27

    /// Bytes that the body takes, at most.
    package var bodySizeMax: Int {
        snapshots.reduce(2) {
            $0 + SnapshotList.fixedSizeBytes + $1.name.utf8.count
                + min($1.fault.utf8.count, WireLayout.detailSizeBytesMax)
        }
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        precondition(snapshots.count <= WireLayout.snapshotsMax, "more snapshots than are told")
        writer.put(UInt16(snapshots.count))
        for snapshot in snapshots {
            writer.put(snapshot.endLSN)
            writer.put(max(0, snapshot.takenAt.milliseconds))
            writer.put(snapshot.sizeBytes)
            writer.put(UInt8(try WireLayout.fileNameSize(snapshot.name)))
            let fault = WireLayout.sentence(snapshot.fault)
            writer.put(UInt16(fault.utf8.count))
            writer.put(snapshot.name)
            writer.put(fault)
        }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        let count = Int(try reader.take(UInt16.self))
        snapshots = []
        snapshots.reserveCapacity(min(count, reader.rest / SnapshotList.fixedSizeBytes))
        for _ in 0..<count {
            let endLSN = try reader.take(UInt64.self)
            let takenAt = try reader.takeInstant()
            let sizeBytes = try reader.take(UInt64.self)
            let nameSize = Int(try reader.take(UInt8.self))
            let faultSize = Int(try reader.take(UInt16.self))
            let name = try reader.takeName(nameSize, sizeMax: WireLayout.fileNameSizeBytesMax)
            snapshots.append(
                SnapshotEntry(
                    name: name,
                    endLSN: endLSN,
                    takenAt: takenAt,
                    sizeBytes: sizeBytes,
                    fault: try reader.takeSentence(
                        faultSize,
                        sizeMax: WireLayout.detailSizeBytesMax
                    )
                )
            )
        }
    }
}

extension WireLayout {
    /// Bytes of a file's name, refused unless they are printable ASCII within the limit.
    static func fileNameSize(_ name: String) throws(WireFault) -> Int {
        let size = name.utf8.count
        guard size <= fileNameSizeBytesMax, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw WireFault(.malformedFrame, "a file's name is 0 to 64 bytes of printable ASCII")
        }
        return size
    }

    /// A text as a sentence of printable ASCII within the limit of a detail.
    static func sentence(_ text: String) -> String {
        let bytes = text.utf8.prefix(detailSizeBytesMax).map { byte in
            byte >= 0x20 && byte < 0x7F ? byte : UInt8(ascii: "?")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
