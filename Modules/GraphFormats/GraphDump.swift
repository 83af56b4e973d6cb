public import Membership
public import MetaVoting
public import ParsecCore
public import Voting

/// What a dump of a gossip graph says: the events, and the election that was open when it was written.
///
/// This is the reference's format for recordings (`protocol.md` section 8), as a value of its own: it can be read,
/// written, drawn and replayed without an engine.
public struct GraphDump: Hashable, Sendable {
    /// A peer, and what it may do as the dump's owner sees it.
    public struct Peer: Hashable, Sendable {
        public let id: PeerID
        public let state: PeerState

        public init(id: PeerID, state: PeerState) {
            self.id = id
            self.state = state
        }
    }

    /// An event.
    public struct Event: Hashable, Sendable {
        public let creator: PeerID
        public let indexByCreator: Int

        /// The rank of the event among those of its creator with the same index.
        public let forkIndex: Int
        public let cause: Cause

        /// The position of the self-parent in the list of events.
        public let selfParent: Int?

        /// The position of the other-parent in the list of events.
        public let otherParent: Int?

        /// For each peer with ancestors of the event the greatest index by creator among them, in ascending order.
        public let lastAncestors: [LastAncestor]

        public init(
            creator: PeerID,
            indexByCreator: Int,
            forkIndex: Int = 0,
            cause: Cause,
            selfParent: Int?,
            otherParent: Int?,
            lastAncestors: [LastAncestor] = []
        ) {
            self.creator = creator
            self.indexByCreator = indexByCreator
            self.forkIndex = forkIndex
            self.cause = cause
            self.selfParent = selfParent
            self.otherParent = otherParent
            self.lastAncestors = lastAncestors
        }
    }

    public struct LastAncestor: Hashable, Sendable {
        public let peer: PeerID
        public let indexByCreator: Int

        public init(peer: PeerID, indexByCreator: Int) {
            self.peer = peer
            self.indexByCreator = indexByCreator
        }
    }

    /// Why an event was created.
    public enum Cause: Hashable, Sendable {
        case initial
        case requesting(recipient: PeerID)
        case request
        case response

        /// What is voted for: one observation in dumps of the reference, one or more in ours.
        case observation([DumpObservation])
    }

    /// The election that was open.
    public struct Election: Hashable, Sendable {
        /// The digests of the payloads that were decided before, in order.
        public var history: [Digest] = []

        /// For each peer its interesting events, in ascending order of the peers.
        public var interestingEvents: [InterestingEvents] = []
        public var voters: [PeerID] = []

        /// The events that carry undecided payloads; nil if the dump does not tell.
        public var undecidedEvents: [Int]?
        public var metaEvents: [MetaEvent] = []

        public init() {}
    }

    public struct InterestingEvents: Hashable, Sendable {
        public let peer: PeerID
        public let events: [Int]

        public init(peer: PeerID, events: [Int]) {
            self.peer = peer
            self.events = events
        }
    }

    /// What the election attaches to an event.
    public struct MetaEvent: Hashable, Sendable {
        public let event: Int

        /// Whose candidates the event strongly sees, if it is an observer; else empty.
        public let observees: [PeerID]
        public let interestingContent: [DumpObservation]
        public let metaVotes: [PeerMetaVotes]

        public init(
            event: Int,
            observees: [PeerID],
            interestingContent: [DumpObservation],
            metaVotes: [PeerMetaVotes]
        ) {
            self.event = event
            self.observees = observees
            self.interestingContent = interestingContent
            self.metaVotes = metaVotes
        }
    }

    /// The meta-votes on one voter's candidate, stage by stage.
    public struct PeerMetaVotes: Hashable, Sendable {
        public let peer: PeerID
        public let votes: [MetaVote]

        public init(peer: PeerID, votes: [MetaVote]) {
            self.peer = peer
            self.votes = votes
        }
    }

    /// The rules that the writer decided by, as far as they have a name.
    public enum Rules: String, Hashable, Sendable, CaseIterable {
        case reference
        case current

        public var protocolRules: ProtocolRules {
            switch self {
            case .reference: .reference
            case .current: .current
            }
        }
    }

    /// The peer that wrote the dump.
    public var ourID: PeerID
    public var peers: [Peer]
    public var mode: ConsensusMode

    /// The rules that the writer decided by; nil if it does not say, as dumps of the reference do not.
    public var rules: Rules?

    /// The digests of payloads that are not those of ``ReferenceDigests``, since the writer used others, or since the text
    /// says less than the payload did.
    public var payloadDigests: [DumpObservation: Digest] = [:]

    /// The random numbers and the key generations of the writer, as it printed them.
    public var secureRandom: [UInt64]?
    public var keyGenerations: [UInt8]?

    /// The events, parents before children.
    public var events: [Event]
    public var election: Election

    public init(
        ourID: PeerID,
        peers: [Peer],
        mode: ConsensusMode,
        events: [Event],
        election: Election = Election()
    ) {
        self.ourID = ourID
        self.peers = peers
        self.mode = mode
        self.events = events
        self.election = election
    }

    /// The initial group: that of the first Genesis observation; nil if there is none.
    public var genesis: [PeerID]? {
        for event in events {
            guard case .observation(let observations) = event.cause else { continue }
            for case .genesis(let group) in observations { return group }
        }
        return nil
    }

    /// The observations that an event votes for.
    public func observations(of event: Int) -> [DumpObservation] {
        if case .observation(let observations) = events[event].cause { observations } else { [] }
    }
}
