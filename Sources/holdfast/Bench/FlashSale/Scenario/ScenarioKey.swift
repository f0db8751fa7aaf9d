internal import HoldfastClient

/// A name in a scenario file, what may stand behind it, and where that goes.
struct ScenarioKey {
    /// What may stand behind a name.
    enum Field {
        case text(WritableKeyPath<FlashSaleScenario, String>, sizeBytesMax: Int)
        case word(WritableKeyPath<FlashSaleScenario, String>, sizeBytesMax: Int)
        case count(WritableKeyPath<FlashSaleScenario, Int>, ClosedRange<Int>)
        case time(WritableKeyPath<FlashSaleScenario, Int>, ClosedRange<Int>)
        case share(WritableKeyPath<FlashSaleScenario, Double>)
        case span(WritableKeyPath<FlashSaleScenario, ClosedRange<Int>>, ClosedRange<Int>)
        case truth(WritableKeyPath<FlashSaleScenario, Bool>)
        case arrivals
        case popularity
        case serve
    }

    /// The name.
    let name: String
    /// What stands behind it.
    let field: Field

    /// A name with what stands behind it.
    private init(_ name: String, _ field: Field) {
        self.name = name
        self.field = field
    }

    private static let hour = 3_600_000

    /// All names, in the order of the document.
    static var all: [ScenarioKey] { crowd + goods + rules + rest }

    private static var crowd: [ScenarioKey] {
        [
            ScenarioKey("title", .text(\.title, sizeBytesMax: 64)),
            ScenarioKey("seed", .count(\.seed, 0...Int(Int32.max))),
            ScenarioKey("shoppers", .count(\.shoppers, 0...FlashSaleScenario.everybodyMax)),
            ScenarioKey("connections", .count(\.connections, 1...FlashSaleScenario.connectionsMax)),
            ScenarioKey("threads", .count(\.threads, 1...64)),
            ScenarioKey("duration", .time(\.durationMilliseconds, 100...hour)),
            ScenarioKey("early", .share(\.earlyShare)),
            ScenarioKey("early-by", .time(\.earlyMilliseconds, 0...60_000)),
            ScenarioKey("arrivals", .arrivals),
            ScenarioKey("rush", .time(\.rushMilliseconds, 1...hour)),
            ScenarioKey("patience", .time(\.patienceMilliseconds, 1...hour)),
            ScenarioKey("retry-pause", .time(\.retryPauseMilliseconds, 1...hour)),
            ScenarioKey("answer-timeout", .time(\.answerTimeoutMilliseconds, 50...60_000)),
            ScenarioKey("tabs", .share(\.tabsShare)),
            ScenarioKey("tabs-max", .count(\.tabsMax, 2...FlashSaleScenario.tabsMax)),
            ScenarioKey("hammering", .share(\.hammeringShare)),
            ScenarioKey("hammer-pause", .time(\.hammerPauseMilliseconds, 1...60_000)),
            ScenarioKey("double-clicks", .share(\.doubleClickShare)),
            ScenarioKey("switches", .share(\.switchShare)),
            ScenarioKey("quantity", .span(\.quantity, 1...1_000)),
            ScenarioKey("lines", .span(\.lines, 1...FlashSaleScenario.linesMax)),
            ScenarioKey("pay-time", .time(\.payMilliseconds, 0...hour)),
            ScenarioKey("payments-failing", .share(\.failingShare)),
            ScenarioKey("payments-late", .share(\.lateShare)),
            ScenarioKey("abandoned", .share(\.abandonedShare)),
            ScenarioKey("hold", .time(\.holdMilliseconds, 100...86_400_000)),
        ]
    }

    private static var goods: [ScenarioKey] {
        [
            ScenarioKey("skus", .count(\.skus, 1...FlashSaleScenario.skusMax)),
            ScenarioKey("units", .count(\.units, 1...1_000_000)),
            ScenarioKey("popularity", .popularity),
            ScenarioKey("pool", .word(\.pool, sizeBytesMax: Limits.poolNameSizeBytesMax)),
            ScenarioKey("sku-prefix", .word(\.skuPrefix, sizeBytesMax: 32)),
            ScenarioKey("sells-out", .truth(\.sellsOut)),
        ]
    }

    private static var rules: [ScenarioKey] {
        let units = 0...1_000_000
        return [
            ScenarioKey("limit-owner", .count(\.unitsPerOwner, units)),
            ScenarioKey("limit-owner-sku", .count(\.unitsPerOwnerAndSKU, units)),
            ScenarioKey("limit-order", .count(\.unitsPerOrder, units)),
            ScenarioKey("limit-open-holds", .count(\.openHoldsPerOwner, units)),
            ScenarioKey("limit-window", .count(\.unitsPerWindow, units)),
            ScenarioKey("window", .time(\.windowMilliseconds, 1_000...hour)),
        ]
    }

    private static var rest: [ScenarioKey] {
        let parallel = 1...FlashSaleScenario.tabsMax
        return [
            ScenarioKey("bots", .count(\.bots, 0...FlashSaleScenario.everybodyMax)),
            ScenarioKey("bot-owners", .count(\.ownersPerBot, 1...1_000)),
            ScenarioKey("bot-requests", .count(\.requestsPerBot, parallel)),
            ScenarioKey("bot-pause", .time(\.botPauseMilliseconds, 0...60_000)),
            ScenarioKey("kills", .count(\.kills, 0...20)),
            ScenarioKey("serve", .serve),
        ]
    }

    // MARK: Values

    /// Puts the value of `text` where it belongs.
    /// - Returns: What may stand there, where `text` can't; nil when it was taken.
    func set(_ text: String, in scenario: inout FlashSaleScenario) -> String? {
        switch field {
        case .text(let path, let sizeBytesMax):
            guard !text.isEmpty, text.utf8.count <= sizeBytesMax else {
                return "1 to \(sizeBytesMax) bytes of text"
            }
            scenario[keyPath: path] = text
        case .word(let path, let sizeBytesMax):
            let isPrintable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            guard !text.isEmpty, text.utf8.count <= sizeBytesMax, isPrintable, text != "default"
            else { return "1 to \(sizeBytesMax) bytes of printable ASCII, not `default`" }
            scenario[keyPath: path] = text
        case .count(let path, let range):
            guard let value = Int(text), range.contains(value) else {
                return "\(range.lowerBound) to \(range.upperBound)"
            }
            scenario[keyPath: path] = value
        case .time(let path, let range):
            guard let value = DurationArgument(argument: text)?.milliseconds,
                let milliseconds = Int(exactly: value), range.contains(milliseconds)
            else { return "\(range.lowerBound)ms to \(range.upperBound)ms, as 500ms, 30s or 2min" }
            scenario[keyPath: path] = milliseconds
        case .share(let path):
            guard text.hasSuffix("%"), let percent = Double(text.dropLast()),
                (0...100).contains(percent)
            else { return "0% to 100%" }
            scenario[keyPath: path] = percent / 100
        case .span(let path, let range):
            guard let span = ScenarioKey.span(text), range.contains(span.lowerBound),
                range.contains(span.upperBound)
            else { return "\(range.lowerBound) to \(range.upperBound), or from-to as 1-2" }
            scenario[keyPath: path] = span
        case .truth(let path):
            guard text == "yes" || text == "no" else { return "yes or no" }
            scenario[keyPath: path] = text == "yes"
        case .arrivals, .popularity, .serve: return setOther(text, in: &scenario)
        }
        return nil
    }

    private func setOther(_ text: String, in scenario: inout FlashSaleScenario) -> String? {
        let words = text.split(separator: " ").map(String.init)
        switch field {
        case .arrivals:
            guard let arrivals = FlashSaleScenario.Arrivals(rawValue: text) else {
                return "decaying or even"
            }
            scenario.arrivals = arrivals
        case .popularity:
            if words == ["uniform"] {
                scenario.popularity = .uniform
            } else if words.count == 2, words[0] == "zipf", let exponent = Double(words[1]),
                SKUDistribution.exponents.contains(exponent)
            {
                scenario.popularity = .zipf(exponent)
            } else {
                return "uniform, or zipf and an exponent of 0.01 to 10"
            }
        case .serve:
            guard !words.isEmpty else { return "an option of `holdfast serve`" }
            if let expected = OwnServerOptions.expected(insteadOf: words) { return expected }
            scenario.serveOptions += words
        case .text, .word, .count, .time, .share, .span, .truth: break
        }
        return nil
    }

    private static func span(_ text: String) -> ClosedRange<Int>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == parts.count else { return nil }
        switch numbers.count {
        case 1: return numbers[0]...numbers[0]
        case 2: return numbers[0] <= numbers[1] ? numbers[0]...numbers[1] : nil
        default: return nil
        }
    }
}
