import MetaVoting
public import ParsecCore
public import Voting

/// Why a vote about the group would have no effect if it were decided.
public enum AdmissionError: Error, Hashable, Sendable {
    /// The peer is a voter already.
    case alreadyMember(PeerID)

    /// The peer was a voter before; it can come back under a new identity only.
    case identityNotFresh(PeerID)

    /// The peer is no voter, so it cannot be removed.
    case notMember(PeerID)

    /// Without its last voter a network could never decide again.
    case lastMember(PeerID)
}

extension AdmissionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .alreadyMember(let id): "\(id) is a member already"
        case .identityNotFresh(let id): "\(id) was a member before; let it join under a new identity"
        case .notMember(let id): "\(id) is no member, so it cannot be removed"
        case .lastMember(let id): "\(id) is the last member; without it the network could never decide again"
        }
    }
}

extension PeerList {
    /// Checks that an observation would have an effect on the group, if it is about the group at all.
    ///
    /// Where changes have whatever effect was decided, nothing is refused.
    public func check(_ observation: Observation) throws(AdmissionError) {
        guard rule == .freshIdentities else { return }
        switch observation {
        case .add(let id, _):
            guard let peer = index(of: id), admitted.contains(peer) else { return }
            throw voters.contains(peer) ? .alreadyMember(id) : .identityNotFresh(id)
        case .remove(let id, _), .accusation(let id, _):
            guard let peer = index(of: id), voters.contains(peer) else { throw .notMember(id) }
            if voters.count == 1 { throw .lastMember(id) }
        case .genesis, .opaque, .keyGeneration: return
        }
    }
}
