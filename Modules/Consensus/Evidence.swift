import Accountability
public import GossipGraph
import Membership
public import ParsecCore
public import Voting

/// Signed events from which it follows that a peer broke a rule, for anybody who knows the network.
///
/// For a fork these are two events on one self-parent; for any other offence the event that shows it, last, and all of
/// its ancestors, so that the one definition of the offence (``OffenceLedger``) can be asked.
public struct Evidence: Hashable, Sendable {
    public let offender: PeerID
    public let offence: Offence

    /// The events, parents before children.
    public let events: [GossipEvent]

    public init(offender: PeerID, offence: Offence, events: [GossipEvent]) {
        self.offender = offender
        self.offence = offence
        self.events = events
    }

    /// Checks that the events show the offence.
    ///
    /// - Parameters:
    ///   - network: what the network's peers agreed on from the start.
    ///   - verifier: checks the signatures of all events.
    /// - Throws: ``EvidenceError`` for the first thing that is wrong.
    /// - Complexity: the number of events, with as many signatures.
    public func verify(
        network: Network,
        digests: some ObservationDigests,
        verifier: some EventVerifier
    ) throws(EvidenceError) {
        let networkDigest = network.digest(using: digests)
        var eventDigests: [Digest] = []
        var signed: [SignedDigest] = []
        for event in events {
            let digest = event.digest(in: networkDigest, digests)
            eventDigests.append(digest)
            signed.append(SignedDigest(signature: event.signature, digest: digest, signer: event.creator))
        }
        if let position = verifier.areValid(signed).firstIndex(of: false) { throw .badSignature(position: position) }
        if offence == .fork {
            guard events.count == 2, eventDigests[0] != eventDigests[1],
                events.allSatisfy({ $0.creator == offender }),
                let selfParent = events[0].selfParent, events[1].selfParent == selfParent
            else { throw .notShown }
        } else {
            try checkHistory(network, eventDigests, digests)
        }
    }

    /// Builds the graph of the events and asks what the last one shows.
    private func checkHistory(
        _ network: Network,
        _ eventDigests: [Digest],
        _ digests: some ObservationDigests
    ) throws(EvidenceError) {
        var graph = Graph()
        var store = ObservationStore(opaqueMode: network.mode)
        var peers = PeerList(genesis: network.genesis)
        var ledger = OffenceLedger(genesis: network.genesisObservation)
        var last: EventIndex?
        for (position, event) in events.enumerated() {
            let creator = peers.intern(event.creator)
            func index(_ parent: Digest) throws(EvidenceError) -> EventIndex {
                guard let index = graph.event(withDigest: parent) else { throw .missingParent(position: position) }
                return index
            }
            // Whoever is accused has an index of its own before the accusation is looked at.
            for case .accusation(let id, _) in event.cause.observations { _ = peers.intern(id) }
            let selfParent: EventIndex? = if let parent = event.selfParent { try index(parent) } else { nil }
            let otherParent: EventIndex? = if let parent = event.cause.otherParent { try index(parent) } else { nil }
            let cause: Cause =
                switch event.cause {
                case .initial: .initial
                case .requesting(let recipient): .requesting(recipient: peers.intern(recipient))
                case .request: .request(otherParent: otherParent ?? EventIndex(0))
                case .response: .response(otherParent: otherParent ?? EventIndex(0))
                case .observation(let observations):
                    .observation(
                        observations.map {
                            store.insert($0, digest: digests.digest(of: $0), votedBy: creator, id: event.creator)
                        }
                    )
                }
            guard graph.event(withDigest: eventDigests[position]) == nil else {
                throw .repeatedEvent(position: position)
            }
            do {
                last = try graph.insert(
                    creator: creator,
                    selfParent: selfParent,
                    cause: cause,
                    digest: eventDigests[position]
                )
            } catch { throw .malformed(position: position, error) }
            if let last { ledger.add(last, in: graph, store, peers) }
        }
        guard let last, let index = peers.index(of: offender),
            ledger.shown(by: last, in: graph).contains(offence, by: index)
        else { throw .notShown }
    }
}

/// Why evidence does not hold.
public enum EvidenceError: Error, Hashable, Sendable {
    /// The signature of an event is not its creator's.
    case badSignature(position: Int)

    /// A parent of an event does not come before it.
    case missingParent(position: Int)

    /// An event is there twice.
    case repeatedEvent(position: Int)

    /// An event does not fit to its parents.
    case malformed(position: Int, GraphError)

    /// The events are in order, but do not show the offence.
    case notShown
}

extension EvidenceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badSignature(let position): "the signature of event \(position + 1) is not its creator's"
        case .missingParent(let position): "a parent of event \(position + 1) does not come before it"
        case .repeatedEvent(let position): "event \(position + 1) is there before"
        case .malformed(let position, let error): "event \(position + 1) does not fit: \(error)"
        case .notShown: "the events do not show the offence"
        }
    }
}

extension GossipEvent {
    /// The digest of the event in a network: its name in other events, and what is signed.
    public func digest(in network: Digest, _ digests: some ObservationDigests) -> Digest {
        EventHeader(
            network: network,
            creator: creator,
            selfParent: selfParent,
            cause: cause.mapObservations { digests.digest(of: $0) },
            function: digests
        ).digest(using: digests)
    }
}

extension Engine {
    /// Evidence of each offence that this peer's graph shows, one for each offender and offence.
    ///
    /// - Complexity: the size of the graph.
    public var evidence: [Evidence] {
        var known = OffenceSet()
        var result: [Evidence] = []
        for event in graph.events {
            let shown = ledger.shown(by: event, in: graph)
            for (offender, offence) in shown.charges(notIn: known, except: nil) {
                known.insert(offence, by: offender)
                let events = offence == .fork ? forkedEvents(by: offender) : graph.ancestors(of: event)
                result.append(
                    Evidence(
                        offender: agreement.peers.id(of: offender),
                        offence: offence,
                        events: events.map(gossipEvent)
                    )
                )
            }
        }
        return result
    }

    /// Two events of a forker on one self-parent.
    private func forkedEvents(by peer: PeerIndex) -> [EventIndex] {
        for index in graph.branches(of: peer) {
            let branch = graph.branches[index.position]
            guard let forkPoint = branch.forkPoint, let origin = branch.origin, let first = branch.events.first else {
                continue
            }
            let other = graph.event(onChainOf: origin, at: graph.indexByCreator(of: forkPoint) + 1)
            return [other, first]
        }
        return []
    }
}
