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

    /// What a message brings.
    private enum Content: Sendable {
        case events([GossipEvent])

        /// Events with what they come to when they are digested; the digests do not travel, and two messages are the same
        /// without them.
        case arrivals([Arrival])
    }

    public let kind: Kind
    private let content: Content

    /// What the sender has: the last event of each chain; in requests and responses only what its own newest event, which
    /// they bring, does not build on.
    ///
    /// In those it is empty unless the sender took parts since, or has not been admitted yet. It says nothing that the
    /// receiver relies on: at worst something is sent in vain, or not at all until the sender says otherwise.
    public let tips: [Digest]

    public init(kind: Kind, events: [GossipEvent], tips: [Digest] = []) {
        self.kind = kind
        self.content = .events(events)
        self.tips = tips
    }

    /// Makes a message for receivers in this process that trust its maker with the digests of events.
    package init(kind: Kind, arrivals: [Arrival], tips: [Digest]) {
        self.kind = kind
        self.content = .arrivals(arrivals)
        self.tips = tips
    }

    /// The events, parents before children.
    ///
    /// - Complexity: the number of events if the message keeps their digests, else constant.
    public var events: [GossipEvent] {
        switch content {
        case .events(let events): events
        case .arrivals(let arrivals): arrivals.map(\.event)
        }
    }

    /// The number of events.
    public var eventCount: Int {
        switch content {
        case .events(let events): events.count
        case .arrivals(let arrivals): arrivals.count
        }
    }

    /// The last event; nil if there is none.
    package var head: GossipEvent? {
        switch content {
        case .events(let events): events.last
        case .arrivals(let arrivals): arrivals.last?.event
        }
    }

    /// The events with their digests, if the engine that made the message was to attach these.
    package var arrivals: [Arrival]? {
        if case .arrivals(let arrivals) = content { arrivals } else { nil }
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
