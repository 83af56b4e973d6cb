public import ParsecCore

/// With whom a node gossips next; how often it does is a matter of ``NodeSettings``.
public protocol GossipPolicy: Sendable {
    /// Chooses with whom the next exchange begins; nil for nobody now.
    ///
    /// Everybody has to be chosen again and again, or what a node knows reaches some of the others only through third ones.
    /// - Parameters:
    ///   - free: the members that are connected and owe no answer, in no order.
    ///   - leastRecentlyHeard: tells of some peers the one of which this node has heard nothing for the longest time.
    func recipient(among free: [PeerID], leastRecentlyHeard: ([PeerID]) -> PeerID?) -> PeerID?
}

/// Gossips with the one of whom nothing has been heard for the longest time: everybody is reached in few hops.
public struct QuietestFirst: GossipPolicy {
    public init() {}

    public func recipient(among free: [PeerID], leastRecentlyHeard: ([PeerID]) -> PeerID?) -> PeerID? {
        leastRecentlyHeard(free)
    }
}
