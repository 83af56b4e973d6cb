public import ParsecCore
public import Voting

/// The life of a network: who is there at first, what they vote for, who comes and goes, what goes wrong, and what has to
/// hold at the end.
///
/// Together with its seed a scenario determines everything that happens. Times are in virtual milliseconds.
public struct Scenario: Hashable, Sendable {
    /// What the scenario is called, where it is listed.
    public var name: String

    /// The seed of all that chance decides.
    public var seed: UInt64 = 1

    /// The initial group.
    public var genesis: [PeerID]

    /// How many votes opaque payloads need.
    public var mode = ConsensusMode.supermajority

    /// When peers gossip, and to whom.
    public var gossip = GossipSettings()

    /// What the links do to messages, where no fault says otherwise.
    public var link = LinkQuality()

    /// How many changes of members may be under way at once; the next ones wait, in their order.
    public var changesAtOnce = Int.max

    /// What happens, in any order; steps of the same time begin in the order of the list.
    public var steps: [Step]

    public var expectations = Expectations()
    public var limits = ScenarioLimits()

    /// - Parameter genesis: the initial group.
    public init(_ name: String, genesis: [PeerID], seed: UInt64 = 1, steps: [Step] = []) {
        self.name = name
        self.genesis = genesis
        self.seed = seed
        self.steps = steps
    }

    /// - Parameter peers: the number of peers in the initial group: Alice, Bob, and so on.
    public init(_ name: String, peers: Int, seed: UInt64 = 1, steps: [Step] = []) {
        self.init(name, genesis: PeerName.list(count: max(0, peers)), seed: seed, steps: steps)
    }
}

/// When peers gossip, and to whom.
public struct GossipSettings: Hashable, Sendable {
    /// The policies that come with the simulator.
    public enum Policy: String, Hashable, Sendable, CaseIterable {
        /// ``RandomGossip``.
        case random

        /// ``NewsGossip``.
        case onNews = "on-news"
    }

    public var policy = Policy.random

    /// How long a peer waits, on average, from one request to the next while there is something to gossip about.
    public var interval = 50

    /// How long a peer with nothing to gossip about waits before it asks another whether that is so there, too.
    public var heartbeat = 1_000

    /// Whether peers leave out of a message what those before it brought, as nodes do over a connection.
    ///
    /// Whoever lacks something then, since a message was lost or overtaken say, tells the sender to begin anew.
    public var connections = false

    public init() {}
}

/// What has to hold at the end of a scenario, beside what always has to.
public struct Expectations: Hashable, Sendable {
    /// Whether everything pending is decided once faults are over; false where too few peers are left.
    public var settles = true

    /// The number of blocks, the genesis block among them.
    public var blocks: Int?

    /// The members.
    public var members: [PeerID]?

    public init() {}
}

/// The bounds within which a scenario has to stay; times are in virtual milliseconds.
public struct ScenarioLimits: Hashable, Sendable {
    /// Within how long everything pending is decided once the last step and fault are over; nil goes by the number of
    /// peers and their delays.
    public var settleWithin: Int?

    /// Within how long after that the network is quiet.
    public var quietWithin: Int?

    /// The most events that a graph has.
    public var events = 1_000_000

    /// The most events that a message brings; what is more is sent in parts.
    public var eventsPerMessage = 100_000

    /// The most messages that are under way at once.
    public var messagesUnderWay = 100_000

    public init() {}
}
