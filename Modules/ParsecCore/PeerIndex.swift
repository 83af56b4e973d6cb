/// The small integer that stands for a peer inside one engine.
///
/// Indices are given out in the order in which an engine first hears of a peer, so they are local: they never travel,
/// and no decision may depend on their order (`protocol.md` section 2.1).
@frozen
public struct PeerIndex: Hashable, Comparable, Sendable {
    public let value: UInt32

    @inlinable
    public init(_ value: Int) {
        self.value = UInt32(value)
    }

    /// The index as a position in an array.
    @inlinable
    public var position: Int { Int(value) }

    @inlinable
    public static func < (a: PeerIndex, b: PeerIndex) -> Bool { a.value < b.value }
}

extension PeerIndex: CustomStringConvertible {
    public var description: String { "peer \(value)" }
}
