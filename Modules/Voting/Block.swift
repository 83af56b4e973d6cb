public import ParsecCore

/// One agreed payload, with its place in the sequence and the votes that support it.
///
/// All peers agree on everything but the votes: a peer shows those that it had received when the block was decided.
public struct Block: Hashable, Sendable {
    /// A vote for the block's payload: the signed header of the event that carries it, and the path from the payload to
    /// the header's root.
    public struct Vote: Hashable, Sendable {
        public let header: EventHeader
        public let path: MerklePath
        public let signature: Signature

        public init(header: EventHeader, path: MerklePath, signature: Signature) {
            self.header = header
            self.path = path
            self.signature = signature
        }

        public var voter: PeerID { header.creator }

        /// Whether the signed header is that of a vote for a payload in a network.
        ///
        /// - Parameters:
        ///   - payload: the digest of the payload.
        ///   - network: the digest of the network.
        public func isFor(_ payload: Digest, in network: Digest, function: some DigestFunction) -> Bool {
            guard header.network == network, case .observation(let root) = header.content else { return false }
            return path.root(from: payload, function: function) == root
        }
    }

    /// The number of blocks before this one.
    public let number: Int

    /// The digest of the block before this one; for the first, that of the network.
    public let previous: Digest

    /// How many elections were decided before the one that decided the block; its voters are those of this election.
    public let election: Int

    public let observation: Observation
    public let observationDigest: Digest

    /// Who voted for the payload, if one vote decides it; else nil.
    public let voter: PeerID?

    /// The voters of the election that decided the block, in ascending order.
    public let voters: [PeerID]

    /// The votes by these voters, in ascending order of the voters.
    public let votes: [Vote]

    /// The digest of the block, which the next one contains. It covers everything but the votes and the number of the
    /// election.
    public let digest: Digest

    public init(
        number: Int,
        previous: Digest,
        election: Int,
        observation: DigestedObservation,
        voter: PeerID?,
        voters: [PeerID],
        votes: [Vote],
        function: some DigestFunction
    ) {
        self.number = number
        self.previous = previous
        self.election = election
        self.observation = observation.observation
        self.observationDigest = observation.digest
        self.voter = voter
        self.voters = voters
        self.votes = votes

        var voterList = ByteWriter(.voters)
        voterList.write(count: voters.count)
        for peer in voters { voterList.write(peer) }
        var writer = ByteWriter(.block)
        writer.write(UInt64(number))
        writer.write(previous)
        writer.write(observation.digest)
        writer.write(UInt8(voter == nil ? 0 : 1))
        if let voter { writer.write(voter) }
        writer.write(function.digest(voterList.bytes))
        digest = function.digest(writer.bytes)
    }
}
