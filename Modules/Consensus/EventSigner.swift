public import ParsecCore

/// Signs the events of one peer.
public protocol EventSigner: Sendable {
    /// Which kind of signatures it makes.
    var kind: SignatureKind { get }

    /// The peer whose key signs.
    var id: PeerID { get }

    /// Signs the digest of an event's header.
    func sign(_ digest: Digest) -> Signature
}

/// Verifies the signatures of events.
public protocol EventVerifier: Sendable {
    /// Which kind of signatures it checks.
    var kind: SignatureKind { get }

    /// Whether a peer's key made the signature of this digest.
    func isValid(_ signature: Signature, of digest: Digest, by peer: PeerID) -> Bool

    /// Whether each of several signatures is valid, in their order; the default checks one after another.
    func areValid(_ signatures: [SignedDigest]) -> [Bool]
}

/// A signature, and what it is said to sign.
public struct SignedDigest: Hashable, Sendable {
    public let signature: Signature
    public let digest: Digest
    public let signer: PeerID

    public init(signature: Signature, digest: Digest, signer: PeerID) {
        self.signature = signature
        self.digest = digest
        self.signer = signer
    }
}

extension EventVerifier {
    public func areValid(_ signatures: [SignedDigest]) -> [Bool] {
        signatures.map { isValid($0.signature, of: $0.digest, by: $0.signer) }
    }
}
