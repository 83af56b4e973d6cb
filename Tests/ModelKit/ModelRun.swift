public import ParsecCore

/// All elections of a graph, one after the other.
public struct ModelRun: Sendable {
    /// What was decided, in sequence.
    public internal(set) var decisions: [ModelDecision] = []

    /// The elections in sequence; the last one is open.
    public internal(set) var elections: [ModelElection] = []

    /// The voters of the open election, in ascending order.
    public internal(set) var voters: [PeerID]

    /// Everyone who has ever been admitted.
    public internal(set) var admitted: Set<PeerID>

    /// What contradicts the rules' promises, in words; empty with fewer forkers than a third of the voters.
    public internal(set) var violations: [String] = []

    /// All decided payloads in their order.
    public var payloads: [ModelPayload] { decisions.flatMap(\.payloads) }

    /// All blocks in their order.
    public var blocks: [ModelPayload] { decisions.flatMap(\.blocks) }
}
