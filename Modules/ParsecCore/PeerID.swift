/// The identity of a peer, the same on every machine.
///
/// Identities are totally ordered by their bytes, and this order is part of the protocol: it is the last tie-break
/// between payloads of equal digest (`protocol.md` sections 2.1 and 4.1). Inside the engine a peer is a ``PeerIndex``;
/// identities appear only where something crosses the boundary.
public struct PeerID: Hashable, Comparable, Sendable {
    /// The bytes of the identity: a public key, or the UTF-8 of a name in simulations and recordings.
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Makes the identity whose bytes are the UTF-8 of a name.
    public init(_ name: String) {
        self.bytes = Array(name.utf8)
    }

    /// Hashes all bytes at once; the derived function would take one at a time.
    public func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }

    public static func < (a: PeerID, b: PeerID) -> Bool {
        a.bytes.lexicographicallyPrecedes(b.bytes)
    }
}

extension PeerID: CustomStringConvertible {
    /// The name if the bytes are printable ASCII, else their hexadecimal digits.
    public var description: String {
        let isPrintable = !bytes.isEmpty && bytes.allSatisfy { (0x20..<0x7F).contains($0) }
        return isPrintable ? String(decoding: bytes, as: UTF8.self) : hexadecimal(bytes)
    }
}

extension PeerID: ExpressibleByStringLiteral {
    public init(stringLiteral name: String) {
        self.init(name)
    }
}
