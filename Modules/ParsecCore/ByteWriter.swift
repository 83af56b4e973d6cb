/// Writes values as bytes: what is hashed and signed.
///
/// Two different sequences of values of the same types never have the same bytes.
/// Integers are little-endian and of fixed width; byte strings and lists are preceded by their count as 32 bits.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    /// - Parameter count: how many bytes there will be, as far as that is known.
    public init(expecting count: Int = 0) {
        // What blocks and the headers of events take.
        bytes.reserveCapacity(max(192, count))
    }

    /// Forgets all bytes, and keeps their room.
    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    public mutating func write(_ value: UInt8) { bytes.append(value) }

    public mutating func write(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes the count of a list, to be followed by its elements.
    public mutating func write(count: Int) {
        withUnsafeBytes(of: UInt32(count).littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func write(_ string: [UInt8]) {
        write(count: string.count)
        bytes.append(contentsOf: string)
    }

    /// Writes bytes whose number the reader knows.
    public mutating func append(_ string: some Sequence<UInt8>) { bytes.append(contentsOf: string) }

    public mutating func write(_ digest: Digest) {
        let words = (
            digest.word0.bigEndian, digest.word1.bigEndian, digest.word2.bigEndian, digest.word3.bigEndian
        )
        withUnsafeBytes(of: words) { bytes.append(contentsOf: $0) }
    }

    public mutating func write(_ peer: PeerID) { write(peer.bytes) }
}
