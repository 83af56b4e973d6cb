/// How many votes make an observation a candidate for the next blocks (`protocol.md` section 4.1).
public enum ConsensusMode: String, Hashable, Sendable, CaseIterable {
    /// More than two thirds of the voters have to vote for the same content.
    case supermajority

    /// One vote is enough; the same content voted for by two peers is two payloads.
    case single
}
