/// The position of an event in one peer's graph: parents always have smaller indices than their children.
///
/// Indices follow the local order of arrival; they never travel. A graph may have dropped its oldest events, so index
/// 0 need not be present.
@frozen
public struct EventIndex: Hashable, Comparable, Sendable {
    public let value: UInt32

    @inlinable
    public init(_ value: Int) {
        self.value = UInt32(value)
    }

    @inlinable
    public init(_ value: UInt32) {
        self.value = value
    }

    @inlinable
    public static func < (a: EventIndex, b: EventIndex) -> Bool { a.value < b.value }
}

extension EventIndex: CustomStringConvertible {
    public var description: String { "event \(value)" }
}
