import GossipGraph
import ParsecCore
import Testing

/// The conformance table of `protocol.md` section 2.6, on the reference's graph in which Carol forks at index 2.
@Suite struct SeesTableTests {
    private struct Example {
        let graph: Graph
        let alice: [EventIndex]
        let bob: [EventIndex]
        let carol: [EventIndex]
        let carolAgain: EventIndex
    }

    /// Builds the graph with either of Carol's branches first.
    private func example(aliceSideFirst: Bool, startingAt start: EventIndex = EventIndex(0)) throws -> Example {
        var test = TestGraph(startingAt: start)
        let (a, b, c) = (PeerIndex(0), PeerIndex(1), PeerIndex(2))
        var alice = [try test.begin(a)]
        alice.append(try test.vote(alice[0]))
        var carol = [try test.begin(c)]
        carol.append(try test.vote(carol[0]))
        var bob = [try test.begin(b)]
        bob.append(try test.vote(bob[0]))
        var branches: [EventIndex] = []
        for isAliceSide in [aliceSideFirst, !aliceSideFirst] {
            let branch = try test.add(c, after: carol[1], .requesting(recipient: isAliceSide ? a : b))
            if isAliceSide {
                branches.insert(branch, at: 0)
                alice.append(try test.join(alice[1], branch))
            } else {
                branches.append(branch)
                bob.append(try test.join(bob[1], branch))
            }
        }
        carol.append(branches[0])
        bob.append(try test.add(b, after: bob[2], .requesting(recipient: a)))
        alice.append(try test.join(alice[2], bob[3]))
        return Example(graph: test.graph, alice: alice, bob: bob, carol: carol, carolAgain: branches[1])
    }

    @Test(
        "What events see of a forker is as in the table of the protocol, whichever branch came first",
        arguments: [true, false],
        [0, 1_000_000]
    )
    func table(aliceSideFirst: Bool, start: Int) throws {
        let example = try example(aliceSideFirst: aliceSideFirst, startingAt: EventIndex(start))
        let (graph, c1, c20, c21) = (example.graph, example.carol[1], example.carol[2], example.carolAgain)
        let table: [(event: EventIndex, other: EventIndex, isDescendant: Bool, sees: Bool)] = [
            (example.alice[2], c1, true, true),
            (example.alice[2], c20, true, true),
            (example.alice[2], c21, false, false),
            (example.alice[3], c1, true, false),
            (example.alice[3], c20, true, false),
            (example.alice[3], c21, true, false),
            (example.bob[2], c1, true, true),
            (example.bob[2], c20, false, false),
            (example.bob[2], c21, true, true),
        ]
        for (row, expected) in table.enumerated() {
            #expect(graph.isDescendant(expected.event, of: expected.other) == expected.isDescendant, "row \(row)")
            #expect(graph.sees(expected.event, expected.other) == expected.sees, "row \(row)")
        }
    }

    @Test("Only an event that has both branches among its ancestors proves the fork")
    func proof() throws {
        let example = try example(aliceSideFirst: true)
        let (graph, carol) = (example.graph, PeerIndex(2))
        let proving = graph.events.filter { graph.provesFork($0, by: carol) }
        #expect(proving == [example.alice[3]])
        #expect(Array(graph.provenForkers(in: example.alice[3])) == [carol])
        #expect(graph.provenForkers(in: example.bob[3]).isEmpty)
        #expect(Array(graph.forkers) == [carol])
        #expect(graph.lastAncestor(of: example.alice[3], by: carol) == nil)
        #expect(graph.lastAncestor(of: example.bob[3], by: carol) == example.carolAgain)
        #expect(graph.hasAncestor(example.alice[3], by: carol))
    }

    @Test("A fork by a peer on the path does not matter to what is seen behind it")
    func transitiveFork() throws {
        var test = TestGraph()
        let (a0, b0, c0) = (try test.begin(PeerIndex(0)), try test.begin(PeerIndex(1)), try test.begin(PeerIndex(2)))
        let b1 = try test.join(b0, c0)
        let again = try test.extend(b0)
        let a1 = try test.join(a0, b1)
        let a2 = try test.join(a1, again)
        #expect(test.graph.provesFork(a2, by: PeerIndex(1)))
        #expect(!test.graph.sees(a2, b0))
        #expect(test.graph.sees(a2, c0))
    }
}
