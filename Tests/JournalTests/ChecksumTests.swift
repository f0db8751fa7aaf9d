import CChecksum
import Support
import Testing

struct ChecksumTests {
    private static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0...31), 0x46DD_794E),
        (Array((0...31).reversed()), 0x113F_DB5C),
        (Array("123456789".utf8), 0xE306_9283),
        ([], 0),
    ]

    @Test func publishedVectorsHold() {
        for (bytes, checksum) in ChecksumTests.vectors {
            #expect(holdfast_crc32c(0, bytes, bytes.count) == checksum)
            #expect(holdfast_crc32c_by_table(0, bytes, bytes.count) == checksum)
        }
    }

    @Test func hardwareAndTableAgreeOnAnyLengthAndAlignment() {
        var random = SplitMix64(seed: 7)
        let bytes = (0..<20_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        bytes.withUnsafeBufferPointer { all in
            for _ in 0..<2_000 {
                let start = random.below(64)
                let count = random.below(all.count - 64)
                let part = UnsafeBufferPointer(rebasing: all[start..<start + count])
                let before = UInt32(truncatingIfNeeded: random.next())
                #expect(
                    holdfast_crc32c(before, part.baseAddress, count)
                        == holdfast_crc32c_by_table(before, part.baseAddress, count)
                )
            }
        }
    }

    @Test func aChecksumGoesOnFromTheOneBefore() {
        let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = holdfast_crc32c(0, bytes, bytes.count)
        for cut in [0, 1, 7, 8, 3_071, 3_072, 3_073, 9_999, 10_000] {
            let head = holdfast_crc32c(0, Array(bytes[..<cut]), cut)
            #expect(holdfast_crc32c(head, Array(bytes[cut...]), bytes.count - cut) == whole)
        }
    }
}
