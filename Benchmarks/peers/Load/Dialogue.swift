import NIOCore

/// What a load says to a server whose answers come in the order of the requests.
protocol Dialogue: SendableMetatype {
    /// How many requests life `number` makes, one after the other.
    func phaseCount(ofLife number: UInt64) -> Int
    /// Appends the request of a phase of life `number`.
    mutating func write(life number: UInt64, phase: Int, to output: inout ByteBuffer)
    /// Takes one answer from `input`: whether it was accepted; `nil` until it is there as a whole.
    mutating func takeAnswer(from input: inout ByteBuffer) -> Bool?
}
