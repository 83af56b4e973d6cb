public import ParsecCore

/// A rule that a simulated network did not keep.
public enum Violation: Error, Hashable, Sendable {
    /// Two peers handed out different blocks at the same place.
    case disagreement(peer: PeerID, number: Int, found: String, expected: String)

    /// A peer handed out a block at a place where another was due: it left one out, or handed one out twice.
    case outOfSequence(peer: PeerID, number: Int, expected: Int)

    /// A payload was decided twice.
    case decidedTwice(peer: PeerID, number: Int, earlier: Int)

    /// A block is not chained to the one before it.
    case brokenChain(peer: PeerID, number: Int)

    /// A block has too few votes, or votes that prove nothing.
    case votesMissing(peer: PeerID, number: Int, valid: Int, needed: Int)

    /// The voters of an election are not what the blocks before it say.
    case wrongVoters(peer: PeerID, number: Int, found: [PeerID], expected: [PeerID])

    /// A peer handed out a block after its own removal.
    case blockAfterRemoval(peer: PeerID, number: Int)

    /// An honest peer refused what an honest peer sent.
    case refused(peer: PeerID, sender: PeerID, reason: String)

    /// An honest peer accused an honest peer.
    case framed(accuser: PeerID, peer: PeerID, offence: String)

    /// An engine refused a call that it should have taken, or took one that it should have refused.
    case wrongAnswer(peer: PeerID, reason: String)

    /// A named bound was exceeded.
    case tooMany(bound: String, count: Int, limit: Int, peer: PeerID?)

    /// Things that should have been decided by now are not.
    case notSettled(time: Int, pending: [String])

    /// There is nothing left to decide, but the network goes on to gossip.
    case notQuiet(time: Int, peers: [PeerID])

    /// What the scenario expects at its end does not hold.
    case unexpected(String)
}

extension Violation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .disagreement(let peer, let number, let found, let expected):
            "\(peer) disagrees on block \(number): it has \(found), others have \(expected)"
        case .outOfSequence(let peer, let number, let expected):
            "\(peer) handed out block \(number) where block \(expected) was due"
        case .decidedTwice(let peer, let number, let earlier):
            "\(peer) handed out the payload of block \(earlier) again as block \(number)"
        case .brokenChain(let peer, let number): "block \(number) of \(peer) is not chained to the one before it"
        case .votesMissing(let peer, let number, let valid, let needed):
            "block \(number) of \(peer) has \(valid) valid votes, but needs \(needed)"
        case .wrongVoters(let peer, let number, let found, let expected):
            "block \(number) of \(peer) was decided by \(found), but the blocks before it say \(expected)"
        case .blockAfterRemoval(let peer, let number): "\(peer) handed out block \(number) after its own removal"
        case .refused(let peer, let sender, let reason): "\(peer) refused what \(sender) sent: \(reason)"
        case .framed(let accuser, let peer, let offence): "\(accuser) accused \(peer), which is honest, of \(offence)"
        case .wrongAnswer(let peer, let reason): "the engine of \(peer) gave a wrong answer: \(reason)"
        case .tooMany(let bound, let count, let limit, let peer):
            "\(count) \(bound)\(peer.map { " at \($0)" } ?? ""), at most \(limit) are allowed"
        case .notSettled(let time, let pending):
            "not settled at \(time) ms: \(pending.prefix(8).joined(separator: "; "))"
                + (pending.count > 8 ? "; and \(pending.count - 8) more" : "")
        case .notQuiet(let time, let peers): "not quiet at \(time) ms: \(peers) go on to gossip"
        case .unexpected(let text): text
        }
    }

    /// What kind of rule it is, in one word.
    public var kind: String {
        switch self {
        case .disagreement: "disagreement"
        case .outOfSequence: "out-of-sequence"
        case .decidedTwice: "decided-twice"
        case .brokenChain: "broken-chain"
        case .votesMissing: "votes-missing"
        case .wrongVoters: "wrong-voters"
        case .blockAfterRemoval: "block-after-removal"
        case .refused: "refused"
        case .framed: "framed"
        case .wrongAnswer: "wrong-answer"
        case .tooMany: "too-many"
        case .notSettled: "not-settled"
        case .notQuiet: "not-quiet"
        case .unexpected: "unexpected"
        }
    }
}
