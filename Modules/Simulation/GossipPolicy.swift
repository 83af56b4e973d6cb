public import ParsecCore

/// Decides when a simulated peer gossips, and to whom.
///
/// A policy is asked only while there is something to gossip about: votes that others may not know, or payloads that
/// wait for a decision. Implement it to try another one; ``RandomGossip`` and ``NewsGossip`` come with the simulator.
public protocol GossipPolicy: Sendable {
    /// How long a peer waits before it gossips, in virtual milliseconds, at least 1.
    ///
    /// - Parameter occasion: what it waits after.
    func pause(after occasion: GossipOccasion, using generator: inout SeededGenerator) -> Int

    /// Whom a peer sends requests now; may be empty.
    func recipients(from view: GossipView, using generator: inout SeededGenerator) -> [PeerID]
}

/// What a peer waits after before it gossips.
public enum GossipOccasion: Hashable, Sendable {
    /// It has just learned of votes or changes of members, or voted itself, and did not wait yet.
    case news

    /// It has just gossiped, and there still is something to gossip about.
    case gossip
}

/// What a policy may go by when it chooses recipients.
public struct GossipView: Sendable {
    public let peer: PeerID

    /// The peers that can be sent requests, in ascending order.
    public let recipients: [PeerID]

    /// Those of them that were admitted lately and have not answered yet, in the order of their admission.
    public let newcomers: [PeerID]
}

/// Gossip to a random peer at random intervals.
public struct RandomGossip: GossipPolicy {
    /// The mean time between two requests; each pause is between half of it and half as much again.
    public let interval: Int

    public init(interval: Int) {
        self.interval = interval
    }

    public func pause(after occasion: GossipOccasion, using generator: inout SeededGenerator) -> Int {
        max(1, Int.random(in: interval / 2...interval + interval / 2, using: &generator))
    }

    public func recipients(from view: GossipView, using generator: inout SeededGenerator) -> [PeerID] {
        view.recipients.randomElement(using: &generator).map { [$0] } ?? []
    }
}

/// Gossip as soon as there are news, to newcomers first, and at intervals after that.
public struct NewsGossip: GossipPolicy {
    /// The mean time between two requests when there are no news.
    public let interval: Int

    /// How long news are collected before they are sent.
    public let batching: Int

    public init(interval: Int, batching: Int = 1) {
        self.interval = interval
        self.batching = batching
    }

    public func pause(after occasion: GossipOccasion, using generator: inout SeededGenerator) -> Int {
        switch occasion {
        case .news: max(1, batching)
        case .gossip: max(1, Int.random(in: interval / 2...interval + interval / 2, using: &generator))
        }
    }

    public func recipients(from view: GossipView, using generator: inout SeededGenerator) -> [PeerID] {
        if let newcomer = view.newcomers.first { return [newcomer] }
        return view.recipients.randomElement(using: &generator).map { [$0] } ?? []
    }
}

extension GossipSettings {
    /// The policy that the settings name.
    func makePolicy() -> any GossipPolicy {
        switch policy {
        case .random: RandomGossip(interval: interval)
        case .onNews: NewsGossip(interval: interval)
        }
    }
}
