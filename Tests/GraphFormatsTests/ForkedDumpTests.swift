import Foundation
import GraphFormats
import Testing

/// A whole dump is read to the value that it describes, and written from it.
@Suite struct ForkedDumpTests {
    /// The text of a dump without the attributes of its events, which no reader looks at.
    private func withoutLabels(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.range(of: "fillcolor="), let end = rest.range(of: "</table>>]") {
            let open = rest[..<start.lowerBound].lastIndex(of: "[") ?? start.lowerBound
            result += rest[..<open] + "[]"
            rest = rest[end.upperBound...]
        }
        return result + rest
    }

    @Test("A dump with forks, accusations and several observations in an event says what it describes")
    func read() throws {
        let read = try DOTReader.read(ForkedDump.bytes)
        // Part by part first, so that a failure shows where the difference is.
        for (event, expected) in zip(read.events, ForkedDump.dump.events) { #expect(event == expected) }
        #expect(read.election == ForkedDump.dump.election)
        #expect(read == ForkedDump.dump)
    }

    @Test("A dump with forks is written as the format describes it")
    func written() {
        #expect(withoutLabels(DOTWriter.write(ForkedDump.dump)) == ForkedDump.text)
    }

    @Test("The label of an event lists its observations and its meta-votes")
    func labels() {
        let text = DOTWriter.write(ForkedDump.dump)
        let table = "label=<<table border=\"0\" cellborder=\"0\" cellpadding=\"0\" cellspacing=\"0\">\n"
        let votes =
            "Genesis({Alice, Bob, Carol, Dave}), OpaquePayload(x1), Add{ peer_id: Fred, related_info: [1, 255] }"
        let cell = "<tr><td colspan=\"6\">"
        #expect(
            text.contains(
                "  \"A_1\" [style=filled, fillcolor=cyan, shape=rectangle, \(table)\(cell)A_1</td></tr>\n"
                    + "\(cell)\(votes)</td></tr>\n</table>>]\n"
            )
        )
        #expect(
            text.contains(
                "  \"A_2\" [style=filled, fillcolor=crimson, shape=rectangle, \(table)\(cell)A_2</td></tr>\n"
                    + "\(cell)[OpaquePayload(x1), DkgMessage(DkgPart(3))]</td></tr></table>>]\n"
            )
        )
        #expect(text.contains("  \"C_4\" [style=filled, fillcolor=orange, shape=rectangle, \(table)"))
        #expect(
            text.contains(
                "<tr><td>A: </td><td>0/2</td><td>b</td><td>t</td><td>t</td><td>-</td></tr>\n"
                    + "<tr><td>   </td><td>12/0</td><td>f</td><td>f</td><td>f</td><td>f</td></tr>\n"
            )
        )
    }

    @Test("The order in which a file names peers' clusters and edges does not matter")
    func clusterOrder() throws {
        // Carol's cluster and edges are moved before Alice's.
        let text = ForkedDump.text
        let alice = try #require(text.range(of: "  style=invis\n  subgraph cluster_Alice"))
        let carol = try #require(text.range(of: "  style=invis\n  subgraph cluster_Carol"))
        let dave = try #require(text.range(of: "  style=invis\n  subgraph cluster_Dave"))
        let moved =
            text[..<alice.lowerBound] + text[carol.lowerBound..<dave.lowerBound]
            + text[alice.lowerBound..<carol.lowerBound] + text[dave.lowerBound...]
        #expect(try DOTReader.read(Array(moved.utf8)) == ForkedDump.dump)
    }
}
