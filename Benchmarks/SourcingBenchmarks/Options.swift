import Glibc

/// The options of a subcommand: `--name value`, or `--name` alone.
struct Options {
    private var values: [String: String] = [:]

    /// Reads arguments; ends the process with 64 where they aren't options.
    init(_ arguments: ArraySlice<String>, flags: Set<String>) {
        var rest = arguments
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else { fail("unexpected argument \(argument)") }
            let name = String(argument.dropFirst(2))
            if flags.contains(name) {
                values[name] = ""
            } else if let value = rest.popFirst() {
                values[name] = value
            } else {
                fail("--\(name) needs a value")
            }
        }
    }

    /// Whether an option was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The folder with the retail data: `--data`, or the variable `HOLDFAST_DATA`.
    var folder: String {
        if let folder = values["data"] { return folder }
        if let folder = getenv("HOLDFAST_DATA") { return String(cString: folder) }
        fail("--data DIR names the folder with orders.csv.gz, stock.csv.gz and warehouses.csv")
    }

    /// The number of an option.
    func number(_ name: String, default value: Int) -> Int {
        guard let text = values[name] else { return value }
        guard let number = Int(text), number >= 0 else { fail("--\(name) \(text): not a number") }
        return number
    }
}

/// Says what is wrong with the arguments and ends the process.
func fail(_ message: String, code: Int32 = 64) -> Never {
    note("sourcing-benchmarks: \(message)")
    exit(code)
}

/// Writes a line for people beside the results.
func note(_ message: String) {
    var text = message + "\n"
    text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
}
