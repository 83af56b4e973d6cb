import struct Crypto.SHA256
public import ParsecCore
public import Voting

/// Digests by SHA-256 (FIPS 180-4): what real networks use.
public struct SHA256Digests: ObservationDigests {
    public init() {}

    public var kind: DigestKind { .sha256 }

    public func digest(_ bytes: [UInt8]) -> Digest {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let hash = SHA256.hash(data: bytes)
        hash.withUnsafeBytes { source in
            withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: source) }
        }
        return Digest(
            words: UInt64(bigEndian: words.0),
            UInt64(bigEndian: words.1),
            UInt64(bigEndian: words.2),
            UInt64(bigEndian: words.3)
        )
    }
}
