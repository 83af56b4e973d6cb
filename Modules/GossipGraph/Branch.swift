public import ParsecCore

/// A stretch of one peer's events in which each is the self-parent of the next.
///
/// A peer that never forks has one branch. Each fork opens another: its first event's self-parent lies inside an
/// older branch, or is missing because the peer made a second first event. Every event lies on exactly one branch.
public struct Branch: Sendable {
    /// The peer that created the events.
    public let creator: PeerIndex

    /// The self-parent of the first event of this branch, if the branch grew out of another.
    public let forkPoint: EventIndex?

    /// The branch on which `forkPoint` lies.
    public let origin: BranchIndex?

    /// The index by creator of the first event.
    public let firstIndexByCreator: Int

    /// The events in order; the one at position `i` has the index by creator `firstIndexByCreator + i`.
    public internal(set) var events: [EventIndex]

    /// Those of the events that vote.
    public internal(set) var observationEvents: [EventIndex]

    /// The newest event.
    public var tip: EventIndex { events[events.count - 1] }

    /// The index by creator of the newest event.
    public var lastIndexByCreator: Int { firstIndexByCreator + events.count - 1 }
}
