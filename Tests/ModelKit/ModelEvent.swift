public import ParsecCore

/// A node of a model graph; parents are positions in the list of events (`protocol.md` section 2.2).
public struct ModelEvent: Hashable, Sendable {
    /// The peer that made the event.
    public var creator: PeerID

    /// Why the event was made, with the observations that it votes for.
    public var cause: ModelCause

    /// The position of the creator's event before this one.
    public var selfParent: Int?

    /// The position of the other peer's event on which this one builds.
    public var otherParent: Int?

    /// Makes an event.
    public init(creator: PeerID, cause: ModelCause, selfParent: Int? = nil, otherParent: Int? = nil) {
        self.creator = creator
        self.cause = cause
        self.selfParent = selfParent
        self.otherParent = otherParent
    }
}
