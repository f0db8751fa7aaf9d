internal import HoldfastClient
internal import Snapshot

/// A snapshot's header and directory as people and programs read them.
struct SnapshotFrontText {
    let reader: SnapshotReader

    private var header: SnapshotHeader { reader.header }
    private var facts: SnapshotFacts { reader.header.facts }

    // MARK: For people

    /// The header.
    var lines: [String] {
        let counts = facts.counts
        let unpacked = reader.sections.reduce(0) { $0 + $1.unpackedBytes }
        let log =
            header.startLSN == facts.endLSN
            ? "none of it" : "LSN \(header.startLSN) to \(facts.endLSN)"
        var table = TextTable(.text("field"), .text("value"))
        table.add("file", reader.path)
        table.add("size", "\(bytesText(header.sizeBytes)), \(bytesText(unpacked)) unpacked")
        table.add("format", "version \(header.version), checksum \(hexadecimal(reader.checksum))")
        table.add("state at", "LSN \(facts.endLSN), \(facts.instant.text)")
        table.add("log", "id \(hexadecimal(facts.logID)), \(log) is in the file")
        table.add(
            "copied",
            "\(counted(counts.skus, "SKU")), \(counted(counts.cells, "cell")), "
                + "\(counted(counts.openReservations, "open reservation")), "
                + "\(counts.retainedReservations.grouped) closed, "
                + counted(counts.requestIDs, "other request")
        )
        table.add(
            "engine",
            "\(counted(facts.stripeCount, "stripe")), configuration "
                + hexadecimal(facts.configurationDigest)
        )
        return table.lines
    }

    /// The sections: sums by kind, or `each` of them.
    func sectionLines(each: Bool) -> [String] { each ? eachLines : kindLines }

    private var kindLines: [String] {
        var table = TextTable(
            .text("sections"),
            .number("count"),
            .number("records"),
            .number("unpacked"),
            .number("packed"),
            .number("ratio")
        )
        for kind in SnapshotSectionKind.allCases {
            let sum = SectionSum(reader.sections(of: kind))
            table.add(
                kind.name,
                sum.sections.grouped,
                sum.records.grouped,
                bytesText(sum.unpackedBytes),
                bytesText(sum.packedBytes),
                sum.ratioText
            )
        }
        return table.lines
    }

    private var eachLines: [String] {
        var table = TextTable(
            .number("section"),
            .text("kind"),
            .number("offset"),
            .number("records"),
            .number("unpacked"),
            .number("packed"),
            .number("ratio"),
            .text("checksum"),
            .number("first lsn")
        )
        for section in reader.sections {
            table.add(
                "\(section.index)",
                section.kind.name,
                "\(section.offset)",
                section.recordCount.grouped,
                section.unpackedBytes.grouped,
                section.packedBytes.grouped,
                SectionSum([section]).ratioText,
                hexadecimal(section.checksum),
                section.kind == .logSlice ? "\(section.firstLSN)" : "-"
            )
        }
        return table.lines
    }

    // MARK: For programs

    /// Header and sections.
    func members(each: Bool) -> [(name: String, value: JSON)] {
        let counts = facts.counts
        let all = SectionSum(reader.sections)
        let copied = JSON.object([
            ("skus", .count(counts.skus)),
            ("cells", .count(counts.cells)),
            ("open_reservations", .count(counts.openReservations)),
            ("retained_reservations", .count(counts.retainedReservations)),
            ("request_ids", .count(counts.requestIDs)),
        ])
        var members: [(name: String, value: JSON)] = [
            ("file", .string(reader.path)),
            ("bytes", .count(header.sizeBytes)),
            ("unpacked_bytes", .count(all.unpackedBytes)),
            ("ratio", all.ratioJSON),
            ("format_version", .count(header.version)),
            ("checksum", .string(hexadecimal(reader.checksum))),
            ("log_id", .string(hexadecimal(facts.logID))),
            ("instant", .string(facts.instant.text)),
            ("start_lsn", .count(header.startLSN)),
            ("end_lsn", .count(facts.endLSN)),
            ("configuration_digest", .string(hexadecimal(facts.configurationDigest))),
            ("next_sku_number", .count(facts.nextSKUNumber)),
            ("stripes", .count(facts.stripeCount)),
            ("copied", copied),
        ]
        let kinds = SnapshotSectionKind.allCases.map { kind in
            JSON.object(
                [("kind", .string(kind.jsonName))]
                    + SectionSum(reader.sections(of: kind)).members
            )
        }
        members.append(("sections", .array(kinds)))
        if each { members.append(("each_section", .array(reader.sections.map(json)))) }
        return members
    }

    private func json(_ section: SnapshotSection) -> JSON {
        .object([
            ("section", .count(section.index)),
            ("kind", .string(section.kind.jsonName)),
            ("offset", .count(section.offset)),
            ("records", .count(section.recordCount)),
            ("unpacked_bytes", .count(section.unpackedBytes)),
            ("packed_bytes", .count(section.packedBytes)),
            ("ratio", SectionSum([section]).ratioJSON),
            ("checksum", .string(hexadecimal(section.checksum))),
            ("first_lsn", section.kind == .logSlice ? .count(section.firstLSN) : .null),
        ])
    }
}

/// Sections that are summed.
private struct SectionSum {
    var sections = 0
    var records = 0
    var unpackedBytes = 0
    var packedBytes = 0

    init(_ sections: some Sequence<SnapshotSection>) {
        for section in sections {
            self.sections += 1
            records += section.recordCount
            unpackedBytes += section.unpackedBytes
            packedBytes += section.packedBytes
        }
    }

    private var ratio: Double { Double(unpackedBytes) / Double(packedBytes) }

    var ratioText: String { packedBytes == 0 ? "-" : ratio.rounded(toPlaces: 2) }

    var ratioJSON: JSON { packedBytes == 0 ? .null : .decimal(ratio, 2) }

    var members: [(name: String, value: JSON)] {
        [
            ("sections", .count(sections)),
            ("records", .count(records)),
            ("unpacked_bytes", .count(unpackedBytes)),
            ("packed_bytes", .count(packedBytes)),
            ("ratio", ratioJSON),
        ]
    }
}

/// A number's hexadecimal digits, as many as its type has.
func hexadecimal<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: Number.bitWidth / 4 - digits.utf8.count) + digits
}
