public import Consensus
import GossipGraph
import Membership
import MetaVoting
public import ParsecCore
import Voting

extension GraphDump {
    /// Makes the dump of an agreement, with the election that is open.
    ///
    /// - Parameter history: the decisions made before, whose payloads the dump lists.
    public init(_ agreement: Agreement, history: [Digest]) {
        let (graph, store, election, peers) = (agreement.graph, agreement.store, agreement.election, agreement.peers)
        let events = Array(graph.events)
        var forkIndices: [Int] = []
        var names: [Digest: EventIndex] = [:]
        var counts: [PeerIndex: [Int: Int]] = [:]
        for event in events {
            let count = counts[graph.creator(of: event), default: [:]][graph.indexByCreator(of: event), default: 0]
            forkIndices.append(count)
            counts[graph.creator(of: event), default: [:]][graph.indexByCreator(of: event)] = count + 1
            names[graph.digest(of: event)] = event
        }
        func position(_ event: EventIndex) -> Int { Int(event.value - graph.startIndex.value) }
        let eventNames = EventNames(
            peers: (0..<peers.count).map { peers.id(of: PeerIndex($0)).sanitised },
            events: events.map {
                (peers.id(of: graph.creator(of: $0)).sanitised, graph.indexByCreator(of: $0), forkIndices[position($0)])
            }
        )
        func text(_ payload: ObservationIndex) -> DumpObservation {
            DumpObservation(store.observation(of: payload), digest: store.digest(of: payload)) { digest in
                names[digest].map { eventNames.events[position($0)] }
            }
        }
        var payloadDigests: [DumpObservation: Digest] = [:]
        for number in 0..<store.count {
            let payload = ObservationIndex(number)
            let text = text(payload)
            let digest = store.digest(of: payload)
            if text.observation(eventDigest: Replay.standInDigest).map(ReferenceDigests().digest) != digest {
                payloadDigests[text] = digest
            }
        }

        let dumpEvents = events.map { event in
            let cause: Cause =
                switch graph.cause(of: event) {
                case .initial: .initial
                case .requesting(let recipient): .requesting(recipient: peers.id(of: recipient).sanitised)
                case .request: .request
                case .response: .response
                case .observation(let payloads): .observation(payloads.map(text))
                }
            let ancestors = (0..<graph.peerCount).compactMap { number -> LastAncestor? in
                let peer = PeerIndex(number)
                guard let last = graph.lastAncestorIgnoringForks(of: event, by: peer) else { return nil }
                return LastAncestor(
                    peer: peers.id(of: peer).sanitised,
                    indexByCreator: graph.indexByCreator(of: last)
                )
            }
            return Event(
                creator: peers.id(of: graph.creator(of: event)).sanitised,
                indexByCreator: graph.indexByCreator(of: event),
                forkIndex: forkIndices[position(event)],
                cause: cause,
                selfParent: graph.selfParent(of: event).map(position),
                otherParent: graph.otherParent(of: event).map(position),
                lastAncestors: ancestors.sorted { $0.peer < $1.peer }
            )
        }
        let ourself = peers.ourself ?? PeerIndex(0)
        let order = [ourself] + (0..<peers.count).map { PeerIndex($0) }.filter { $0 != ourself }
        self.init(
            ourID: peers.id(of: ourself).sanitised,
            peers: order.map { Peer(id: peers.id(of: $0).sanitised, state: peers.state(of: $0)) },
            mode: store.opaqueMode,
            events: dumpEvents
        )
        self.payloadDigests = payloadDigests
        rules = Rules.allCases.first { $0.protocolRules == agreement.rules }
        self.election.history = history
        self.election.voters = election.voters.peers.map { peers.id(of: $0).sanitised }.sorted()

        let voting = events.filter { graph.kind(of: $0) == .observation }
        self.election.undecidedEvents = voting.filter { event in
            graph.observations(of: event).contains { !store.isDecided($0) }
        }.map(position).sortedByName(dumpEvents)

        var interesting: [PeerID: [Int]] = [:]
        var metaEvents: [MetaEvent] = []
        for event in events {
            guard let meta = election.metaEvent(of: event, in: graph, store: store) else { continue }
            let creator = peers.id(of: graph.creator(of: event)).sanitised
            if !meta.interestingContent.isEmpty { interesting[creator, default: []].append(position(event)) }
            var observees: [PeerID] = []
            if case .observer(let seen) = meta.standing { observees = seen.map { peers.id(of: $0).sanitised }.sorted() }
            let votes = zip(election.voters.peers, meta.metaVotes).map { voter, votes in
                PeerMetaVotes(peer: peers.id(of: voter).sanitised, votes: votes)
            }
            metaEvents.append(
                MetaEvent(
                    event: position(event),
                    observees: observees,
                    interestingContent: meta.interestingContent.map(text),
                    metaVotes: votes.sorted { $0.peer < $1.peer }
                )
            )
        }
        self.election.interestingEvents = interesting.map { InterestingEvents(peer: $0, events: $1) }
            .sorted { $0.peer < $1.peer }
        self.election.metaEvents = metaEvents.sorted {
            let (a, b) = (dumpEvents[$0.event], dumpEvents[$1.event])
            if a.creator != b.creator { return a.creator < b.creator }
            return (a.indexByCreator, a.forkIndex) < (b.indexByCreator, b.forkIndex)
        }
    }
}

extension [Int] {
    /// Sorts positions of events by creator and index, as strings: the order of the reference's dumps.
    fileprivate func sortedByName(_ events: [GraphDump.Event]) -> [Int] {
        func name(_ position: Int) -> String {
            "\(events[position].creator)_\(events[position].indexByCreator),\(events[position].forkIndex)"
        }
        return sorted { name($0) < name($1) }
    }
}
