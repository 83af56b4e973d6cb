import Consensus
import GossipGraph
import Membership
import MetaVoting
import ModelKit
import ParsecCore
import Simulation
import Testing
import Voting

/// Elections against the slow model, which evaluates every event from the definitions.
@Suite struct DifferentialTests {
    private static let seeds: ClosedRange<UInt64> = 1...28

    @Test("Decisions equal those of the definitions", arguments: seeds)
    func decisions(seed: UInt64) throws {
        let graph = varied(seed)
        let run = SlowModel(graph: graph).run()
        #expect(run.violations.isEmpty, "seed \(seed): \(run.violations)")
        var feed = ModelFeed(graph)
        try feed.feed(graph.events.indices)
        #expect(feed.outcomes == run.outcomes, "seed \(seed)")
        let blocks = feed.decisions.flatMap { $0.payloads.filter(\.isBlock) }.map {
            ModelPayload(observation: $0.observation.observation, creator: $0.voter)
        }
        #expect(blocks == run.blocks, "seed \(seed)")
    }

    @Test("Interesting content, observees and meta-votes of every event equal the definitions", arguments: seeds)
    func metaEvents(seed: UInt64) throws {
        let graph = varied(seed)
        var random = SeededGenerator(seed: seed)
        let order = graph.randomCausalOrder(using: &random)
        let reordered = graph.reordered(by: order)
        let run = SlowModel(graph: reordered).run()
        var feed = ModelFeed(reordered)
        feed.inspector = { feed, decision in
            compare(feed, with: run.elections[decision.election], upTo: decision.event, seed: seed)
        }
        try feed.feed(reordered.events.indices)
        let last = feed.agreement.election.number
        if last < run.elections.count, let end = reordered.events.indices.last {
            compare(feed, with: run.elections[last], upTo: EventIndex(end), seed: seed)
        }
    }

    private func varied(_ seed: UInt64) -> ModelGraph {
        var random = SeededGenerator(seed: seed)
        return randomGraph(.varied(using: &random), seed: seed)
    }

    /// Compares the open election with the model's, at every event up to one.
    private func compare(_ feed: ModelFeed, with expected: ModelElection, upTo end: EventIndex, seed: UInt64) {
        let agreement = feed.agreement
        let (graph, store, election) = (agreement.graph, agreement.store, agreement.election)
        #expect(election.voters.peers.map(agreement.peers.id).sorted() == expected.voters)
        guard expected.voters.count > 1, let attempt = expected.attempts.first else { return }
        for number in 0...Int(end.value) {
            let event = EventIndex(number)
            guard let meta = election.metaEvent(of: event, in: graph, store: store) else {
                #expect(attempt.metaVotes[number].isEmpty, "seed \(seed), event \(number)")
                continue
            }
            let content = meta.interestingContent.map {
                ModelPayload(observation: store[$0].observation, creator: store[$0].voter?.id)
            }
            #expect(content == attempt.contents[number], "seed \(seed), content of event \(number)")

            var observees: Set<PeerID>?
            if case .observer(let peers) = meta.standing { observees = Set(peers.map(agreement.peers.id)) }
            #expect(observees == attempt.observees[number].map { Set($0.keys) }, "seed \(seed), event \(number)")

            // The model lists voters by identity, the election by index.
            let order = election.voters.peers.map { expected.voters.firstIndex(of: agreement.peers.id(of: $0)) }
            let lists = attempt.metaVotes[number]
            let expectedLists = lists.isEmpty ? [] : order.map { $0.map { lists[$0] } ?? [] }
            let found = meta.metaVotes.map { $0.map(ModelMetaVote.init) }
            #expect(found == expectedLists, "seed \(seed), meta-votes of event \(number)")
        }
    }
}
