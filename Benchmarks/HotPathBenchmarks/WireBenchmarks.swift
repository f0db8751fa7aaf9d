import Benchmark
import Inventory
import Wire

/// Frames in and out.
func wireBenchmarks() {
    decodeBenchmark("Decode reserve, 1 line", lines: 1)
    decodeBenchmark("Decode reserve, 4 lines", lines: 4)
    encodeBenchmark("Encode answer, 1 line", lines: 1)
    encodeBenchmark("Encode answer, 4 lines", lines: 4)
}

private func reserveFrame(lines: Int) -> [UInt8] {
    let request = ReservationRequest(
        id: RequestID(high: 1, low: 2),
        owner: OwnerID(high: 3, low: 4),
        lines: (0..<lines).map { .init(sku: skuName($0), quantity: 1) }
    )
    do {
        return try request.encode(correlation: 7)
    } catch {
        preconditionFailure("the request is valid: \(error)")
    }
}

private func decodeBenchmark(_ name: String, lines lineCount: Int) {
    let frame = reserveFrame(lines: lineCount)
    Benchmark(name) { benchmark in
        let lines = UnsafeMutableBufferPointer<RequestLine>.allocate(capacity: lineCount)
        let request = UnsafeMutablePointer<ReserveRequest>.allocate(capacity: 1)
        defer {
            lines.deallocate()
            request.deallocate()
        }
        frame.withUnsafeBytes { bytes in
            benchmark.measure { _ in
                guard case .whole(let header) = FrameHeader.next(in: bytes, at: 0) else {
                    preconditionFailure("the frame is whole")
                }
                let body = UnsafeRawBufferPointer(
                    rebasing: bytes[WireLayout.headerSizeBytes..<header.size]
                )
                let fault = ReserveDecoder.decode(body, lines: lines, into: request)
                precondition(fault == nil)
                blackHole(request.pointee.id)
            }
        }
    }
}

private func encodeBenchmark(_ name: String, lines: Int) {
    Benchmark(name) { benchmark in
        var answer = ReservationAnswer()
        answer.reset(.accepted)
        answer.lsn = 4_096
        answer.lineCount = lines
        answer.shareCount = lines
        for line in 0..<lines {
            answer.lines[line] = LineResult(
                requested: 1,
                reserved: 1,
                shareStart: UInt32(line),
                shareCount: 1
            )
            answer.shares[line] = Share(warehouse: WarehouseCode("LON1") ?? .none, quantity: 1)
        }
        let room = UnsafeMutableRawBufferPointer.allocate(
            byteCount: ReservationEncoder.frameSizeMax(of: answer),
            alignment: 8
        )
        defer { room.deallocate() }
        benchmark.measure { index in
            blackHole(
                ReservationEncoder.encode(answer, correlation: UInt64(index), into: room)
            )
        }
    }
}
