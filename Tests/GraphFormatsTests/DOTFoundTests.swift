import Foundation
import GraphFormats
import Testing

/// Errors tell exactly where a fault is, what was expected, and what was found.
@Suite struct DOTFoundTests {
    struct Fault: CustomTestStringConvertible, Sendable {
        let passage: String
        let replacement: String
        let line: Int
        let column: Int
        let expected: String
        let found: String

        init(_ passage: String, _ replacement: String, at line: Int, _ column: Int, _ expected: String, _ found: String)
        {
            self.passage = passage
            self.replacement = replacement
            self.line = line
            self.column = column
            self.expected = expected
            self.found = found
        }

        var testDescription: String { "\(passage.prefix(30)) → \(replacement.prefix(30))" }
    }

    @Test(
        "An error tells line, column, what was expected and what was found",
        arguments: [
            Fault("/// peer_list", "peer_list", at: 2, 1, "\"///\"", "\"peer_list: {\""),
            Fault("PeerState(DKG|RECV)", "PeerState(DKG|", at: 6, 27, "VOTE, DKG, SEND or RECV", "the end of the line"),
            Fault(
                "///   Dave: Peer",
                "///   Da.ve: Peer",
                at: 6,
                9,
                "\": PeerState(\"",
                "\".ve: PeerState(DKG|RECV)\""
            ),
            Fault("rules: current", "rules: newest", at: 9, 12, "\"reference\" or \"current\"", "\"newest\""),
            Fault(
                "secure_rng",
                "unsecure_rng",
                at: 10,
                5,
                "consensus_mode, rules, secure_rng or key_gens_and_next_id",
                "\"unsecure_rng: [7]\""
            ),
            Fault("[7]", "[7; 8]", at: 10, 19, "\",\" or \"]\"", "\"; 8]\""),
            Fault("digraph", "graph", at: 11, 1, "\"digraph GossipGraph\"", "\"graph GossipGraph {\""),
            Fault("style=invis\n", "style=solid\n", at: 15, 3, "\"style=invis\"", "\"style=solid\""),
            Fault("cluster_Dave", "cluster_", at: 52, 20, "the name of a peer", "\" {\""),
            Fault(
                "\"B_2,1\" [min",
                "\"B_2,1,1\" [min",
                at: 33,
                15,
                "the name of an event such as A_2 or A_2,1",
                "\"B_2,1,1\" [minlen=1]\""
            ),
            Fault(
                "\"A_2\" -> \"B_3\"",
                "\"A_2\" -> \"B_2\"",
                at: 36,
                4,
                "an edge between events of the clusters",
                "\"A_2\" -> \"B_2\" [constrain\""
            ),
            Fault(
                "\"A_3\" -> \"C_3\"",
                "\"A_3\" - \"C_3\"",
                at: 49,
                7,
                "\"\" -> \"\"",
                "\"\" - \"C_3\" [constraint=fa\""
            ),
            Fault(
                "\"A_3\" -> \"C_3\"",
                "\"A_3\" -> \"C_2\"",
                at: 49,
                4,
                "at most one other-parent of an event",
                "\"A_3\" -> \"C_2\" [constrain\""
            ),
            Fault("  \"B_0\" []", "  \"B_0\" ()", at: 85, 9, "\"[\"", "\"()\""),
            Fault("  \"C_4\" []", "  \"C_4\" [[]", at: 121, 9, "\"]\" to close this bracket", "\"[[]\""),
            Fault("  \"C_4\" []", "  \"C_5\" []", at: 121, 4, "an event of the graph", "\"C_5\" []\""),
            Fault("  \"C_4\" []", "  \"C_3\" []", at: 121, 4, "details of an event once", "\"C_3\" []\""),
            Fault("related_info: [0]", "related_info: [256]", at: 110, 61, "a number up to 255", "\"256] })\""),
            Fault("Fork(B_1)", "Fork(,)", at: 122, 47, "the name of an event", "\",) }, Accusation { Dave,\""),
            Fault("Fork(B_1)", "Fork(B_1,,)", at: 122, 47, "the name of an event", "\"B_1,,) }, Accusation { D\""),
            Fault("Fork(B_1)", "Other(256)", at: 122, 48, "a number up to 255", "\"256) }, Accusation { Dav\""),
            Fault(
                "Fork(B_1)",
                "Spoon(B_1)",
                at: 122,
                42,
                "Fork, InvalidAccusation, Accomplice, Other or Shown",
                "\"Spoon(B_1) }, Accusation\""
            ),
            Fault(
                "OpaquePayload(x1), Add",
                "DkgMessage(DkgPart(1)), Add",
                at: 74,
                82,
                "\", SerialisedDkgMessage([\"",
                "\", Add{ peer_id: Fred, re\""
            ),
            Fault(
                "OpaquePayload(x1), Add",
                "DkgMessage(DkgNack(1)), Add",
                at: 74,
                71,
                "DkgPart or DkgAck",
                "\"DkgNack(1)), Add{ peer_i\""
            ),
            Fault("{Dave: 0}", "{Dave: 2097153}", at: 127, 28, "a number up to 2097152", "\"2097153}\""),
            Fault("{Dave: 0}", "[Dave: 0]", at: 127, 5, "\"last_ancestors: {\"", "\"last_ancestors: [Dave: 0\""),
            Fault("ffff\n", "fffg\n", at: 133, 5, "64 hexadecimal digits", "\"000000000000000000000000\""),
            Fault("Carol -> [", "Karl -> [", at: 137, 7, "a peer of the list of peers", "\"Karl -> [\"C_3\"]\""),
            Fault("12/0", "65537/0", at: 152, 14, "a round up to 65536 (limit rounds)", "\"65537/0   f   f   f   f \""),
            Fault("C: 0/0", "C: 65537/0", at: 153, 14, "a number up to 65536", "\"65537/0   t   t   t   t \""),
            Fault("A: 0/2", "   0/2", at: 151, 14, "the short name of a peer", "\"0/2   b   t   t   - \""),
            Fault("C: 0/0", "C: 0-0", at: 153, 15, "\"/\"", "\"-0   t   t   t   t \""),
            Fault("    }\n///   }\n", "    }\n///   -\n", at: 155, 7, "\"}\"", "\"-\""),
        ]
    )
    func faults(_ fault: Fault) throws {
        let range = try #require(ForkedDump.text.range(of: fault.passage))
        let text = ForkedDump.text.replacingCharacters(in: range, with: fault.replacement)
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array(text.utf8)) }
        #expect(error?.line == fault.line)
        #expect(error?.column == fault.column)
        #expect(error?.expected == fault.expected)
        #expect(error?.found == fault.found)
    }

    @Test("The description of an error says all of it")
    func description() {
        let error = #expect(throws: DOTError.self) { try DOTReader.read(Array("/// our_id: Alice\n/// peers".utf8)) }
        #expect(error?.description == "line 2, column 5: expected \"peer_list: {\", found \"peers\"")
    }

    @Test("Bytes that are no text are an error like others")
    func noText() {
        let error = #expect(throws: DOTError.self) { try DOTReader.read([0xFF, 0x00, 0xC3]) }
        #expect(error?.line == 1 && error?.column == 1)
        #expect(error?.expected == "\"///\"")
    }

    @Test("Meta-votes in any order of voters are read as they are written, in ascending order")
    func metaVotesInAnyOrder() throws {
        let lines = ForkedDump.text.split(separator: "\n", omittingEmptySubsequences: false)
        let first = try #require(lines.firstIndex { $0.contains("A: 0/2") })
        let moved = lines[..<first] + [lines[first + 2]] + lines[first...(first + 1)] + lines[(first + 3)...]
        #expect(moved.count == lines.count)
        #expect(try DOTReader.read(Array(moved.joined(separator: "\n").utf8)) == ForkedDump.dump)
    }
}
