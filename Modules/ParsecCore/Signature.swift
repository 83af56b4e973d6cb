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
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        for place in 0..<8 { words[place] = UInt64(bigEndian: words[place]) }
        self.words = words
    }

    /// The 64 bytes.
    public var bytes: [UInt8] {
        var words = words
        for place in 0..<8 { words[place] = words[place].bigEndian }
        return withUnsafeBytes(of: words) { Array($0) }
    }
}
