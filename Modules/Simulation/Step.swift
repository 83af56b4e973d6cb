public import ParsecCore

/// One thing that happens in a scenario. Times are in virtual milliseconds from the beginning.
public enum Step: Hashable, Sendable {
    case votes(Votes)
    case join(Join)
    case leave(Leave)
    case evict(Eviction)
    case fault(Fault)
}

/// Payloads that members vote for.
public struct Votes: Hashable, Sendable {
    /// How many payloads.
    public var count = 1

    /// When the first is voted for.
    public var at = 0

    /// How long after one the next follows; with 0 all are voted for at once.
    public var every = 0

    /// Who votes; by default all members in supermajority mode, one in single mode.
    public var by: VoterChoice?

    /// Within how long the voters vote, each at a time of its own.
    public var spread = 0

    /// Whether the voters of a payload vote for the same bytes; else each votes for bytes of its own.
    public var isSame = true

    /// The probability with which a voter votes once more, which its engine has to refuse.
    public var duplicates = 0.0

    /// The number of bytes of each payload; the first ones say which payload it is.
    public var bytes = 8

    public init() {}
}

/// A peer that joins.
public struct Join: Hashable, Sendable {
    public var peer: PeerID
    public var at: Int

    /// The member that tells the newcomer who the members are, and sends it the history; nil for any.
    public var via: PeerID?

    /// Who votes to add it.
    public var by = VoterChoice.all

    /// Within how long the voters vote.
    public var spread = 0

    public init(_ peer: PeerID, at: Int) {
        self.peer = peer
        self.at = at
    }
}

/// A member that leaves of its own accord: all members, itself among them, vote to remove it.
public struct Leave: Hashable, Sendable {
    public var peer: PeerID
    public var at: Int

    /// Within how long the voters vote.
    public var spread = 0

    public init(_ peer: PeerID, at: Int) {
        self.peer = peer
        self.at = at
    }
}

/// A member that the others vote out.
public struct Eviction: Hashable, Sendable {
    public var peer: PeerID
    public var at: Int

    /// Who votes; never the peer itself.
    public var by = VoterChoice.all

    /// Within how long the voters vote.
    public var spread = 0

    public init(_ peer: PeerID, at: Int) {
        self.peer = peer
        self.at = at
    }
}

extension Step {
    /// When the step begins.
    public var at: Int {
        switch self {
        case .votes(let votes): votes.at
        case .join(let join): join.at
        case .leave(let leave): leave.at
        case .evict(let eviction): eviction.at
        case .fault(let fault): fault.from
        }
    }

    /// When nothing more of it is to come, but for what depends on the network; nil for a fault that does not end.
    public var end: Int? {
        switch self {
        case .votes(let votes): votes.at + max(0, votes.count - 1) * votes.every + votes.spread
        case .join(let join): join.at + join.spread
        case .leave(let leave): leave.at + leave.spread
        case .evict(let eviction): eviction.at + eviction.spread
        case .fault(let fault): fault.to
        }
    }

    /// Whether the step changes who the members are.
    public var isChange: Bool {
        switch self {
        case .join, .leave, .evict: true
        case .votes, .fault: false
        }
    }
}

// MARK: - Building

extension Step {
    /// Payloads that members vote for.
    public static func votes(
        _ count: Int,
        at: Int = 0,
        every: Int = 0,
        by voters: VoterChoice? = nil,
        spread: Int = 0
    ) -> Step {
        var votes = Votes()
        (votes.count, votes.at, votes.every, votes.by, votes.spread) = (count, at, every, voters, spread)
        return .votes(votes)
    }

    /// A peer that joins.
    public static func join(
        _ peer: PeerID,
        at: Int,
        via sponsor: PeerID? = nil,
        by voters: VoterChoice = .all,
        spread: Int = 0
    ) -> Step {
        var join = Join(peer, at: at)
        (join.via, join.by, join.spread) = (sponsor, voters, spread)
        return .join(join)
    }

    /// A member that leaves of its own accord.
    public static func leave(_ peer: PeerID, at: Int, spread: Int = 0) -> Step {
        var leave = Leave(peer, at: at)
        leave.spread = spread
        return .leave(leave)
    }

    /// A member that the others vote out.
    public static func evict(_ peer: PeerID, at: Int, by voters: VoterChoice = .all, spread: Int = 0) -> Step {
        var eviction = Eviction(peer, at: at)
        (eviction.by, eviction.spread) = (voters, spread)
        return .evict(eviction)
    }

    /// Groups that cannot reach each other; peers that are not named form one more.
    public static func partition(_ groups: [PeerID]..., from: Int, to: Int) -> Step {
        .fault(Fault(.partition(groups), from: from, to: to))
    }

    /// Messages from some peers to others are lost, but not those the other way.
    public static func cut(from senders: [PeerID], to receivers: [PeerID], from: Int, to: Int) -> Step {
        .fault(Fault(.cut(from: senders, to: receivers), from: from, to: to))
    }

    /// Links between any two of these peers, or all peers if none is named, that are of another quality; for good if
    /// there is no end.
    public static func link(
        among peers: [PeerID] = [],
        _ quality: LinkQuality,
        from: Int = 0,
        to: Int? = nil
    ) -> Step {
        .fault(Fault(.link(peers, quality), from: from, to: to))
    }

    /// Peers for which everything takes longer; for good if there is no end.
    public static func slow(_ peers: PeerID..., factor: Int, from: Int = 0, to: Int? = nil) -> Step {
        .fault(Fault(.slow(peers, factor: factor), from: from, to: to))
    }

    /// Peers that crash, and restart with what their stores had; without an end they fail for good.
    public static func crash(_ peers: PeerID..., from: Int, to: Int? = nil) -> Step {
        .fault(Fault(.crash(peers), from: from, to: to))
    }

    /// A peer that crashes, and restarts with an older copy of its store.
    public static func restore(_ peer: PeerID, age: Int, from: Int, to: Int) -> Step {
        .fault(Fault(.restore([peer], age: age), from: from, to: to))
    }

    /// A peer that breaks the rules from a time on.
    public static func misbehave(_ peer: PeerID, _ way: Misbehaviour, from: Int) -> Step {
        .fault(Fault(.misbehave(peer, way), from: from))
    }

    /// A peer that shows different events to different peers from a time on.
    public static func fork(_ peer: PeerID, from: Int) -> Step {
        .fault(Fault(.fork(peer), from: from))
    }
}
