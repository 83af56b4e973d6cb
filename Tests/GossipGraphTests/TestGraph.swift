import GossipGraph
import ParsecCore

/// A graph that is built event by event, with a new digest for each.
struct TestGraph {
    var graph: Graph
    private var digestCount: UInt64 = 0

    init(completeness: Graph.Completeness = .strict, startingAt start: EventIndex = EventIndex(0)) {
        graph = Graph(completeness: completeness, startingAt: start)
    }

    /// Adds an event.
    @discardableResult
    mutating func add(_ creator: PeerIndex, after selfParent: EventIndex?, _ cause: Cause) throws -> EventIndex {
        digestCount += 1
        return try graph.insert(
            creator: creator,
            selfParent: selfParent,
            cause: cause,
            digest: Digest(words: digestCount, 0, 0, 0)
        )
    }

    /// Adds the first event of a peer.
    mutating func begin(_ creator: PeerIndex) throws -> EventIndex { try add(creator, after: nil, .initial) }

    /// Adds an event that takes in another peer's.
    mutating func join(_ selfParent: EventIndex, _ otherParent: EventIndex) throws -> EventIndex {
        try add(graph.creator(of: selfParent), after: selfParent, .request(otherParent: otherParent))
    }

    /// Adds an event without an other-parent.
    mutating func extend(_ selfParent: EventIndex) throws -> EventIndex {
        let creator = graph.creator(of: selfParent)
        return try add(creator, after: selfParent, .requesting(recipient: PeerIndex(creator.position + 1)))
    }

    /// Adds a vote.
    mutating func vote(_ selfParent: EventIndex, _ payloads: [Int] = [0]) throws -> EventIndex {
        let cause = Cause.observation(payloads.map { ObservationIndex($0) })
        return try add(graph.creator(of: selfParent), after: selfParent, cause)
    }
}
