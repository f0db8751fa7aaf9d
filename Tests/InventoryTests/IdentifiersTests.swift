import Inventory
import Support
import Testing

@Suite struct IdentifiersTests {
    @Test func idReadsItsOwnText() {
        var generator = SplitMix64(seed: 1)
        for _ in 0..<1_000 {
            let id = RequestID(high: generator.next(), low: generator.next())
            #expect(RequestID(id.description) == id)
            let owner = OwnerID(high: id.low, low: id.high)
            #expect(OwnerID(owner.description) == owner)
        }
    }

    @Test func idIsWrittenInByteOrder() {
        let id = RequestID(high: 0x0706_0504_0302_0100, low: 0x0F0E_0D0C_0B0A_0908)
        #expect(id.description == "000102030405060708090a0b0c0d0e0f")
    }

    @Test func idPassesOverDashesAndCase() {
        let id = RequestID("00010203-0405-0607-0809-0A0B0C0D0E0F")
        #expect(id?.description == "000102030405060708090a0b0c0d0e0f")
    }

    @Test(arguments: [
        "", "00", "000102030405060708090a0b0c0d0e0", "000102030405060708090a0b0c0d0e0f0",
        "000102030405060708090a0b0c0d0e0g", "+00102030405060708090a0b0c0d0e0f",
        "٠00102030405060708090a0b0c0d0e0f",
    ])
    func idRefusesAnythingElse(text: String) {
        #expect(RequestID(text) == nil)
        #expect(OwnerID(text) == nil)
    }

    @Test func randomIdsDiffer() {
        let ids = (0..<1_000).map { _ in RequestID.random() }
        #expect(Set(ids).count == ids.count)
    }
}
