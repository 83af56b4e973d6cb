import Consensus
import GossipGraph
import Membership
import MetaVoting
import ParsecCore
import Simulation
import Testing
import Voting

/// The graphs that simulated networks leave behind, with joiners that lie and liars that are removed.
@Suite struct SimulatedGraphTests {
    @Test(
        "Fed in any causal order, the graph of a simulated peer decides the blocks that it handed out",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func anyOrder(seed: UInt64) throws {
        var sketch = ScenarioSketch()
        sketch.peers = 4
        sketch.events = 3
        sketch.addedPeers = 3
        sketch.removedPeers = 2
        sketch.forkers = 1
        sketch.mode = seed % 2 == 0 ? .single : .supermajority
        sketch.seed = seed
        var simulation = try Simulation(sketch.scenario())
        simulation.run()
        try #require(simulation.isSuccess)
        let peer = try #require(simulation.activePeers.first.map { simulation.peers[$0] })
        let original = peer.engine.agreement
        let expected = peer.blocks.map(\.observationDigest)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5 {
            let found = try payloads(original, order: causalOrder(original.graph, using: &random))
            #expect(found == expected, "seed \(seed)")
        }
    }

    /// Draws an order of the events in which parents come before children.
    private func causalOrder(_ graph: Graph, using random: inout SeededGenerator) -> [EventIndex] {
        var waiting: [EventIndex: Int] = [:]
        var children: [EventIndex: [EventIndex]] = [:]
        var ready: [EventIndex] = []
        for event in graph.events {
            let parents = [graph.selfParent(of: event), graph.otherParent(of: event)].compactMap { $0 }
            waiting[event] = parents.count
            for parent in parents { children[parent, default: []].append(event) }
            if parents.isEmpty { ready.append(event) }
        }
        var order: [EventIndex] = []
        while let place = ready.indices.randomElement(using: &random) {
            let event = ready.remove(at: place)
            order.append(event)
            for child in children[event] ?? [] {
                waiting[child, default: 0] -= 1
                if waiting[child] == 0 { ready.append(child) }
            }
        }
        return order
    }

    /// What a fresh agreement decides, as far as it is handed out.
    private func payloads(_ original: Agreement, order: [EventIndex]) throws -> [Digest] {
        let graph = original.graph
        let genesis = try #require(
            graph.events.lazy.compactMap { event in
                graph.observations(of: event).lazy.compactMap { payload -> [PeerID]? in
                    guard case .genesis(let group, _) = original.store[payload].observation else { return nil }
                    return group
                }.first
            }.first
        )
        var agreement = Agreement(peers: PeerList(genesis: genesis), mode: original.store.opaqueMode)
        var decided: [Digest] = []
        for event in order {
            let id = original.peers.id(of: graph.creator(of: event))
            let creator = agreement.intern(id)
            let cause: NewEvent.Cause =
                switch graph.cause(of: event) {
                case .initial: .initial
                case .requesting(let recipient):
                    .requesting(recipient: agreement.intern(original.peers.id(of: recipient)))
                case .request(let parent): .request(otherParent: try place(of: parent, in: graph, agreement))
                case .response(let parent): .response(otherParent: try place(of: parent, in: graph, agreement))
                case .observation(let payloads):
                    .observation(
                        payloads.map {
                            DigestedObservation(original.store[$0].observation, digest: original.store[$0].digest)
                        }
                    )
                }
            let selfParent = try graph.selfParent(of: event).map { try place(of: $0, in: graph, agreement) }
            let new = NewEvent(
                creator: creator,
                selfParent: selfParent,
                cause: cause,
                digest: graph.digest(of: event)
            )
            _ = try agreement.insert(new)
            while let decision = agreement.advance() {
                decided += decision.payloads.filter(\.isBlock).map(\.observation.digest)
                _ = agreement.close(decision)
            }
        }
        return decided
    }

    private func place(of event: EventIndex, in graph: Graph, _ agreement: Agreement) throws -> EventIndex {
        try #require(agreement.graph.event(withDigest: graph.digest(of: event)))
    }
}
