internal import HoldfastClient

/// A load as an HdrHistogram log: a text that its tools plot and compare.
///
/// Format: comment lines with the start, a heading, then one line per interval: seconds since the
/// start, its length in seconds, the largest latency in milliseconds, and the histogram in base 64.
/// That is the "V2 compressed" encoding, all numbers big-endian:
///
/// | bytes | what |
/// |---|---|
/// | 4 | `0x1C849314`, a compressed histogram of version 2 |
/// | 4 | size of the zlib stream that follows |
/// | 2 | `0x78 0x01`: zlib without a dictionary |
/// | 5 each | a stored block: 1 where it is the last one, else 0; u16 size; u16 its complement |
/// | 4 | Adler-32 of what the blocks hold |
///
/// The blocks hold a header of 40 bytes (`0x1C849313`; u32 size of the counts; 0; u32 significant
/// digits 2; u64 lowest 1; u64 highest value; 1.0 as a double) and the counts from the lowest
/// bucket on as zigzag LEB128, a run of empty buckets as minus its length. Nothing is squeezed:
/// counts are small already, and a zlib stream of stored blocks needs no library.
/// - Source: HdrHistogram 2.1, `AbstractHistogram.encodeIntoCompressedByteBuffer` and
///   `HistogramLogWriter` as their documentation states them; RFC 1950 and 1951.
enum HistogramLog {
    /// The whole log of a load.
    static func text(_ result: LoadResult) -> String {
        let start = (Double(result.startMilliseconds) / 1_000).rounded(toPlaces: 3)
        let instant = Instant(milliseconds: result.startMilliseconds).text
        var text = """
            #[Histogram log format version 1.3]
            #[StartTime: \(start) (seconds since epoch), \(instant)]
            #[BaseTime: \(start) (seconds since epoch)]
            "StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"

            """
        for (second, interval) in result.intervals.enumerated() {
            let isLast = second == result.intervals.count - 1
            let length = isLast ? max(0, result.seconds - Double(second)) : 1
            let most = Double(interval.latency.maxNanoseconds) / 1_000_000
            let columns = [
                Double(second).rounded(toPlaces: 3), length.rounded(toPlaces: 3),
                most.rounded(toPlaces: 3), base64(compressed(interval.latency)),
            ]
            text += columns.joined(separator: ",") + "\n"
        }
        return text
    }

    // MARK: Histogram

    private static func compressed(_ histogram: LatencyHistogram) -> [UInt8] {
        let stream = stored(encoded(histogram))
        var bytes = bigEndian(UInt32(0x1C84_9314)) + bigEndian(UInt32(stream.count))
        bytes += stream
        return bytes
    }

    private static func encoded(_ histogram: LatencyHistogram) -> [UInt8] {
        let counts = countBytes(histogram.buckets)
        var bytes = bigEndian(UInt32(0x1C84_9313)) + bigEndian(UInt32(counts.count))
        bytes += bigEndian(UInt32(0)) + bigEndian(UInt32(2)) + bigEndian(UInt64(1))
        bytes += bigEndian(LatencyHistogram.trackableNanosecondsMax)
        bytes += bigEndian((1.0).bitPattern)
        return bytes + counts
    }

    private static func countBytes(_ buckets: [UInt64]) -> [UInt8] {
        var bytes: [UInt8] = []
        var empty: Int64 = 0
        for count in buckets {
            guard count > 0 else {
                empty += 1
                continue
            }
            if empty > 0 { append(-empty, to: &bytes) }
            empty = 0
            append(Int64(clamping: count), to: &bytes)
        }
        return bytes
    }

    /// Appends a number as zigzag LEB128; the ninth byte has all its eight bits.
    private static func append(_ value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
        for _ in 0..<8 {
            guard rest > 0x7F else { return bytes.append(UInt8(rest)) }
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    // MARK: Bytes

    private static let blockSizeBytesMax = 65_535

    /// A zlib stream that holds the bytes as they are.
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, to: bytes.count, by: blockSizeBytesMax) {
            let block = bytes[start..<min(start + blockSizeBytesMax, bytes.count)]
            stream.append(block.endIndex == bytes.count ? 1 : 0)
            let size = UInt16(block.count)
            stream += bigEndian(size.byteSwapped) + bigEndian((~size).byteSwapped)
            stream += block
        }
        return stream + bigEndian(adler32(bytes))
    }

    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }

    private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: value.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: value >> $0)
        }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let word = part.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for place in 0..<4 {
                let digit = digits[Int(word >> UInt32(18 - 6 * place) & 0x3F)]
                text.append(place <= part.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
