import Testing
import Wire

extension VectorTests {
    @Test func alternatives() throws {
        try check(
            Samples.askingReserve,
            "reserve-alternatives",
            "as reserve-small, and asks for alternatives"
        )
        try check(
            answer: Samples.shortReceipt,
            to: .reserve,
            "reserve-answer-alternatives",
            "line 1 is short of 5 units: another pool, another warehouse, a substitute"
        )
    }
}
