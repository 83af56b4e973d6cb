/// How much one message may hold.
public struct MessageBounds: Hashable, Sendable {
    /// The most events.
    public var events: Int

    /// The most bytes, as ``Engine/weight(of:)`` counts them; a single event may have more.
    public var bytes: Int

    /// Makes bounds; each is at least 1.
    public init(events: Int, bytes: Int) {
        self.events = max(1, events)
        self.bytes = max(1, bytes)
    }

    /// The bounds that two sides keep to: of each the smaller.
    public func lowered(to other: MessageBounds) -> MessageBounds {
        MessageBounds(events: min(events, other.events), bytes: min(bytes, other.bytes))
    }
}
