public import Consensus
public import ParsecCore
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Real keys of peers that are known by names: each follows from the name and a seed.
///
/// Whoever knows the seed can sign as anybody; for simulations and measurements, where names are easier to read than
/// keys.
public final class DerivedKeys: EventVerifier {
    private let seed: UInt64
    private let keys = Mutex<[PeerID: KeyPair]>([:])
    private let verifier = Ed25519Verifier()

    public init(seed: UInt64) {
        self.seed = seed
    }

    /// The key pair of a name.
    public func keyPair(of name: PeerID) -> KeyPair {
        if let known = keys.withLock({ $0[name] }) { return known }
        var writer = ByteWriter()
        writer.write(seed)
        writer.write(name)
        guard let pair = KeyPair(secret: SHA256Digests().digest(writer.bytes).bytes) else {
            preconditionFailure("any 32 bytes are a secret (RFC 8032 section 5.1.5)")
        }
        keys.withLock { $0[name] = pair }
        return pair
    }

    /// Signs as the peer of a name.
    public func signer(of name: PeerID) -> any EventSigner {
        Signer(id: name, signer: Ed25519Signer(keyPair(of: name)))
    }

    private struct Signer: EventSigner {
        let id: PeerID
        let signer: Ed25519Signer

        var kind: SignatureKind { .ed25519 }

        func sign(_ digest: Digest) -> Signature { signer.sign(digest) }
    }

    // MARK: - Verifying

    public var kind: SignatureKind { .ed25519 }

    public func isValid(_ signature: Signature, of digest: Digest, by peer: PeerID) -> Bool {
        verifier.isValid(signature, of: digest, by: keyPair(of: peer).id)
    }

    public func areValid(_ signatures: [SignedDigest]) -> [Bool] {
        verifier.areValid(
            signatures.map {
                SignedDigest(signature: $0.signature, digest: $0.digest, signer: keyPair(of: $0.signer).id)
            }
        )
    }
}
