public import ParsecCore

/// The voters of one election, with the thresholds for their number.
@frozen
public struct VoterSet: Hashable, Sendable {
    /// The voters in ascending order of their indices. The position of a voter here is its instance number in the
    /// election: there is one binary agreement per voter.
    public let peers: [PeerIndex]

    public let quorum: Quorum

    /// For each peer index the instance number, or -1.
    @usableFromInline let instances: [Int32]

    public init(_ voters: some Sequence<PeerIndex>) {
        peers = PeerSet(voters).map { $0 }
        quorum = Quorum(of: peers.count)
        var instances = [Int32](repeating: -1, count: peers.last.map { $0.position + 1 } ?? 0)
        for (instance, peer) in peers.enumerated() { instances[peer.position] = Int32(instance) }
        self.instances = instances
    }

    @inlinable
    public var count: Int { peers.count }

    @inlinable
    public func contains(_ peer: PeerIndex) -> Bool {
        peer.position < instances.count && instances[peer.position] >= 0
    }

    /// The instance number of a voter, or nil if the peer does not vote.
    @inlinable
    public func instance(of peer: PeerIndex) -> Int? {
        contains(peer) ? Int(instances[peer.position]) : nil
    }
}
