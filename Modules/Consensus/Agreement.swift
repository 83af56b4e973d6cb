public import GossipGraph
public import Membership
public import MetaVoting
public import ParsecCore
public import Voting

/// A gossip graph and all that follows from it: the votes, the elections, the decisions, and who votes.
///
/// This is the engine without its manners: it takes any events that fit into the graph, in any causal order, and knows
/// nothing of messages and signatures. The same events give the same payloads in the same order (`protocol.md`
/// section 4).
public struct Agreement: Sendable {
    public let rules: ProtocolRules
    public private(set) var graph: Graph
    public private(set) var store: ObservationStore
    public private(set) var election: MetaElection
    public internal(set) var peers: PeerList

    /// The voters of the open election by their identities, and for each peer its place among them.
    private var voterIDs: [PeerID] = []
    private var ranks: [Int] = []

    /// What an event that is being inserted votes for.
    private var observations: [ObservationIndex] = []

    /// Makes an agreement without events, whose first voters are those of the list.
    ///
    /// - Parameters:
    ///   - peers: the peers, as a genesis member, a joiner or a reader knows them at first.
    ///   - mode: the mode of opaque payloads.
    ///   - completeness: whether a peer's events must begin with an Initial event.
    public init(
        peers: PeerList,
        mode: ConsensusMode,
        rules: ProtocolRules = .current,
        coin: any Coin = AlternatingCoin(),
        completeness: Graph.Completeness = .strict
    ) {
        self.peers = peers
        self.rules = rules
        graph = Graph(completeness: completeness)
        store = ObservationStore(opaqueMode: mode)
        election = MetaElection(
            voters: VoterSet(peers.voters),
            rules: rules,
            coin: coin,
            startingAt: graph.endIndex
        )
        rankVoters()
    }

    // MARK: - Events

    /// Finds the index of a peer, giving it the next free one if it has none.
    public mutating func intern(_ id: PeerID) -> PeerIndex { peers.intern(id) }

    /// Appends an event and returns its index; an event that is in the graph already is returned as it is.
    ///
    /// - Throws: ``GraphError``; nothing is changed then.
    public mutating func insert(_ new: borrowing NewEvent) throws(GraphError) -> EventIndex {
        if let known = graph.event(withDigest: new.digest) { return known }
        try check(new)
        if !observations.isEmpty { observations.removeAll(keepingCapacity: true) }
        if case .observation(let votes) = new.cause {
            let id = peers.id(of: new.creator)
            for position in votes.indices {
                observations.append(
                    store.insert(
                        votes[position].observation,
                        digest: votes[position].digest,
                        votedBy: new.creator,
                        id: id
                    )
                )
            }
        }
        let event = graph.append(
            creator: new.creator,
            selfParent: new.selfParent,
            kind: new.cause.kind,
            otherParent: new.cause.otherParent,
            recipient: new.cause.recipient,
            observations: observations,
            digest: new.digest
        )
        election.insert(event, in: graph, store: store)
        return event
    }

    /// Checks that an event fits into the graph.
    public func check(_ new: borrowing NewEvent) throws(GraphError) {
        try graph.check(
            creator: new.creator,
            selfParent: new.selfParent,
            kind: new.cause.kind,
            otherParent: new.cause.otherParent,
            observationCount: new.cause.observations.count
        )
    }

    // MARK: - Decisions

    /// Whether the agreement's own peer was removed, which ends its part in the network.
    public var isOver: Bool {
        // Without a closure, which would have a copy of the list.
        guard let ourself = peers.ourself else { return false }
        return peers.isRemoved(ourself)
    }

    /// Evaluates the events that have not been; returns the next decision, if there is one.
    ///
    /// The election stays open, for whoever wants to look at it, until ``close(_:)`` is called; call both until nothing
    /// is returned.
    public mutating func advance() -> Decision? {
        if isOver { return nil }
        guard let outcome = election.advance(in: graph, store: store) else { return nil }
        // Without a closure, which would have a copy of everything.
        var payloads: [Decision.Payload] = []
        payloads.reserveCapacity(outcome.payloads.count)
        for payload in outcome.payloads { payloads.append(decidedPayload(payload)) }
        return Decision(
            election: election.number,
            event: outcome.event,
            eventCount: graph.count,
            voters: voterIDs,
            payloads: payloads,
            outcome: outcome
        )
    }

    /// Closes the election that came to a decision: applies its effects, and begins the next election.
    ///
    /// - Returns: the changes of voters, in order.
    public mutating func close(_ decision: Decision) -> [MembershipChange] {
        for payload in decision.outcome.payloads { store.markDecided(payload) }
        var changes: [MembershipChange] = []
        let payloads = decision.payloads.span
        for position in payloads.indices {
            if let change = peers.apply(payloads[position].observation.observation) { changes.append(change) }
        }
        let newVoters = changes.isEmpty ? nil : VoterSet(peers.voters)
        election.close(decision.outcome, newVoters: newVoters, in: graph, store: store)
        if newVoters != nil { rankVoters() }
        return changes
    }

    /// Orders the voters by their identities.
    private mutating func rankVoters() {
        let voters = election.voters.peers.map { (id: peers.id(of: $0), index: $0) }.sorted { $0.id < $1.id }
        voterIDs = voters.map(\.id)
        ranks = Array(repeating: 0, count: peers.count)
        for (rank, voter) in voters.enumerated() { ranks[voter.index.position] = rank }
    }

    private func decidedPayload(_ index: ObservationIndex) -> Decision.Payload {
        Decision.Payload(
            observation: DigestedObservation(store.observation(of: index), digest: store.digest(of: index)),
            voter: store.voter(of: index)?.id,
            votes: countedVotes(for: index)
        )
    }

    /// The votes by voters for a payload, one per voter, in ascending order of the voters' identities.
    private func countedVotes(for index: ObservationIndex) -> [Vote] {
        let all = election.votes(for: index)
        // Where one vote decides, the list is good as it is.
        if all.count == 1, election.voters.contains(all[0].voter) { return all }
        var votes: [Vote] = []
        votes.reserveCapacity(all.count)
        for vote in all where election.voters.contains(vote.voter) { votes.append(vote) }
        let ranks = ranks
        // Stable, so that the first vote of a forker comes first.
        votes.sort { ranks[$0.voter.position] < ranks[$1.voter.position] }
        if graph.forkers.isEmpty { return votes }
        return votes.indices.filter { $0 == 0 || votes[$0].voter != votes[$0 - 1].voter }.map { votes[$0] }
    }
}
