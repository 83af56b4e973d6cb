public import ParsecCore

/// What one peer sends to another: events that the other is believed to lack, parents before children.
///
/// The last event of a request or a response is the sender's own newest one; the receiver makes it the other-parent of
/// its next event. What is more than a message may hold goes ahead in parts, each of which the receiver acknowledges.
public struct GossipMessage: Hashable, Sendable {
    /// What a message is in its exchange.
    public enum Kind: UInt8, Hashable, Sendable {
        case request
        case response

        /// The oldest of the events that the receiver lacks, when all are too many; nothing is created in answer.
        case part

        /// Says how far its sender has come; it brings no events.
        case progress
    }

    public let kind: Kind
    public let events: [GossipEvent]

    /// What the sender has: the last event of each chain; in requests and responses only what its own newest event, which
    /// they bring, does not build on.
    ///
    /// In those it is empty unless the sender took parts since, or has not been admitted yet. It says nothing that the
    /// receiver relies on: at worst something is sent in vain, or not at all until the sender says otherwise.
    public let tips: [Digest]

    /// What the events come to when they are digested, if the engine that made the message was to say so; it does not
    /// travel, and two messages are the same without it.
    package var arrivals: [Arrival]?

    public init(kind: Kind, events: [GossipEvent], tips: [Digest] = []) {
        self.kind = kind
        self.events = events
        self.tips = tips
    }
}

extension GossipMessage {
    public static func == (a: GossipMessage, b: GossipMessage) -> Bool {
        a.kind == b.kind && a.events == b.events && a.tips == b.tips
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(events)
        hasher.combine(tips)
    }
}
