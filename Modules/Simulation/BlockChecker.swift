import Consensus
import GossipGraph
import ParsecCore
public import Voting

/// Holds the blocks that honest peers handed out against each other and against the rules.
struct BlockChecker: Sendable {
    /// A payload as it can be decided once: its content, and in single mode who voted for it.
    struct Payload: Hashable {
        let observation: Observation
        let voter: PeerID?
    }

    /// The blocks that any honest peer handed out, in order.
    private(set) var blocks: [Block] = []

    /// For each number the blocks that anybody handed out, which may differ in their votes; each once.
    private var variants: [[Block]] = []

    /// The voters after each of these blocks; the first entry is the initial group.
    private(set) var votersAfter: [[PeerID]]

    /// The number of the block that decided a payload.
    private(set) var numbers: [Payload: Int] = [:]

    /// The number of the block with which a peer was removed.
    private(set) var removals: [PeerID: Int] = [:]

    /// The peers that were voters at some time.
    private var admitted: Set<PeerID>

    private let mode: ConsensusMode
    private let networkDigest: Digest
    private let digests: any ObservationDigests
    private let verifier: any EventVerifier

    init(
        network: Network,
        digests: any ObservationDigests,
        verifier: any EventVerifier = SimulatedVerifier()
    ) {
        self.verifier = verifier
        mode = network.mode
        networkDigest = network.digest(using: digests)
        self.digests = digests
        votersAfter = [network.genesis]
        admitted = Set(network.genesis)
    }

    /// The voters by all blocks.
    var voters: [PeerID] { votersAfter[votersAfter.count - 1] }

    /// The block that another peer handed out before, if it is the same, votes and all: so that it is kept once.
    mutating func shared(_ block: Block) -> Block {
        if block.number == variants.count { variants.append([]) }
        guard variants.indices.contains(block.number) else { return block }
        if let known = variants[block.number].first(where: { $0 == block }) { return known }
        variants[block.number].append(block)
        return block
    }

    /// Takes the next block of an honest peer; returns whether nobody had handed it out before.
    mutating func take(_ block: Block, of peer: PeerID, after previous: [Block]) throws(Violation) -> Bool {
        guard block.number == previous.count else {
            throw .outOfSequence(peer: peer, number: block.number, expected: previous.count)
        }
        if let removal = removals[peer], removal < block.number, blocks[removal].election != block.election {
            throw .blockAfterRemoval(peer: peer, number: block.number)
        }
        guard block.previous == previous.last?.digest ?? networkDigest else {
            throw .brokenChain(peer: peer, number: block.number)
        }
        if block.number < blocks.count {
            let expected = blocks[block.number]
            guard expected.digest == block.digest && expected.election == block.election else {
                throw .disagreement(
                    peer: peer,
                    number: block.number,
                    found: block.observation.summary,
                    expected: expected.observation.summary
                )
            }
            try checkVotes(of: block, peer)
            return false
        }
        try checkVoters(of: block, peer)
        try checkVotes(of: block, peer)
        let payload = Payload(observation: block.observation, voter: block.voter)
        if let earlier = numbers[payload] {
            throw .decidedTwice(peer: peer, number: block.number, earlier: earlier)
        }
        numbers[payload] = block.number
        blocks.append(block)
        votersAfter.append(voters(after: block))
        return true
    }

    /// The voters of a block are those that all blocks of earlier elections lead to.
    private func checkVoters(of block: Block, _ peer: PeerID) throws(Violation) {
        let first = blocks.lastIndex { $0.election != block.election }.map { $0 + 1 } ?? 0
        let expected = votersAfter[first]
        guard block.voters == expected, block.election >= (blocks.last?.election ?? 0) else {
            throw .wrongVoters(peer: peer, number: block.number, found: block.voters, expected: expected)
        }
    }

    /// The votes of a block are by different voters, authentic, for its payload, and as many as its mode demands.
    private func checkVotes(of block: Block, _ peer: PeerID) throws(Violation) {
        let isSingle = block.observation.mode(opaqueMode: mode) == .single
        // More than two thirds, computed here: what is checked must not be checked with itself.
        let needed = isSingle ? 1 : 2 * block.voters.count / 3 + 1
        var voters: Set<PeerID> = []
        for vote in block.votes {
            guard vote.isFor(block.observationDigest, in: networkDigest, function: digests),
                block.voters.contains(vote.voter),
                !isSingle || vote.voter == block.voter,
                verifier.isValid(vote.signature, of: vote.header.digest(using: digests), by: vote.voter)
            else { continue }
            voters.insert(vote.voter)
        }
        guard voters.count >= needed else {
            throw .votesMissing(peer: peer, number: block.number, valid: voters.count, needed: needed)
        }
    }

    private mutating func voters(after block: Block) -> [PeerID] {
        switch block.observation {
        case .add(let id, _): return admitted.insert(id).inserted ? (voters + [id]).sorted() : voters
        case .remove(let id, _), .accusation(let id, _):
            guard voters.contains(id), voters.count > 1 else { return voters }
            removals[id] = block.number
            return voters.filter { $0 != id }
        case .genesis, .opaque, .keyGeneration: return voters
        }
    }
}

extension Observation {
    /// The observation in a few words.
    public var summary: String {
        switch self {
        case .genesis(let group, _): return "genesis of \(group.map(\.description).joined(separator: ", "))"
        case .add(let id, _): return "add \(id)"
        case .remove(let id, _): return "remove \(id)"
        case .accusation(let id, _): return "accuse \(id)"
        case .opaque(let bytes):
            let shown = bytes.prefix(24)
            let isPrintable = shown.allSatisfy { (0x20..<0x7F).contains($0) }
            let text = isPrintable ? String(decoding: shown, as: UTF8.self) : PeerID(bytes: Array(shown)).description
            return "payload \(text)" + (bytes.count > shown.count ? "..." : "")
        case .keyGeneration: return "key generation"
        }
    }
}
