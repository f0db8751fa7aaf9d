import Testing

@testable import HoldfastClient

/// When an open-loop load sends.
@Suite struct LoadScheduleTests {
    private func schedule(_ perSecond: Int, _ connections: Int, _ index: Int) -> SendSchedule {
        SendSchedule(
            startNanoseconds: 5_000,
            perSecond: perSecond,
            connections: connections,
            index: index
        )
    }

    @Test(arguments: [1, 3, 7, 999, 1_000_000, 100_000_000])
    func connectionsTakeTurnsAtEqualDistances(_ perSecond: Int) {
        let schedules = (0..<4).map { schedule(perSecond, 4, $0) }
        for place in 0..<1_000 {
            let exact = Double(place) * 1e9 / Double(perSecond)
            let intended = schedules[place % 4].intendedNanoseconds(ofLife: UInt64(place / 4))
            #expect(abs(Double(intended - 5_000) - exact) <= 1)
        }
    }

    @Test func theMillionthSecondIsAsExactAsTheFirst() {
        // 3 a second for a million seconds: no rounding adds up.
        let one = schedule(3, 1, 0)
        #expect(one.intendedNanoseconds(ofLife: 3_000_000) == 1_000_000_000_005_000)
        #expect(one.intendedNanoseconds(ofLife: 3_000_001) == 1_000_000_333_338_333)
    }

    @Test(arguments: [1, 3, 999, 1_000_000, 7_654_321], [1, 4, 9])
    func whatIsDueIsWhatWasIntendedUpToNow(_ perSecond: Int, _ connections: Int) {
        for index in 0..<connections {
            let one = schedule(perSecond, connections, index)
            for number in [0, 1, 2, 17, 1_000_000] as [UInt64] {
                let intended = one.intendedNanoseconds(ofLife: number)
                #expect(one.dueCount(at: intended) == number + 1)
                #expect(one.dueCount(at: intended - 1) == number)
            }
        }
    }

    @Test func whatLiesBeyondTheClockIsNeverDue() {
        let slow = schedule(1, 4_096, 4_095)
        #expect(slow.intendedNanoseconds(ofLife: .max) == .max)
        #expect(slow.intendedNanoseconds(ofLife: .max / 4_096) == .max)
        #expect(slow.dueCount(at: 0) == 0)
        #expect(slow.dueCount(at: 4_999) == 0)
    }
}
