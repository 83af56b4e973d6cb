/// A 64-byte signature.
@frozen
public struct Signature: Hashable, Sendable {
    /// The words in order, most significant byte first.
    public let words: SIMD8<UInt64>

    /// The number of bytes of a signature.
    public static let byteCount = 64

    @inlinable
    public init(words: SIMD8<UInt64>) {
        self.words = words
    }

    /// Makes a signature of exactly 64 bytes, or nil if the count differs.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Signature.byteCount else { return nil }
        var words = SIMD8<UInt64>.zero
        for (position, byte) in bytes.enumerated() {
            words[position / 8] = words[position / 8] << 8 | UInt64(byte)
        }
        self.words = words
    }

    /// The 64 bytes.
    public var bytes: [UInt8] {
        (0..<Signature.byteCount).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - 8 * ($0 % 8))) }
    }
}
