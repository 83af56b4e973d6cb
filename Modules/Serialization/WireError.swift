/// Why bytes do not decode.
public struct WireError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// The bytes end in the middle of the value.
        case truncated

        /// Bytes are left over after the value.
        case trailing(Int)

        /// A count or size is above its bound.
        case tooMany(WireLimits.Bound, count: Int, limit: Int)

        /// A number is none of those that it may be.
        case unknown(UInt64)

        /// The deflated part is malformed, or comes to another size than it says.
        case notInflatable

        /// The bytes were damaged: their digest is another than the one at their end.
        case damaged

        /// The message is of another network.
        case otherNetwork

        /// The same value has another encoding, which is the only one that is taken.
        case notCanonical
    }

    public let reason: Reason

    /// The part of the layout in which it is wrong, such as `event.selfParent`.
    public let field: String

    /// The offset of the first byte that is wrong.
    public let offset: Int

    public init(_ reason: Reason, field: String, offset: Int) {
        self.reason = reason
        self.field = field
        self.offset = offset
    }
}

extension WireError: CustomStringConvertible {
    public var description: String {
        let text =
            switch reason {
            case .truncated: "the bytes end here"
            case .trailing(let count): "\(count) bytes are left over"
            case .tooMany(let bound, let count, let limit): "\(count) \(bound.rawValue), at most \(limit) are taken"
            case .unknown(let value): "\(value) has no meaning here"
            case .notInflatable: "the deflated part is malformed, or comes to another size than it says"
            case .damaged: "the bytes were damaged: their digest is another than the one at their end"
            case .otherNetwork: "the message is of another network"
            case .notCanonical: "the value has another encoding, which is the only one that is taken"
            }
        return "byte \(offset), \(field): \(text)"
    }
}
