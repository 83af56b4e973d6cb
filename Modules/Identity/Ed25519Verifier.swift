public import Consensus
import enum Crypto.Curve25519
import Dispatch
public import ParsecCore
import Synchronization

/// Verifies the signatures of peers whose identities are Ed25519 public keys.
///
/// Parsed keys are kept, since parsing costs a tenth of a verification. Several signatures are checked on all cores.
public final class Ed25519Verifier: EventVerifier {
    /// The most keys that are kept; when there are more, all are forgotten and parsed anew.
    public static let mostKeys = 4_096

    /// The fewest signatures for which other cores are used.
    private static let parallelFrom = 8

    /// nil stands for bytes that are no public key.
    private let keys = Mutex<[PeerID: Curve25519.Signing.PublicKey?]>([:])

    public init() {}

    public var kind: SignatureKind { .ed25519 }

    public func isValid(_ signature: Signature, of digest: Digest, by peer: PeerID) -> Bool {
        guard let key = key(of: peer) else { return false }
        return key.isValidSignature(signature.bytes, for: digest.bytes)
    }

    public func areValid(_ signatures: [SignedDigest]) -> [Bool] {
        guard signatures.count >= Ed25519Verifier.parallelFrom else {
            return signatures.map { isValid($0.signature, of: $0.digest, by: $0.signer) }
        }
        return [Bool](unsafeUninitializedCapacity: signatures.count) { buffer, count in
            // Each iteration writes an element of its own, and all are done before the buffer is used.
            nonisolated(unsafe) let results = buffer.baseAddress
            DispatchQueue.concurrentPerform(iterations: signatures.count) { place in
                let signed = signatures[place]
                let result = isValid(signed.signature, of: signed.digest, by: signed.signer)
                results?.advanced(by: place).initialize(to: result)
            }
            count = signatures.count
        }
    }

    private func key(of peer: PeerID) -> Curve25519.Signing.PublicKey? {
        if let known = keys.withLock({ $0[peer] }) { return known }
        let key = try? Curve25519.Signing.PublicKey(rawRepresentation: peer.bytes)
        keys.withLock { keys in
            if keys.count >= Ed25519Verifier.mostKeys { keys.removeAll(keepingCapacity: true) }
            keys[peer] = .some(key)
        }
        return key
    }
}
