import Engine
import Glibc
import Journal
import Logging
import Node
import Server
import Storage
import Support

// The same server as `holdfast serve`, on a disk whose power can be cut:
//
//     crash-server DIRECTORY DURABILITY [MOMENT CALLS SEED]
//
// prints `ready PORT` once it serves. A line `MOMENT CALLS SEED` on standard input arms the disk,
// arguments arm it before the directory is opened; see `CutMoment`. The process ends with the cut,
// or when standard input ends. Snapshots are taken all the time; what of the log none needs goes to
// `DIRECTORY-archive`.

/// The cut that three words ask for.
func cut(_ words: some Collection<String>) -> (moment: CutMoment, calls: Int, seed: UInt64)? {
    let words = Array(words)
    guard words.count == 3, let moment = CutMoment(rawValue: words[0]),
        let calls = Int(words[1]), let seed = UInt64(words[2])
    else { return nil }
    return (moment, calls, seed)
}

/// Writes a line to a descriptor at once.
func say(_ text: String, on descriptor: Int32) {
    let bytes = Array((text + "\n").utf8)
    _ = write(descriptor, bytes, bytes.count)
}

/// Writes a line to standard error, where the driver finds it after a failure.
func complain(_ text: String) { say(text, on: STDERR_FILENO) }

let disk = CuttingDisk()
guard CommandLine.arguments.count >= 3,
    let durability = Durability(rawValue: CommandLine.arguments[2])
else {
    complain("usage: crash-server DIRECTORY DURABILITY [MOMENT CALLS SEED]")
    exit(64)
}
if let cut = cut(CommandLine.arguments.dropFirst(3)) {
    disk.arm(cut.moment, afterCalls: cut.calls, seed: cut.seed)
}

var settings = NodeSettings(dataDirectory: CommandLine.arguments[1])
settings.durability = durability
// Small ones, so that a run of seconds goes through many segments and turns of the ring.
settings.segmentSizeBytes = 1 << 18
settings.batchSizeBytes = 1 << 16
settings.ringCapacityBytes = 1 << 22
settings.snapshotLogBytes = 1 << 15
settings.snapshotCountMax = 2
settings.checkpointIntervalMilliseconds = 5
settings.retirementIntervalMilliseconds = 5
settings.archiveDirectory = CommandLine.arguments[1] + "-archive"
settings.engine.stockStripes = 16
settings.engine.reservationStripes = 16
settings.engine.ownerStripes = 16

let node: Node
do {
    node = try Node.open(
        settings: settings,
        disk: disk,
        clock: LinuxClock(),
        entropy: LinuxEntropy(),
        note: { complain($0) }
    )
} catch {
    complain("\(error)")
    exit(74)
}

var serverSettings = ServerSettings()
serverSettings.port = 0
serverSettings.eventLoops = 2
var logger = Logger(label: "crash-server")
logger.logLevel = .critical
let server = try await Server.start(node: node, settings: serverSettings, logger: logger)

let reader = SystemThread(name: "commands") {
    while let line = readLine() {
        guard let cut = cut(line.split(separator: " ").map(String.init)) else { continue }
        disk.arm(cut.moment, afterCalls: cut.calls, seed: cut.seed)
    }
    // Nobody is left to kill it.
    kill(getpid(), SIGKILL)
}
say("ready \(server.boundPort)", on: STDOUT_FILENO)
reader.join()
