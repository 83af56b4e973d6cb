public import Consensus
import enum Crypto.Curve25519
public import MetaVoting
public import ParsecCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A peer's Ed25519 key pair (RFC 8032); the public key is the peer's identity.
public struct KeyPair: Sendable {
    /// The number of bytes of the secret that a key pair is made of.
    public static let secretByteCount = 32

    /// The identity: the 32 bytes of the public key.
    public let id: PeerID

    let privateKey: Curve25519.Signing.PrivateKey

    /// Makes a new key pair from the system's random numbers.
    public init() {
        self.init(Curve25519.Signing.PrivateKey())
    }

    /// Makes the key pair of a secret of 32 bytes; nil if the count differs.
    public init?(secret: [UInt8]) {
        guard secret.count == KeyPair.secretByteCount,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: secret)
        else { return nil }
        self.init(key)
    }

    private init(_ privateKey: Curve25519.Signing.PrivateKey) {
        self.privateKey = privateKey
        id = PeerID(bytes: Array(privateKey.publicKey.rawRepresentation))
    }

    /// The secret; whoever has it can sign as this peer.
    public var secret: [UInt8] { Array(privateKey.rawRepresentation) }
}

/// Signs events with a key pair.
public struct Ed25519Signer: EventSigner {
    private let keys: KeyPair

    public init(_ keys: KeyPair) {
        self.keys = keys
    }

    public var kind: SignatureKind { .ed25519 }

    public var id: PeerID { keys.id }

    public func sign(_ digest: Digest) -> Signature {
        guard let bytes = try? keys.privateKey.signature(for: digest.bytes),
            let signature = Signature(bytes: Array(bytes))
        else { preconditionFailure("an Ed25519 signature of 32 bytes has 64 bytes") }
        return signature
    }
}

extension Cryptography {
    /// Makes the cryptography of a peer of a real network: SHA-256 and Ed25519.
    ///
    /// - Parameter verifier: peers of one process can share one, which remembers parsed keys.
    public static func standard(
        _ keys: KeyPair,
        verifier: Ed25519Verifier = Ed25519Verifier(),
        coin: any Coin = AlternatingCoin()
    ) -> Cryptography {
        Cryptography(digests: SHA256Digests(), signer: Ed25519Signer(keys), verifier: verifier, coin: coin)
    }
}
