package import Inventory
internal import Movements

extension Engine {
    /// Bytes of credit that naming a client may need.
    package static let actorCreditBytes = MovementLayout.actorSize(name: actorNameSizeBytesMax)
    /// Bytes in the name of a client.
    package static let actorNameSizeBytesMax = 64

    /// The number that stands for a client's name in the movements that it asks for.
    ///
    /// A new name is a movement, whose credit is taken here.
    /// - Parameters:
    ///   - name: 1–64 bytes.
    ///   - now: The caller's instant.
    ///   - session: Whose credit a new name takes.
    /// - Returns: `nil` when the log has no room at this instant; 0, nobody named, when there are
    ///   as many names as there may be.
    package func actor(named name: String, now: Instant, session: EngineSession) -> UInt16? {
        let size = name.utf8.count
        precondition(size >= 1 && size <= Engine.actorNameSizeBytesMax, "size of an actor's name")
        return actors.number(of: name, at: now) { number, instant in
            let recordSize = MovementLayout.actorSize(name: size)
            guard session.takeCredit(recordSize) else { return false }
            unsafe session.workspace.pointee.credit -= recordSize
            let (_, record) = unsafe ring.append(size: recordSize)
            var writer = unsafe MovementWriter(
                record,
                size: recordSize,
                kind: .actorNamed,
                cause: 0,
                actor: number,
                instant: instant,
                requestID: RequestID(high: 0, low: 0)
            )
            writer.put(UInt8(size))
            for byte in name.utf8 { writer.put(byte) }
            writer.finish()
            unsafe ring.publish(record, size: recordSize)
            return true
        }
    }

    /// The client's name that a number stands for; empty for 0 and for numbers never given.
    package func actorName(_ number: UInt16) -> String { actors.name(number) }
}
