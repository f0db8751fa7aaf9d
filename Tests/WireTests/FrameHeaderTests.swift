import Inventory
import Testing
import Wire

@Suite struct FrameHeaderTests {
    private func step(_ bytes: [UInt8], at offset: Int = 0) -> FrameStep {
        bytes.withUnsafeBytes { FrameHeader.next(in: $0, at: offset) }
    }

    @Test func waitsForAWholeFrame() throws {
        let frame = try Samples.smallReserve.encode(correlation: 3)
        for size in 0..<frame.count { #expect(step(Array(frame.prefix(size))) == .partial) }
        let header = FrameHeader(size: frame.count, code: 10, flags: 0, correlation: 3)
        #expect(step(frame) == .whole(header))
        #expect(step(frame + frame, at: frame.count) == .whole(header))
        #expect(step(frame, at: frame.count) == .partial)
    }

    @Test func refusesSizesOutsideTheLimitsAtOnce() {
        #expect(step([15, 0, 0, 0]) == .refused(.malformedFrame))
        #expect(step([0, 0, 0, 0]) == .refused(.malformedFrame))
        #expect(step([1, 0, 16, 0]) == .refused(.frameTooLarge))
        #expect(step([0xFF, 0xFF, 0xFF, 0xFF]) == .refused(.frameTooLarge))
        #expect(step([0, 0, 16, 0]) == .partial)
        #expect(step([16, 0, 0, 0]) == .partial)
    }
}
