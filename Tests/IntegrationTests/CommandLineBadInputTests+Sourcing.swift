/// Bad calendars, rate cards, substitutes and policies.
extension CommandLineBadInputTests {
    private static let calendars =
        "code,city,lat,lon,priority,shipment_cost_minor,unit_cost_minor,cutoff_hour_utc,"
        + "handling_hours,per_km_minor,capacity_shipments,regions,closed_weekdays,"
        + "utc_offset_minutes\n"
    private static let rates =
        "warehouse,region,up_to_km,base_minor,per_km_minor,per_kg_minor,transit_hours\n"
    private static let substitutes = "sku,substitute,rank\n"
    private static let region = "give 1 to 8 characters of ASCII, no spaces"
    private static let name = "give 1 to 64 characters of ASCII, no spaces"

    /// The fields behind `code,city,lat,lon`, and what is said of them.
    private static let warehouseRows: [(String, String)] = [
        ("-1,1,1,1,1,,,,,", "priority -1 — give 0 to 2147483647"),
        (
            "1,1000000000001,1,1,1,,,,,",
            "shipment_cost_minor 1000000000001 — give 0 to 1000000000000"
        ),
        ("1,1,1000000001,1,1,,,,,", "unit_cost_minor 1000000001 — give 0 to 1000000000"),
        ("1,1,1,25,1,,,,,", "cutoff_hour_utc 25 — give 0 to 24"),
        ("1,1,1,1,1,-1,,,,", "per_km_minor -1 — give 0 to 1000000000"),
        ("1,1,1,1,1,x,,,,", "per_km_minor `x` is no whole number"),
        ("1,1,1,1,1,,-1,,,", "capacity_shipments -1 — give 0 to 4294967294"),
        ("1,1,1,1,1,,4294967295,,,", "capacity_shipments 4294967295 — give 0 to 4294967294"),
        ("1,1,1,1,1,,,GB;ABCDEFGHI,,", "regions `ABCDEFGHI` — \(region)"),
        ("1,1,1,1,1,,,G B,,", "regions `G B` — \(region)"),
        (
            "1,1,1,1,1,,,GB;GB,,", "a region is 1-8 bytes of printable ASCII, each named once"
        ),
        (
            "1,1,1,1,1,,,\((0..<33).map { "R\($0)" }.joined(separator: ";")),,",
            "a warehouse names at most 32 regions"
        ),
        ("1,1,1,1,1,,,,sat;noday,", "closed_weekdays `sat;noday` — give days like sat;sun or 6;7"),
        ("1,1,1,1,1,,,,0,", "closed_weekdays `0` — give days like sat;sun or 6;7"),
        ("1,1,1,1,1,,,,8,", "closed_weekdays `8` — give days like sat;sun or 6;7"),
        (
            "1,1,1,1,1,,,,1;2;3;4;5;6;7,",
            "closed_weekdays `1;2;3;4;5;6;7` — leave one day open at least"
        ),
        (
            "1,1,1,1,1,,,,mon;tue;wed;thu;fri;sat;sun,",
            "closed_weekdays `mon;tue;wed;thu;fri;sat;sun` — leave one day open at least"
        ),
        ("1,1,1,1,1,,,,,841", "utc_offset_minutes 841 — give -720 to 840"),
        ("1,1,1,1,1,,,,,-721", "utc_offset_minutes -721 — give -720 to 840"),
    ]

    private static let rateRows: [(String, String)] = [
        ("A B,*,*,1,1,1,1", "2: warehouse `A B` — give 1 to 16 characters of ASCII, no spaces"),
        ("*,TOO-LONG-1,*,1,1,1,1", "2: region `TOO-LONG-1` — \(region)"),
        ("*,*,-1,1,1,1,1", "2: up_to_km `-1` — give 0 to 4294967, or *"),
        ("*,*,4294968,1,1,1,1", "2: up_to_km `4294968` — give 0 to 4294967, or *"),
        ("*,*,nan,1,1,1,1", "2: up_to_km `nan` is no number"),
        ("*,*,*,-1,1,1,1", "2: base_minor -1 — give 0 to 1000000000000"),
        ("*,*,*,1000000000001,1,1,1", "2: base_minor 1000000000001 — give 0 to 1000000000000"),
        ("*,*,*,1,1000000001,1,1", "2: per_km_minor 1000000001 — give 0 to 1000000000"),
        ("*,*,*,1,1,-1,1", "2: per_kg_minor -1 — give 0 to 1000000000"),
        ("*,*,*,1,1,1,65536", "2: transit_hours 65536 — give 0 to 65535"),
        ("*,*,*,1,1,1,", "2: transit_hours `` is no whole number"),
        (
            "*,GB,10,1,1,1,1\n,GB,10.0,2,2,2,2",
            "3: its warehouse, region and distance stand on line 2 already"
        ),
        (
            "*,*,*,1,1,1,1\nQ,*,*,1,1,1,1",
            "3: refused with unknown_warehouse — see `holdfast warehouse list`"
        ),
        ("*,*,*,1", "2: 4 fields where the first line names 7 — quote fields that hold a comma"),
    ]

    private static let substituteRows: [(String, String)] = [
        ("M UG,JUG,1", "2: sku `M UG` — \(name)"),
        ("MUG,,1", "2: substitute `` — \(name)"),
        ("MUG,JUG,", "2: rank `` is no whole number"),
        ("MUG,JUG,0", "2: rank 0 — give 1 to 2147483647"),
        ("MUG,MUG,1", "2: MUG is its own substitute — name another SKU"),
        ("MUG,JUG,1\nMUG,JUG,2", "3: JUG is a substitute of MUG already"),
        ("MUG,JUG,1\nMUG,PAN,1", "3: MUG has another substitute of rank 1"),
        ("MUG,,\nMUG,JUG,1", "3: MUG is to have no substitute"),
        ("MUG,JUG,1\nMUG,,", "3: MUG has substitutes, or none, above"),
        (
            (1...9).map { "MUG,S\($0),\($0)" }.joined(separator: "\n"),
            "10: MUG has 8 substitutes already"
        ),
        (
            "MUG,NOBODY,1",
            "2: refused with unknown_sku — see `holdfast stock list`, or receive stock first"
        ),
    ]

    /// A file of policies, the line that is named, and what is said.
    private static let policyFiles: [(String, String)] = [
        ("", "1: the file ends where a value should be"),
        ("[]", "1: the file is no object"),
        ("{\"policies\": []}", "1: the file has no policy"),
        ("{\n\"policy\": []}", "2: the file has no member `policy` — give policies"),
        ("{}", "1: the file has no member `policies`"),
        ("{\"policies\": [}", "1: `}` is no value"),
        ("{\"policies\": [\n{} {}]}", "2: a `,` or `]` is missing"),
        ("{\"policies\": []} x", "1: something follows the last `}`"),
        ("{\"policies\n\": []}", "1: a quote is never closed — add the missing `\"`"),
        ("{\"policies\": [], \"policies\": []}", "1: two members are called `policies`"),
        ("{\"policies\":\n[\n{}]}", "3: a policy has no `name`"),
        ("{\"policies\": [{\"name\": 7}]}", "1: the name of a policy is no string"),
        (
            "{\"policies\": [{\"name\":\n\"a name\"}]}",
            "2: name `a name` — give 1 to 16 characters of ASCII, no spaces"
        ),
        ("{\"policies\": [{\"name\": \"x\"}]}", "1: policy x has no `tiers`"),
        (policy("[]"), "2: policy x: a policy has 1 to 4 tiers"),
        (policy("[{}]"), "3: a tier has no `terms`"),
        (policy("[{\"terms\": {}}]"), "3: a tier has a term at least"),
        (
            policy("[{\"terms\": {\"speed\": 1}}]"),
            "3: `terms` has no member `speed` — give metres, cost_minor, promise, shipments, "
                + "balance, priority"
        ),
        (
            policy("[{\"terms\": {\"metres\": 0}}]"),
            "3: metres — give a whole weight of 1 to 1000000"
        ),
        (
            policy("[{\"terms\": {\"metres\": 1.5}}]"),
            "3: metres — give a whole weight of 1 to 1000000"
        ),
        (
            policy("[{\"terms\": {\"metres\": 1000001}}]"),
            "3: metres — give a whole weight of 1 to 1000000"
        ),
        (
            policy("[{\"terms\": {\"metres\": \"1\"}}]"), "3: the weight of metres is no number"
        ),
        (
            policy("[{\"terms\": {\"metres\": 1},\n\"tolerance_percent\": 100.01}]"),
            "4: tolerance_percent 100.01 — give 0 to 100, with at most two digits behind the point"
        ),
        (
            policy("[{\"terms\": {\"metres\": 1},\n\"tolerance_percent\": 1.234}]"),
            "4: tolerance_percent 1.234 — give 0 to 100, with at most two digits behind the point"
        ),
        (
            policy(
                "[\((0..<5).map { _ in "{\"terms\": {\"metres\": 1}}" }.joined(separator: ","))]"
            ),
            "2: policy x: a policy has 1 to 4 tiers"
        ),
        (
            policy("[{\"terms\": {\"metres\": 1}}]", name: "cheapest"),
            "2: policy cheapest: a policy of this name is always there"
        ),
        (String(repeating: "[", count: 100), "1: values stand too deep in each other"),
    ]

    private static func policy(_ tiers: String, name: String = "x") -> String {
        "{\"policies\": [\n{\"name\": \"\(name)\", \"tiers\":\n\(tiers)}]}"
    }

    private static let sourcingCommands: [Case] = [
        Case(
            "policy show nobody",
            1,
            "holdfast: policy `nobody`: refused with unknown_policy — see `holdfast policy list`"
        ),
        Case(
            "substitutes list NOBODY",
            1,
            "holdfast: NOBODY: refused with unknown_sku — see `holdfast stock list`, or receive "
                + "stock first"
        ),
        Case(
            "warehouse show Q",
            1,
            "holdfast: warehouse Q: refused with unknown_warehouse — see `holdfast warehouse list`"
        ),
        Case(
            "warehouse set A --closed-weekdays someday",
            64,
            "Error: The value 'someday' is invalid for '--closed-weekdays <day;day…>'"
        ),
        Case(
            "warehouse set A --capacity few",
            64,
            "Error: The value 'few' is invalid for '--capacity <capacity>'"
        ),
        Case(
            "warehouse set A --closed-weekdays 1;2;3;4;5;6;7",
            1,
            "holdfast: warehouse A: refused with invalid_quantity at line 1 of the request "
                + "(a warehouse works on one day at least)"
        ),
        Case(
            "warehouse set A --priority -1",
            1,
            "holdfast: warehouse A: refused with invalid_quantity at line 1 of the request "
                + "(a priority is 0 or more)"
        ),
        Case(
            "policy import /no/file.json",
            74,
            "holdfast: /no/file.json: No such file or directory — name a file that can be read"
        ),
    ]

    /// The options of an order, and what is said of them: coordinates, instants, contradictions.
    private static let orders: [(String, Int32, String)] = [
        ("--to 91,0", 64, "Error: The value '91,0' is invalid for '--to <lat,lon>'"),
        ("--to 0,181", 64, "Error: The value '0,181' is invalid for '--to <lat,lon>'"),
        ("--to 1", 64, "Error: The value '1' is invalid for '--to <lat,lon>'"),
        ("--to nan,0", 64, "Error: The value 'nan,0' is invalid for '--to <lat,lon>'"),
        ("--to 1,2,3", 64, "Error: The value '1,2,3' is invalid for '--to <lat,lon>'"),
        (
            "--to 0,0 --region TOO-LONG-1", 64,
            "Error: The value 'TOO-LONG-1' is invalid for '--region <region>'"
        ),
        (
            "--ordered-at yesterday", 64,
            "Error: The value 'yesterday' is invalid for '--ordered-at <ordered-at>'"
        ),
        ("--splits-max 0", 64, "holdfast: --splits-max 0: give 1 to 65535"),
        (
            "--splits-per-line-max 65536", 64,
            "holdfast: --splits-per-line-max 65536: give 1 to 65535"
        ),
        ("--to 0,0 --km-max 20101", 64, "holdfast: --km-max 20101.0: give 0.001 to 20100"),
        ("--to 0,0 --km-max nan", 64, "holdfast: --km-max nan: give 0.001 to 20100"),
        ("--km-max 5", 1, contradiction("a most distance needs a destination")),
        (
            "--latest-promise 2026-11-25T18:00:00Z", 1,
            contradiction("a latest promise needs a destination")
        ),
        (
            "--to 0,0 --latest-promise 2026-11-25T18:00:00Z --ordered-at 2026-11-25T18:00:01Z", 1,
            contradiction("the latest promise lies before the order")
        ),
        (
            "--splits-max 1 --splits-per-line-max 2", 1,
            contradiction("a line may have no more warehouses than the order")
        ),
        (
            "--ship-complete --mode best_effort", 1,
            contradiction("what ships complete can't be as much as there is (best_effort)")
        ),
        ("--exclude A --require A,B", 1, contradiction("a required warehouse is excluded")),
        ("--exclude A --prefer A", 1, contradiction("a preferred warehouse is excluded")),
        (
            "--require B --prefer A", 1,
            contradiction("a preferred warehouse isn't one of the required")
        ),
        (
            "--exclude A,A", 1, contradiction("a list of constraints names a warehouse twice")
        ),
        (
            "--exclude \((0..<65).map { "W\($0)" }.joined(separator: ","))", 1,
            contradiction("a list of constraints names at most 64 warehouses")
        ),
        (
            "JUG@A --exclude A", 1,
            contradiction("the line is from a warehouse that is excluded", line: 2)
        ),
        (
            "JUG@A --require B", 1,
            contradiction("the line is from a warehouse other than the required ones", line: 2)
        ),
        (
            "--require NOWHERE", 1,
            "C: refused with unknown_warehouse — see `holdfast warehouse list`"
        ),
        ("--policy nobody", 1, "C: refused with unknown_policy — see `holdfast policy list`"),
    ]

    private static func contradiction(_ sentence: String, line: Int? = nil) -> String {
        let place = line.map { " at line \($0) of the request" } ?? ""
        return "C: refused with invalid_constraints\(place) (\(sentence))"
    }

    /// All of them.
    static var sourcing: [Case] {
        let warehouses = warehouseRows.map { fields, complaint in
            Case("import warehouses F", calendars + "C,x,1,0,\(fields)\n", 1, "F:2: \(complaint)")
        }
        let rates = rateRows.map { rows, complaint in
            Case("import rates F", self.rates + rows + "\n", 1, "F:\(complaint)")
        }
        let substitutes = substituteRows.map { rows, complaint in
            Case("import substitutes F", self.substitutes + rows + "\n", 1, "F:\(complaint)")
        }
        let policies = policyFiles.map { text, complaint in
            Case("policy import F", text, 74, "holdfast: F:\(complaint)")
        }
        let orders = ["reserve", "source"].flatMap { command in
            self.orders.map { options, status, complaint in
                let says =
                    complaint.hasPrefix("C: ")
                    ? "holdfast: \(command)" + complaint.dropFirst() : complaint
                return Case("\(command) MUG \(options)", status, says)
            }
        }
        return warehouses + rates + substitutes + policies + sourcingCommands + orders
    }
}
