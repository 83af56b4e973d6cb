import GossipGraph
import ModelKit
import ParsecCore
import Testing
import Voting

@Suite struct VoteTallyTests {
    private static let payload = Observation.opaque([1])

    /// Four peers with their Initial events, which are the events 0 to 3.
    private func four(_ mode: ConsensusMode = .supermajority) -> ModelGraph {
        let peers: [PeerID] = ["A", "B", "C", "D"]
        let events = peers.map { ModelEvent(creator: $0, cause: .initial) }
        return ModelGraph(genesis: peers, mode: mode, events: events)
    }

    /// Feeds a graph to a tally of the first voters, and returns what is interesting at which events.
    private func found(
        _ model: ModelGraph,
        voters: Int = 4,
        rule: ForkRule = .ownAncestry
    ) throws -> (feed: TallyFeed, events: [Int]) {
        var feed = TallyFeed(model, voters: (0..<voters).map { PeerIndex($0) }, forkRule: rule)
        for _ in model.events { _ = try feed.feedNext() }
        let events = feed.found.values.flatMap { $0 }.map { Int($0.event.value) }.sorted()
        let restarted = try restarted(feed)
        #expect(restarted == events, "a restart with the same voters finds the same")
        return (feed, events)
    }

    private func restarted(_ feed: TallyFeed) throws -> [Int] {
        var feed = feed
        feed.restart(voters: feed.tally.voters.peers)
        return feed.found.values.flatMap { $0 }.map { Int($0.event.value) }.sorted()
    }

    @Test("A payload is interesting once votes of more than two thirds of the voters are seen, and only once per chain")
    func supermajority() throws {
        var model = four()
        let votes = (0..<3).map { model.vote($0) }
        let two = model.join(votes[0], votes[1])
        let three = model.join(two, votes[2])
        _ = model.join(three, 3)
        #expect(try found(model).events == [three])
    }

    @Test("Votes of peers that are no voters do not count where a supermajority is needed")
    func strangers() throws {
        var model = four()
        let votes = (1..<4).map { model.vote($0) }
        var tip = 0
        for vote in votes { tip = model.join(tip, vote) }
        #expect(try found(model, voters: 4).events == [tip])
        #expect(try found(model, voters: 3).events == [])
        let own = model.vote(tip)
        let last = model.join(own, 3)
        #expect(try found(model, voters: 3).events == [last])
    }

    @Test("Where one vote decides, anybody's is enough, once events of more than two thirds of the voters are seen")
    func single() throws {
        var model = four(.single)
        let vote = model.vote(3)
        let first = model.join(0, vote)
        let second = model.join(first, 1)
        let third = model.join(second, 2)
        #expect(try found(model, voters: 4).events == [second])
        #expect(try found(model, voters: 3).events == [third])
        #expect(try found(model, voters: 1).events == [first])
    }

    @Test("What is repeated on one chain, or inside one event, counts once and is not listed again")
    func repeatedVotes() throws {
        var model = four()
        let first = model.vote(1, times: 2)
        let second = model.vote(first, times: 3)
        let other = model.vote(2)
        let tip = model.join(model.join(0, second), other)
        let third = model.join(tip, model.vote(3))
        let (feed, events) = try found(model)
        #expect(events == [third])
        let payload = try #require(feed.tally.undecided.first)
        #expect(feed.tally.undecided.count == 1)
        #expect(feed.tally.votes(for: payload).map { Int($0.event.value) } == [first, other, third - 1])
        #expect(feed.tally.votes(for: payload).map(\.position) == [0, 0, 0])
    }

    @Test(
        "Votes of a forker on two branches count once, seen together or one after the other",
        arguments: [ForkRule.ownAncestry, .firstArrived],
        [true, false]
    )
    func forkersVotes(rule: ForkRule, isFirstBranchSeenFirst: Bool) throws {
        var model = four()
        let branches = [model.vote(3), model.vote(3)]
        let (near, far) = isFirstBranchSeenFirst ? (branches[0], branches[1]) : (branches[1], branches[0])
        // One after the other, with A's own vote.
        var tip = model.join(model.join(model.vote(0), near), far)
        // Together, through B, which does not vote.
        let both = model.join(model.join(1, near), far)
        let together = model.join(2, both)
        #expect(try found(model, rule: rule).events == [])
        // The votes of A, C and the forker are enough.
        tip = model.join(tip, model.vote(together))
        #expect(try found(model, rule: rule).events == [tip])
    }

    @Test("Votes before a fork count for both branches, votes after it for their own")
    func forkedChains() throws {
        var model = four()
        let others = (1..<3).map { model.vote($0) }
        let own = model.vote(0)
        let shared = model.join(own, others[0])
        let first = model.join(shared, 3)
        let again = model.join(shared, others[1])
        let late = model.join(first, others[1])
        let (feed, events) = try found(model)
        #expect(events == [again, late])
        let lanes = Set([first, again].map { feed.graph.branch(of: EventIndex($0)) })
        #expect(Set(feed.found.keys) == lanes)
        // The reference's rule has one lane per peer, on which a payload is interesting once.
        #expect(try found(model, rule: .firstArrived).events == [again])
    }

    @Test("A branch begins with what was interesting before its fork point, at the events of the common chain")
    func openedBranch() throws {
        var model = four()
        let votes = (0..<3).map { model.vote($0) }
        let three = model.join(model.join(votes[0], votes[1]), votes[2])
        let tip = model.join(three, 3)
        _ = model.join(tip, model.vote(votes[1], VoteTallyTests.payload))
        _ = model.join(three, model.vote(3))
        let (feed, events) = try found(model)
        #expect(events == [three, three])
        #expect(feed.found.count == 2)
    }

    @Test("A second first event begins a chain on which nothing has been seen")
    func secondInitial() throws {
        var model = four()
        let votes = (1..<4).map { model.vote($0) }
        var tip = 0
        for vote in votes { tip = model.join(tip, vote) }
        var again = model.append(ModelEvent(creator: "A", cause: .initial))
        for vote in votes { again = model.join(again, vote) }
        #expect(try found(model).events == [tip, again])
        #expect(try found(model, rule: .firstArrived).events == [tip])
    }

    @Test("A creator's own vote is the first on its chain; in the reference the first to arrive that is an ancestor")
    func ownVotes() throws {
        var model = four()
        let branches = [model.vote(0), model.vote(0)]
        let other = model.join(1, branches[0])
        let tip = model.join(branches[1], other)
        for (rule, expected) in [(ForkRule.ownAncestry, branches[1]), (.firstArrived, branches[0])] {
            let (feed, _) = try found(model, rule: rule)
            let payload = try #require(feed.tally.undecided.first)
            let vote = feed.tally.ownVote(for: payload, at: EventIndex(tip), in: feed.graph)
            #expect(vote == Vote(voter: PeerIndex(0), event: EventIndex(expected), position: 0))
            #expect(feed.tally.ownVote(for: payload, at: EventIndex(other), in: feed.graph) == nil)
        }
    }

    @Test("A decided payload is forgotten, later votes for it count nothing, and its place serves another from zero")
    func decided() throws {
        var model = four()
        let votes = (0..<3).map { model.vote($0) }
        var tip = model.join(model.join(votes[0], votes[1]), votes[2])
        var feed = TallyFeed(model, voters: (0..<4).map { PeerIndex($0) }, forkRule: .ownAncestry)
        for _ in model.events { _ = try feed.feedNext() }
        let payload = try #require(feed.tally.undecided.first)
        #expect(feed.found.count == 1)
        feed.decide(payload)
        #expect(feed.tally.undecided.isEmpty)
        #expect(feed.tally.votes(for: payload).isEmpty)

        let other = Observation.opaque([2])
        var late = [model.vote(3), model.vote(votes[1], other)]
        tip = model.join(model.join(tip, late[0]), late[1])
        late += [model.vote(votes[2], other), model.vote(late[0], other)]
        let two = model.join(tip, late[2])
        let three = model.join(two, late[3])
        var resumed = TallyFeed(model, voters: feed.tally.voters.peers, forkRule: .ownAncestry)
        for number in model.events.indices {
            if number == feed.count { resumed.decide(payload) }
            let found = try resumed.feedNext().found
            #expect(found.isEmpty || number == three || number < feed.count, "event \(number)")
        }
        #expect(resumed.tally.undecided.count == 1)
        #expect(!resumed.tally.undecided.contains(payload))
        #expect(resumed.tally.votes(for: payload).isEmpty)
        #expect(resumed.found.values.flatMap { $0 }.contains { Int($0.event.value) == three })
    }

    @Test("Nothing is interesting to no voters")
    func noVoters() throws {
        var model = four()
        let votes = (0..<4).map { model.vote($0) }
        _ = model.join(model.join(votes[0], votes[1]), votes[2])
        #expect(try found(model, voters: 0).events == [])
    }
}

extension ModelGraph {
    /// Adds a vote after an event.
    fileprivate mutating func vote(_ parent: Int, _ observation: Observation = .opaque([1]), times: Int = 1) -> Int {
        let list = Array(repeating: observation, count: times)
        return append(ModelEvent(creator: events[parent].creator, cause: .observation(list), selfParent: parent))
    }

    /// Adds a sync event after an event, with another's as the other parent.
    fileprivate mutating func join(_ parent: Int, _ other: Int) -> Int {
        append(
            ModelEvent(creator: events[parent].creator, cause: .request, selfParent: parent, otherParent: other)
        )
    }
}
