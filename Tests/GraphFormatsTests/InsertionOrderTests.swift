import GraphFormats
import ParsecCore
import Testing

/// The order of events that is read is the greedy one of the definition.
@Suite struct InsertionOrderTests {
    private struct Name: Hashable {
        let creator: PeerID
        let index: Int
        let fork: Int

        init(_ event: GraphDump.Event) {
            (creator, index, fork) = (event.creator, event.indexByCreator, event.forkIndex)
        }
    }

    private func name(_ event: Int?, in dump: GraphDump) -> Name? { event.map { Name(dump.events[$0]) } }

    /// Expects the definition's order, as far as it goes; returns whether it goes to the end.
    @discardableResult
    private func expectDefinition(_ graph: RandomGraph) throws -> Bool {
        let read = try DOTReader.read(Array(DOTWriter.write(graph.dump).utf8))
        let order = graph.insertionOrder()
        #expect(read.events.count == graph.dump.events.count)
        // Where branches of a fork wait for each other the definition comes to a halt; up to there it holds.
        #expect(read.events.prefix(order.count).map(Name.init) == order.map { Name(graph.dump.events[$0]) })
        for (event, original) in zip(read.events, order) {
            let expected = graph.dump.events[original]
            #expect(name(event.selfParent, in: read) == name(expected.selfParent, in: graph.dump))
            #expect(name(event.otherParent, in: read) == name(expected.otherParent, in: graph.dump))
        }
        for (position, event) in read.events.enumerated() {
            #expect([event.selfParent, event.otherParent].compactMap { $0 }.allSatisfy { $0 < position })
        }
        #expect(try DOTReader.read(Array(DOTWriter.write(read).utf8)) == read)
        return order.count == graph.dump.events.count
    }

    @Test("Random graphs are read in the order of the definition", arguments: 1...60 as ClosedRange<UInt64>)
    func random(seed: UInt64) throws {
        let peers = 1 + Int(seed % 9)
        try expectDefinition(RandomGraph(peers: peers, events: 20 * peers, forks: seed % 2 == 0, seed: seed))
    }

    @Test("A graph of a hundred peers is read in the order of the definition")
    func manyPeers() throws {
        #expect(try expectDefinition(RandomGraph(peers: 100, events: 5_000, forks: false, seed: 7)))
    }

    @Test("A graph whose branches wait for each other is read, parents first")
    func branchesThatWait() throws {
        let seeds = try (1...20 as ClosedRange<UInt64>).filter { seed in
            try !expectDefinition(RandomGraph(peers: 4, events: 100, forks: true, seed: seed))
        }
        #expect(!seeds.isEmpty, "no graph on which the definition comes to a halt")
    }
}
