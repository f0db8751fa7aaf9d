import Glibc
import Storage
import Support
import Testing

@testable import Snapshot

struct SnapshotFaultTests {
    @Test func aFullDiskIsNamedAtEveryByteAndLeavesNothing() throws {
        let image = SampleImage(seed: 1, recordCount: 20)
        let whole = try emptyDisk()
        let size = whole.bytes(of: try image.write(to: whole)).count
        for capacity in 0..<size {
            let disk = try emptyDisk(capacityBytes: capacity)
            let error = try #require(throws: SnapshotError.self) { try image.write(to: disk) }
            #expect(error.code == .diskFull, "\(capacity) bytes")
            #expect(error.errno == ENOSPC)
            #expect(error.path == SampleImage.directory + "/00000000000000004096.hfs.new")
            #expect(error.description.contains("make room"))
            #expect(try disk.list(SampleImage.directory).isEmpty)
        }
        let disk = try emptyDisk(capacityBytes: size)
        #expect(try SnapshotReader(path: try image.write(to: disk), disk: disk).verify().isEmpty)
    }

    @Test func aFullDiskNamesTheSection() throws {
        let image = SampleImage(seed: 1)
        let writer = try image.begin(on: try emptyDisk())
        let second = try #require(writer.progress.sections == 3 ? writer : nil).path
        let disk = try emptyDisk(capacityBytes: 600)
        let error = try #require(throws: SnapshotError.self) { try image.write(to: disk) }
        #expect(error.path == second)
        #expect(error.section?.kind == .skus)
        #expect(error.description.hasPrefix("snapshot in section 0 (skus): write "))
    }

    @Test func whicheverCallFailsTheUnfinishedFileGoes() throws {
        let image = SampleImage(seed: 2)
        var failed = 0
        var count = 1
        while true {
            let disk = try emptyDisk()
            disk.failCall(count, isFinal: false)
            do throws(SnapshotError) {
                try image.write(to: disk)
                break
            } catch {
                failed += 1
                #expect(error.code == .storage)
                #expect(error.errno == EIO)
                let names = try disk.list(SampleImage.directory)
                // Only a name that couldn't be made durable stays: the file under it is whole.
                let isNamed =
                    error.storage?.operation == .sync && error.path == SampleImage.directory
                #expect(names.count == (isNamed ? 1 : 0), "call \(count)")
                for name in names {
                    let path = SampleImage.directory + "/" + name
                    #expect(try SnapshotReader(path: path, disk: disk).verify().isEmpty)
                }
            }
            count += 1
        }
        #expect(failed == 10)
    }

    /// A snapshot is there, another is being made; the power goes at every call.
    @Test func aCrashAtEveryStepLeavesTheOldSetOrTheNew() throws {
        let old = SampleImage(seed: 3, startLSN: 800)
        let new = SampleImage(seed: 4, startLSN: 80_000)
        var unfinished = 0
        var withNew = 0
        for seed in UInt64(1)...60 {
            for count in 1...12 {
                let disk = try emptyDisk()
                let oldPath = try old.write(to: disk)
                disk.failCall(count, isFinal: true)
                var isPublished = false
                do throws(SnapshotError) {
                    try new.write(to: disk)
                    isPublished = true
                } catch {
                    #expect(error.code == .storage)
                }
                disk.crash(seed: seed * 100 + UInt64(count))
                let removed = try SnapshotFile.removeUnfinished(
                    in: SampleImage.directory,
                    disk: disk
                )
                unfinished += removed.count
                let files = try SnapshotFile.list(SampleImage.directory, disk: disk)
                #expect(files.last?.path == oldPath)
                #expect(files.count == 2 || !isPublished)
                withNew += files.count == 2 ? 1 : 0
                #expect(try disk.list(SampleImage.directory).count == files.count)
                for file in files {
                    let reader = try SnapshotReader(path: file.path, disk: disk)
                    let image = file.path == oldPath ? old : new
                    #expect(try SampleImage.records(of: reader) == image.runs)
                }
            }
        }
        #expect(unfinished > 50, "no crash leaves an unfinished file: the test proves nothing")
        #expect(withNew > 50, "no crash leaves the new one: the test proves nothing")
    }

    /// The writer keeps its file nameless until it is durable, whatever else is torn.
    @Test func aCrashBeforeTheNameLeavesNoName() throws {
        let image = SampleImage(seed: 5)
        for seed in UInt64(1)...200 {
            let disk = try emptyDisk()
            let writer = try image.begin(on: disk)
            if seed % 2 == 0 { _ = try writer.finish(image.facts) }
            disk.crash(seed: seed)
            #expect(try SnapshotFile.list(SampleImage.directory, disk: disk).isEmpty)
        }
    }
}
