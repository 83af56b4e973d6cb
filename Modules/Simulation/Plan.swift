import ParsecCore
import Voting

/// Something that peers are going to vote for.
struct Plan: Sendable {
    let observation: Observation

    /// The step of the scenario that it belongs to.
    let step: Int

    /// When it was proposed.
    let begin: Int

    /// Whether whoever becomes a member before it is decided votes, too.
    let isOpen: Bool

    /// The peer that the plan asks to vote out, which does not vote.
    let evicted: PeerID?

    /// The only peer that votes for it, if one vote is enough; else nil.
    let voter: PeerID?

    /// The peers whose votes were asked for.
    var asked: Set<Int> = []

    /// The peers that have voted, or need not any more.
    var settled: Set<Int> = []

    /// The peers that have voted, and when.
    var votes: [Int: Int] = [:]

    /// The number of the block that decided it.
    var block: Int?
}
