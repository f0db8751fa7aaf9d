internal import Inventory

extension Refusal {
    private static let tryAgain: StaticString = "try again in "
    private static let unit: StaticString = " ms"
    /// Decimal digits of the longest wait.
    private static let digitsMax = 10

    /// Bytes of room that a frame of ``encodeRateLimited(waitMilliseconds:correlation:into:)``
    /// takes, at most.
    package static var rateLimitedSizeMax: Int {
        WireLayout.headerSizeBytes + WireLayout.refusalFixedSizeBytes + tryAgain.utf8CodeUnitCount
            + digitsMax + unit.utf8CodeUnitCount + 4
    }

    /// Writes the frame that refuses a request which came too early, without allocating: of these
    /// there may be very many.
    ///
    /// - Parameters:
    ///   - waitMilliseconds: Milliseconds after which the request would be let through.
    ///   - correlation: The correlation id of the request.
    ///   - room: At least ``rateLimitedSizeMax`` bytes.
    /// - Returns: The bytes written.
    package static func encodeRateLimited(
        waitMilliseconds: UInt32,
        correlation: UInt64,
        into room: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(room.count >= rateLimitedSizeMax, "no room for a refusal")
        guard let base = room.baseAddress else { preconditionFailure("no room to write to") }
        var digits = InlineArray<10, UInt8>(repeating: 0)
        var digitCount = 0
        var rest = waitMilliseconds
        repeat {
            digits[digitCount] = UInt8(ascii: "0") + UInt8(rest % 10)
            digitCount += 1
            rest /= 10
        } while rest > 0
        var writer = unsafe ByteWriter(room)
        writer.putZeros(WireLayout.headerSizeBytes)
        writer.put(Int32(-1))
        writer.put(WireLayout.noState)
        writer.put(WireLayout.retryExtension)
        writer.put(
            UInt16(tryAgain.utf8CodeUnitCount + digitCount + unit.utf8CodeUnitCount)
        )
        put(tryAgain, &writer)
        for index in (0..<digitCount).reversed() { writer.put(digits[index]) }
        put(unit, &writer)
        writer.put(waitMilliseconds)
        let header = FrameHeader(
            size: writer.size,
            code: Outcome.rateLimited.rawValue,
            flags: WireLayout.answerFlag,
            correlation: correlation
        )
        unsafe header.write(to: base)
        return writer.size
    }

    private static func put(_ text: StaticString, _ writer: inout ByteWriter) {
        text.withUTF8Buffer { bytes in
            for index in 0..<bytes.count { unsafe writer.put(bytes[index]) }
        }
    }
}
