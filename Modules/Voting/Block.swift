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

    /// What the block says. It is shared, since a block is passed on many times: to the store, the application, readers.
    private final class Content: Sendable {
        let number: Int
        let previous: Digest
        let election: Int
        let observation: DigestedObservation
        let voter: PeerID?
        let voters: [PeerID]
        let votes: [Vote]

        init(
            _ number: Int,
            _ previous: Digest,
            _ election: Int,
            _ observation: DigestedObservation,
            _ voter: PeerID?,
            _ voters: [PeerID],
            _ votes: [Vote]
        ) {
            self.number = number
            self.previous = previous
            self.election = election
            self.observation = observation
            self.voter = voter
            self.voters = voters
            self.votes = votes
        }
    }

    private let content: Content

    /// The digest of the block, which the next one contains. It covers everything but the votes and the number of the
    /// election.
    public let digest: Digest

    /// Makes a block.
    ///
    /// - Parameter votersDigest: that of `voters`, if it is known already; see ``digest(of:function:)``.
    public init(
        number: Int,
        previous: Digest,
        election: Int,
        observation: DigestedObservation,
        voter: PeerID?,
        voters: [PeerID],
        votersDigest: Digest? = nil,
        votes: [Vote],
        function: some DigestFunction
    ) {
        content = Content(number, previous, election, observation, voter, voters, votes)
        var writer = ByteWriter(.block)
        writer.write(UInt64(number))
        writer.write(previous)
        writer.write(observation.digest)
        writer.write(UInt8(voter == nil ? 0 : 1))
        if let voter { writer.write(voter) }
        writer.write(votersDigest ?? Block.digest(of: voters, function: function))
        digest = function.digest(writer.bytes)
    }

    /// The digest of the voters of an election, which all of its blocks have in common.
    public static func digest(of voters: [PeerID], function: some DigestFunction) -> Digest {
        var writer = ByteWriter(.voters)
        writer.write(count: voters.count)
        for peer in voters { writer.write(peer) }
        return function.digest(writer.bytes)
    }

    /// The number of blocks before this one.
    public var number: Int { content.number }

    /// The digest of the block before this one; for the first, that of the network.
    public var previous: Digest { content.previous }

    /// How many elections were decided before the one that decided the block; its voters are those of this election.
    public var election: Int { content.election }

    public var observation: Observation { content.observation.observation }
    public var observationDigest: Digest { content.observation.digest }

    /// Whether the block is bytes of the application, and changes no members.
    public var isOpaque: Bool {
        if case .opaque = content.observation.observation { true } else { false }
    }

    /// The bytes of the observation's content.
    public var byteCount: Int { content.observation.observation.byteCount }

    /// Who voted for the payload, if one vote decides it; else nil.
    public var voter: PeerID? { content.voter }

    /// The voters of the election that decided the block, in ascending order.
    public var voters: [PeerID] { content.voters }

    /// The votes by these voters, in ascending order of the voters.
    public var votes: [Vote] { content.votes }

    public static func == (a: Block, b: Block) -> Bool {
        if a.content === b.content { return true }
        return a.digest == b.digest && a.number == b.number && a.previous == b.previous && a.election == b.election
            && a.content.observation == b.content.observation && a.voter == b.voter && a.voters == b.voters
            && a.votes == b.votes
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}
