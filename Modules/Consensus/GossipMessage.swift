/// What one peer sends to another: the events that the other is believed to lack, parents before children.
///
/// The last event is the sender's own newest one. The receiver makes it the other-parent of its next event.
public struct GossipMessage: Hashable, Sendable {
    /// Which half of an exchange a message is.
    public enum Kind: UInt8, Hashable, Sendable {
        case request
        case response
    }

    public let kind: Kind
    public let events: [GossipEvent]

    public init(kind: Kind, events: [GossipEvent]) {
        self.kind = kind
        self.events = events
    }
}
