internal import ArgumentParser
internal import HoldfastClient

/// A host and a port: `127.0.0.1:7411`, `[::1]:7411`, `stock.example:7411`.
struct NetworkAddress {
    let host: String
    let port: Int

    /// Reads an address; `option` is named where it is wrong.
    init(_ text: String, of option: String) throws(CommandFailure) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...]), colon > text.startIndex
        else {
            throw .usage("\(option) \(text): give HOST:PORT, for example 127.0.0.1:7411")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.host = String(host)
        self.port = Int(port)
    }
}

/// A line of a reservation on the command line: `SKU[:QUANTITY][@WAREHOUSE]`.
struct LineArgument: ExpressibleByArgument {
    let line: ReservationRequest.Line

    /// Reads a line; the last `@` and the last `:` before it count.
    init?(argument: String) {
        var rest = Substring(argument)
        var warehouse: WarehouseCode?
        if let at = rest.lastIndex(of: "@") {
            guard let code = WarehouseCode(String(rest[rest.index(after: at)...])) else {
                return nil
            }
            warehouse = code
            rest = rest[..<at]
        }
        var quantity: UInt32 = 1
        if let colon = rest.lastIndex(of: ":"),
            let number = UInt32(rest[rest.index(after: colon)...])
        {
            quantity = number
            rest = rest[..<colon]
        }
        guard !rest.isEmpty else { return nil }
        line = .init(sku: String(rest), quantity: quantity, warehouse: warehouse)
    }
}

/// A place on the command line: `LATITUDE,LONGITUDE` in degrees.
struct PlaceArgument: ExpressibleByArgument {
    let position: Position

    /// Reads two numbers with a comma between.
    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let latitude = Double(parts[0]), let longitude = Double(parts[1]),
            let position = Position(latitude: latitude, longitude: longitude)
        else { return nil }
        self.position = position
    }
}

/// An id on the command line: 32 hexadecimal digits.
struct IDArgument: ExpressibleByArgument {
    let id: RequestID

    /// Reads 32 hexadecimal digits; dashes are passed over.
    init?(argument: String) {
        guard let id = RequestID(argument) else { return nil }
        self.id = id
    }
}

/// The code of a warehouse on the command line.
struct WarehouseArgument: ExpressibleByArgument {
    let code: WarehouseCode

    /// Reads 1–16 bytes of printable ASCII.
    init?(argument: String) {
        guard let code = WarehouseCode(argument) else { return nil }
        self.code = code
    }
}

/// What a reservation does when not all is there, by its name on the wire.
enum ModeArgument: String, ExpressibleByArgument, CaseIterable {
    case allOrNothing = "all_or_nothing"
    case wholeLines = "whole_lines"
    case bestEffort = "best_effort"

    /// The mode as the protocol has it.
    var mode: ReserveMode {
        switch self {
        case .allOrNothing: .allOrNothing
        case .wholeLines: .wholeLines
        case .bestEffort: .bestEffort
        }
    }
}

/// What sourcing minimises: a policy that is always there, or one that the server knows by name.
struct PolicyArgument: ExpressibleByArgument, CustomStringConvertible {
    let policy: SourcingPolicy
    /// The name, where the policy isn't always there.
    let name: PolicyName?

    /// The policy that is taken where none is named.
    static let nearest = PolicyArgument(policy: .nearest, name: nil)

    private init(policy: SourcingPolicy, name: PolicyName?) {
        self.policy = policy
        self.name = name
    }

    /// Reads the name of a policy: 1–16 bytes of printable ASCII.
    init?(argument: String) {
        guard let name = PolicyName(argument) else { return nil }
        let index = PolicyDefinition.builtIn.firstIndex { $0.name == name }
        self.init(
            policy: index.map { SourcingPolicy(rawValue: UInt8($0)) } ?? .nearest,
            name: index == nil ? name : nil
        )
    }

    /// The name of the policy.
    var description: String { name?.description ?? policy.builtInName ?? "-" }
}

/// Codes of warehouses on the command line, with commas between.
struct WarehousesArgument: ExpressibleByArgument {
    let codes: [WarehouseCode]

    /// Reads codes of 1–16 bytes of printable ASCII.
    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let codes = parts.compactMap { WarehouseCode(String($0)) }
        guard codes.count == parts.count else { return nil }
        self.codes = codes
    }
}

/// The region of a destination on the command line.
struct RegionArgument: ExpressibleByArgument {
    let region: RegionCode

    /// Reads 1–8 bytes of printable ASCII.
    init?(argument: String) {
        guard let region = RegionCode(argument), region != .none else { return nil }
        self.region = region
    }
}

/// Refuses the value of an option outside a range.
func check(_ value: Int, _ option: String, _ range: ClosedRange<Int>) throws(CommandFailure) {
    guard range.contains(value) else {
        throw .usage("\(option) \(value): give \(range.lowerBound) to \(range.upperBound)")
    }
}
