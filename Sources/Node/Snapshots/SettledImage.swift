internal import Engine
internal import Movements
internal import Snapshot
internal import Storage

/// A snapshot's state at its end LSN.
struct SettledImage {
    let reader: SnapshotReader

    init(path: String, disk: any Disk) throws(NodeError) {
        reader = try onSnapshot { () throws(SnapshotError) in
            try SnapshotReader(path: path, disk: disk)
        }
    }

    func check() throws(NodeError) -> CheckReport {
        let ring = MovementRing(capacityBytes: 1 << 21, startLSN: reader.header.facts.endLSN)
        let engine = Engine(settings: EngineSettings(hashKey: 1), ring: ring)
        try onSnapshot { () throws(SnapshotError) in
            try SnapshotLoader(reader: reader, threads: 1).load(into: engine)
        }
        return engine.check()
    }
}
