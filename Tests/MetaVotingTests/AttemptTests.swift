import GossipGraph
import ModelKit
import ParsecCore
import Simulation
import Testing
import Voting

@testable import MetaVoting

/// Elections of which an attempt ended with every voter decided false.
///
/// No graph is known on which that happens, so these tests declare the first attempts to have ended so, here and in the
/// slow model alike.
@Suite struct AttemptTests {
    @Test(
        "After an attempt that ends with nothing the next decides, as the definitions say",
        arguments: 1...25 as ClosedRange<UInt64>
    )
    func nextAttempt(seed: UInt64) throws {
        for discarded in 1...2 {
            let graph = graph(seed)
            let run = SlowModel(graph: graph, discardedAttempts: discarded).run()
            #expect(run.violations.isEmpty)
            var random = SeededGenerator(seed: seed)
            for _ in 0..<5 {
                let order = graph.randomCausalOrder(using: &random)
                let found = try decisions(graph, order: order, discarding: discarded)
                #expect(found == run.decisions.map(\.payloads), "seed \(seed), \(discarded) attempts discarded")
            }
        }
    }

    @Test("Elections are decided although every first attempt ends with nothing")
    func somethingIsDecided() throws {
        let counts = try (1...25 as ClosedRange<UInt64>).map { seed in
            try decisions(graph(seed), order: Array(graph(seed).events.indices), discarding: 1).count
        }
        #expect(counts.reduce(0, +) > 10)
    }

    /// A graph of which the voters do not change, so that elections can be run without the rest of the engine.
    private func graph(_ seed: UInt64) -> ModelGraph {
        var random = SeededGenerator(seed: seed)
        var recipe: GraphRecipe = seed % 2 == 0 ? .quiet(using: &random) : .aimed(using: &random)
        recipe.peers = max(recipe.peers, 2)
        recipe.steps *= 2
        return randomGraph(recipe, seed: seed)
    }

    private func decisions(_ model: ModelGraph, order: [Int], discarding: Int) throws -> [[ModelPayload]] {
        let peers = model.peers.enumerated().map { (id: $1, index: PeerIndex($0)) }
        func index(_ id: PeerID) -> PeerIndex { peers.first { $0.id == id }?.index ?? PeerIndex(peers.count) }
        var graph = Graph(completeness: .partial)
        var store = ObservationStore(opaqueMode: model.mode)
        var election = MetaElection(
            voters: VoterSet(model.genesis.map(index)),
            rules: .current,
            coin: AlternatingCoin(),
            startingAt: graph.endIndex
        )
        election.discardedAttempts = discarding
        var indices: [Int: EventIndex] = [:]
        var decided: [[ModelPayload]] = []
        for number in order {
            let event = model.events[number]
            let other = event.otherParent.flatMap { indices[$0] } ?? graph.endIndex
            let cause: Cause =
                switch event.cause {
                case .initial: .initial
                case .requesting(let recipient): .requesting(recipient: index(recipient))
                case .request: .request(otherParent: other)
                case .response: .response(otherParent: other)
                case .observation(let list):
                    .observation(
                        list.map {
                            store.insert(
                                $0,
                                digest: modelDigest($0),
                                votedBy: index(event.creator),
                                id: event.creator
                            )
                        }
                    )
                }
            let inserted = try graph.insert(
                creator: index(event.creator),
                selfParent: event.selfParent.flatMap { indices[$0] },
                cause: cause,
                digest: Digest(words: UInt64(number), 0, 0, 0)
            )
            indices[number] = inserted
            election.insert(inserted, in: graph, store: store)
            while let decision = election.advance(in: graph, store: store) {
                for payload in decision.payloads { store.markDecided(payload) }
                decided.append(
                    decision.payloads.map {
                        ModelPayload(observation: store[$0].observation, creator: store[$0].voter?.id)
                    }
                )
                election.close(decision, newVoters: nil, in: graph, store: store)
            }
        }
        return decided
    }
}
