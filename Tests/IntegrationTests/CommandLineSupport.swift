import Foundation
import Support
import Testing

/// What a finished program printed, and how it ended.
struct ProgramResult {
    let status: Int32
    let output: String
    let errors: String

    /// The lines of standard output.
    var lines: [Substring] { output.split(separator: "\n") }

    /// The last line of standard output.
    var lastLine: String { lines.last.map(String.init) ?? "" }

    /// The last line of standard output as a JSON object.
    func json() throws -> [String: Any] { try object(lastLine) }

    /// Every line of standard output as a JSON object.
    func jsonLines() throws -> [[String: Any]] { try lines.map { try object(String($0)) } }

    private func object(_ line: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return try #require(object as? [String: Any])
    }
}

extension [String: Any] {
    /// The whole number of a member, −1 where there is none.
    func integer(_ name: String) -> Int { self[name] as? Int ?? -1 }
}

/// Programs as processes.
///
/// Waiting for one never holds a thread of the concurrency pool.
enum Program {
    /// Runs a program found on the path to its end.
    @discardableResult
    static func run(_ name: String, _ arguments: [String]) async throws -> ProgramResult {
        try await run(executable: "/usr/bin/env", [name] + arguments)
    }

    /// Runs the `holdfast` that was built with these tests.
    @discardableResult
    static func holdfast(_ arguments: [String]) async throws -> ProgramResult {
        try await run(executable: holdfastPath, arguments)
    }

    /// The `holdfast` beside the test bundle.
    static var holdfastPath: String {
        let bundle = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0])
            .deletingLastPathComponent()
        return bundle.appendingPathComponent("holdfast").path
    }

    private static func run(
        executable: String,
        _ arguments: [String]
    ) async throws -> ProgramResult {
        let folder = TemporaryDirectory()
        defer { folder.remove() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardOutput = try fileHandle(folder.path + "/output")
        process.standardError = try fileHandle(folder.path + "/errors")
        process.standardInput = FileHandle.nullDevice
        typealias Waiting = CheckedContinuation<Void, any Error>
        try await withCheckedThrowingContinuation { (waiting: Waiting) in
            process.terminationHandler = { _ in waiting.resume() }
            do {
                try process.run()
            } catch {
                waiting.resume(throwing: error)
            }
        }
        return ProgramResult(
            status: process.terminationStatus,
            output: try String(contentsOfFile: folder.path + "/output", encoding: .utf8),
            errors: try String(contentsOfFile: folder.path + "/errors", encoding: .utf8)
        )
    }

    private static func fileHandle(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path))
        return try #require(FileHandle(forWritingAtPath: path))
    }
}

/// A `holdfast serve` of its own: a real process, a data directory, a port of the system's choice.
final class ServerProcess {
    private let directory = TemporaryDirectory()
    private var process = Process()
    private var leash = Pipe()
    private(set) var address = ""
    private let options: [String]

    private let givenDirectory: String?

    /// Starts a server with an empty data directory and more options than the usual ones.
    init(_ options: String...) async throws {
        self.options = options
        givenDirectory = nil
        try await start()
    }

    /// Starts a server on a data directory that is there.
    init(on dataDirectory: String) async throws {
        options = []
        givenDirectory = dataDirectory
        try await start()
    }

    /// A server with two warehouses: MUG 10 in A (one of them safety stock) and 5 in B, JUG 7 in B.
    static func stocked() async throws -> ServerProcess {
        let server = try await ServerProcess()
        let warehouses = try server.write("warehouses.csv", sampleWarehouses)
        let stock = try server.write(
            "stock.csv",
            "sku,warehouse,on_hand,safety_stock\nMUG,A,10,1\nMUG,B,5,0\nJUG,B,7,0\n"
        )
        #expect(try await server.run("import", "warehouses", warehouses).status == 0)
        let imported = try await server.run("import", "stock", stock)
        #expect(try imported.json().integer("rows") == 3)
        return server
    }

    deinit {
        if process.isRunning {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        directory.remove()
    }

    /// The data directory.
    var dataDirectory: String { givenDirectory ?? directory.path + "/data" }

    /// Writes a file beside the data directory and returns its path.
    func write(_ name: String, _ text: String) throws -> String {
        let path = "\(directory.path)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// Starts the server; it says its address when it takes requests.
    func start() async throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: Program.holdfastPath)
        process.arguments =
            [
                "serve", "--data-dir", dataDirectory, "--listen", "127.0.0.1:0",
                "--segment-size", "16MiB", "--json", "--end-with-input",
            ] + options
        let pipe = Pipe()
        process.standardOutput = pipe
        // It ends with this process, however that ends.
        leash = Pipe()
        process.standardInput = leash
        try process.run()
        let line = await withCheckedContinuation { waiting in
            Thread.detachNewThread {
                waiting.resume(returning: pipe.fileHandleForReading.availableData)
            }
        }
        let object = try JSONSerialization.jsonObject(with: line) as? [String: Any]
        address = try #require(object?["listening"] as? String)
    }

    /// Ends the server with a signal; its exit code, or the signal's number.
    @discardableResult
    func end(_ signal: Int32) async -> Int32 {
        let ended = process
        await withCheckedContinuation { waiting in
            Thread.detachNewThread {
                kill(ended.processIdentifier, signal)
                ended.waitUntilExit()
                waiting.resume()
            }
        }
        return ended.terminationStatus
    }

    /// Kills the server without warning and starts it again.
    func killAndRestart() async throws {
        await end(SIGKILL)
        try await start()
    }

    /// Runs a client command against this server, with `--json` unless told otherwise.
    @discardableResult
    func run(_ arguments: String..., asJSON: Bool = true) async throws -> ProgramResult {
        try await Program.holdfast(
            arguments + ["--server", address] + (asJSON ? ["--json"] : [])
        )
    }

    /// Runs a client command as somebody.
    @discardableResult
    func run(_ arguments: String..., as identity: [String]) async throws -> ProgramResult {
        try await Program.holdfast(arguments + ["--server", address, "--json"] + identity)
    }

    /// Runs a client command and returns what a person reads.
    func text(_ arguments: String...) async throws -> String {
        try await Program.holdfast(arguments + ["--server", address]).output
    }

    /// All cells by SKU, warehouse and pool but `default`, as `stock list --json` prints them.
    func stock() async throws -> [String: [String: Any]] {
        let result = try await run("stock", "list")
        #expect(result.status == 0)
        let cells = try result.jsonLines().map { cell -> (String, [String: Any]) in
            let pool = cell["pool"] as? String ?? "default"
            let place = "\(cell["warehouse"] ?? "")" + (pool == "default" ? "" : "/\(pool)")
            return ("\(cell["sku"] ?? "") \(place)", cell)
        }
        return Dictionary(uniqueKeysWithValues: cells)
    }
}

/// Two warehouses at known places.
let sampleWarehouses = """
    code,city,lat,lon,priority,shipment_cost_minor,unit_cost_minor,cutoff_hour_utc,handling_hours
    A,Alphaville,0,0,1,100,10,18,2
    B,"Beta, Upper",0,10,2,200,20,18,2
    """
