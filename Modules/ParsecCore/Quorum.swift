/// The two thresholds of the protocol for a number of voters (`protocol.md` section 1).
@frozen
public struct Quorum: Hashable, Sendable {
    /// The number of voters.
    public let voterCount: Int

    /// The least number of voters that is more than two thirds of them; none is enough of no voters.
    public let supermajority: Int

    /// The least number of voters that is at least one third of them.
    public let oneThird: Int

    @inlinable
    public init(of voterCount: Int) {
        precondition(voterCount >= 0, "a number of voters is not negative, got \(voterCount)")
        self.voterCount = voterCount
        supermajority = voterCount == 0 ? .max : 2 * voterCount / 3 + 1
        oneThird = (voterCount + 2) / 3
    }

    /// Says whether a number of voters is more than two thirds of all.
    @inlinable
    public func isSupermajority(_ count: Int) -> Bool { count >= supermajority }

    /// Says whether a number of voters is at least one third of all.
    @inlinable
    public func isOneThird(_ count: Int) -> Bool { count >= oneThird }
}
