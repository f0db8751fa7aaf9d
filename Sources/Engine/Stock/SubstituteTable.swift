internal import Inventory

/// The SKUs that may take the place of one, by number, the best first.
struct SubstituteList: Sendable {
    private var numbers = InlineArray<8, UInt32>(repeating: .max)
    /// How many there are.
    private(set) var count = 0

    /// An empty list.
    init() {
        precondition(Limits.substitutesPerSKUMax == 8, "a list holds all that may be named")
    }

    /// Adds the next best.
    mutating func append(_ number: UInt32) {
        precondition(count < Limits.substitutesPerSKUMax, "too many substitutes")
        numbers[count] = number
        count += 1
    }

    /// The number at `index`.
    subscript(index: Int) -> UInt32 {
        precondition(index < count, "no such substitute")
        return numbers[index]
    }
}

/// The substitutes of a stripe's SKUs; most have none.
///
/// Isolation: the stripe's lock is held across every call.
struct SubstituteTable {
    private var lists: [UInt32: SubstituteList] = [:]

    /// All SKUs that are named as a substitute, in no order.
    var named: some Sequence<UInt32> {
        lists.values.lazy.flatMap { list in (0..<list.count).lazy.map { list[$0] } }
    }

    /// The substitutes of a SKU; an empty list for none.
    subscript(number: UInt32) -> SubstituteList {
        get { lists[number] ?? SubstituteList() }
        set { lists[number] = newValue.count == 0 ? nil : newValue }
    }
}
