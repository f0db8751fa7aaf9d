/// A bar over several passes through files, by bytes.
struct PassProgress {
    private var bar: ProgressBar?
    private var passedBytes: UInt64 = 0
    private var shownBytes: UInt64 = 0

    private static let stepSizeBytes: UInt64 = 1_024

    /// A bar that is full when `totalBytes` were read, all passes together; nothing where it isn't
    /// to be shown.
    init(_ title: String, totalBytes: UInt64, isShown: Bool = true) {
        let steps = Int(clamping: totalBytes / PassProgress.stepSizeBytes)
        bar = isShown ? ProgressBar(title, total: steps) : nil
    }

    /// Shows that the present pass has come so far.
    mutating func show(_ bytes: UInt64) {
        shownBytes = bytes
        bar?.show(Int(clamping: (passedBytes + bytes) / PassProgress.stepSizeBytes))
    }

    /// Begins the next pass.
    mutating func beginPass() {
        passedBytes += shownBytes
        shownBytes = 0
    }

    /// Removes the bar.
    func clear() { bar?.clear() }
}
