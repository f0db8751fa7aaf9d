import Inventory
import Movements
import Testing

@Suite struct StateRecordTests {
    @Test(arguments: StateKind.allCases)
    func recordThatIsCutShortIsRefusedByName(kind: StateKind) {
        for size in stride(from: 0, through: 40, by: 8) {
            var record = [UInt8](repeating: 0, count: size)
            if size > 4 {
                record[0] = UInt8(size)
                record[4] = kind.rawValue
                // One row more than there is.
                record[6] = 1
            }
            var decoder = StateDecoder()
            #expect(throws: StateError.self) {
                _ = try record.withUnsafeBytes { try decoder.decode($0) }
            }
        }
    }

    @Test func errorNamesWhatTheRecordIsOf() throws {
        var record = [UInt8](repeating: 0, count: 40)
        record[0] = 40
        record[4] = StateKind.sku.rawValue
        record[6] = 1
        record[24] = 17
        var decoder = StateDecoder()
        let error = #expect(throws: StateError.self) {
            _ = try record.withUnsafeBytes { try decoder.decode($0) }
        }
        #expect(error?.description == "state record of sku 17 is cut short")
    }
}
