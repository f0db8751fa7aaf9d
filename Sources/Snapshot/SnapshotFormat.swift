internal import CChecksum

// A snapshot on disk
// ==================
//
// A snapshot is one file, `00000000000000004096.hfs`: the LSN whose state it is, and the suffix.
// All integers are little-endian. Checksums are CRC-32C (RFC 3720).
//
//     header       512 bytes
//     sections     one LZ4 frame each, one behind the other without a gap
//     directory    48 bytes for each section
//     trailer      16 bytes, the last of the file
//
//     header, 512 bytes
//     offset  width  field
//          0      8  magic "HFSNAP01"
//          8      4  checksum of bytes 12 to 511
//         12      4  version, 1; raised with the layout of this file or of the records in it
//         16      8  size of the file in bytes
//         24      8  offset of the directory
//         32      4  number of sections
//         36      4  checksum of the directory
//         40      8  log id: that of the log whose movements made this state
//         48      8  instant of the state: milliseconds since 1970-01-01T00:00:00Z, signed
//         56      8  start LSN: no state record was copied at a lower one
//         64      8  end LSN: the state is that of the log up to here, this LSN excluded
//         72      8  digest of the configuration
//         80      8  number that the next new SKU gets
//         88      4  stripes of the engine that was copied; a loader may have others
//         92      4  zero
//         96      8  SKUs
//        104      8  cells
//        112      8  reservations that are open
//        120      8  reservations that are closed and retained
//        128      8  request ids that are remembered
//        136    376  zero
//
// What is counted is what was copied; the log slice may have changed it since.
//
//     directory entry, 48 bytes
//     offset  width  field
//          0      4  kind: 1 SKUs, 2 reservations, 3 configuration, 4 log slice
//          4      4  checksum of the packed bytes
//          8      8  offset of the section in the file
//         16      8  size packed, in bytes
//         24      8  size unpacked, in bytes: a multiple of 8, at most 4 MiB
//         32      8  number of records, at least 1
//         40      8  log slice: LSN of its first record; else zero
//
// Entries stand in the order of the sections, and kinds never fall. The first section begins at
// byte 512, each next one where the one before ends, the directory where the last one ends.
//
//     trailer, 16 bytes
//     offset  width  field
//          0      8  magic "HFSNEND1"
//          8      4  zero
//         12      4  checksum of the header, the directory and the trailer's bytes 0 to 11
//
// The directory holds the checksum of every section, so the trailer's is one of the whole: it
// names the file's content. Every byte of the file is covered.
//
// A section is an LZ4 frame (format of liblz4's `lz4frame`, version 1.6) that states its content
// size and ends with a checksum of its content, so `lz4 -d` unpacks it. Unpacked it is a row of
// whole records without a gap. A record begins with its size in bytes (4 bytes, a multiple of 8,
// 8 to 1,048,576). The records of a log slice are those of the log, from the start LSN to the
// end LSN without a gap: an LSN counts bytes of records, so the LSN of each follows from its place.
// There may be no section of a kind.
//
// What a crash can leave
// ----------------------
// The file is written as `….hfs.new`, header last, synced, and only then given its name, so no
// crash leaves half a file under a name that ends in `.hfs`: a bad one is damage. A file that ends
// in `.new` is unfinished, whatever it holds, and may be removed by whoever owns the directory.

/// Widths, magic numbers and names of a snapshot on disk.
enum SnapshotFormat {
    static let version: UInt32 = 1
    static let headerSizeBytes = 512
    static let entrySizeBytes = 48
    static let trailerSizeBytes = 16
    /// "HFSNAP01", read as a little-endian integer.
    static let headerMagic: UInt64 = 0x3130_5041_4E53_4648
    /// "HFSNEND1", read as a little-endian integer.
    static let trailerMagic: UInt64 = 0x3144_4E45_4E53_4648

    /// Suffix of a snapshot that is whole.
    static let suffix = ".hfs"
    /// Suffix behind the name of one that isn't finished.
    static let unfinishedSuffix = ".new"
    private static let nameDigitCount = 20

    /// The file name of the snapshot at an LSN.
    static func name(ofLSN lsn: UInt64) -> String {
        let digits = String(lsn)
        return String(repeating: "0", count: nameDigitCount - digits.utf8.count) + digits + suffix
    }

    /// The LSN that a file name stands for, or nil if it is no snapshot's.
    static func lsn(ofName name: String) -> UInt64? {
        guard name.hasSuffix(suffix) else { return nil }
        let digits = name.utf8.dropLast(suffix.utf8.count)
        guard digits.count == nameDigitCount,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return UInt64(name.dropLast(suffix.utf8.count))
    }

    /// CRC-32C of `bytes`, going on from the `checksum` of the bytes before.
    static func checksum(
        of bytes: UnsafeRawBufferPointer,
        after checksum: UInt32 = 0
    ) -> UInt32 {
        unsafe holdfast_crc32c(checksum, bytes.baseAddress, bytes.count)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Stores an integer, little-endian, at any offset.
    func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        unsafe storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}

extension UnsafeRawBufferPointer {
    /// Loads a little-endian integer from any offset.
    func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type,
        at offset: Int
    ) -> Value {
        unsafe Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
