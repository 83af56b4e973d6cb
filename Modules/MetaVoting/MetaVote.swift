/// What an event thinks, at one stage, of whether a voter's candidate is part of the decision (`protocol.md` 4.2).
public struct MetaVote: Hashable, Sendable {
    public let stage: Stage
    public let value: Value

    public enum Value: Hashable, Sendable {
        /// The agreement is reached.
        case decided(Bool)

        /// Votes are still being counted: the estimates, those that a supermajority backs, and which was first.
        case undecided(estimates: BoolSet, binValues: BoolSet, auxiliary: Bool?)
    }

    public init(stage: Stage, value: Value) {
        self.stage = stage
        self.value = value
    }
}
