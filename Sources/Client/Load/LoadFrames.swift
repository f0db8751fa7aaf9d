/// Makes the frames of one connection of a load from templates: a copy and a few stores each.
///
/// Life `n` of a connection holds one unit in each line for an owner of its own; its id and its
/// course are made of the seed, the connection and `n`, so that a later load can change it without
/// a list.
struct LoadFrames {
    /// The frames of a course: of its hold and of what follows.
    private struct Course {
        let templates: [[UInt8]]
        /// The phase that the last template is of: the one before's where that is sent twice.
        let lastPhase: Int
        /// The courses up to this one take so many of a hundred lives.
        let percentEnd: UInt64
    }

    private let courses: [Course]
    private let idHigh: UInt64
    private let courseKey: UInt64
    private let firstPhase: Int
    /// Where the names of the SKUs end in a hold.
    private let skuEnds: [Int]
    private var draw: SKUDraw
    /// The only course whose lives are of interest; `nil` for all.
    private let wantedCourse: Int?
    /// Bytes in the largest frame.
    let frameSizeBytes: Int

    private static let idOffset = WireLayout.headerSizeBytes
    private static let secondIDOffset = WireLayout.headerSizeBytes + 16
    private static let skuDigits = 7

    /// The frames of the connection at `index`.
    init(plan: LoadPlan, connection index: Int) throws(WireFault) {
        let percents = plan.courses.map(\.percent)
        precondition(percents.allSatisfy { $0 >= 0 }, "no course is taken less than never")
        precondition(percents.reduce(0, +) == 100, "the courses share a hundred lives")
        idHigh = KeyedHash.mixed(plan.seed ^ 0x9E37_79B9_7F4A_7C15, UInt64(index) &+ 1) | 1
        courseKey = KeyedHash.mixed(plan.seed ^ 0xD6E8_FEB8_6659_FD93, UInt64(index) &+ 1)
        draw = SKUDraw(
            plan.distribution,
            skuCount: plan.skuCount,
            seed: KeyedHash.mixed(plan.seed, UInt64(index) &* 2 &+ 1)
        )
        var changed: ReservationChangeKind?
        switch plan.work {
        case .lives: (wantedCourse, firstPhase) = (nil, 0)
        case .changes(let kind, let course):
            (wantedCourse, firstPhase, changed) = (course, 1, kind)
        }
        var courses: [Course] = []
        var percentEnd = 0
        for course in plan.courses {
            percentEnd += course.percent
            var templates = try LoadFrames.templates(
                course,
                lines: plan.lines,
                changes: changed.map { [$0] } ?? course.changes
            )
            let lastPhase = templates.count - 1
            if course.repeatsLast, changed == nil {
                precondition(lastPhase > 0, "what is sent twice is a change")
                templates.append(templates[lastPhase])
            }
            courses.append(
                Course(
                    templates: templates,
                    lastPhase: lastPhase,
                    percentEnd: UInt64(percentEnd)
                )
            )
        }
        self.courses = courses
        skuEnds = LoadFrames.ends(of: LoadPlan.skuName(0), in: courses[0].templates[0])
        precondition(skuEnds.count == plan.lines, "every line has its SKU")
        frameSizeBytes = courses.flatMap(\.templates).reduce(0) { max($0, $1.count) }
    }

    private static func templates(
        _ course: LoadPlan.Course,
        lines: Int,
        changes: [ReservationChangeKind]
    ) throws(WireFault) -> [[UInt8]] {
        let zero = RequestID(high: 0, low: 0)
        var templates = [
            try ReservationRequest(
                id: zero,
                owner: OwnerID(high: 0, low: 0),
                lines: Array(repeating: .init(sku: LoadPlan.skuName(0), quantity: 1), count: lines),
                timeToLiveMilliseconds: course.timeToLiveMilliseconds
            ).encode(correlation: 0)
        ]
        for kind in changes {
            let change = ReservationChange(kind, zero, requestID: zero)
            templates.append(try change.encode(correlation: 0))
        }
        return templates
    }

    private static func ends(of name: String, in frame: [UInt8]) -> [Int] {
        let bytes = Array(name.utf8)
        return frame.indices.dropFirst(bytes.count - 1).compactMap { last in
            frame[(last + 1 - bytes.count)...last].elementsEqual(bytes) ? last + 1 : nil
        }
    }

    // MARK: Hot path

    /// The course that life `number` takes.
    @inline(__always)
    func course(ofLife number: UInt64) -> Int {
        if courses.count == 1 { return 0 }
        var numbers = DrawnNumbers(seed: courseKey ^ number)
        let percent = numbers.next().multipliedFullWidth(by: 100).high
        var course = 0
        while courses[course].percentEnd <= percent { course &+= 1 }
        return course
    }

    /// Whether this load has anything to do in a life of `course`.
    @inline(__always)
    func wants(_ course: Int) -> Bool { wantedCourse.map { $0 == course } ?? true }

    /// Whether a phase of `course` repeats the request of the one before.
    @inline(__always)
    func isRepetition(_ course: Int, _ phase: Int) -> Bool {
        phase &+ firstPhase > courses[course].lastPhase
    }

    /// How many requests a life of `course` makes.
    @inline(__always)
    func phaseCount(_ course: Int) -> Int { courses[course].templates.count &- firstPhase }

    /// Writes the frame of a phase of life `number` to at most ``frameSizeBytes`` bytes at `start`.
    /// - Returns: The bytes written.
    @inline(__always)
    mutating func write(
        number: UInt64,
        course: Int,
        phase: Int,
        correlation: UInt64,
        to start: UnsafeMutableRawPointer
    ) -> Int {
        let phase = phase &+ firstPhase
        let size = courses[course].templates[phase].withUnsafeBytes { bytes in
            UnsafeMutableRawBufferPointer(start: start, count: bytes.count).copyMemory(from: bytes)
            return bytes.count
        }
        start.storeBytes(
            of: correlation.littleEndian,
            toByteOffset: WireLayout.correlationOffset,
            as: UInt64.self
        )
        let at = start + LoadFrames.idOffset
        at.storeBytes(of: idHigh.littleEndian, as: UInt64.self)
        at.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
        // The owner of a hold, the request's own id of a change.
        let second = start + LoadFrames.secondIDOffset
        let idPhase = min(phase, courses[course].lastPhase)
        let secondHigh = ~idHigh ^ UInt64(truncatingIfNeeded: idPhase)
        second.storeBytes(of: secondHigh.littleEndian, as: UInt64.self)
        second.storeBytes(of: number.littleEndian, toByteOffset: 8, as: UInt64.self)
        if phase == 0 {
            for end in skuEnds { writeSKU(endingAt: start + end) }
        }
        return size
    }

    /// Writes the digits of a SKU drawn at random.
    @inline(__always)
    private mutating func writeSKU(endingAt end: UnsafeMutableRawPointer) {
        var index = draw.next()
        for place in 1...LoadFrames.skuDigits {
            let digit = UInt8(truncatingIfNeeded: index % 10) &+ UInt8(ascii: "0")
            (end - place).storeBytes(of: digit, as: UInt8.self)
            index /= 10
        }
    }
}
