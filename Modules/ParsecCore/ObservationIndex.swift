/// The position of an observation in an engine's observation store.
///
/// Two votes have the same index exactly when they count for the same payload: equal content and, where one vote
/// decides, the same voter (`protocol.md` section 4.1, payload key). Indices are local and never travel.
@frozen
public struct ObservationIndex: Hashable, Sendable {
    public let value: UInt32

    @inlinable
    public init(_ value: Int) {
        self.value = UInt32(value)
    }

    /// The index as a position in an array.
    @inlinable
    public var position: Int { Int(value) }
}
