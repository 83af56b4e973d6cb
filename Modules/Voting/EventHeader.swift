public import GossipGraph
public import ParsecCore

/// What the signature of an event covers, in identities and digests that mean the same to everybody.
///
/// The header names observations by their digests only, so that it proves a vote without the other payloads of its
/// event. It covers the network's digest, so that it proves nothing in another network of the same peers.
public struct EventHeader: Hashable, Sendable {
    /// The cause of an event in what means the same to everybody.
    public typealias Cause = EventCause<PeerID, Digest, Digest>

    /// The digest of the network that the event belongs to.
    public let network: Digest
    public let creator: PeerID
    public let selfParent: Digest?
    public let cause: Cause

    public init(network: Digest, creator: PeerID, selfParent: Digest?, cause: Cause) {
        self.network = network
        self.creator = creator
        self.selfParent = selfParent
        self.cause = cause
    }

    /// Computes the digest of the event: its name in other events, and what is signed.
    public func digest(using function: some DigestFunction) -> Digest {
        var writer = ByteWriter()
        writer.write(network)
        writer.write(creator)
        writer.write(UInt8(selfParent == nil ? 0 : 1))
        if let selfParent { writer.write(selfParent) }
        writer.write(cause.kind.rawValue)
        switch cause {
        case .initial: break
        case .requesting(let recipient): writer.write(recipient)
        case .request(let otherParent), .response(let otherParent): writer.write(otherParent)
        case .observation(let digests):
            writer.write(count: digests.count)
            for digest in digests { writer.write(digest) }
        }
        return function.digest(writer.bytes)
    }
}
