internal import Movements
internal import Node
internal import Snapshot

extension SettledImage {
    /// Every SKU's number is below this.
    var skuNumberLimit: Int { Int(clamping: reader.header.facts.nextSKUNumber) }

    /// What a number that no SKU has is.
    func unknownSKU(_ number: UInt32, in subject: String) -> NodeError {
        NodeError(reader.refusal(reason: "\(subject): SKU number \(number) was never made"))
    }
}

/// The names of an image's SKUs by their numbers, one behind the other in one run of bytes.
///
/// Memory: the names' bytes, and 8 for each SKU number.
struct SKUNames {
    private var bytes: [UInt8] = []
    /// By number, where a name begins, and in the lowest byte its size; 0 for none.
    private var places: [UInt64] = []

    /// Reads the names of all SKUs.
    ///
    /// - Parameters:
    ///   - image: The image.
    ///   - wanted: The only numbers whose names are kept; `nil` for all.
    ///   - progress: Shows the pass.
    /// - Throws: What is wrong with the image.
    init(
        of image: SettledImage,
        only wanted: Set<UInt32>? = nil,
        progress: inout PassProgress
    ) throws(NodeError) {
        let limit = image.skuNumberLimit
        try image.eachSKU(progress: { progress.show($0) }) { (sku) throws(NodeError) in
            guard wanted?.contains(sku.number) ?? true else { return }
            guard Int(sku.number) < limit else { throw image.unknownSKU(sku.number, in: sku.name) }
            add(sku)
        }
        progress.beginPass()
    }

    private mutating func add(_ sku: StateSKU) {
        if Int(sku.number) >= places.count {
            let more = Int(sku.number) + 1 - places.count
            places.append(contentsOf: repeatElement(0, count: more))
        }
        // A name that isn't the ASCII it has to be may have become longer.
        let name = sku.name.utf8.prefix(Int(UInt8.max))
        places[Int(sku.number)] = UInt64(bytes.count) << 8 | UInt64(name.count)
        bytes.append(contentsOf: name)
    }

    /// The name of a SKU; `nil` where no SKU has the number.
    subscript(number: UInt32) -> String? {
        guard Int(number) < places.count else { return nil }
        let place = places[Int(number)]
        let start = Int(place >> 8)
        let size = Int(place & 255)
        return size == 0 ? nil : String(decoding: bytes[start..<start + size], as: UTF8.self)
    }
}
