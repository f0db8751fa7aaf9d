import Inventory
import Testing

@Suite struct NamesTests {
    @Test(arguments: ["A", "LON-1", "12345678", "123456789", "1234567890123456", "~", "!"])
    func codeReadsItsOwnText(text: String) throws {
        let code = try #require(WarehouseCode(text))
        #expect(code.description == text)
        #expect(code.size == text.utf8.count)
    }

    @Test(arguments: ["", "12345678901234567", "a b", "tab\t", "é", "\u{7F}", "\0"])
    func codeRefusesAnythingElse(text: String) {
        #expect(WarehouseCode(text) == nil)
    }

    @Test func noCodeHasNoSize() {
        #expect(WarehouseCode.none.size == 0)
        #expect(WarehouseCode.none.description.isEmpty)
    }

    @Test func codesAreOrderedAsTheirBytes() {
        let texts = [
            "0", "10", "2", "A", "AA", "AAAAAAAA", "AAAAAAAAA", "AAAAAAAB", "B", "a", "z", "~",
        ]
        let codes = texts.compactMap { WarehouseCode($0) }
        #expect(codes.count == texts.count)
        #expect(codes.reversed().sorted().map(\.description) == texts)
    }

    @Test(arguments: ["", "GB", "US-CA", "12345678"])
    func regionReadsItsOwnText(text: String) throws {
        let region = try #require(RegionCode(text))
        #expect(region.description == text)
    }

    @Test(arguments: ["123456789", "G B", "ÄÖ"])
    func regionRefusesAnythingElse(text: String) {
        #expect(RegionCode(text) == nil)
    }

    @Test func noRegionIsTheEmptyText() {
        #expect(RegionCode("") == RegionCode.none)
    }

    @Test(arguments: [1, 7, 8, 9, 15, 16, 17, 64])
    func eachByteOfASKUCounts(size: Int) {
        for place in 0..<size {
            for byte in UInt8.min...UInt8.max {
                var bytes = [UInt8](repeating: 0x7E, count: size)
                bytes[place] = byte
                bytes.withUnsafeBytes { buffer in
                    guard let base = buffer.baseAddress else { return }
                    let isValid = unsafe SKUView(bytes: base, size: size).isValid
                    #expect(isValid == (0x21...0x7E).contains(byte))
                }
            }
        }
    }

    @Test(arguments: [
        ("A", true), ("TSHIRT-RED-XL", true), ("~!", true),
        (String(repeating: "x", count: 64), true),
        ("", false), ("a b", false), ("é", false), ("\u{7F}", false), ("\n", false),
        (String(repeating: "x", count: 65), false),
    ])
    func skuIsPrintableWithoutSpace(text: String, isValid: Bool) {
        let bytes = Array(text.utf8)
        // One byte more, so that an empty name has an address too.
        (bytes + [0]).withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            let view = unsafe SKUView(bytes: base, size: bytes.count)
            #expect(unsafe view.isValid == isValid)
            #expect(unsafe view.text == text)
        }
    }
}
