/// The position of a branch in a graph, which is also its column in the ancestry rows.
@frozen
public struct BranchIndex: Hashable, Comparable, Sendable {
    public let value: UInt32

    @inlinable
    public init(_ value: Int) {
        self.value = UInt32(value)
    }

    /// The index as a position in an array.
    @inlinable
    public var position: Int { Int(value) }

    @inlinable
    public static func < (a: BranchIndex, b: BranchIndex) -> Bool { a.value < b.value }
}
