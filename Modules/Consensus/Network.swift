public import MetaVoting
public import ParsecCore
public import Voting

/// What all peers of a network agree on from the start.
public struct Network: Hashable, Sendable {
    /// The initial group, in ascending order.
    public let genesis: [PeerID]

    /// Bytes that tell apart networks of the same initial group, and tell the application what it likes.
    public let info: [UInt8]

    /// The mode of opaque payloads.
    public let mode: ConsensusMode

    public let rules: ProtocolRules

    /// - Parameter genesis: the initial group, in any order; peers named twice count once.
    public init(
        genesis: some Collection<PeerID>,
        info: [UInt8] = [],
        mode: ConsensusMode = .supermajority,
        rules: ProtocolRules = .current
    ) {
        self.genesis = Set(genesis).sorted()
        self.info = info
        self.mode = mode
        self.rules = rules
    }

    /// The observation that the first block consists of.
    public var genesisObservation: Observation { .genesis(group: genesis, info: info) }

    /// Computes the digest of the network, which everything that is signed covers.
    public func digest(using function: some DigestFunction) -> Digest {
        var writer = ByteWriter(.network)
        writer.write(function.kind.rawValue)
        write(to: &writer)
        return function.digest(writer.bytes)
    }

    /// Writes the network as it is digested.
    public func write(to writer: inout ByteWriter) {
        genesisObservation.write(to: &writer)
        writer.write(UInt8(mode == .single ? 1 : 0))
        writer.write(UInt8(rules.strongSight == .throughAllPeers ? 1 : 0))
        writer.write(UInt8(rules.forks == .firstArrived ? 1 : 0))
        writer.write(UInt8(rules.membership == .asDecided ? 1 : 0))
    }
}
