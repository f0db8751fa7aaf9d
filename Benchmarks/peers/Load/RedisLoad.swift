import ArgumentParser
import HoldfastClient
import NIOCore

/// `peers-load redis`: life cycles, which `redis-benchmark` can't play because it repeats one
/// command.
struct RedisLoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redis",
        abstract: "Plays hold and commit, release or nothing, and prints what it measured as JSON."
    )

    @OptionGroup var shape: LoadShape

    @Option(help: "How many SKUs.")
    var skus = 100_000

    @Option(help: "Digest of the script that holds: key, SKU, milliseconds to live.")
    var hold: String

    @Option(help: "Digest of the script that commits a key.")
    var commit: String

    @Option(help: "Digest of the script that releases a key.")
    var release: String

    func run() throws {
        let (skus, hold, commit, release) = (skus, hold, commit, release)
        let seed = UInt64.random(in: 0 ... .max)
        try DialogueLoad.run(shape) { index in
            RedisDialogue(
                connection: index,
                seed: seed,
                skuCount: UInt64(skus),
                digests: [hold, commit, release]
            )
        }
    }
}

/// Of a hundred lives, 80 are committed, 15 released, and 5 left to expire after a second.
struct RedisDialogue: Dialogue {
    private let connection: UInt64
    private let seed: UInt64
    private let skuCount: UInt64
    private let heads: [[UInt8]]

    init(connection: Int, seed: UInt64, skuCount: UInt64, digests: [String]) {
        self.connection = UInt64(connection)
        self.seed = seed
        self.skuCount = skuCount
        heads = zip(digests, [6, 4, 4]).map { digest, words in
            Array("*\(words)\r\n$7\r\nEVALSHA\r\n$40\r\n\(digest)\r\n$1\r\n1\r\n".utf8)
        }
    }

    /// What a life's hold is called by: other loads on the same server have other seeds.
    private func id(ofLife number: UInt64) -> UInt64 { seed ^ (connection << 40 | number) }

    private func percent(ofLife number: UInt64) -> UInt64 {
        var generator = SeededDraw(id(ofLife: number))
        return generator.next(below: 100)
    }

    func phaseCount(ofLife number: UInt64) -> Int { percent(ofLife: number) < 95 ? 2 : 1 }

    mutating func write(life number: UInt64, phase: Int, to output: inout ByteBuffer) {
        let percent = percent(ofLife: number)
        output.writeBytes(heads[phase == 0 ? 0 : percent < 80 ? 1 : 2])
        let id = id(ofLife: number)
        output.writeStaticString("$18\r\nh:")
        writeHexadecimal(id, to: &output)
        output.writeStaticString("\r\n")
        guard phase == 0 else { return }
        var generator = SeededDraw(~id)
        output.writeStaticString("$12\r\n")
        writeDecimal(generator.next(below: skuCount), to: &output)
        output.writeBytes(percent < 95 ? RedisDialogue.anHour : RedisDialogue.aSecond)
    }

    private static let anHour = Array("\r\n$7\r\n3600000\r\n".utf8)
    private static let aSecond = Array("\r\n$4\r\n1000\r\n".utf8)

    private func writeHexadecimal(_ value: UInt64, to output: inout ByteBuffer) {
        for place in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(place) & 0xF)
            output.writeInteger(digit < 10 ? digit + UInt8(ascii: "0") : digit + 87)
        }
    }

    private func writeDecimal(_ value: UInt64, to output: inout ByteBuffer) {
        var divisor: UInt64 = 100_000_000_000
        while divisor > 0 {
            output.writeInteger(UInt8(truncatingIfNeeded: value / divisor % 10) + UInt8(ascii: "0"))
            divisor /= 10
        }
    }

    /// Takes a status `+…` or an error `-…`; only the status of something done begins with `+ok`.
    mutating func takeAnswer(from input: inout ByteBuffer) -> Bool? {
        let view = input.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let isDone = view.prefix(3).elementsEqual("+ok".utf8)
        input.moveReaderIndex(to: end + 1)
        return isDone
    }
}

/// A number drawn from a seed alone.
struct SeededDraw {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    /// The next number from 0 up to, not including, `bound`.
    ///
    /// - Source: G. Steele, D. Lea, C. Flood, Fast Splittable Pseudorandom Number Generators, 2014.
    mutating func next(below bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return mixed.multipliedFullWidth(by: bound).high
    }
}
