import Consensus
public import ParsecCore
public import Voting

/// Consecutive blocks as bytes that hold once what they share: voters, the events that carry their votes, and the trees
/// over these events' payloads.
///
/// A block with its proof takes three times as many bytes alone as in a run of a few hundred. What travels alone is a
/// ``BlockProof``.
public struct BlockRun: Hashable, Sendable {
    /// The blocks, each the successor of the one before; never empty.
    public let blocks: [Block]

    public init(_ blocks: [Block]) {
        precondition(!blocks.isEmpty, "a run has blocks")
        self.blocks = blocks
    }

    /// The version of the layout.
    private static let version: UInt8 = 1

    /// The events of a run that carry votes, each once.
    private struct Events {
        private struct Key: Hashable {
            let voter: PeerID
            let signature: Signature
        }

        private var places: [Key: Int] = [:]
        private(set) var votes: [Block.Vote] = []

        /// Whether an event's tree is there, from which its paths follow.
        private(set) var hasTree: [Bool] = []

        mutating func place(of vote: Block.Vote) -> Int {
            // Neighbours mostly have votes of the same event.
            if let last = votes.last, last.signature == vote.signature, last.header == vote.header {
                return votes.count - 1
            }
            let key = Key(voter: vote.voter, signature: vote.signature)
            if let known = places[key], votes[known].header == vote.header { return known }
            places[key] = votes.count
            votes.append(vote)
            hasTree.append(vote.path.tree != nil)
            return votes.count - 1
        }
    }

    // MARK: - Encoding

    /// Encodes the run.
    ///
    /// - Parameter kinds: which functions made its digests and signatures; a decoder that uses others refuses it.
    public func encoded(digests: DigestKind, signatures: SignatureKind) -> [UInt8] {
        var voters: [[PeerID]] = []
        var events = Events()
        var body = ByteWriter(expecting: blocks.reduce(0) { $0 + 64 + $1.byteCount })
        for block in blocks {
            if voters.last != block.voters { voters.append(block.voters) }
            body.write(count: voters.count - 1)
            body.write(UInt64(block.election))
            block.observation.write(to: &body)
            let (voter, votes) = (block.voter, block.votes)
            body.write(UInt8(voter == nil ? 0 : 1))
            if let voter { body.write(voter) }
            body.write(count: votes.count)
            for vote in votes {
                let place = events.place(of: vote)
                body.write(count: place)
                body.write(UInt64(vote.path.index))
                if events.hasTree[place] { continue }
                body.write(UInt64(vote.path.count))
                body.write(count: vote.path.siblings.count)
                for sibling in vote.path.siblings { body.write(sibling) }
            }
        }

        var writer = ByteWriter(expecting: 2 * body.bytes.count)
        for byte in [BlockRun.version, digests.rawValue, signatures.rawValue] { writer.write(byte) }
        writer.write(count: blocks.count)
        writer.write(UInt64(blocks[0].number))
        writer.write(blocks[0].previous)
        writer.write(count: voters.count)
        for list in voters {
            writer.write(count: list.count)
            for voter in list { writer.write(voter) }
        }
        writer.write(count: events.votes.count)
        for vote in events.votes {
            vote.header.write(to: &writer)
            writer.append(vote.signature.bytes)
            let leaves = vote.path.tree?.leaves ?? []
            writer.write(count: leaves.count)
            for leaf in leaves { writer.write(leaf) }
        }
        writer.append(body.bytes)
        return writer.bytes
    }

    // MARK: - Decoding

    /// What the votes of an event share.
    private struct Event {
        let header: EventHeader
        let signature: Signature
        let tree: MerkleTree?

        init(from reader: inout ByteReader, _ function: some ObservationDigests) throws(WireError) {
            header = try EventHeader(from: &reader)
            signature = try reader.signature("run.signature")
            var leaves: [Digest] = []
            for _ in 0..<(try reader.count(.observationsPerEvent, "run.leaves")) {
                leaves.append(try reader.digest("run.leaves"))
            }
            tree = leaves.isEmpty ? nil : MerkleTree(leaves, function: function)
        }

        func vote(from reader: inout ByteReader) throws(WireError) -> Block.Vote {
            let start = reader.offset
            let index = try reader.nonnegative("run.index")
            if let tree {
                guard index < tree.leaves.count else {
                    throw reader.error(.unknown(UInt64(index)), "run.index", at: start)
                }
                return Block.Vote(header: header, path: tree.path(to: index), signature: signature)
            }
            let count = try reader.nonnegative("run.count")
            var siblings: [Digest] = []
            for _ in 0..<(try reader.count(.pathDigests, "run.path")) { siblings.append(try reader.digest("run.path")) }
            let path = MerklePath(index: index, count: count, siblings: siblings)
            return Block.Vote(header: header, path: path, signature: signature)
        }
    }

    /// Decodes a run; what its blocks say is as true as ``BlockProof/verify(network:voters:digests:verifier:)`` finds it.
    ///
    /// - Throws: ``WireError``.
    public init(
        encoded bytes: [UInt8],
        digests: some ObservationDigests,
        signatures: SignatureKind,
        limits: WireLimits = WireLimits()
    ) throws(WireError) {
        var reader = try ByteReader(bytes, limits: limits)
        try reader.expect(BlockRun.version, "run.version")
        try reader.expect(digests.kind.rawValue, "run.digests")
        try reader.expect(signatures.rawValue, "run.signatures")
        let count = try reader.count(.blocksPerRun, "run.count")
        guard count > 0 else { throw reader.error(.truncated, "run.count") }
        let first = try reader.nonnegative("run.number")
        var previous = try reader.digest("run.previous")
        var voters: [[PeerID]] = []
        for _ in 0..<(try reader.count(.blocksPerRun, "run.voters")) {
            voters.append(try reader.ascendingPeers("run.voters"))
        }
        let votersDigests = voters.map { Block.digest(of: $0, function: digests) }
        var events: [Event] = []
        for _ in 0..<(try reader.count(.eventsPerMessage, "run.events")) {
            events.append(try Event(from: &reader, digests))
        }
        var blocks: [Block] = []
        for offset in 0..<count {
            let electors = try reader.place(in: voters.count, "run.voters")
            let election = try reader.nonnegative("run.election")
            let observation = try Observation(from: &reader)
            let voter = try reader.flag("run.hasVoter") ? try reader.peer("run.voter") : nil
            var votes: [Block.Vote] = []
            for _ in 0..<(try reader.count(.peers, "run.votes")) {
                votes.append(try events[try reader.place(in: events.count, "run.vote")].vote(from: &reader))
            }
            let block = Block(
                number: first &+ offset,
                previous: previous,
                election: election,
                observation: DigestedObservation(observation, digest: digests.digest(of: observation)),
                voter: voter,
                voters: voters[electors],
                votersDigest: votersDigests[electors],
                votes: votes,
                function: digests
            )
            blocks.append(block)
            previous = block.digest
        }
        try reader.end()
        self.blocks = blocks
    }
}

extension ByteReader {
    /// Reads a place in a list of so many.
    fileprivate mutating func place(in count: Int, _ field: String) throws(WireError) -> Int {
        let start = offset
        let place = Int(try integer32(field))
        guard place < count else { throw error(.unknown(UInt64(place)), field, at: start) }
        return place
    }
}
