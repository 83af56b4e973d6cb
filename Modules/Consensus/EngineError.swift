public import GossipGraph
public import Membership
public import ParsecCore
public import Voting

/// Why an engine refuses a call; it is unchanged then.
public enum EngineError: Error, Hashable, Sendable {
    /// This peer may not do this now: it has not been admitted yet, or it was removed.
    case notPermitted(required: PeerState, actual: PeerState)

    /// The other peer may not take part in this: it is not a member, or not reachable yet.
    case peerNotPermitted(PeerID, required: PeerState, actual: PeerState)

    /// The peer is neither a member nor among those that may help us join.
    case unknownPeer(PeerID)

    /// A network begins with at least one peer.
    case emptyGenesis

    /// A peer does not gossip to itself.
    case gossipToOneself

    /// A message brings at least one event.
    case emptyMessage

    /// The last event of a message was created by somebody else than its sender.
    case headByOther(PeerID)

    /// The last event of a request announces a request to somebody else, or none.
    case requestNotForUs

    /// The message was answered before.
    case duplicateMessage(head: Digest)

    /// Something has more than its bound allows.
    case tooMany(EngineLimits.Bound, count: Int, limit: Int)

    /// A vote names at least one observation.
    case noObservations

    /// This peer has voted for the observation before, or the vote names it twice.
    case duplicateVote(Observation)

    /// The observation has been decided; votes for it have no effect any more.
    case alreadyDecided(Observation)

    /// The observation is of a kind that peers vote for by themselves only.
    case notVotable(Observation)

    /// The vote would have no effect on the group.
    case noEffect(AdmissionError)

    /// The graph does not take the event.
    case graph(GraphError)
}

extension EngineError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notPermitted(let required, let actual):
            "this peer's state is (\(actual)), but needs (\(required)): it is not admitted yet, or was removed"
        case .peerNotPermitted(let peer, let required, let actual):
            "the state of \(peer) is (\(actual)), but needs (\(required))"
        case .unknownPeer(let peer): "\(peer) is not known; only members, and contacts of a joiner, take part"
        case .emptyGenesis: "the network has no initial group; name at least one peer"
        case .gossipToOneself: "a peer does not gossip to itself; choose one of the gossip recipients"
        case .emptyMessage: "a message brings at least one event"
        case .headByOther(let creator): "the last event of a message is its sender's own, this one is by \(creator)"
        case .requestNotForUs: "the last event of a request announces a request to its receiver"
        case .duplicateMessage(let head): "the message that ends with event \(head) was answered before"
        case .tooMany(let bound, let count, let limit): "\(count) \(bound.rawValue), at most \(limit) are allowed"
        case .noObservations: "a vote names at least one observation"
        case .duplicateVote: "this peer has voted for this observation before"
        case .alreadyDecided: "the observation has been decided already"
        case .notVotable: "an application does not vote for an observation of this kind"
        case .noEffect(let reason): "the vote would have no effect: \(reason)"
        case .graph(let reason): "the event does not fit into the graph: \(reason)"
        }
    }
}
