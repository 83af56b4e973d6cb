public import ParsecCore

/// Who votes for something.
public enum VoterChoice: Hashable, Sendable {
    /// Every member, and whoever becomes one before it is decided.
    case all

    /// So many members, drawn when the vote begins.
    case count(Int)

    /// A share of the members between these, drawn when the vote begins; of 7 members, 0.5...0.7 are 4.
    case share(ClosedRange<Double>)

    /// These peers.
    case peers([PeerID])
}
