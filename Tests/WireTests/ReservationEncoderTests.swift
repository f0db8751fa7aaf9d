import Inventory
import Testing
import Wire

@Suite struct ReservationEncoderTests {
    /// An answer as an engine fills it.
    private func fill(_ answer: inout ReservationAnswer, from receipt: ReservationReceipt) {
        answer.reset(.accepted)
        answer.isRepeated = receipt.isRepeated
        answer.state = receipt.state
        answer.lsn = receipt.lsn
        answer.expiresAt = receipt.expiresAt
        answer.promisedAt = receipt.promisedAt ?? .distantPast
        answer.didReplace = receipt.didReplace
        answer.didRestExpire = receipt.didRestExpire
        answer.alternatives = receipt.alternatives
        answer.owner = Samples.owner
        answer.heldSince = Samples.report.heldSince
        for line in receipt.lines {
            answer.lines[answer.lineCount] = LineResult(
                requested: line.requested,
                reserved: line.reserved,
                shareStart: UInt32(answer.shareCount),
                shareCount: UInt32(line.shares.count)
            )
            for share in line.shares {
                answer.shares[answer.shareCount] = share
                answer.shareCount += 1
            }
            answer.skuNumbers[answer.lineCount] = UInt32(answer.lineCount)
            answer.lineCount += 1
        }
    }

    @Test func writesWhatTheReceiptWrites() throws {
        var answer = ReservationAnswer()
        for receipt in [
            Samples.receipt, Samples.splitReceipt, Samples.fullReceipt, Samples.shortReceipt,
        ] {
            fill(&answer, from: receipt)
            let room = ReservationEncoder.frameSizeMax(of: answer)
            var frame = [UInt8](repeating: 0xEE, count: room)
            let size = frame.withUnsafeMutableBytes {
                ReservationEncoder.encode(answer, correlation: 77, into: $0)
            }
            let expected = try receipt.encode(correlation: 77, isRepeated: receipt.isRepeated)
            #expect(Array(frame.prefix(size)) == expected)
            #expect(ReservationReceipt(answer) == receipt)
        }
    }

    @Test func writesWhatTheReportWrites() throws {
        var answer = ReservationAnswer()
        let report = Samples.report
        fill(&answer, from: report.receipt)
        let room = ReservationEncoder.showFrameSizeMax(of: answer)
        var frame = [UInt8](repeating: 0xEE, count: room)
        let size = frame.withUnsafeMutableBytes {
            ReservationEncoder.encodeShow(answer, correlation: 77, into: $0) {
                report.skus[Int($0)]
            }
        }
        #expect(Array(frame.prefix(size)) == (try report.encode(correlation: 77)))
        #expect(ReservationReport(answer) { report.skus[Int($0)] } == report)
    }

    @Test func writesWhatTheRefusalWrites() {
        var answer = ReservationAnswer()
        let refusals = [
            Refusal(.insufficientStock, index: 3), Refusal(.wrongState, state: .released),
            Refusal(.holdExpired, state: .expired), Refusal(.unknownReservation),
            Refusal(.versionConflict, index: 1), Refusal(.stockLost), Samples.conflict,
            Samples.lost, Samples.shortRefusal,
        ]
        for refusal in refusals {
            answer.reset(refusal.outcome)
            answer.refusedLine = Int32(refusal.index ?? -1)
            answer.state = refusal.state ?? .held
            answer.conflict = refusal.conflict
            answer.lostUnits = refusal.lostUnits
            answer.alternatives = refusal.alternatives
            var frame = [UInt8](
                repeating: 0,
                count: ReservationEncoder.frameSizeMax(of: answer)
            )
            let size = frame.withUnsafeMutableBytes {
                ReservationEncoder.encode(answer, correlation: 5, into: $0)
            }
            var expected = [UInt8](repeating: 0, count: refusal.encodedSizeMax)
            let expectedSize = expected.withUnsafeMutableBytes {
                refusal.encode(correlation: 5, into: $0)
            }
            let isShort =
                refusal.conflict == nil && refusal.lostUnits.isEmpty
                && refusal.alternatives.isEmpty
            #expect((size == 24) == isShort)
            #expect(frame.prefix(size) == expected.prefix(expectedSize))
        }
    }

    @Test func theLargestAnswerFitsAFrame() {
        let size = ReservationEncoder.frameSizeMax(
            lines: Limits.linesPerReservationMax,
            shares: Limits.sharesPerReservationMax
        )
        let name = String(repeating: "S", count: Limits.skuSizeBytesMax)
        let other = Alternative(kind: .pool, sku: name, warehouse: .none, available: 1)
        let lines = (0..<Limits.alternativeLinesMax).map { line in
            LineAlternatives(
                line: line,
                alternatives: Array(repeating: other, count: Limits.alternativesPerLineMax)
            )
        }
        #expect(size + WireLayout.sizeBytesMax(of: lines) <= Limits.frameSizeBytesMax)
    }

    @Test func theLargestShowFitsAFrame() throws {
        var answer = ReservationAnswer()
        answer.reset(.accepted)
        let sharesPerLine = Limits.sharesPerReservationMax / Limits.linesPerReservationMax
        for index in 0..<Limits.linesPerReservationMax {
            answer.lines[index] = LineResult(
                requested: UInt32(sharesPerLine),
                reserved: UInt32(sharesPerLine),
                shareStart: UInt32(index * sharesPerLine),
                shareCount: UInt32(sharesPerLine)
            )
            answer.skuNumbers[index] = 0
        }
        let code = try #require(WarehouseCode("LONGEST-CODE-016"))
        for index in 0..<Limits.sharesPerReservationMax {
            answer.shares[index] = Share(warehouse: code, quantity: 1)
        }
        answer.lineCount = Limits.linesPerReservationMax
        answer.shareCount = sharesPerLine * Limits.linesPerReservationMax
        let room = ReservationEncoder.showFrameSizeMax(of: answer)
        var frame = [UInt8](repeating: 0, count: room)
        let name = String(repeating: "S", count: Limits.skuSizeBytesMax)
        let size = frame.withUnsafeMutableBytes {
            ReservationEncoder.encodeShow(answer, correlation: 1, into: $0) { _ in name }
        }
        #expect(size > 600_000)
        #expect(size <= Limits.frameSizeBytesMax)
    }
}
