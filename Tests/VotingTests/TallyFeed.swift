import GossipGraph
import ModelKit
import ParsecCore
import Voting

/// Feeds the events of a model graph to a tally, as an election does, beside the definitions of what it counts.
struct TallyFeed {
    /// A payload that became interesting at an event.
    struct Found: Hashable {
        let event: EventIndex
        let payload: ObservationIndex
    }

    let model: ModelGraph
    let peers: [PeerIndex]
    private(set) var graph = Graph()
    private(set) var store: ObservationStore
    private(set) var tally: VoteTally

    /// What became interesting, by lane, in the order in which it was found.
    private(set) var found: [BranchIndex: [Found]] = [:]

    /// For each payload the events that carry it, with the place inside the event.
    private(set) var carriers: [ObservationIndex: [(event: Int, place: Int)]] = [:]

    init(_ model: ModelGraph, voters: [PeerIndex], forkRule: ForkRule) {
        self.model = model
        peers = model.peers.indices.map { PeerIndex($0) }
        store = ObservationStore(opaqueMode: model.mode)
        tally = VoteTally(voters: VoterSet(voters), forkRule: forkRule)
    }

    /// The number of events that have been fed; they have the same numbers in the model and in the graph.
    var count: Int { graph.count }

    /// The position of a peer in the model's list, which is its index.
    func index(of id: PeerID) -> PeerIndex { PeerIndex(model.peers.firstIndex(of: id) ?? model.peers.count) }

    /// Feeds the next event, and returns what was found on a branch that it opened and at the event itself.
    mutating func feedNext() throws -> (opened: [Found], found: [Found]) {
        let number = count
        let event = model.events[number]
        let creator = index(of: event.creator)
        let other = EventIndex(event.otherParent ?? number)
        let cause: Cause =
            switch event.cause {
            case .initial: .initial
            case .requesting(let recipient): .requesting(recipient: index(of: recipient))
            case .request: .request(otherParent: other)
            case .response: .response(otherParent: other)
            case .observation(let list):
                .observation(
                    list.map {
                        store.insert($0, digest: modelDigest($0), votedBy: creator, id: event.creator)
                    }
                )
            }
        for (place, payload) in cause.observations.enumerated() {
            carriers[payload, default: []].append((number, place))
        }
        let inserted = try graph.insert(
            creator: creator,
            selfParent: event.selfParent.map { EventIndex($0) },
            cause: cause,
            digest: Digest(words: UInt64(number), 0, 0, 0)
        )
        return count(inserted)
    }

    private mutating func count(_ event: EventIndex) -> (opened: [Found], found: [Found]) {
        if graph.kind(of: event) == .observation { tally.register(event, in: graph, store: store) }
        guard tally.voters.contains(graph.creator(of: event)) else { return ([], []) }
        let branch = graph.branch(of: event)
        let lane = tally.lane(of: branch, in: graph)
        var opened: [Found] = []
        if graph.branches[branch.position].tip == graph.branches[branch.position].events[0],
            graph.branches[branch.position].forkPoint != nil
        {
            let findings = tally.open(branch, in: graph, store: store)
            if lane == branch { opened = findings.map { Found(event: $0.event, payload: $0.payload) } }
        }
        var new: [Found] = []
        if graph.kind(of: event).isSync {
            new = tally.advance(to: event, in: graph, store: store).map { Found(event: event, payload: $0) }
        }
        if !opened.isEmpty || !new.isEmpty { found[lane, default: []] += opened + new }
        return (opened, new)
    }

    mutating func decide(_ payload: ObservationIndex) {
        store.markDecided(payload)
        tally.remove([payload], store: store)
    }

    /// Starts anew with other voters; what was found before is replaced by what is found now.
    mutating func restart(voters: [PeerIndex]) {
        found = [:]
        for (lane, findings) in tally.restart(voters: VoterSet(voters), in: graph, store: store) {
            found[lane] = findings.map { Found(event: $0.event, payload: $0.payload) }
        }
    }
}

// MARK: - Definitions

extension TallyFeed {
    /// Says whether a payload is interesting at an event (`protocol.md` section 4.5).
    func isInteresting(_ payload: ObservationIndex, at event: Int) -> Bool {
        let known = (carriers[payload] ?? []).filter { model.isDescendant(event, of: $0.event) }
        let voters = tally.voters.peers.map { model.peers[$0.position] }
        let counted: Set<PeerID>
        switch store.mode(of: payload) {
        case .single:
            if known.isEmpty { return false }
            counted = Set(model.ancestors[event].elements.map { model.events[$0].creator }).intersection(voters)
        case .supermajority:
            counted = Set(known.map { model.events[$0.event].creator }).intersection(voters)
        }
        return 3 * counted.count > 2 * voters.count
    }

    /// What is interesting at a sync event and was not before on its chain.
    func newlyInteresting(at event: Int) -> Set<Found> {
        let parent = model.selfSyncParent(of: event)
        let payloads = tally.undecided.filter { payload in
            isInteresting(payload, at: event) && !(parent.map { isInteresting(payload, at: $0) } ?? false)
        }
        return Set(payloads.map { Found(event: EventIndex(event), payload: $0) })
    }

    /// The creator's first vote for a payload on an event's own chain.
    func ownVote(for payload: ObservationIndex, at event: Int) -> Vote? {
        let own = (carriers[payload] ?? []).filter { model.isSelfDescendant(event, of: $0.event) }
        let first = own.min { ($0.event, $0.place) < ($1.event, $1.place) }
        return first.map {
            Vote(voter: index(of: model.events[event].creator), event: EventIndex($0.event), position: $0.place)
        }
    }
}
