public import Consensus
public import ParsecCore
public import Voting

extension BlockProof {
    /// Encodes the block with its votes.
    ///
    /// - Parameter kinds: which functions made its digests and signatures; a decoder that uses others refuses it.
    public func encoded(digests: DigestKind, signatures: SignatureKind) -> [UInt8] {
        var writer = ByteWriter(.block)
        writer.write(digests.rawValue)
        writer.write(signatures.rawValue)
        writer.write(UInt64(block.number))
        writer.write(block.previous)
        writer.write(UInt64(block.election))
        block.observation.write(to: &writer)
        writer.write(UInt8(block.voter == nil ? 0 : 1))
        if let voter = block.voter { writer.write(voter) }
        writer.write(count: block.voters.count)
        for voter in block.voters { writer.write(voter) }
        writer.write(count: block.votes.count)
        for vote in block.votes {
            vote.header.write(to: &writer)
            writer.write(UInt64(vote.path.index))
            writer.write(UInt64(vote.path.count))
            writer.write(count: vote.path.siblings.count)
            for sibling in vote.path.siblings { writer.write(sibling) }
            writer.append(vote.signature.bytes)
        }
        return writer.bytes
    }

    /// Decodes a proof; what it says is as true as ``verify(network:voters:digests:verifier:)`` finds it.
    ///
    /// - Throws: ``WireError``; each proof has one encoding, and no other is taken: voters ascend, and so do votes by their
    ///   voters.
    public init(
        encoded bytes: [UInt8],
        digests: some ObservationDigests,
        signatures: SignatureKind,
        limits: WireLimits = WireLimits()
    ) throws(WireError) {
        var reader = try ByteReader(bytes, limits: limits)
        try reader.begin(.block, "block.begin")
        for (expected, field) in [(digests.kind.rawValue, "block.digests"), (signatures.rawValue, "block.signatures")] {
            try reader.expect(expected, field)
        }
        let number = try reader.nonnegative("block.number")
        let previous = try reader.digest("block.previous")
        let election = try reader.nonnegative("block.election")
        let observation = try Observation(from: &reader)
        let voter = try reader.flag("block.hasVoter") ? try reader.peer("block.voter") : nil
        let voters = try reader.ascendingPeers("block.voters")
        let count = try reader.count(.peers, "block.votes")
        var votes: [Block.Vote] = []
        for _ in 0..<count {
            let start = reader.offset
            let vote = try Block.Vote(from: &reader)
            if let last = votes.last, last.voter >= vote.voter {
                throw reader.error(.notCanonical, "block.votes", at: start)
            }
            votes.append(vote)
        }
        try reader.end()
        self.init(
            Block(
                number: number,
                previous: previous,
                election: election,
                observation: DigestedObservation(observation, digest: digests.digest(of: observation)),
                voter: voter,
                voters: voters,
                votes: votes,
                function: digests
            )
        )
    }
}

extension Block.Vote {
    fileprivate init(from reader: inout ByteReader) throws(WireError) {
        let header = try EventHeader(from: &reader)
        let index = try reader.nonnegative("vote.index")
        let count = try reader.nonnegative("vote.count")
        let siblingCount = try reader.count(.pathDigests, "vote.path")
        var siblings: [Digest] = []
        for _ in 0..<siblingCount { siblings.append(try reader.digest("vote.path")) }
        let path = MerklePath(index: index, count: count, siblings: siblings)
        self.init(header: header, path: path, signature: try reader.signature("vote.signature"))
    }
}
