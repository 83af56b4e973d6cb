import Consensus
import GossipGraph
import ModelKit
import ParsecCore
import Simulation
import Testing
import Voting

@testable import MetaVoting

/// The rules that are most likely to be implemented wrong (`protocol.md` section 13), each with a case of its own.
///
/// Rules 3 and 4, about the coin and about the ends of lists, are in `RoundTests`; rule 10, about joiners, is in
/// `EngineMembershipTests`.
@Suite struct TrapTests {
    private static let genesis = Observation.genesis(group: ["A", "B"], info: [])

    /// Two voters that exchange all they have until both are observers; by the numbers of the events.
    private func twoVoters() -> ModelGraph {
        var graph = ModelGraph(genesis: ["A", "B"], mode: .supermajority)
        for name in ["A", "B"] as [PeerID] {
            let initial = graph.append(ModelEvent(creator: name, cause: .initial))
            _ = graph.append(
                ModelEvent(creator: name, cause: .observation([TrapTests.genesis]), selfParent: initial)
            )
        }
        exchange(&graph)
        return graph
    }

    /// A request by A, B's event on it, and A's response to that.
    private func exchange(_ graph: inout ModelGraph) {
        let asking = append(&graph, "A", .requesting("B"))
        let answer = append(&graph, "B", .request, otherParent: asking)
        _ = append(&graph, "A", .response, otherParent: answer)
    }

    /// Appends an event on top of its creator's newest.
    private func append(
        _ graph: inout ModelGraph,
        _ creator: PeerID,
        _ cause: ModelCause,
        otherParent: Int? = nil
    ) -> Int {
        let selfParent = graph.events.lastIndex { $0.creator == creator }
        return graph.append(
            ModelEvent(creator: creator, cause: cause, selfParent: selfParent, otherParent: otherParent)
        )
    }

    private func feed(_ graph: ModelGraph) throws -> ModelFeed {
        var feed = ModelFeed(graph)
        try feed.feed(graph.events.indices)
        return feed
    }

    private func metaEvent(_ feed: ModelFeed, _ event: Int) -> MetaEvent? {
        let agreement = feed.agreement
        return agreement.election.metaEvent(of: EventIndex(event), in: agreement.graph, store: agreement.store)
    }

    @Test("1: an event that becomes interesting is no evidence for itself")
    func ownEvidence() throws {
        let feed = try feed(twoVoters())
        // B's event 5 and A's event 6 are the first that see both votes; 6 strongly sees 5 and is interesting itself.
        #expect(metaEvent(feed, 5)?.interestingContent.count == 1)
        #expect(metaEvent(feed, 6)?.interestingContent.count == 1)
        #expect(metaEvent(feed, 6)?.standing == MetaEvent.Standing.none)
        var next = twoVoters()
        exchange(&next)
        #expect(metaEvent(try self.feed(next), 8)?.standing == .observer(observees: [PeerIndex(0), PeerIndex(1)]))
    }

    @Test("2: decided payloads are ordered by place, then by how many name them, then by digest, then by voter")
    func payloadOrder() {
        var store = ObservationStore(opaqueMode: .single)
        func payload(_ digest: UInt64, _ voter: Int) -> ObservationIndex {
            let name = "peer \(9 - voter)"
            return store.insert(
                .opaque([UInt8(digest)]),
                digest: Digest(words: digest, 0, 0, 0),
                votedBy: PeerIndex(voter),
                id: PeerID(name)
            )
        }
        let (a, b, c, d) = (payload(1, 0), payload(2, 0), payload(3, 0), payload(3, 1))
        var order = PayloadOrder()
        // The place in any list comes before the number of lists.
        #expect(order.merge([[c], [a, b], [a, b]], store: store) == [a, c, b])
        #expect(order.merge([[d], [b], [b]], store: store) == [b, d])
        #expect(order.merge([[b], [a]], store: store) == [a, b])
        // Equal digests go by the identity of the voter, not by its index: "peer 8" is before "peer 9".
        #expect(order.merge([[c], [d]], store: store) == [d, c])
        #expect(order.merge([], store: store).isEmpty)
    }

    @Test("5: an estimate is taken over from a third of the voters, and that exactly is enough")
    func oneThird() {
        for (voters, others, isTaken) in [(3, 1, true), (4, 1, false), (4, 2, true), (6, 2, true), (7, 2, false)] {
            var table = MetaVoteTable(quorum: Quorum(of: voters))
            let own = table.append(.observer(allInstances(voters)), others: []) { _, _ in nil }
            let contrary = (0..<others).map { _ in
                table.append(.observer(InstanceSet(of: voters)), others: []) { _, _ in nil }
            }
            let next = table.append(.continuing(own), others: contrary) { _, _ in nil }
            guard case .undecided(let estimates, _, _) = table.metaVotes(next, instance: 0)[0].value else {
                Issue.record("nothing is decided by \(others + 1) of \(voters)")
                continue
            }
            #expect(estimates == (isTaken ? .both : .justTrue), "\(others) of \(voters)")
        }
    }

    @Test("5: the auxiliary value is true if both bin values come at once")
    func auxiliaryTie() {
        var table = MetaVoteTable(quorum: Quorum(of: 7))
        let yes = (0..<3).map { _ in table.append(.observer(allInstances(7)), others: []) { _, _ in nil } }
        let no = (0..<4).map { _ in table.append(.observer(InstanceSet(of: 7)), others: []) { _, _ in nil } }
        // Three that hear three of the other value estimate both, too few yet to back either.
        let both = no.prefix(3).map { table.append(.continuing($0), others: yes) { _, _ in nil } }
        let tied = table.append(.continuing(yes[0]), others: both + [yes[1], no[3]]) { _, _ in nil }
        let value = MetaVote.Value.undecided(estimates: .both, binValues: .both, auxiliary: true)
        #expect(table.metaVotes(tied, instance: 0).first?.value == value)
    }

    @Test("5: the auxiliary value is the first bin value, and stays")
    func auxiliaryStays() {
        var table = MetaVoteTable(quorum: Quorum(of: 4))
        let yes = (0..<2).map { _ in table.append(.observer(allInstances(4)), others: []) { _, _ in nil } }
        let no = (0..<2).map { _ in table.append(.observer(InstanceSet(of: 4)), others: []) { _, _ in nil } }
        // Two of each: false, taken over, is backed by three, true by two.
        let first = table.append(.continuing(yes[0]), others: [yes[1]] + no) { _, _ in nil }
        let before = MetaVote.Value.undecided(estimates: .both, binValues: .justFalse, auxiliary: false)
        #expect(table.metaVotes(first, instance: 0).first?.value == before)
        let other = table.append(.continuing(no[0]), others: yes) { _, _ in nil }
        let later = table.append(.continuing(first), others: [yes[1], other]) { _, _ in nil }
        let after = MetaVote.Value.undecided(estimates: .both, binValues: .both, auxiliary: false)
        #expect(table.metaVotes(later, instance: 0).first?.value == after)
    }

    private func allInstances(_ count: Int) -> InstanceSet {
        var all = InstanceSet(of: count)
        for instance in 0..<count { all.insert(instance) }
        return all
    }

    @Test("6: interesting content lists own votes first, in their order, then the others by digest")
    func contentOrder() throws {
        var graph = ModelGraph(genesis: ["A", "B"], mode: .supermajority)
        // Named so that neither voter's order is that of the digests.
        let payloads = ["x", "y", "z"].map { Observation.opaque(Array($0.utf8)) }
            .sorted { modelDigest($0) < modelDigest($1) }
        let orders: [PeerID: [Observation]] = [
            "A": [payloads[2], payloads[0], payloads[1]], "B": [payloads[1], payloads[2], payloads[0]],
        ]
        for name in ["A", "B"] as [PeerID] {
            _ = append(&graph, name, .initial)
            _ = append(&graph, name, .observation(orders[name] ?? []))
        }
        exchange(&graph)
        let feed = try feed(graph)
        let store = feed.agreement.store
        #expect(metaEvent(feed, 5)?.interestingContent.map { store[$0].observation } == orders["B"])
        #expect(metaEvent(feed, 6)?.interestingContent.map { store[$0].observation } == orders["A"])
        // What became interesting once does not again.
        #expect(metaEvent(feed, 4)?.interestingContent == [])
    }

    @Test("6: the votes of a proven forker still make payloads interesting")
    func votesOfForkers() throws {
        var graph = ModelGraph(genesis: ["A", "B", "C"], mode: .supermajority)
        let payload = Observation.opaque([7])
        for name in ["A", "B", "C"] as [PeerID] {
            _ = append(&graph, name, .initial)
            _ = append(&graph, name, .observation([payload]))
        }
        let vote = graph.events.lastIndex { $0.creator == "C" } ?? 0
        // C tells A and B different things on top of its vote.
        let toA = graph.append(ModelEvent(creator: "C", cause: .requesting("A"), selfParent: vote))
        let toB = graph.append(ModelEvent(creator: "C", cause: .requesting("B"), selfParent: vote))
        let atA = append(&graph, "A", .request, otherParent: toA)
        let atB = append(&graph, "B", .request, otherParent: toB)
        let asking = append(&graph, "A", .requesting("B"))
        let both = append(&graph, "B", .request, otherParent: asking)
        #expect(graph.provesFork(both, by: "C"))
        let feed = try feed(graph)
        #expect(metaEvent(feed, atA)?.interestingContent == [])
        #expect(metaEvent(feed, atB)?.interestingContent == [])
        #expect(metaEvent(feed, both)?.interestingContent.count == 1)
    }

    @Test("7: strong sight counts paths through voters, and through anybody under the reference's rules")
    func paths() throws {
        // The seeds whose decisions differ; both ways of counting are those of the slow model.
        var differing = 0
        for seed in 0..<30 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var recipe = GraphRecipe.churn(using: &random)
            recipe.forkers = 0
            recipe.aimedForks = 0
            let graph = randomGraph(recipe, seed: seed)
            var rules = ProtocolRules.current
            rules.strongSight = .throughAllPeers
            var feed = ModelFeed(graph, rules: rules)
            try feed.feed(graph.events.indices)
            let expected = SlowModel(graph: graph, countsAllPeers: true).run()
            #expect(feed.outcomes == expected.outcomes, "seed \(seed)")
            if expected.outcomes != SlowModel(graph: graph).run().outcomes { differing += 1 }
        }
        #expect(differing > 0, "there are graphs on which it matters")
    }

    @Test("8: after a decision the events at hand may decide the next election at once")
    func severalDecisionsAtOnce() throws {
        var atOnce = 0
        for seed in 0..<15 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            let graph = randomGraph(.churn(using: &random), seed: seed)
            var feed = ModelFeed(graph)
            for event in graph.causalOrder(delaying: graph.genesis[0], using: &random) {
                let before = feed.decisions.count
                try feed.feed(event)
                if feed.decisions.count > before + 1 { atOnce += 1 }
            }
            #expect(feed.outcomes == SlowModel(graph: graph).run().outcomes, "seed \(seed)")
        }
        #expect(atOnce > 0)
    }

    @Test("9: a voter's meta-votes count only if its very last event, as seen, has some")
    func lastEventOnly() throws {
        for isCoveredByVote in [false, true] {
            var graph = twoVoters()
            let asking = append(&graph, "A", .requesting("B"))
            var answer = append(&graph, "B", .request, otherParent: asking)
            if isCoveredByVote { answer = append(&graph, "B", .observation([.opaque([1])])) }
            let response = append(&graph, "A", .response, otherParent: answer)
            let feed = try feed(graph)
            let votes = try #require(metaEvent(feed, response)?.metaVotes)
            for list in votes {
                guard case .undecided(let estimates, let binValues, _) = list[0].value else {
                    Issue.record("one voter decides nothing")
                    continue
                }
                #expect(estimates == .justTrue)
                #expect(binValues == (isCoveredByVote ? [] : .justTrue))
            }
        }
    }
}
