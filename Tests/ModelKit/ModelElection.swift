public import ParsecCore

/// An election evaluated at every event of the graph: its voters, what was decided before it, and its attempts.
public struct ModelElection: Sendable {
    /// The voters, in ascending order.
    public let voters: [PeerID]

    /// The payloads decided by earlier elections.
    public let decidedBefore: Set<ModelPayload>

    /// The attempts; more than one only where an attempt decided every voter false.
    public internal(set) var attempts: [ModelAttempt] = []

    /// For each event at which the election is decided, the payloads in their order.
    public internal(set) var payloadsByEvent: [Int: [ModelPayload]] = [:]

    /// The events at which the election is decided, in ascending order.
    public var decidingEvents: [Int] { payloadsByEvent.keys.sorted() }

    /// The payloads in their order, or nil if no event decides the election.
    public var payloads: [ModelPayload]? { decidingEvents.first.flatMap { payloadsByEvent[$0] } }

    /// What contradicts the rules' promises, in words.
    public internal(set) var violations: [String] = []
}
