import Consensus
import GossipGraph
import GraphFormats
import Membership
import ParsecCore
import Testing

/// Ancestors in a recorded graph, after the unit tests of the reference (`protocol.md` section 10.3).
@Suite(.enabled(if: RecordedGraph.areHere, "the reference's recordings are not here"))
struct ReferenceGraphTests {
    @Test("The ancestors of an event are listed once each, parents before children, the event itself last")
    func ancestorsIterator() throws {
        var replay = try Replay(RecordedGraph.ancestors.dump())
        try replay.run()
        let graph = replay.agreement.graph
        let carol = try #require(replay.agreement.peers.index(of: "Carol"))
        let event = try #require(graph.events(by: carol, at: 8).first)
        let ancestors = graph.ancestors(of: event)
        #expect(ancestors.count == 70)
        #expect(ancestors == graph.events.filter { graph.isDescendant(event, of: $0) })
        #expect(ancestors.last == event)
        var listed: Set<EventIndex> = []
        for ancestor in ancestors {
            for parent in [graph.selfParent(of: ancestor), graph.otherParent(of: ancestor)].compactMap({ $0 }) {
                #expect(listed.contains(parent))
            }
            listed.insert(ancestor)
        }
        #expect(listed.count == ancestors.count)
    }
}
