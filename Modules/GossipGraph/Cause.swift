public import ParsecCore

/// Why an event was created, with what belongs to its kind (`protocol.md` section 2.2).
///
/// The five kinds are the same everywhere. What stands for peers, parents and observations depends on where the event
/// is: indices inside a graph, identities and digests between peers.
@frozen
public enum EventCause<Peer, Parent, Observation> {
    case initial
    case requesting(recipient: Peer)
    case request(otherParent: Parent)
    case response(otherParent: Parent)

    /// The observations voted for; their order is part of the order of votes.
    case observation([Observation])
}

/// The cause of an event in the indices of one graph.
public typealias Cause = EventCause<PeerIndex, EventIndex, ObservationIndex>

extension EventCause {
    @inlinable
    public var kind: EventKind {
        switch self {
        case .initial: .initial
        case .requesting: .requesting
        case .request: .request
        case .response: .response
        case .observation: .observation
        }
    }

    /// The other-parent, for the two kinds that have one.
    @inlinable
    public var otherParent: Parent? {
        switch self {
        case .request(let parent), .response(let parent): parent
        case .initial, .requesting, .observation: nil
        }
    }

    /// To whom a request is announced, for the one kind that does.
    @inlinable
    public var recipient: Peer? {
        if case .requesting(let recipient) = self { recipient } else { nil }
    }

    /// The observations voted for; empty for all kinds but one.
    @inlinable
    public var observations: [Observation] {
        if case .observation(let observations) = self { observations } else { [] }
    }

    /// Makes the same cause with other things standing for peers, parents and observations.
    @inlinable
    public func map<NewPeer, NewParent, NewObservation, Failure: Error>(
        peer: (Peer) throws(Failure) -> NewPeer,
        parent: (Parent) throws(Failure) -> NewParent,
        observation: (Observation) throws(Failure) -> NewObservation
    ) throws(Failure) -> EventCause<NewPeer, NewParent, NewObservation> {
        switch self {
        case .initial: return .initial
        case .requesting(let recipient): return .requesting(recipient: try peer(recipient))
        case .request(let otherParent): return .request(otherParent: try parent(otherParent))
        case .response(let otherParent): return .response(otherParent: try parent(otherParent))
        case .observation(let observations): return .observation(try observations.map(observation))
        }
    }

    /// Makes the same cause with other things standing for observations.
    @inlinable
    public func mapObservations<NewObservation>(
        _ observation: (Observation) -> NewObservation
    ) -> EventCause<Peer, Parent, NewObservation> {
        map(peer: { $0 }, parent: { $0 }, observation: observation)
    }
}

extension EventCause: Equatable where Peer: Equatable, Parent: Equatable, Observation: Equatable {}
extension EventCause: Hashable where Peer: Hashable, Parent: Hashable, Observation: Hashable {}
extension EventCause: Sendable where Peer: Sendable, Parent: Sendable, Observation: Sendable {}
