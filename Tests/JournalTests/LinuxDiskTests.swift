import Glibc
import Storage
import Support
import Testing

struct LinuxDiskTests {
    @Test func whatIsWrittenInRunsIsReadBack() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let disk = LinuxDisk()
        let file = try disk.open(directory.path + "/a", for: .create)
        let runs = [[UInt8](repeating: 1, count: 5_000), [], [UInt8](repeating: 2, count: 3)]
        var vectors = runs.map { run in
            let memory = UnsafeMutableRawPointer.allocate(byteCount: run.count + 1, alignment: 8)
            memory.copyMemory(from: run, byteCount: run.count)
            return iovec(iov_base: memory, iov_len: run.count)
        }
        let addresses = vectors.map(\.iov_base)
        defer { for address in addresses { address?.deallocate() } }
        try vectors.withUnsafeMutableBufferPointer { pointer in try file.write(pointer, at: 7) }
        try file.sync()
        #expect(try file.size() == 5_010)
        var back = [UInt8](repeating: 9, count: 6_000)
        let count = try back.withUnsafeMutableBytes { pointer in
            try file.read(into: pointer, at: 5_000)
        }
        #expect(count == 10)
        #expect(Array(back[..<count]) == [1, 1, 1, 1, 1, 1, 1, 2, 2, 2])
        file.close()
    }

    /// Whole sectors from a page of memory, and what no disk takes past the cache.
    @Test(arguments: [(0, 512), (0, 4_096), (0, 4_608), (8, 512), (0, 500), (8, 500)])
    func whatIsWrittenPastTheCacheIsReadThroughIt(memoryOffset: Int, count: Int) throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let file = try LinuxDisk().open(directory.path + "/a", for: .create)
        defer { file.close() }
        try file.writeZeros(0..<16_384)
        // Now the cache holds the old bytes.
        #expect(try readAll(file) == [UInt8](repeating: 0, count: 16_384))
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 8_192, alignment: 4_096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 7)
        let bytes = UnsafeRawBufferPointer(rebasing: memory[memoryOffset..<memoryOffset + count])
        try file.writePastCache(bytes, at: 1_024)
        try file.write(UnsafeRawBufferPointer(rebasing: memory[..<3]), at: 16_381)
        try file.sync()
        var expected = [UInt8](repeating: 0, count: 16_384)
        expected.replaceSubrange(1_024..<1_024 + count, with: repeatElement(7, count: count))
        expected.replaceSubrange(16_381..<16_384, with: [7, 7, 7])
        #expect(try readAll(file) == expected)
    }

    /// Whether the files of tests stand on a file system that takes writes past the cache.
    private static func isPastCachePossible() throws -> Bool {
        let file = try LinuxDisk().open("/proc/self/mounts", for: .read)
        defer { file.close() }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        var types: [Substring: Substring] = [:]
        for line in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 2 { types[fields[1]] = fields[2] }
        }
        return ["ext4", "xfs"].contains(types["/tmp"] ?? types["/"])
    }

    @Test(.enabled("files of tests stand on ext4 or XFS") { try isPastCachePossible() })
    func whatIsWrittenPastTheCacheIsNotInIt() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let file = try LinuxDisk().open(directory.path + "/a", for: .create)
        defer { file.close() }
        try file.writeZeros(0..<8_192)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 4_096)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 7)
        try file.writePastCache(UnsafeRawBufferPointer(memory), at: 0)
        try file.write(UnsafeRawBufferPointer(memory), at: 4_096)
        #expect(try cachedPages(of: file.path, count: 2) == [false, true])

        try file.sync()
        let read = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 4_096)
        defer { read.deallocate() }
        #expect(try file.readPastCache(into: read, at: 0) == 4_096)
        #expect(read.elementsEqual(memory))
        #expect(try cachedPages(of: file.path, count: 2)[0] == false)
        #expect(try file.read(into: read, at: 0) == 4_096)
        #expect(try cachedPages(of: file.path, count: 2)[0] == true)
    }

    /// Also where place, size or memory aren't those of whole sectors, and beyond the end.
    @Test(arguments: [(0, 4_096, 4_096), (0, 4_096, 8_192), (0, 8_192, 4_096), (64, 0, 4_096)])
    func whatIsReadPastTheCacheIsWhatWasWritten(memory: Int, offset: Int, count: Int) throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let file = try LinuxDisk().open(directory.path + "/a", for: .create)
        defer { file.close() }
        var random = SplitMix64(seed: 5)
        let content = (0..<9_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        try content.withUnsafeBytes { try file.write($0, at: 0) }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 4_096)
        defer { room.deallocate() }
        for offset in [offset, offset + 100] {
            let target = UnsafeMutableRawBufferPointer(rebasing: room[memory..<memory + count])
            let expected = content[offset..<min(offset + count, content.count)]
            #expect(try file.readPastCache(into: target, at: UInt64(offset)) == expected.count)
            #expect(target[..<expected.count].elementsEqual(expected))
        }
    }

    /// Which of a file's first pages the page cache holds.
    private func cachedPages(of path: String, count: Int) throws -> [Bool] {
        let descriptor = open(path, O_RDONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let map = try #require(mmap(nil, count * 4_096, PROT_READ, MAP_SHARED, descriptor, 0))
        try #require(map != MAP_FAILED)
        defer { munmap(map, count * 4_096) }
        var pages = [UInt8](repeating: 0, count: count)
        try #require(mincore(map, count * 4_096, &pages) == 0)
        return pages.map { $0 & 1 == 1 }
    }

    private func readAll(_ file: any DiskFile) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 9, count: Int(try file.size()))
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        return Array(bytes[..<count])
    }

    @Test func namesAreListedRenamedAndRemoved() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let disk = LinuxDisk()
        try disk.makeDirectory(directory.path)
        try disk.open(directory.path + "/b", for: .create).close()
        try disk.open(directory.path + "/a", for: .create).close()
        try disk.rename(directory.path + "/b", to: directory.path + "/c")
        try disk.syncDirectory(directory.path)
        #expect(try disk.list(directory.path) == ["a", "c"])
        try disk.remove(directory.path + "/a")
        #expect(try disk.list(directory.path) == ["c"])
    }

    @Test func errorsNameOperationPathAndNumber() throws {
        let error = #expect(throws: StorageError.self) {
            try LinuxDisk().open("/nowhere/at/all", for: .read)
        }
        #expect(error?.code == .missing)
        #expect(error?.operation == .open)
        #expect(error?.errno == ENOENT)
        #expect(error?.description.contains("/nowhere/at/all") == true)
    }

    @Test func aLockIsHeldByOneOnly() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let disk = LinuxDisk()
        let path = directory.path + "/LOCK"
        let held = try disk.lock(path)
        let error = #expect(throws: StorageError.self) { _ = try disk.lock(path) }
        #expect(error?.code == .locked)
        held.unlock()
        try disk.lock(path).unlock()
    }

    /// A child that is being started has copies of all descriptors until it runs its program.
    @Test func aLockIsGivenBackWhoeverHasACopyOfItsDescriptor() throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let path = directory.path + "/lock"
        let disk = LinuxDisk()
        let lock = try disk.lock(path)
        var copy: Int32?
        for descriptor in Int32(0)..<1_024 where copy == nil {
            var target = [CChar](repeating: 0, count: 4_096)
            let size = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
            guard size > 0 else { continue }
            let name = String(decoding: target[..<size].map(UInt8.init(bitPattern:)), as: UTF8.self)
            if name == path { copy = dup(descriptor) }
        }
        let shared = try #require(copy)
        defer { close(shared) }
        #expect(throws: StorageError.self) { try disk.lock(path) }
        lock.unlock()
        try disk.lock(path).unlock()
    }
}
