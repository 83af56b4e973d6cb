/// A cryptographic digest of bytes: the seam through which the engine gets its hash function.
public protocol DigestFunction: Sendable {
    /// Computes the digest of the bytes; equal bytes have equal digests, on every machine.
    func digest(_ bytes: [UInt8]) -> Digest
}
