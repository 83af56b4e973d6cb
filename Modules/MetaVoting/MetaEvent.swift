public import ParsecCore

/// What an election attaches to a sync event of a voter, for reading (`protocol.md` section 4.2).
public struct MetaEvent: Hashable, Sendable {
    /// Whether the event, or one before it on its chain, is an observer.
    public enum Standing: Hashable, Sendable {
        /// The event is its creator's observer, and whose candidates it strongly sees, in the order of their indices.
        case observer(observees: [PeerIndex])

        /// A self-ancestor is an observer.
        case observerDescendant

        case none
    }

    public let standing: Standing

    /// The undecided payloads that became interesting to the creator at this event, in order.
    public let interestingContent: [ObservationIndex]

    /// For each voter, in the order of the voter set, the meta-votes stage by stage; empty before the observer.
    public let metaVotes: [[MetaVote]]
}
