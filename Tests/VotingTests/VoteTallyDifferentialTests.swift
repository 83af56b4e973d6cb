import GossipGraph
import ModelKit
import ParsecCore
import Simulation
import Testing
import Voting

/// The incremental count of votes against the definitions, on graphs with forks and repeated votes.
@Suite struct VoteTallyDifferentialTests {
    private static let seeds: ClosedRange<UInt64> = 1...40

    @Test("What is found at each event is what is newly interesting there by the definition", arguments: seeds)
    func findings(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let model = graph(seed, &random)
        var feed = TallyFeed(model, voters: draw(from: model, &random), forkRule: .ownAncestry)
        for number in model.events.indices {
            let (opened, found) = try feed.feedNext()
            let isByVoter = feed.tally.voters.contains(feed.index(of: model.events[number].creator))
            let isCounted = isByVoter && model.events[number].cause.isSync
            #expect(Set(found) == (isCounted ? feed.newlyInteresting(at: number) : []), "seed \(seed), event \(number)")
            #expect(Set(found).count == found.count, "seed \(seed): nothing is found twice")

            let branch = feed.graph.branches[feed.graph.branch(of: EventIndex(number)).position]
            var inherited: Set<TallyFeed.Found> = []
            if isByVoter, branch.events == [EventIndex(number)], let forkPoint = branch.forkPoint {
                for event in model.selfAncestors[Int(forkPoint.value)].elements where model.events[event].cause.isSync {
                    inherited.formUnion(feed.newlyInteresting(at: event))
                }
            }
            #expect(Set(opened) == inherited, "seed \(seed), branch of event \(number)")
            #expect(opened.map(\.event) == opened.map(\.event).sorted())

            if random.chance(4), let payload = feed.tally.undecided.randomElement(using: &random) {
                feed.decide(payload)
                #expect(feed.tally.votes(for: payload).isEmpty)
            }
        }
    }

    @Test("An event's own votes are those of the protocol's definition", arguments: seeds)
    func ownVotes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let model = graph(seed, &random)
        var feed = TallyFeed(model, voters: draw(from: model, &random), forkRule: .ownAncestry)
        for _ in model.events { _ = try feed.feedNext() }
        var mismatches: [String] = []
        for number in model.events.indices {
            let event = EventIndex(number)
            for payload in feed.tally.undecided {
                let vote = feed.tally.ownVote(for: payload, at: event, in: feed.graph)
                if vote != feed.ownVote(for: payload, at: number) { mismatches.append("\(payload) at \(event)") }
            }
        }
        #expect(mismatches.isEmpty, "seed \(seed)")
        #expect(Set(feed.tally.undecided) == Set(feed.carriers.keys))
    }

    @Test(
        "After a restart with other voters the tally is as one fed from the start",
        arguments: seeds,
        [ForkRule.ownAncestry, .firstArrived]
    )
    func restart(seed: UInt64, rule: ForkRule) throws {
        var random = SeededGenerator(seed: seed)
        let model = graph(seed, &random)
        let newVoters = draw(from: model, &random)
        var feed = TallyFeed(model, voters: draw(from: model, &random), forkRule: rule)
        var fresh = TallyFeed(model, voters: newVoters, forkRule: rule)
        let restart = Int.random(in: model.events.indices, using: &random)
        for number in 0..<restart {
            _ = try feed.feedNext()
            _ = try fresh.feedNext()
            if number % 17 == 16, let payload = feed.tally.undecided.randomElement(using: &random) {
                feed.decide(payload)
            }
        }
        feed.restart(voters: newVoters)
        #expect(feed.tally.voters.peers == VoterSet(newVoters).peers)
        #expect(sets(feed.found) == sets(fresh.found, undecidedIn: feed.store), "seed \(seed)")
        for findings in feed.found.values {
            let keys = findings.map { ($0.event.value, $0.payload.value) }
            #expect(zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }, "seed \(seed): in order of events")
        }
        for number in restart..<model.events.count {
            let (opened, found) = try feed.feedNext()
            let expected = try fresh.feedNext()
            let store = feed.store
            let expectedFound = Set(expected.found.filter { !store.isDecided($0.payload) })
            #expect(Set(found) == expectedFound, "seed \(seed), event \(number)")
            let expectedOpened = Set(expected.opened.filter { !store.isDecided($0.payload) })
            #expect(Set(opened) == expectedOpened, "seed \(seed), event \(number)")
        }
        #expect(sets(feed.found) == sets(fresh.found, undecidedIn: feed.store), "seed \(seed)")
    }

    @Test("The graphs of these tests have forks, repeated votes and findings on branches")
    func graphsAreUseful() throws {
        var (forkers, repeated, opened, found) = (0, 0, 0, 0)
        for seed in VoteTallyDifferentialTests.seeds {
            var random = SeededGenerator(seed: seed)
            let model = graph(seed, &random)
            var feed = TallyFeed(model, voters: draw(from: model, &random), forkRule: .ownAncestry)
            for _ in model.events {
                let step = try feed.feedNext()
                opened += step.opened.count
                found += step.found.count
            }
            forkers += model.forkers.count
            repeated += feed.carriers.reduce(0) { $0 + $1.value.count - feed.tally.votes(for: $1.key).count }
        }
        #expect(forkers > 40 && repeated > 100 && opened > 40 && found > 400)
    }

    /// Draws a graph with forks in a random causal order, and repeats votes in it.
    private func graph(_ seed: UInt64, _ random: inout SeededGenerator) -> ModelGraph {
        var recipe = GraphRecipe.aimed(using: &random)
        recipe.peers = Int.random(in: 3...6, using: &random)
        recipe.steps = Int.random(in: 20...50, using: &random)
        recipe.forkers = Int.random(in: 1...3, using: &random)
        recipe.allowsTooManyForkers = true
        let plain = randomGraph(recipe, seed: seed)
        var cast: [Observation] = []
        let events = plain.events.map { event in
            var event = event
            guard case .observation(var list) = event.cause else { return event }
            cast += list
            while random.chance(40), let again = cast.randomElement(using: &random) { list.append(again) }
            event.cause = .observation(list)
            return event
        }
        let repeating = ModelGraph(genesis: plain.genesis, mode: plain.mode, events: events)
        return repeating.reordered(by: repeating.randomCausalOrder(using: &random))
    }

    /// Draws some of the peers; at times one alone, or a peer without events.
    private func draw(from model: ModelGraph, _ random: inout SeededGenerator) -> [PeerIndex] {
        let count = Int.random(in: 1...model.peers.count, using: &random)
        return model.peers.indices.shuffled(using: &random).prefix(count).map { PeerIndex($0) }
    }

    private func sets(
        _ found: [BranchIndex: [TallyFeed.Found]],
        undecidedIn store: ObservationStore? = nil
    ) -> [BranchIndex: Set<TallyFeed.Found>] {
        found
            .mapValues { Set($0.filter { store?.isDecided($0.payload) != true }) }
            .filter { !$0.value.isEmpty }
    }
}
