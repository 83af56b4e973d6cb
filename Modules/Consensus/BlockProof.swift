public import ParsecCore
public import Voting

/// A block with the votes that prove it, to be checked by anybody who knows the network and its voters; no graph is needed.
///
/// What is proven is that enough of the voters voted for the block's payload in this network. That no other block can
/// stand at the same place follows only if fewer than a third of the voters lie.
public struct BlockProof: Hashable, Sendable {
    public let block: Block

    public init(_ block: Block) {
        self.block = block
    }

    /// Checks the proof.
    ///
    /// - Parameters:
    ///   - network: what the network's peers agreed on from the start.
    ///   - voters: the voters of the election that decided the block, in any order, from a source that is trusted: for
    ///     the first block the initial group, later what the blocks before say.
    ///   - verifier: checks signatures; those of votes that prove nothing otherwise are not checked.
    /// - Throws: ``BlockProofError`` for the first thing that is wrong.
    public func verify(
        network: Network,
        voters: some Collection<PeerID>,
        digests: some ObservationDigests,
        verifier: some EventVerifier
    ) throws(BlockProofError) {
        guard block.voters == Set(voters).sorted() else { throw .otherVoters(block.voters) }
        guard digests.digest(of: block.observation) == block.observationDigest else { throw .payloadDigest }
        let again = Block(
            number: block.number,
            previous: block.previous,
            election: block.election,
            observation: DigestedObservation(block.observation, digest: block.observationDigest),
            voter: block.voter,
            voters: block.voters,
            votes: [],
            function: digests
        )
        guard again.digest == block.digest else { throw .blockDigest }
        let isSingle = block.observation.mode(opaqueMode: network.mode) == .single
        guard isSingle == (block.voter != nil) else { throw .wrongMode }
        let needed = isSingle ? 1 : Quorum(of: block.voters.count).supermajority
        let networkDigest = network.digest(using: digests)
        var proven: Set<PeerID> = []
        for vote in block.votes {
            guard block.voters.contains(vote.voter), !isSingle || vote.voter == block.voter else {
                throw .noVoter(vote.voter)
            }
            guard proven.insert(vote.voter).inserted else { throw .voterTwice(vote.voter) }
            guard vote.isFor(block.observationDigest, in: networkDigest, function: digests) else {
                throw .otherPayload(vote.voter)
            }
            guard verifier.isValid(vote.signature, of: vote.header.digest(using: digests), by: vote.voter) else {
                throw .badSignature(vote.voter)
            }
        }
        guard proven.count >= needed else { throw .tooFewVotes(proven.count, needed: needed) }
    }
}

/// Why a block is not proven.
public enum BlockProofError: Error, Hashable, Sendable {
    /// The block names other voters than those that it is checked against.
    case otherVoters([PeerID])

    /// The digest of the payload is not that of its bytes.
    case payloadDigest

    /// The digest of the block does not cover what the block says.
    case blockDigest

    /// The block says who voted though its payload needs more than two thirds, or does not say it though one vote is
    /// enough.
    case wrongMode

    /// A vote is by somebody whose vote does not count.
    case noVoter(PeerID)

    /// Two votes are by the same voter.
    case voterTwice(PeerID)

    /// A header is not that of a vote for this payload in this network.
    case otherPayload(PeerID)

    /// A header is not signed by its creator.
    case badSignature(PeerID)

    /// There are fewer votes than the payload needs.
    case tooFewVotes(Int, needed: Int)
}

extension BlockProofError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherVoters(let voters): "the block was decided by \(voters), others are the voters"
        case .payloadDigest: "the payload's digest is not that of its bytes"
        case .blockDigest: "the block's digest does not cover what the block says"
        case .wrongMode: "the block does not fit the mode of its payload"
        case .noVoter(let peer): "the vote of \(peer) does not count for this block"
        case .voterTwice(let peer): "\(peer) votes twice"
        case .otherPayload(let peer): "the header of \(peer) is none of a vote for this payload in this network"
        case .badSignature(let peer): "the header of \(peer) is not signed by it"
        case .tooFewVotes(let count, let needed): "there are \(count) votes, \(needed) are needed"
        }
    }
}
