public import GossipGraph
public import ParsecCore
public import Voting

/// The elections of a network, one after another: each decides the next payloads and their order.
///
/// An election holds one binary agreement per voter on whether the voter's candidate, its first interesting event, is
/// part of the decision. It is evaluated on events, none of which knows of it: everything follows from the graph
/// (`protocol.md` sections 4.2 to 4.10).
public struct MetaElection: Sendable {
    /// What an election decides.
    public struct Decision: Hashable, Sendable {
        /// The event at which this graph shows the decision first; another may show it at another event.
        public let event: EventIndex

        /// The payloads in their agreed order; never empty.
        public let payloads: [ObservationIndex]
    }

    public let rules: ProtocolRules
    public let coin: any Coin

    /// How many elections were decided before this one.
    public private(set) var number = 0

    public private(set) var voters: VoterSet

    private var interesting: InterestingEvents
    private var attempts: [Attempt] = []
    private var order = PayloadOrder()

    /// The peers through which candidates may be strongly seen.
    private var paths: [PeerIndex]

    /// How many attempts of each election count as ended with nothing, whatever they decide.
    ///
    /// No graph is known on which an attempt decides every voter false; with this, tests get to what follows.
    var discardedAttempts = 0

    /// The next event to evaluate.
    private var cursor: EventIndex

    public init(voters: VoterSet, rules: ProtocolRules, coin: any Coin, startingAt start: EventIndex) {
        self.voters = voters
        self.rules = rules
        self.coin = coin
        cursor = start
        paths = voters.peers
        interesting = InterestingEvents(tally: VoteTally(voters: voters, forkRule: rules.forks))
        attempts = [Attempt(setting: setting(forAttempt: 0), start: start)]
    }

    private func setting(forAttempt attempt: Int) -> Attempt.Setting {
        Attempt.Setting(voters: voters, rules: rules, coin: coin, election: number, attempt: attempt)
    }

    // MARK: - Progress

    /// Takes note of an event that was just appended to the graph.
    public mutating func insert(_ event: EventIndex, in graph: Graph, store: ObservationStore) {
        guard let lane = interesting.insert(event, in: graph, store: store) else { return }
        enterCandidate(ofLane: lane, in: graph)
    }

    /// Evaluates events up to the end of the graph, or to the first at which the election is decided.
    ///
    /// After a decision the caller closes the election and asks again.
    public mutating func advance(in graph: Graph, store: ObservationStore) -> Decision? {
        while cursor < graph.endIndex {
            if let payloads = evaluate(cursor, in: graph, store: store) {
                return Decision(event: cursor, payloads: payloads)
            }
            cursor = EventIndex(cursor.value + 1)
        }
        return nil
    }

    /// Ends the election, whose payloads are marked as decided in the store, and begins the next.
    ///
    /// - Parameter newVoters: the voters of the next election, if they change.
    public mutating func close(
        _ decision: Decision,
        newVoters: VoterSet?,
        in graph: Graph,
        store: ObservationStore
    ) {
        let firstObserver = attempts[0].observers.first?.event
        number += 1
        interesting.removeDecided(decision.payloads, store: store)
        if let newVoters {
            voters = newVoters
            paths = newVoters.peers
            interesting.restart(voters: newVoters, in: graph, store: store)
        }
        var start = firstPossibleObserver(in: graph)
        // With the same voters candidates only move up their chains, and so do the observers.
        if newVoters == nil, let firstObserver { start = max(start, firstObserver) }
        cursor = start
        if newVoters == nil {
            attempts.removeSubrange(1...)
            attempts[0].restart(setting: setting(forAttempt: 0), start: start)
        } else {
            attempts = [Attempt(setting: setting(forAttempt: 0), start: start)]
        }
        for voter in voters.peers {
            for lane in lanes(of: voter, in: graph) { enterCandidate(ofLane: lane, in: graph) }
        }
    }

    /// An event before which no event can strongly see enough candidates: where enough voters have one.
    private func firstPossibleObserver(in graph: Graph) -> EventIndex {
        let firsts = voters.peers.compactMap { voter in
            lanes(of: voter, in: graph).compactMap { interesting.candidate(onLane: $0)?.event }.min()
        }
        guard voters.quorum.isSupermajority(firsts.count) else { return graph.endIndex }
        return firsts.sorted()[voters.quorum.supermajority - 1]
    }

    private func lanes(of voter: PeerIndex, in graph: Graph) -> [BranchIndex] {
        let branches = graph.branches(of: voter)
        return rules.forks == .firstArrived ? Array(branches.prefix(1)) : branches
    }

    private mutating func enterCandidate(ofLane lane: BranchIndex, in graph: Graph) {
        guard let candidate = interesting.candidate(onLane: lane)?.event,
            let instance = voters.instance(of: graph.creator(of: candidate))
        else { return }
        attempts[0].candidates.insert(candidate, of: instance, in: graph)
    }

    // MARK: - One event

    /// Evaluates an event; returns what is decided there, if anything.
    private mutating func evaluate(
        _ event: EventIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> [ObservationIndex]? {
        if voters.count == 1 { return decideAlone(at: event, in: graph, store: store) }
        if rules.strongSight == .throughAllPeers && paths.count != graph.peerCount {
            paths = (0..<graph.peerCount).map { PeerIndex($0) }
        }
        var number = 0
        while number < attempts.count, let whole = attempts[number].evaluate(event, in: graph, paths: paths) {
            let decided = number < discardedAttempts ? [] : whole
            if !decided.isEmpty {
                // A closure would have a copy of the election.
                var contents: [[ObservationIndex]] = []
                for instance in decided {
                    contents.append(content(of: instance, at: event, attempt: number, in: graph, store: store))
                }
                let payloads = order.merge(contents, store: store)
                return payloads.isEmpty ? nil : payloads
            }
            beginAttempt(after: number, at: event, in: graph)
            number += 1
        }
        return nil
    }

    /// The only voter decides at any event of its own that is or follows its candidate (`protocol.md` section 3.7).
    private mutating func decideAlone(
        at event: EventIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> [ObservationIndex]? {
        guard graph.creator(of: event) == voters.peers[0],
            let candidate = interesting.candidate(onLane: interesting.lane(of: event, in: graph)),
            candidate.event <= event
        else { return nil }
        return order.merge([store.undecided(candidate.content)], store: store)
    }

    /// Makes an event, at which an attempt decides every voter false, its creator's candidate of the next attempt.
    private mutating func beginAttempt(after number: Int, at event: EventIndex, in graph: Graph) {
        if number + 1 == attempts.count {
            attempts.append(Attempt(setting: setting(forAttempt: number + 1), start: event))
        }
        if let previous = graph.selfSyncParent(of: event), attempts[number].isComplete(at: previous) { return }
        guard let instance = voters.instance(of: graph.creator(of: event)) else { return }
        attempts[number + 1].candidates.insert(event, of: instance, in: graph)
    }

    /// The undecided payloads of a voter's candidate, in order.
    private func content(
        of instance: Int,
        at event: EventIndex,
        attempt: Int,
        in graph: Graph,
        store: ObservationStore
    ) -> [ObservationIndex] {
        if rules.forks == .firstArrived && attempt == 0 {
            guard let lane = lanes(of: voters.peers[instance], in: graph).first,
                let candidate = interesting.candidate(onLane: lane)
            else { return [] }
            return store.undecided(candidate.content)
        }
        guard let candidate = attempts[attempt].observedCandidate(of: instance, at: event, in: graph) else { return [] }
        return attempt == 0
            ? interesting.content(at: candidate, in: graph, store: store)
            : interesting.contents(upTo: candidate, in: graph, store: store)
    }
}

// MARK: - Reading

extension MetaElection {
    /// The votes for an undecided payload, in order of arrival, one per voter unless the voter forked.
    public func votes(for payload: ObservationIndex) -> [Vote] { interesting.tally.votes(for: payload) }

    /// The payloads that were voted for and are not decided yet, oldest first.
    public var undecided: [ObservationIndex] { interesting.tally.undecided }

    /// How many attempts the open election has come to; more than one only if one ended with nothing.
    public var attemptCount: Int { attempts.count }

    /// The undecided payloads that became interesting to its creator at an event, in order.
    public func interestingContent(
        of event: EventIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> [ObservationIndex] {
        voters.contains(graph.creator(of: event)) ? interesting.content(at: event, in: graph, store: store) : []
    }

    /// The events of voters at which payloads became interesting that are not all decided.
    public var interestingEvents: [EventIndex] { interesting.undecidedEvents }

    /// The observers of the open election's last attempt, in order, and whose candidates each strongly sees.
    public var observers: [(event: EventIndex, observees: [PeerIndex])] {
        attempts[attempts.count - 1].observers.map { observer in
            (observer.event, zip(voters.peers, observer.candidates).filter { $0.1 != nil }.map(\.0))
        }
    }

    /// What an event counts that decides the election: for each voter that is decided true its candidate, as the event's
    /// ancestors observe it, and the candidate's undecided payloads in order.
    public func counted(
        at event: EventIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> [(voter: PeerIndex, candidate: EventIndex?, content: [ObservationIndex])] {
        guard let attempt = attempts.indices.first(where: { !attempts[$0].decidedTrue(at: event).isEmpty }) else {
            return []
        }
        return attempts[attempt].decidedTrue(at: event).map { instance in
            (
                voters.peers[instance], attempts[attempt].observedCandidate(of: instance, at: event, in: graph),
                content(of: instance, at: event, attempt: attempt, in: graph, store: store)
            )
        }
    }

    /// What the open election attaches to an event, as far as it has been evaluated; nil if the event is no sync event
    /// of a voter.
    ///
    /// - Parameter attempt: which attempt of the election.
    public func metaEvent(
        of event: EventIndex,
        attempt: Int = 0,
        in graph: Graph,
        store: ObservationStore
    ) -> MetaEvent? {
        guard graph.kind(of: event).isSync, voters.contains(graph.creator(of: event)) else { return nil }
        let attempt = attempts[attempt]
        let metaVotes = attempt.metaVotes(of: event)
        var standing = metaVotes == nil ? MetaEvent.Standing.none : .observerDescendant
        if let observer = attempt.observers.first(where: { $0.event == event }) {
            let observees = zip(voters.peers, observer.candidates).filter { $0.1 != nil }.map(\.0)
            standing = .observer(observees: observees)
        }
        return MetaEvent(
            standing: standing,
            interestingContent: interesting.content(at: event, in: graph, store: store),
            metaVotes: metaVotes ?? []
        )
    }
}
