import ParsecCore
import Voting

/// Something that peers are going to vote for.
struct Plan: Sendable {
    let observation: Observation

    /// The round from which on it is voted for.
    let round: Int

    /// The only peer that votes for it, if one vote is enough; else nil.
    let voter: Int?
}
