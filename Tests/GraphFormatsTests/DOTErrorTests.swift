import Foundation
import GraphFormats
import Testing

/// A fault in a dump is found where it is.
@Suite struct DOTErrorTests {
    /// One fault: what stands instead of what, and where the reader should say it is.
    struct Fault: CustomTestStringConvertible, Sendable {
        let passage: String
        let replacement: String
        let line: Int
        let column: Int
        let expected: String

        init(_ passage: String, _ replacement: String, _ line: Int, _ column: Int, _ expected: String) {
            self.passage = passage
            self.replacement = replacement
            self.line = line
            self.column = column
            self.expected = expected
        }

        var testDescription: String { "\(passage.prefix(30)) → \(replacement.prefix(30))" }
    }

    @Test(
        "An error tells line, column and what was expected",
        arguments: [
            Fault("/// our_id", "// our_id", 1, 1, "\"///\""),
            Fault("our_id: Alice", "our_id: ", 1, 13, "the name of a peer"),
            Fault("our_id: Alice", "our_id: Zoe", 8, 1, "our own"),
            Fault("VOTE|SEND|RECV", "VOTE,SEND", 3, 28, "\"|\" or \")\""),
            Fault("PeerState(DKG)", "PeerState(XYZ)", 5, 24, "VOTE, DKG, SEND or RECV"),
            Fault("///   Dave:", "///   Bob:", 6, 7, "each peer once"),
            Fault("mode: Single", "mode: Both", 8, 21, "\"Single\" or \"Supermajority\""),
            Fault("18446744073709551615", "18446744073709551616", 9, 21, "a number up to"),
            Fault("[0, 255]", "[0, 256]", 10, 31, "a number up to 255"),
            Fault("cluster_Bob", "cluster_Bert", 27, 20, "a peer of the list"),
            Fault("\"A_2\" -> \"A_3\"", "\"A_2\" -> \"A_x\"", 22, 15, "the name of an event such as"),
            Fault("\"A_2\" -> \"A_3\"", "\"A_2\" -> \"A_99999999999999999999\"", 22, 15, "the name of an event"),
            Fault("\"A_2\" -> \"A_3\"", "\"A_2\" -> \"A_1\"", 22, 15, "each event once"),
            Fault("\"A_2\" -> \"A_3\"", "\"A_2\" -> \"A_5\"", 22, 15, "the index after the self-parent's, 3"),
            Fault("\"B_1\" -> \"B_2\"", "\"A_1\" -> \"B_2\"", 32, 6, "an earlier event of Bob"),
            Fault("\"B_2\" -> \"A_2\"", "\"B_9\" -> \"A_2\"", 24, 4, "an edge between events"),
            Fault("  \"A_3\" -> \"B_3\"", "  \"A_3\" -> \"A_2\"", 35, 4, "at most one other-parent"),
            Fault("cause: Initial", "cause: Beginning", 64, 12, "Initial, Requesting, Request, Response"),
            Fault("cause: Request\n", "cause: Requesting(Bob)\n", 80, 12, "Request or Response"),
            Fault("cause: Requesting(Alice)", "cause: Response", 106, 12, "a cause without an other-parent"),
            Fault("cause: Requesting(Alice)", "cause: Requesting{Alice}", 106, 19, "the end of the line"),
            Fault("cause: Request\n", "cause: Request Bob\n", 80, 20, "the end of the line"),
            Fault("all_voters: {Alice, Bob}", "all_voters: {Alice, Zoe}", 124, 17, "peers of the list"),
            Fault("observees: {Alice, Bob}", "observees: {Alice, Zoe}", 128, 20, "peers of the list"),
            Fault("Add(Carol))\n/// last", "Plus(Carol))\n/// last", 100, 24, "an observation"),
            Fault("{Bob: 2}", "{Bob: x}", 107, 27, "a number"),
            Fault("/// 181acff7", "/// 181acff", 119, 5, "64 hexadecimal digits"),
            Fault("[\"A_2\"]", "[\"A_7\"]", 122, 18, "an event of the graph"),
            Fault("{\"A_1\", \"B_1\"}", "{\"A_1\" \"B_1\"}", 125, 33, "\",\" or \"}\""),
            Fault("///   A_2 -> {", "///   A_8 -> {", 127, 7, "an event of the graph"),
            Fault("A: 0/0   t   b", "A: 0/3   t   b", 132, 16, "a number up to 2"),
            Fault("A: 0/0   t   b", "A: 0/0   t   x", 132, 24, "-, t, f or b"),
            Fault("0/0   t   b   f", "0/0   t   b   b", 132, 28, "-, t or f"),
            Fault("B: 1/2", "Z: 1/2", 134, 11, "the short name of a peer"),
        ]
    )
    func faults(_ fault: Fault) throws {
        let text = try SmallDump.replacing(fault.passage, with: fault.replacement)
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(text.utf8)) }
        #expect(error?.line == fault.line)
        #expect(error?.column == fault.column)
        #expect(error?.expected.contains(fault.expected) == true, "\(error?.expected ?? "")")
        #expect(error?.found.isEmpty == false)
    }

    @Test("A file that breaks off ends with an error at its end")
    func truncated() throws {
        let text = try SmallDump.replacing("///   }\n/// }\n", with: "///   }\n")
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(text.utf8)) }
        #expect(error?.found == "the end of the file")
        #expect(throws: DOTError.self) { try DOTReader.read([]) }
    }

    @Test("An event without details is an error where the graph names it")
    func missingDetails() throws {
        let text = SmallDump.text
        let start = try #require(text.range(of: "  \"B_3\" [fill"))
        let end = try #require(text.range(of: "}\n\n/// ===== meta"))
        let short = text.replacingCharacters(in: start.lowerBound..<end.lowerBound, with: "")
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(short.utf8)) }
        #expect(error?.line == 33)
        #expect(error?.column == 15)
        #expect(error?.expected.contains("details of every event") == true)
    }

    @Test("Two events of a peer do not share an index and a rank, and ranks have no gaps", arguments: ["A_2", "B_1,4"])
    func ranks(_ name: String) throws {
        // The details are renamed along, so that nothing but the place is wrong.
        var text = try SmallDump.replacing("\"A_2\" -> \"A_3\"", with: "\"A_1\" -> \"Q_2\"")
        text = text.replacing("A_3", with: "Q_2")
        var place = (22, 15)
        if name == "B_1,4" { (text, place) = (SmallDump.text.replacing("B_1", with: "B_1,4"), (31, 15)) }
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(text.utf8)) }
        #expect(error?.expected.contains("ranks from 0 on") == true, "\(String(describing: error))")
        #expect(error.map { $0.line } == place.0 && error.map { $0.column } == place.1)
    }

    @Test("The greatest numbers are no reason to stop the program")
    func greatestIndex() throws {
        let text = SmallDump.text.replacing("A_0", with: "A_9223372036854775807")
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(text.utf8)) }
        #expect(error?.line == 19 && error?.column == 17)
        #expect(error?.expected.contains("limit events") == true)
    }

    @Test("Events that wait for each other are an error where the graph names the first")
    func cycle() throws {
        let text = try SmallDump.replacing("\"B_2\" -> \"A_2\"", with: "\"B_3\" -> \"A_2\"")
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(text.utf8)) }
        #expect(error?.line == 21)
        #expect(error?.expected.contains("parents come before") == true)
    }

    @Test("Each bound, when exceeded, gives an error that names it")
    func bounds() throws {
        var cases: [(String, DOTReader.Limits)] = []
        var limits = DOTReader.Limits()
        limits.fileBytes = SmallDump.bytes.count - 1
        cases.append(("fileBytes", limits))
        limits = DOTReader.Limits()
        limits.events = 7
        cases.append(("events", limits))
        limits = DOTReader.Limits()
        limits.peers = 3
        cases.append(("peers", limits))
        for (name, limits) in cases {
            let error = #expect(throws: DOTError.self) { try DOTReader.read(SmallDump.bytes, limits: limits) }
            #expect(error?.expected.contains("limit \(name)") == true)
        }
        limits = DOTReader.Limits()
        (limits.fileBytes, limits.events, limits.peers) = (SmallDump.bytes.count, 8, 4)
        #expect(throws: Never.self) { try DOTReader.read(SmallDump.bytes, limits: limits) }
    }

    @Test("Accomplices of accomplices are bounded")
    func accomplices() throws {
        for depth in [16, 17, 100_000] {
            let malice = String(repeating: "Accomplice(B_1, ", count: depth) + "Fork(B_1)"
            let cause = "Accusation { Bob, \(malice)\(String(repeating: ")", count: depth)) }"
            let text = try SmallDump.replacing("Observation(Add(Carol))", with: "Observation(\(cause))")
            if depth <= 16 {
                #expect(throws: Never.self) { try DOTReader.read(Array(text.utf8)) }
            } else {
                let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(text.utf8)) }
                #expect(error?.expected.contains("limit accomplices") == true)
            }
        }
    }
}
