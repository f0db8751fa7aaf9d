/// The first few of many elements in an order, kept as they come by.
struct RankedList<Element> {
    /// The first ones, in their order.
    private(set) var elements: [Element] = []
    /// How many came by.
    private(set) var count = 0
    private let countMax: Int
    private let isBefore: (Element, Element) -> Bool

    /// An empty list of at most `countMax` elements.
    init(countMax: Int, isBefore: @escaping (Element, Element) -> Bool) {
        self.countMax = countMax
        self.isBefore = isBefore
    }

    /// How many came by and aren't kept.
    var leftOut: Int { count - elements.count }

    /// Takes an element to its place, or counts it only.
    ///
    /// - Complexity: O(log n) where it isn't kept, else O(n), of at most `countMax`.
    mutating func add(_ element: Element) {
        count += 1
        guard elements.count < countMax || elements.last.map({ isBefore(element, $0) }) ?? false
        else { return }
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(element, elements[middle]) { high = middle } else { low = middle + 1 }
        }
        elements.insert(element, at: low)
        if elements.count > countMax { elements.removeLast() }
    }
}
