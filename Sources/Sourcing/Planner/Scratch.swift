/// Memory that a planner uses again from call to call.
///
/// Grows and never shrinks. Every access is checked against its capacity.
@safe
struct Scratch<Element: BitwiseCopyable> {
    private var base: UnsafeMutablePointer<Element>
    /// For how many elements there is room.
    private(set) var capacity: Int

    /// Room for `capacity` elements that mean nothing yet.
    init(_ capacity: Int) {
        unsafe base = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    /// Gives the memory back.
    func destroy() { unsafe base.deallocate() }

    /// The element at a place.
    @inline(__always)
    subscript(index: Int) -> Element {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: capacity), "beyond the scratch")
            return unsafe base[index]
        }
        nonmutating set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: capacity), "beyond the scratch")
            unsafe base[index] = newValue
        }
    }

    /// Makes room for `count` elements; those that are there stay.
    @inline(__always)
    mutating func makeRoom(for count: Int) {
        if count > capacity { grow(to: count) }
    }

    @inline(never)
    private mutating func grow(to count: Int) {
        var larger = capacity
        while larger < count { larger *= 2 }
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: larger)
        unsafe memory.update(from: base, count: capacity)
        unsafe base.deallocate()
        unsafe base = unsafe memory
        capacity = larger
    }

    /// Sets the first `count` elements to `value`.
    @inline(__always)
    func fill(_ count: Int, with value: Element) {
        precondition(count <= capacity, "beyond the scratch")
        unsafe base.update(repeating: value, count: count)
    }

    /// Sorts the elements of a range by insertion, or by the library where they are many.
    @inline(__always)
    func sort(_ range: Range<Int>, by isBefore: (Element, Element) -> Bool) {
        precondition(range.lowerBound >= 0 && range.upperBound <= capacity, "beyond the scratch")
        if range.count > 48 { return sortMany(range, by: isBefore) }
        guard range.count > 1 else { return }
        for index in range.lowerBound + 1..<range.upperBound {
            let element = unsafe base[index]
            var hole = index
            while hole > range.lowerBound, isBefore(element, unsafe base[hole - 1]) {
                unsafe base[hole] = unsafe base[hole - 1]
                hole -= 1
            }
            unsafe base[hole] = element
        }
    }

    @inline(never)
    private func sortMany(_ range: Range<Int>, by isBefore: (Element, Element) -> Bool) {
        var part = unsafe UnsafeMutableBufferPointer(
            rebasing: UnsafeMutableBufferPointer(start: base, count: capacity)[range]
        )
        unsafe part.sort(by: isBefore)
    }
}
