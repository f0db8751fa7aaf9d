internal import Inventory
package import Journal
internal import Snapshot
package import Storage

/// The files that the past is told from: a data directory, and archives of its log.
///
/// A server may write them meanwhile; nothing is changed.
package struct PastSources: Sendable {
    /// The data directory.
    package let dataDirectory: String
    /// Directories to which older segments of the log were moved.
    package let archives: [String]
    /// The port to the files.
    package let disk: any Disk

    /// The files of a data directory.
    package init(_ dataDirectory: String, archives: [String] = [], disk: any Disk) {
        self.dataDirectory = dataDirectory
        self.archives = archives
        self.disk = disk
    }

    /// The log.
    package var log: LogSources { LogSources(dataDirectory + "/journal", archives: archives) }

    /// The snapshots, newest first, bad ones with what is wrong; none where there is no directory.
    func snapshots() throws(TimeTravelError) -> [SnapshotFile] {
        do throws(SnapshotError) {
            return try SnapshotFile.list(dataDirectory + "/snapshots", disk: disk)
        } catch {
            if error.storage?.code == .missing { return [] }
            throw TimeTravelError(error)
        }
    }

    /// What can be told without a gap; nil where that is nothing.
    ///
    /// - Throws: Codes `damaged`, `removedMeanwhile` and `storage`.
    /// - Complexity: Reads the last segment of the log whole, and of others little.
    package func span() throws(TimeTravelError) -> PastSpan? {
        let spans = try onPastLog { () throws(JournalError) in
            try Journal.spans(of: log, disk: disk)
        }
        guard let oldest = try oldestBase(passingOverDamage: true) else { return nil }
        let last = spans.last
        switch oldest {
        case .beginning:
            guard let last else { return nil }
            return PastSpan(
                firstLSN: oldest.lsn,
                firstInstant: last.firstInstant,
                endLSN: last.endLSN,
                lastInstant: last.lastInstant
            )
        case .snapshot(_, let lsn, let instant):
            return PastSpan(
                firstLSN: lsn,
                firstInstant: instant,
                endLSN: max(lsn, last?.endLSN ?? 0),
                lastInstant: max(instant, last?.lastInstant ?? instant)
            )
        }
    }

    // MARK: What to begin from

    /// What a state at a moment may begin from, the best first; the log's beginning comes last,
    /// whether it is there or not.
    func bases(at moment: PastMoment) throws(TimeTravelError) -> [PastBase] {
        let snapshots = try wholeSnapshots().filter { base in
            guard case .snapshot(_, let lsn, let instant) = base else { return false }
            return moment.admits(endLSN: lsn, instant: instant)
        }
        return snapshots + [.beginning]
    }

    /// The earliest state that there is and that the log goes on from; nil where there is none.
    func oldestBase(passingOverDamage: Bool) throws(TimeTravelError) -> PastBase? {
        for base in [.beginning] + (try wholeSnapshots().reversed()) {
            do throws(JournalError) {
                _ = try Journal.read(log, from: base.lsn, upTo: base.lsn, disk: disk) { _, _, _ in
                    false
                }
                return base
            } catch {
                if error.code == .recordsMissing { continue }
                if passingOverDamage, error.code == .damaged { continue }
                throw TimeTravelError(error)
            }
        }
        return nil
    }

    /// The snapshots whose header is good, newest first.
    private func wholeSnapshots() throws(TimeTravelError) -> [PastBase] {
        try snapshots().compactMap { file in
            guard case .success(let header) = file.content else { return nil }
            let facts = header.facts
            return .snapshot(path: file.path, lsn: facts.endLSN, instant: facts.instant)
        }
    }
}
