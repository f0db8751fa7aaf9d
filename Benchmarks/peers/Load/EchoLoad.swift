import ArgumentParser
import NIOCore

/// `peers-load echo`: a load for the echo server.
struct EchoLoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo",
        abstract: "Loads the echo server and prints what it measured as JSON."
    )

    @OptionGroup var shape: LoadShape

    @Option(help: "Bytes of a request.")
    var requestBytes: Int

    @Option(help: "Bytes of an answer.")
    var answerBytes: Int

    func run() throws {
        let talk = EchoDialogue(requestBytes: requestBytes, answerBytes: answerBytes)
        try DialogueLoad.run(shape) { _ in talk }
    }
}

/// Requests and answers of fixed sizes, whose content nobody reads.
struct EchoDialogue: Dialogue {
    let requestBytes: Int
    let answerBytes: Int

    func phaseCount(ofLife number: UInt64) -> Int { 1 }

    mutating func write(life number: UInt64, phase: Int, to output: inout ByteBuffer) {
        output.writeRepeatingByte(0x2E, count: requestBytes)
    }

    mutating func takeAnswer(from input: inout ByteBuffer) -> Bool? {
        guard input.readableBytes >= answerBytes else { return nil }
        input.moveReaderIndex(forwardBy: answerBytes)
        return true
    }
}
