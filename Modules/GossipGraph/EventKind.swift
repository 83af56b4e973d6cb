/// The five kinds of events (`protocol.md` section 2.2).
@frozen
public enum EventKind: UInt8, Hashable, Sendable, CaseIterable {
    /// A peer is about to send a gossip request.
    case requesting = 0

    /// A peer has received a gossip request.
    case request = 1

    /// A peer has received a gossip response.
    case response = 2

    /// A peer votes.
    case observation = 3

    /// The first event of a peer.
    case initial = 4

    /// Whether events of this kind carry meta-votes: requesting, request and response do.
    @inlinable
    public var isSync: Bool { rawValue <= EventKind.response.rawValue }
}
