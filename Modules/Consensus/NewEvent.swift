public import GossipGraph
public import ParsecCore
public import Voting

/// An event that is to be appended to an agreement's graph.
public struct NewEvent: Sendable {
    /// The cause of an event, with the observations themselves.
    public typealias Cause = EventCause<PeerIndex, EventIndex, DigestedObservation>

    public let creator: PeerIndex
    public let selfParent: EventIndex?
    public let cause: Cause

    /// The digest by which other events name this one.
    public let digest: Digest

    /// The root over the digests of its votes (``EventHeader/Content/observation(root:)``), if it is known already.
    public let root: Digest?

    public init(creator: PeerIndex, selfParent: EventIndex?, cause: Cause, digest: Digest, root: Digest? = nil) {
        self.creator = creator
        self.selfParent = selfParent
        self.cause = cause
        self.digest = digest
        self.root = root
    }
}
