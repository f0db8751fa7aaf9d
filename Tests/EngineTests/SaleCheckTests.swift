import Engine
import Inventory
import Movements
import Support
import Testing

/// The check of what owners have of sales can fail.
@Suite struct SaleCheckTests {
    /// A byte of an entry that tells of an owner's whole share, and what the check says of it.
    struct Lie: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var offset: Int
        var value: UInt8
        var complaint: String

        init(_ name: String, at offset: Int, _ value: UInt8, _ complaint: String) {
            testDescription = name
            self.offset = offset
            self.value = value
            self.complaint = complaint
        }

        static let all = [
            Lie("open units", at: 24, 1, "counts 1 units and 1 holds, reservations say 5 and 1"),
            Lie("units of the window", at: 40, 6, "took 6 units in its window and has 5"),
            Lie("holds", at: 52, 1, "ever had 1 holds, 1 of them committed, and 2 and 1 are known"),
            Lie("committed holds", at: 56, 0, "ever had 2 holds, 0 of them committed, and 2 and 1"),
            Lie("open holds", at: 60, 2, "counts 5 units and 2 holds, reservations say 5 and 1"),
        ]
    }

    @Test(arguments: Lie.all)
    func countersThatReservationsContradictAreFound(lie: Lie) throws {
        let sale = SaleShop()
        sale.rules {
            $0.unitsPerWindow = 9
            $0.windowMilliseconds = 60_000
        }
        let committed = sale.reserve(["shirt": 2])
        #expect(sale.change(committed.id, .commit) == .accepted)
        #expect(sale.reserve(["shirt": 3]).outcome == .accepted)
        var capture = ImageCapture(sale.shop.harness.engine)
        var image = capture.finish()
        #expect(try violations(of: image, sale) == [])
        for index in image.pages.indices where isOfShares(image.pages[index]) {
            try spoil(&image.pages[index], lie)
        }
        let found = try violations(of: image, sale)
        #expect(found.contains { $0.contains(lie.complaint) }, "\(found)")
    }

    private func violations(of image: EngineImage, _ sale: SaleShop) throws -> [String] {
        let harness = sale.shop.harness
        return try harness.restored(
            from: image,
            settings: sale.shop.settings,
            upTo: harness.endLSN
        ).engine.check().violations
    }

    private func isOfShares(_ page: [UInt8]) -> Bool {
        page.withUnsafeBytes { StateReader.isOfShares($0) }
    }

    /// Puts the lie into the entry of all SKUs of a page's only record.
    private func spoil(_ page: inout [UInt8], _ lie: Lie) throws {
        let starts = stride(
            from: StateLayout.headerSizeBytes,
            to: page.count,
            by: StateLayout.ownerEntrySizeBytes
        )
        let start = try #require(
            starts.first { start in
                let sku = page.withUnsafeBytes {
                    $0.loadUnaligned(fromByteOffset: start + 20, as: UInt32.self)
                }
                return sku == StateLayout.allSKUs
            }
        )
        page[start + lie.offset] = lie.value
    }
}
