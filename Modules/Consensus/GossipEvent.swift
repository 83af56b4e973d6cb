public import GossipGraph
public import ParsecCore
public import Voting

/// An event as it travels: with parents, creator and recipient named so that every peer understands them.
public struct GossipEvent: Hashable, Sendable {
    /// The cause of an event, with all that it votes for.
    public typealias Cause = EventCause<PeerID, Digest, Observation>

    public let creator: PeerID
    public let selfParent: Digest?
    public let cause: Cause
    public let signature: Signature

    public init(creator: PeerID, selfParent: Digest?, cause: Cause, signature: Signature) {
        self.creator = creator
        self.selfParent = selfParent
        self.cause = cause
        self.signature = signature
    }
}
