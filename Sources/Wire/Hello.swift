public import Inventory

/// What a server promises about its answers; the numbers are stable on the wire.
public enum DurabilityMode: UInt8, Sendable, CaseIterable {
    /// Every answer waits until all it could tell is on disk.
    case sync = 0
    /// The log is synced every few milliseconds; a crash can take back the last answers.
    case interval = 1
    /// The log is written without a sync; a power loss can take back answers.
    case none = 2
}

/// The first frame of a connection: who speaks, and which versions.
///
/// Body: u64 magic, u16 oldest version, u16 newest version, u32 features, u8 name size, name,
/// u16 proof size, proof.
package struct Hello: Hashable, Sendable, WireRequest {
    /// The oldest version of the protocol that the client speaks.
    package var versionMin: UInt16
    /// The newest version of the protocol that the client speaks.
    package var versionMax: UInt16
    /// The features that the client asks for, one bit each.
    package var features: UInt32
    /// The name of the client: 1–64 bytes of printable ASCII without a space.
    package var name: String
    /// What proves that name: its secret; empty where the server asks for none.
    package var proof: [UInt8]

    /// A hello with all its fields.
    package init(
        name: String,
        versionMin: UInt16 = WireLayout.versionMin,
        versionMax: UInt16 = WireLayout.versionMax,
        features: UInt32 = 0,
        proof: [UInt8] = []
    ) {
        self.name = name
        self.versionMin = versionMin
        self.versionMax = versionMax
        self.features = features
        self.proof = proof
    }

    /// Bytes that the frame of any hello can take, at most.
    package static var frameSizeMax: Int {
        WireLayout.headerSizeBytes + 19 + WireLayout.clientNameSizeBytesMax
            + WireLayout.proofSizeBytesMax
    }

    /// Always `hello`.
    package var operation: Operation { .hello }

    /// Bytes that the body takes.
    package var bodySizeMax: Int { 19 + name.utf8.count + proof.count }

    /// The newest version that both sides speak, or `nil`.
    package var commonVersion: UInt16? {
        let version = min(versionMax, WireLayout.versionMax)
        return version >= max(versionMin, WireLayout.versionMin) ? version : nil
    }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        let size = name.utf8.count
        guard size >= 1, size <= WireLayout.clientNameSizeBytesMax,
            name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw WireFault(.malformedFrame, "a client's name is 1-64 bytes of printable ASCII")
        }
        guard proof.count <= WireLayout.proofSizeBytesMax else {
            throw WireFault(.malformedFrame, "a proof is at most 1024 bytes")
        }
        writer.put(WireLayout.magic)
        writer.put(versionMin)
        writer.put(versionMax)
        writer.put(features)
        writer.put(UInt8(size))
        writer.put(name)
        writer.put(UInt16(proof.count))
        for byte in proof { writer.put(byte) }
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, operation: Operation) throws(WireFault) {
        guard try reader.take(UInt64.self) == WireLayout.magic else {
            throw WireFault(.malformedFrame, "a hello starts with the bytes \"holdfast\"")
        }
        versionMin = try reader.take(UInt16.self)
        versionMax = try reader.take(UInt16.self)
        guard versionMin <= versionMax else {
            throw WireFault(.malformedFrame, "the oldest version is newer than the newest")
        }
        features = try reader.take(UInt32.self)
        let nameSize = Int(try reader.take(UInt8.self))
        name = try reader.takeName(nameSize, sizeMax: WireLayout.clientNameSizeBytesMax)
        guard !name.isEmpty else {
            throw WireFault(.malformedFrame, "a client's name is 1-64 bytes of printable ASCII")
        }
        let proofSize = Int(try reader.take(UInt16.self))
        guard proofSize <= WireLayout.proofSizeBytesMax else {
            throw WireFault(.malformedFrame, "a proof is at most 1024 bytes")
        }
        guard let bytes = unsafe reader.nextBytes(proofSize) else { throw .truncated }
        proof = unsafe Array(bytes)
    }
}

/// The answer to hello: what the server speaks, promises and takes.
///
/// Body: u16 version, u8 durability, u8 0, u32 features, i64 instant, u32 frame bytes, u32 frames
/// in flight, u32 lines, u32 rows.
public struct Greeting: Hashable, Sendable {
    /// The version of the protocol that is spoken from now on.
    public var version: UInt16
    /// What the server promises about its answers.
    public var durability: DurabilityMode
    /// The features that both sides speak, one bit each.
    public var features: UInt32
    /// The server's instant when it answered.
    public var instant: Instant
    /// Bytes that a frame may have.
    public var frameSizeBytesMax: UInt32
    /// Requests that a connection may have without an answer before it isn't read any more.
    public var framesInFlightMax: UInt32
    /// Lines that a reservation may have.
    public var linesMax: UInt32
    /// Rows that a write may have.
    public var rowsMax: UInt32

    /// A greeting with the limits that hold everywhere.
    public init(
        durability: DurabilityMode,
        instant: Instant,
        framesInFlightMax: UInt32,
        version: UInt16 = WireLayout.versionMax,
        features: UInt32 = 0
    ) {
        self.version = version
        self.durability = durability
        self.features = features
        self.instant = instant
        self.frameSizeBytesMax = UInt32(Limits.frameSizeBytesMax)
        self.framesInFlightMax = framesInFlightMax
        self.linesMax = UInt32(Limits.linesPerReservationMax)
        self.rowsMax = UInt32(Limits.rowsPerRequestMax)
    }
}

extension Greeting: WireAnswer {
    /// Bytes that the body takes.
    package var bodySizeMax: Int { WireLayout.greetingSizeBytes }

    /// Writes the body.
    package func write(to writer: inout ByteWriter) throws(WireFault) {
        writer.put(version)
        writer.put(durability.rawValue)
        writer.putZeros(1)
        writer.put(features)
        writer.put(instant.milliseconds)
        writer.put(frameSizeBytesMax)
        writer.put(framesInFlightMax)
        writer.put(linesMax)
        writer.put(rowsMax)
    }

    /// Reads the body.
    package init(from reader: inout ByteReader, isRepeated: Bool) throws(WireFault) {
        version = try reader.take(UInt16.self)
        durability = try reader.takeCase(
            DurabilityMode.self,
            else: WireFault(.malformedFrame, "the durability's number isn't known")
        )
        try reader.takeZeros(1)
        features = try reader.take(UInt32.self)
        instant = try reader.takeInstant()
        frameSizeBytesMax = try reader.take(UInt32.self)
        framesInFlightMax = try reader.take(UInt32.self)
        linesMax = try reader.take(UInt32.self)
        rowsMax = try reader.take(UInt32.self)
    }
}
