internal import Glibc

/// A bar on standard error for what lasts; silent where no terminal is.
struct ProgressBar {
    private let title: String
    private let total: Int
    private var shownPercent = -1

    private static let width = 28

    /// A bar that is full at `total`.
    init(_ title: String, total: Int) {
        self.title = title
        self.total = max(1, total)
    }

    /// Shows how much is done, at most once for each percent.
    mutating func show(_ done: Int) {
        guard Terminal.showsProgress else { return }
        let percent = min(100, done * 100 / total)
        guard percent != shownPercent else { return }
        shownPercent = percent
        let filled = percent * ProgressBar.width / 100
        let bar =
            String(repeating: "━", count: filled)
            + String(repeating: "─", count: ProgressBar.width - filled)
        Terminal.write("\r\(title) \(bar) \(percent) %", to: STDERR_FILENO)
    }

    /// Removes the bar.
    func clear() {
        if shownPercent >= 0 { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }
}
