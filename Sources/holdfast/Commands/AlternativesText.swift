internal import HoldfastClient

/// What could serve short lines instead, as commands print it.
struct AlternativesText {
    private let lines: [LineAlternatives]

    /// The text of what an answer tells, by line.
    init(_ lines: [LineAlternatives]) { self.lines = lines }

    /// The text of what a dry run tells.
    init(_ report: SourcingReport) {
        lines = report.lines.enumerated().compactMap { index, line in
            line.alternatives.isEmpty
                ? nil : LineAlternatives(line: index, alternatives: line.alternatives)
        }
    }

    /// Prints a table for people behind an empty line; nothing where there are none.
    func write() {
        if lines.isEmpty { return }
        var table = TextTable(
            .number("line"),
            .text("alternative"),
            .text("sku"),
            .text("from"),
            .number("available"),
            .text("left out because")
        )
        for line in lines {
            for one in line.alternatives {
                let pool = one.pool == .default ? "" : "/\(one.pool)"
                table.add(
                    "\(line.line + 1)",
                    one.kind.name,
                    one.sku,
                    "\(one.warehouse)\(pool)",
                    one.available.grouped,
                    one.exclusion == .none ? "-" : one.exclusion.name
                )
            }
        }
        Terminal.writeLine("")
        Terminal.writeLines(table.lines)
    }

    /// The alternatives for programs; lines are counted from 1 as in all that they read.
    var json: JSON {
        .array(
            lines.map { line in
                .object([
                    ("line", .count(line.line + 1)),
                    ("alternatives", .array(line.alternatives.map(\.json))),
                ])
            }
        )
    }
}

extension Alternative {
    /// One of them for programs.
    var json: JSON {
        .object([
            ("kind", .string(kind.name)),
            ("sku", .string(sku)),
            ("warehouse", .string(warehouse.description)),
            ("pool", .string(pool.description)),
            ("available", .integer(available)),
            ("excluded_because", exclusion == .none ? .null : .string(exclusion.name)),
        ])
    }
}
