public import Consensus
public import Logging
public import Serialization
public import Storage
public import Transport

/// How a node behaves; the defaults suit a few dozen nodes in one region.
public struct NodeSettings: Hashable, Sendable {
    /// Where others find this node; told to them when it joins.
    public var addresses: [PeerAddress] = []

    /// The shortest time from the beginning of one exchange to the next; what is submitted meanwhile goes into one event.
    ///
    /// A node that wakes up late for exchanges, since its machine is busy, makes the time up to five times as long.
    public var exchangeInterval = Duration.milliseconds(8)

    /// How many exchanges are under way at a time.
    public var exchangesAtOnce = 2

    /// How long to wait for an answer before another exchange with the same peer begins; doubles with each that fails, up
    /// to the longest.
    public var exchangeTimeout = Duration.seconds(2)
    public var longestExchangeTimeout = Duration.seconds(30)

    /// How long a node that starts waits for those that have not said yet what they know of its past, once more than two
    /// thirds have.
    public var recoveryGrace = Duration.seconds(3)

    /// How often a node with nothing to tell shows how far it is.
    public var heartbeat = Duration.seconds(5)

    /// How long a member may be silent before this node votes to remove it; nil for ever.
    ///
    /// At rest a node hears from each member about once in so many heartbeats as there are members.
    public var evictAfter: Duration?

    /// The most payloads, and their most bytes, that wait to be voted for; more are refused.
    public var queuedPayloads = 20_000
    public var queuedBytes = 1 << 26

    /// The most payloads of this node that are voted for and not decided; more wait in the queue.
    public var undecidedPayloads = 20_000

    /// The most payloads, and their most bytes, in one event.
    public var payloadsPerEvent = 1_000
    public var bytesPerEvent = 1 << 20

    /// The most messages that wait for the store before more is taken from other nodes.
    public var waitingFrames = 1_024

    /// After how many blocks the application is asked for its state.
    public var blocksPerSnapshot = 10_000

    /// The most blocks that wait for one who follows them; whoever does not keep up is cut off.
    public var followedBlocks = 10_000

    public var engine = EngineLimits()
    public var wire = WireLimits()

    public init() {}
}

/// What a node is put together from.
public struct NodeParts: Sendable {
    /// The node's key, and how it digests and verifies.
    public var cryptography: Cryptography
    public var invitation: Invitation
    public var application: any Application
    public var transport: any Transport
    public var store: any Store
    public var gossip: any GossipPolicy
    public var membership: any MembershipPolicy
    public var settings: NodeSettings
    public var logger: Logger

    public init(
        cryptography: Cryptography,
        invitation: Invitation,
        application: any Application = NoApplication(),
        transport: any Transport,
        store: any Store = MemoryStore(),
        gossip: any GossipPolicy = QuietestFirst(),
        membership: any MembershipPolicy = ClosedMembership(),
        settings: NodeSettings = NodeSettings(),
        logger: Logger = Logger(label: "parsec")
    ) {
        self.cryptography = cryptography
        self.invitation = invitation
        self.application = application
        self.transport = transport
        self.store = store
        self.gossip = gossip
        self.membership = membership
        self.settings = settings
        self.logger = logger
    }
}
