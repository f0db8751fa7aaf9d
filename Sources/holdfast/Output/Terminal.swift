internal import Glibc

/// Standard output and error: text, and colour where a person looks on.
enum Terminal {
    /// How a text stands out; nothing is written where no terminal is.
    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    /// Whether standard output is a terminal.
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    /// Whether standard output is a terminal that shows colour.
    static let hasColour = isTerminal && environment("NO_COLOR") == nil
    /// Whether standard error is a terminal.
    static let showsProgress = isatty(STDERR_FILENO) == 1

    /// How many columns the terminal on standard output has now; 80 where it doesn't say.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return 80
        }
        return Int(size.ws_col)
    }

    /// The value of an environment variable.
    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// `text` in `style` where standard output shows colour.
    static func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes a line to standard output.
    static func writeLine(_ line: String = "") { write(line + "\n", to: STDOUT_FILENO) }

    /// Writes lines to standard output at once.
    static func writeLines(_ lines: [String]) {
        if !lines.isEmpty { write(lines.joined(separator: "\n") + "\n", to: STDOUT_FILENO) }
    }

    /// Writes a line to standard error.
    static func writeErrorLine(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// Writes text to a descriptor; whoever closed it doesn't want the rest.
    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(
                    descriptor,
                    bytes.baseAddress.map { $0 + written },
                    bytes.count - written
                )
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                written += count
            }
        }
    }
}
