/// A cryptographic digest of bytes: the seam through which the engine gets its hash function.
public protocol DigestFunction: Sendable {
    /// Which function it is, as formats name it.
    var kind: DigestKind { get }

    /// Computes the digest of the bytes; equal bytes have equal digests, on every machine.
    func digest(_ bytes: [UInt8]) -> Digest
}

/// The functions that compute digests; formats name them by their numbers.
public enum DigestKind: UInt8, Hashable, Sendable, CaseIterable {
    /// SHA-256 (FIPS 180-4).
    case sha256 = 1

    /// SHA3-256 (FIPS 202), in recordings of the reference implementation.
    case sha3 = 2

    /// Fast, and no protection against anybody: for simulations.
    case simulated = 255
}

/// The kinds of signatures; formats name them by their numbers.
public enum SignatureKind: UInt8, Hashable, Sendable, CaseIterable {
    /// Ed25519 (RFC 8032).
    case ed25519 = 1

    /// Anybody could forge it: for simulations.
    case simulated = 255
}
