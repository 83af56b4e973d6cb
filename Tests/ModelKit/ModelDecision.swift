public import ParsecCore

/// What an election decided.
public struct ModelDecision: Hashable, Sendable {
    /// The voters of the election, in ascending order.
    public let voters: [PeerID]

    /// The payloads in their order.
    public let payloads: [ModelPayload]

    /// The payloads that become blocks, in their order (`protocol.md` section 4.9).
    public let blocks: [ModelPayload]

    /// The events of the graph at which the election is decided.
    public let decidingEvents: [Int]

    /// The number of attempts that the election took.
    public let attemptCount: Int
}

extension ModelDecision: CustomStringConvertible {
    /// The voters and the payloads in one line.
    public var description: String {
        let group = voters.map(\.description).joined(separator: " ")
        return "[\(group)] " + payloads.map(\.description).joined(separator: ", ")
    }
}
