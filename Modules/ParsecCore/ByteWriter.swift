/// Writes values as bytes: what is hashed and signed.
///
/// Two different sequences of values of the same types never have the same bytes.
/// Integers are little-endian and of fixed width; byte strings and lists are preceded by their count as 32 bits.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {
        bytes.reserveCapacity(128)
    }

    public mutating func write(_ value: UInt8) { bytes.append(value) }

    public mutating func write(_ value: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    /// Writes the count of a list, to be followed by its elements.
    public mutating func write(count: Int) {
        let value = UInt32(count)
        for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    public mutating func write(_ string: [UInt8]) {
        write(count: string.count)
        bytes.append(contentsOf: string)
    }

    public mutating func write(_ digest: Digest) {
        for word in [digest.word0, digest.word1, digest.word2, digest.word3] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
    }

    public mutating func write(_ peer: PeerID) { write(peer.bytes) }
}
