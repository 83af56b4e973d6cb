public import ParsecCore

/// Signs the events of one peer.
public protocol EventSigner: Sendable {
    /// The peer whose key signs.
    var id: PeerID { get }

    /// Signs the digest of an event's header.
    func sign(_ digest: Digest) -> Signature
}

/// Verifies the signatures of events.
public protocol EventVerifier: Sendable {
    /// Whether a peer's key made the signature of this digest.
    func isValid(_ signature: Signature, of digest: Digest, by peer: PeerID) -> Bool
}
