import Foundation
import Support
import Testing

@testable import holdfast

/// Reading CSV files: fields, quotes, and complaints that name the line.
@Suite struct CommandLineFilesTests {
    private func rows(_ text: String) throws -> [[String]] {
        let file = try CSVFile(path: "f.csv", bytes: Array(text.utf8))
        if let fault = file.faults.first { throw fault.failure(in: file.path) }
        let columns = try ["a", "b"].map { try file.column($0) }
        return (0..<file.rowCount).map { index in columns.map { file.row(index).text($0) } }
    }

    private func complaint(_ work: () throws -> Void) -> String {
        do {
            try work()
            return "no complaint"
        } catch {
            return (error as? CommandFailure)?.detail ?? "\(error)"
        }
    }

    @Test(arguments: [
        ("a,b\n1,2\n3,4\n", [["1", "2"], ["3", "4"]]),
        ("a,b\r\n1,2\r\n", [["1", "2"]]),
        ("\u{FEFF}a,b\n1,2", [["1", "2"]]),
        ("b,a\n1,2\n", [["2", "1"]]),
        ("a,b\n\n,\n", [["", ""]]),
        ("a,b\n\"x,y\",\"say \"\"no\"\"\"\n", [["x,y", "say \"no\""]]),
        ("a,b\n\"two\nlines\",2\n", [["two\nlines", "2"]]),
        ("a,b\nä,€\n", [["ä", "€"]]),
    ])
    func fieldsAreReadAsWritten(_ text: String, _ expected: [[String]]) throws {
        #expect(try rows(text) == expected)
    }

    @Test func complaintsNameFileAndLine() {
        #expect(complaint { _ = try rows("a,b\n1,2\n3\n") }.hasPrefix("f.csv:3: 1 field"))
        #expect(complaint { _ = try rows("a,b\n\"1,2\n") }.hasPrefix("f.csv:2: a quote"))
        #expect(complaint { _ = try rows("") }.hasPrefix("f.csv:1: the file is empty"))
        #expect(complaint { _ = try rows("a,a\n") }.hasPrefix("f.csv:1: two columns"))
        #expect(complaint { _ = try rows("a,c\n") }.hasPrefix("f.csv:1: no column `b`"))
    }

    @Test func aRowBehindAFieldOfTwoLinesKeepsItsLine() throws {
        let file = try CSVFile(path: "f", bytes: Array("a\n\"1\n2\"\n3\n".utf8))
        #expect(file.row(0).line == 2)
        #expect(file.row(1).line == 4)
    }

    @Test func aBadRowDoesntHideTheOthers() throws {
        let text = "a,b\n1,2\n3\n\"x\"y,4\n5,6\n7,\"8\n"
        let file = try CSVFile(path: "f", bytes: Array(text.utf8))
        #expect((0..<file.rowCount).map { file.row($0).line } == [2, 5])
        #expect(file.faults.map(\.line) == [3, 4, 6])
    }

    @Test func textBehindAQuoteIsNamed() throws {
        #expect(complaint { _ = try rows("a,b\n\"1\"2,3\n") }.hasPrefix("f.csv:2: text behind"))
        #expect(try rows("a,b\r\n1,\"2\"\r\n") == [["1", "2"]])
    }

    @Test func stockRowsRefuseWhatCantBeMeant() throws {
        func read(_ rows: String, _ mode: ImportModeArgument = .absolute) throws -> [String] {
            let text = "sku,warehouse,on_hand,safety_stock\n" + rows
            let file = try CSVFile(path: "s", bytes: Array(text.utf8))
            return try StockRows.read(file, mode).faults.map { "\($0.line): \($0.reason)" }
        }
        #expect(try read("A,W,1,0\nA,W,2,0\n") == ["3: A in W stands on line 2 already"])
        #expect(try read("A B,W,1,0\n")[0].hasPrefix("2: sku `A B`"))
        #expect(try read("A,W,-1,0\n")[0].hasPrefix("2: on_hand -1"))
        #expect(try read("A,W,-1,0\n", .delta) == [])
        #expect(try read("A,W,x,0\n") == ["2: on_hand `x` is no whole number"])
        #expect(try read("A,,1,0\n")[0].hasPrefix("2: warehouse ``"))
    }

    @Test func packedFilesAreUnpackedAndBrokenOnesNamed() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        let folder = directory.path
        let path = folder + "/rows.csv"
        try "a,b\n1,2\n".write(toFile: path, atomically: true, encoding: .utf8)
        try await Program.run("gzip", [path])
        #expect(try InputFile.bytes(at: path + ".gz") == Array("a,b\n1,2\n".utf8))
        try "no gzip".write(toFile: folder + "/bad.gz", atomically: true, encoding: .utf8)
        #expect(complaint { _ = try InputFile.bytes(at: folder + "/bad.gz") }.contains("gzip"))
        #expect(
            complaint { _ = try InputFile.bytes(at: folder + "/none.csv") }
                .contains("No such file")
        )
    }
}
