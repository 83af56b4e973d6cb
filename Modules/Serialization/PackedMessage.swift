import GossipGraph
import ParsecCore
import Voting

/// A message as it travels, with parents named by creator and index where that is enough.
struct PackedMessage: Hashable, Sendable {
    /// How an event names a parent.
    enum Parent: Hashable, Sendable {
        /// The last event before this one in the message that has the same creator; for self-parents only.
        case previous

        /// An event of a peer, by how many of its own are before it.
        case index(creator: Int, Int)

        /// An event that its creator and index do not tell from others: its creator forked.
        case digest(Digest)
    }

    struct Event: Hashable, Sendable {
        /// The places of creator and recipient in the table of peers.
        var creator: Int
        var kind: EventKind
        var selfParent: Parent?
        var otherParent: Parent?
        var recipient: Int?

        /// The places of the observations in the table of observations.
        var observations: [Int] = []
    }

    /// What the sender has beyond its own newest event.
    var tips: [Digest] = []

    /// The peers that the events name, in the order in which they are first named.
    var peers: [PeerID] = []
    var events: [Event] = []

    /// The observations that are voted for, each once, in the order of the first votes.
    var observations: [Observation] = []
    var signatures: [Signature] = []
}
