/// The bounds on what an engine takes from outside; all peers of a network should use the same.
public struct EngineLimits: Hashable, Sendable {
    /// What a bound is about, as errors name it.
    public enum Bound: String, Hashable, Sendable, CaseIterable {
        case eventsPerMessage = "events per message"
        case observationsPerEvent = "observations per event"
        case bytesPerObservation = "bytes per observation"
        case bytesPerEvent = "bytes of one event's observations"
        case tipsPerMessage = "tips per message"
        case branchesPerMessage = "new branches per message, or in all parts"
        case pendingRequests = "requests waiting for our admission"
        case maliceDepth = "accusations inside one another"
    }

    /// The most events that one message may bring; what is more is sent in parts.
    public var eventsPerMessage = 100_000

    /// The most bytes that a message is made of, unless a single event has more; see ``MessageBounds``.
    public var bytesPerMessage = 1 << 22

    /// The most observations that one event may vote for.
    public var observationsPerEvent = 1_024

    /// The most bytes that one observation may have, counting payload, info and identities.
    public var bytesPerObservation = 1 << 20

    /// The most bytes that all observations of one event may have.
    public var bytesPerEvent = 1 << 22

    /// The most chains of which a message may say that the sender has them.
    public var tipsPerMessage = 4_096

    /// The most forks that one message, or all parts from one peer, may bring to light.
    public var branchesPerMessage = 64

    /// The most requests that a joiner remembers to answer once it is admitted; of more it forgets the oldest.
    public var pendingRequests = 256

    /// The most accusations inside one another: of accomplices of accomplices.
    public var maliceDepth = 8

    public init() {}

    /// How much a message may hold, where nothing less was agreed.
    public var messages: MessageBounds { MessageBounds(events: eventsPerMessage, bytes: bytesPerMessage) }
}
