import GossipGraph
import Membership
import MetaVoting
public import ParsecCore
import Voting

/// What a peer has to tell, in few bytes: two peers of equal standing have nothing to learn from each other.
///
/// It says nothing that a receiver could rely on; whoever sees that another's standing differs begins an exchange.
public struct Standing: Hashable, Sendable {
    /// The number of blocks that the peer has come to.
    public let blocks: Int

    /// The votes for undecided payloads on which the peer's newest event builds: the digests of their events, in one sum.
    public let openVotes: Digest

    public init(blocks: Int, openVotes: Digest) {
        self.blocks = blocks
        self.openVotes = openVotes
    }
}

extension Engine {
    /// What this peer has to tell; takes time in proportion to the votes for undecided payloads.
    public var standing: Standing {
        let election = agreement.election
        var sum: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for payload in election.undecided {
            for vote in election.votes(for: payload) where election.voters.contains(vote.voter) && isBuiltOn(vote.event)
            {
                let digest = graph.digest(of: vote.event)
                sum.0 &+= digest.word0
                sum.1 &+= digest.word1
                sum.2 &+= digest.word2
                sum.3 &+= digest.word3
            }
        }
        return Standing(blocks: blockCount, openVotes: Digest(words: sum.0, sum.1, sum.2, sum.3))
    }

    /// Whether a payload has all the votes that it needs, so that more gossip, without more votes, decides it.
    ///
    /// While this is so, a peer goes on to gossip; otherwise it need only spread what is new.
    public var hasDecidable: Bool {
        let election = agreement.election
        return election.undecided.contains { payload in
            let votes = election.votes(for: payload).filter { isBuiltOn($0.event) }
            if let voter = agreement.store[payload].voter {
                return election.voters.contains(voter.index) && !votes.isEmpty
            }
            let quorum = election.voters.quorum
            guard quorum.isSupermajority(votes.count) else { return false }
            return quorum.isSupermajority(Set(votes.map(\.voter)).count(where: election.voters.contains))
        }
    }

    /// Of some peers the one of which this peer has heard nothing for the longest time; nil of none.
    ///
    /// To gossip with it spreads news in fewer exchanges than to draw somebody at random.
    public func leastRecentlyHeard(of peers: some Collection<PeerID>) -> PeerID? {
        peers.min { lastHeard(of: $0) < lastHeard(of: $1) }
    }

    private func lastHeard(of peer: PeerID) -> EventIndex {
        guard let index = agreement.peers.index(of: peer) else { return EventIndex(UInt32(0)) }
        return graph.branches(of: index).map { graph.branches[$0.position].tip }.max() ?? EventIndex(UInt32(0))
    }

    /// Whether our newest event builds on another; a peer that has none yet may count all.
    ///
    /// What came with a message whose head was not taken, a liar's vote say, may be built on by nobody, ever.
    func isBuiltOn(_ event: EventIndex) -> Bool {
        ownTip.map { graph.isDescendant($0, of: event) } ?? true
    }
}
