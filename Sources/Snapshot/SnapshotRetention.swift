package import Inventory

/// Which snapshots are kept.
package struct SnapshotRetention: Hashable, Sendable {
    /// Whole snapshots that are kept at most, at least 1.
    package let countMax: Int
    /// Milliseconds that one is kept at most; nil is for ever.
    package let ageMillisecondsMax: Int64?

    /// Keeps at most so many, none older than so much.
    package init(countMax: Int, ageMillisecondsMax: Int64? = nil) {
        precondition(countMax >= 1, "one snapshot is always kept")
        precondition(ageMillisecondsMax ?? 0 >= 0, "an age is no less than zero")
        self.countMax = countMax
        self.ageMillisecondsMax = ageMillisecondsMax
    }

    /// The snapshots that may go, oldest first.
    ///
    /// A whole one goes when enough newer whole ones are there or when it is too old, but the
    /// newest whole one stays. A bad one counts for nothing; it goes when it is older than every
    /// one that stays, so it is there to be looked at for as long. One that the disk didn't read
    /// just now may be whole: it stays and goes as if it were, but never in place of one that is.
    /// - Parameters:
    ///   - files: All snapshots of a directory, newest first.
    ///   - now: The present.
    /// - Returns: Those to remove, in the order to remove them in.
    package func expired(_ files: [SnapshotFile], now: Instant) -> [SnapshotFile] {
        var keptCount = 0
        var hasWhole = false
        var oldestKeptLSN: UInt64 = 0
        var candidates: [SnapshotFile] = []
        for file in files.sorted(by: { $0.endLSN > $1.endLSN }) {
            let isKept: Bool
            switch file.content {
            case .success(let header):
                isKept = !hasWhole || keptCount < countMax && isYoung(header, now: now)
                hasWhole = true
                keptCount += isKept ? 1 : 0
            case .failure(let error):
                isKept = error.storage != nil && (!hasWhole || keptCount < countMax)
                keptCount += isKept && hasWhole ? 1 : 0
            }
            if isKept { oldestKeptLSN = file.endLSN } else { candidates.append(file) }
        }
        return candidates.filter { file in
            switch file.content {
            case .success: true
            case .failure(let error): error.storage != nil || file.endLSN < oldestKeptLSN
            }
        }.reversed()
    }

    private func isYoung(_ header: SnapshotHeader, now: Instant) -> Bool {
        guard let ageMillisecondsMax else { return true }
        return header.facts.instant.milliseconds >= now.milliseconds - ageMillisecondsMax
    }
}
