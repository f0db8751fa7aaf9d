import Engine
import Foundation
import Inventory
import Movements
import Node
import Storage
import Support
import Testing

@testable import holdfast

/// Seven months of a retailer's real orders, and any SKU as it was at any of their movements.
@Suite struct PastRetailTests {
    /// The folder with the retail data, where this machine has it.
    private static let folder: String? = {
        let given = ProcessInfo.processInfo.environment["HOLDFAST_DATA"]
        let folder = given ?? "../shared/data/retail"
        let isThere = FileManager.default.isReadableFile(atPath: folder + "/orders.csv.gz")
        return isThere ? folder : nil
    }()

    private static let isFullRun = ProcessInfo.processInfo.environment["HOLDFAST_FULL"] == "1"

    /// What a SKU was at an LSN.
    private struct Known {
        let lsn: UInt64
        let sku: String
        let stock: StockOfSKU?
        let hash: UInt64?
    }

    private static let ordersPerSnapshot = 1_000

    private func rows(_ path: String) async throws -> [[Substring]] {
        let text = try await Program.run("gzip", ["-dc", path]).output
        return text.split(separator: "\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
    }

    private func importStock(_ folder: String, _ books: PastBooks) async throws {
        let file = try CSVFile(path: folder + "/warehouses.csv")
        let code = try file.column("code")
        let lat = try file.column("lat")
        let lon = try file.column("lon")
        let warehouses = try (0..<file.rowCount).map { index in
            let row = file.row(index)
            return Warehouse(
                code: try row.warehouse(code),
                position: try #require(
                    Position(latitude: row.number(lat), longitude: row.number(lon))
                )
            )
        }
        let made = WarehousesCommand(id: books.nextID(), warehouses: warehouses)
        #expect(try books.run(.warehouses(made)).outcome == .accepted)
        let stock = try await rows(folder + "/stock.csv.gz")
        for first in stride(from: 0, to: stock.count, by: 500) {
            try books.stock(
                .received,
                stock[first..<min(first + 500, stock.count)].compactMap { row in
                    guard let units = Int64(row[2]), units > 0 else { return nil }
                    return (String(row[0]), String(row[1]), units)
                }
            )
        }
    }

    /// Holds and commits each order, and notes states at random movements.
    private func replay(
        _ folder: String,
        _ books: PastBooks,
        notes: Int,
        _ random: inout SplitMix64
    ) async throws -> [Known] {
        var orders: [[[Substring]]] = []
        for row in try await rows(folder + "/orders.csv.gz") {
            guard let units = UInt32(row[8]), units > 0 else { continue }
            if orders.last?.first?[0] == row[0] {
                orders[orders.count - 1].append(row)
            } else {
                orders.append([row])
            }
        }
        var known: [Known] = []
        let engine = books.node.engine
        for (number, order) in orders.enumerated() {
            var command = ReserveCommand(
                id: books.nextID(),
                lines: order.map { row in
                    ReserveLine(sku: Array(row[7].utf8), quantity: UInt32(row[8]) ?? 1)
                }
            )
            command.mode = .bestEffort
            command.destination = Position(
                latitude: Double(order[0][5]) ?? 0,
                longitude: Double(order[0][6]) ?? 0
            ).map { Destination(position: $0) }
            _ = try books.run(.reserve(command), after: 1)
            if random.below(3) > 0 {
                _ = try books.run(.commit(command.id, requestID: books.nextID()), after: 1)
            }
            if number % PastRetailTests.ordersPerSnapshot == 0 { books.takeSnapshot() }
            guard random.chance(notes * 5 / 4, in: orders.count), known.count < notes else {
                continue
            }
            let row = order[random.below(order.count)]
            known.append(
                Known(
                    lsn: books.node.ring.tail,
                    sku: String(row[7]),
                    stock: engine.stock(of: String(row[7])),
                    hash: known.count % 100 == 0 ? engine.stateHash() : nil
                )
            )
        }
        return known
    }

    @Test(.enabled(if: folder != nil, "no retail data: set HOLDFAST_DATA to its folder"))
    func everySKUIsToldAsItWasAtRandomMovements() async throws {
        let folder = try #require(PastRetailTests.folder)
        let seed = UInt64.random(in: 1...UInt64.max)
        var random = SplitMix64(seed: seed)
        let books = try PastBooks(segmentSizeBytes: 1_048_576)
        try await importStock(folder, books)
        let notes = PastRetailTests.isFullRun ? 1_000 : 100
        let known = try await replay(folder, books, notes: notes, &random)
        #expect(known.count > notes / 2)
        let sources = PastSources(books.path, disk: LinuxDisk())
        for known in known {
            let moment = PastMoment.lsn(known.lsn)
            let subject: PastSubject = known.hash == nil ? .skus([known.sku]) : .everything
            let state = try PastState.load(sources, before: moment, subject, upTo: moment)
            try state.advance(to: moment)
            #expect(
                state.engine.stock(of: known.sku) == known.stock,
                "\(known.sku) at LSN \(known.lsn), seed \(seed)"
            )
            if let hash = known.hash { #expect(state.engine.stateHash() == hash, "seed \(seed)") }
        }
    }
}
