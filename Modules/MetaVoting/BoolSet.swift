/// A set of truth values: empty, true, false, or both (`protocol.md` section 4.2).
@frozen
public struct BoolSet: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    public static let justTrue = BoolSet(rawValue: 1)
    public static let justFalse = BoolSet(rawValue: 2)
    public static let both: BoolSet = [.justTrue, .justFalse]

    /// The set that holds one value.
    @inlinable
    public init(_ value: Bool) {
        self = value ? .justTrue : .justFalse
    }

    @inlinable
    public func contains(_ value: Bool) -> Bool { contains(BoolSet(value)) }
}
