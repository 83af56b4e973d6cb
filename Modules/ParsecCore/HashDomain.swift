/// What a byte string that is digested stands for: its first byte.
///
/// No two kinds of things have a byte string in common, so that a digest or signature of one never passes for another.
public enum HashDomain: UInt8, Hashable, Sendable, CaseIterable {
    /// A leaf of a Merkle tree (RFC 6962 section 2.1).
    case leaf = 0

    /// An inner node of a Merkle tree (RFC 6962 section 2.1).
    case node = 1

    /// An observation.
    case observation = 2

    /// The header of an event, which its creator signs.
    case event = 3

    /// A block.
    case block = 4

    /// The voters of a block.
    case voters = 5

    /// What a network agrees on from the start.
    case network = 6

    /// A snapshot of an engine, whose checksum is such a digest.
    case snapshot = 7

    /// Evidence of an offence.
    case evidence = 8
}

extension ByteWriter {
    /// Begins the byte string of a value: its domain, and the version of its layout.
    ///
    /// - Parameter count: how many bytes the value takes, as far as that is known.
    public init(_ domain: HashDomain, expecting count: Int = 0) {
        self.init(expecting: 2 + count)
        write(domain.rawValue)
        write(ByteWriter.version)
    }

    /// Begins another value in the room of the one before.
    public mutating func restart(_ domain: HashDomain) {
        removeAll()
        write(domain.rawValue)
        write(ByteWriter.version)
    }

    /// The version of all layouts that are digested and signed.
    public static let version: UInt8 = 1
}
