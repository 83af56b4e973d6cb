import GossipGraph
import ParsecCore

/// What an engine keeps of its exchanges with one peer, beside what the graph says; none of it decides anything.
struct Link: Sendable {
    /// The bounds that were agreed with the peer, if any.
    var bounds: MessageBounds?

    /// What the peer said last that it has beyond its own newest event.
    var tips: [EventIndex] = []

    /// The forks that came in parts from the peer, so far.
    var branchesInParts = 0

    /// The forks that came in messages from the peer of which the head was refused, so far.
    var branchesWithoutHead = 0

    /// The last event of the part that was sent last, until the peer is known to have it.
    var lastPart: EventIndex?

    /// Whether messages to the peer are expected to arrive, in their order.
    var isConnected = false

    /// The last event of the message that was sent last over the connection.
    var sent: EventIndex?
}
