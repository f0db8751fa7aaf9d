import Benchmark
import Engine
import Inventory

/// Plan and commit of holds, and what becomes of them.
func engineBenchmarks() {
    holdBenchmark("Reserve, 1 line", { .single }, lines: 1, to: nil)
    // Every owner is new to the sale: now and then a table of owners grows.
    holdBenchmark(
        "Reserve of a sale, 1 line",
        { .limited },
        lines: 1,
        to: nil,
        allocationsMax: 200
    )
    closeBenchmarks()
    let oxford = Destination(
        position: Position(latitudeMicrodegrees: 51_750_000, longitudeMicrodegrees: -1_260_000)
    )
    holdBenchmark("Plan and reserve, 1 line of 12 warehouses", { .network }, lines: 1, to: oxford)
    holdBenchmark("Plan and reserve, 4 lines of 12 warehouses", { .network }, lines: 4, to: oxford)
}

private func holdBenchmark(
    _ name: String,
    _ shop: @escaping @Sendable () -> Shop,
    lines: Int,
    to destination: Destination?,
    allocationsMax: Int = 0
) {
    Benchmark(name) { benchmark in
        let shop = shop()
        var answer = ReservationAnswer()
        let requests = shop.requests(lines: lines, destination: destination)
        shop.take(shop.engine.reserveCreditBytes(lines: lines) * operationCount)
        benchmark.measure(allocationsMax: allocationsMax) { index in
            shop.engine.reserve(
                requests[index],
                now: shop.now,
                session: shop.session,
                answer: &answer
            )
            precondition(answer.outcome == .accepted)
        }
        shop.drain()
        shop.forgetEverything()
    }
}

private func closeBenchmarks() {
    changeBenchmark("Commit") { shop, id, answer in
        shop.engine.close(
            id,
            by: .commit,
            requestID: RequestID(high: ~id.high, low: id.low),
            now: shop.now,
            session: shop.session,
            answer: &answer
        )
    }
    changeBenchmark("Release") { shop, id, answer in
        shop.engine.close(
            id,
            by: .release,
            requestID: RequestID(high: ~id.high, low: id.low),
            now: shop.now,
            session: shop.session,
            answer: &answer
        )
    }
    changeBenchmark("Show") { shop, id, answer in
        shop.engine.show(id, now: shop.now, session: shop.session, answer: &answer)
    }
    Benchmark("Repeated answer") { benchmark in
        let shop = Shop.single
        var answer = ReservationAnswer()
        let requests = shop.requests(lines: 1)
        shop.hold(requests, &answer)
        shop.take(shop.engine.reserveCreditBytes(lines: 1) * operationCount)
        benchmark.measure { index in
            shop.engine.reserve(
                requests[index],
                now: shop.now,
                session: shop.session,
                answer: &answer
            )
            precondition(answer.isRepeated)
        }
        shop.drain()
        shop.forgetEverything()
    }
    expireBenchmark()
}

private func changeBenchmark(
    _ name: String,
    _ change: @escaping @Sendable (Shop, ReservationID, inout ReservationAnswer) -> Void
) {
    Benchmark(name) { benchmark in
        let shop = Shop.single
        var answer = ReservationAnswer()
        let requests = shop.requests(lines: 1)
        shop.hold(requests, &answer)
        let ids = requests.map(\.id)
        shop.take(operationCount * shop.engine.closeCreditBytes(of: ids[0]))
        benchmark.measure { index in
            change(shop, ids[index], &answer)
            precondition(answer.outcome == .accepted)
        }
        shop.drain()
        shop.forgetEverything()
    }
}

/// A thousand holds fall due in the same millisecond and are swept in one call.
private func expireBenchmark() {
    Benchmark("Expire") { benchmark in
        let shop = Shop.single
        var answer = ReservationAnswer()
        shop.hold(shop.requests(lines: 1), &answer)
        let due = Instant(milliseconds: shop.now.milliseconds + 900_000)
        var expired = 0
        benchmark.measure { index in
            guard index == 0 else { return }
            var hasMore = true
            while hasMore {
                let result = shop.engine.sweep(now: due, session: shop.session, limit: 100_000)
                expired += result.expired
                hasMore = result.hasMore
            }
        }
        precondition(expired == operationCount)
        shop.drain()
        shop.forgetEverything()
    }
}
