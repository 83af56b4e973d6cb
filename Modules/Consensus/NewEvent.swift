public import ParsecCore
public import Voting

/// An event that is to be appended to an agreement's graph.
public struct NewEvent: Sendable {
    /// The kind of an event, with what belongs to it.
    public enum Content: Hashable, Sendable {
        case initial
        case requesting(recipient: PeerIndex)
        case request(otherParent: EventIndex)
        case response(otherParent: EventIndex)
        case observation([DigestedObservation])
    }

    public let creator: PeerIndex
    public let selfParent: EventIndex?
    public let content: Content

    /// The digest by which other events name this one.
    public let digest: Digest

    public init(creator: PeerIndex, selfParent: EventIndex?, content: Content, digest: Digest) {
        self.creator = creator
        self.selfParent = selfParent
        self.content = content
        self.digest = digest
    }
}
