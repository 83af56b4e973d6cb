public import GossipGraph
public import ParsecCore

/// What the signature of an event covers, in identities and digests that mean the same to everybody.
///
/// Of the votes it names the root of a Merkle tree over their digests: a header and a short path prove one vote without
/// the others. It covers the network's digest, so that it proves nothing in another network of the same peers.
public struct EventHeader: Hashable, Sendable {
    /// Why the event was created.
    public enum Content: Hashable, Sendable {
        case initial
        case requesting(recipient: PeerID)
        case request(otherParent: Digest)
        case response(otherParent: Digest)

        /// The root over the digests of the observations, in the order of the votes.
        case observation(root: Digest)
    }

    /// The digest of the network that the event belongs to.
    public let network: Digest
    public let creator: PeerID
    public let selfParent: Digest?
    public let content: Content

    public init(network: Digest, creator: PeerID, selfParent: Digest?, content: Content) {
        self.network = network
        self.creator = creator
        self.selfParent = selfParent
        self.content = content
    }

    /// Makes the header of an event.
    ///
    /// - Parameter cause: its cause, with the digests of its observations.
    public init(
        network: Digest,
        creator: PeerID,
        selfParent: Digest?,
        cause: EventCause<PeerID, Digest, Digest>,
        function: some DigestFunction
    ) {
        let content: Content =
            switch cause {
            case .initial: .initial
            case .requesting(let recipient): .requesting(recipient: recipient)
            case .request(let otherParent): .request(otherParent: otherParent)
            case .response(let otherParent): .response(otherParent: otherParent)
            case .observation(let digests): .observation(root: MerkleTree.root(of: digests, function: function))
            }
        self.init(network: network, creator: creator, selfParent: selfParent, content: content)
    }

    /// The root over the digests of the votes, if the event has any.
    public var root: Digest? {
        if case .observation(let root) = content { root } else { nil }
    }

    /// Computes the digest of the event: its name in other events, and what is signed.
    public func digest(using function: some DigestFunction) -> Digest {
        var writer = ByteWriter()
        return digest(using: function, in: &writer)
    }

    /// Computes the digest of the event in the room of a writer, which many events can share.
    public func digest(using function: some DigestFunction, in writer: inout ByteWriter) -> Digest {
        writer.restart(.event)
        write(to: &writer)
        return function.digest(writer.bytes)
    }

    /// Writes the header as it is digested.
    public func write(to writer: inout ByteWriter) {
        writer.write(network)
        writer.write(creator)
        writer.write(UInt8(selfParent == nil ? 0 : 1))
        if let selfParent { writer.write(selfParent) }
        writer.write(content.kind.rawValue)
        switch content {
        case .initial: break
        case .requesting(let recipient): writer.write(recipient)
        case .request(let otherParent), .response(let otherParent): writer.write(otherParent)
        case .observation(let root): writer.write(root)
        }
    }
}

extension EventHeader.Content {
    public var kind: EventKind {
        switch self {
        case .initial: .initial
        case .requesting: .requesting
        case .request: .request
        case .response: .response
        case .observation: .observation
        }
    }
}
