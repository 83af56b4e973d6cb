public import Voting

/// Which variant of the rules a network decides by: those of the reference, or ours.
///
/// All peers of a network use the same rules. Each member is one rule that differs, with the reason beside its cases.
public struct ProtocolRules: Hashable, Sendable {
    /// Whose events count as paths from one event to another.
    public var strongSight: StrongSight

    /// Which branch of a forker counts while its fork is not proven.
    public var forks: ForkRule

    /// What a decided change of members does.
    public var membership: MembershipRule

    public init(strongSight: StrongSight, forks: ForkRule, membership: MembershipRule) {
        self.strongSight = strongSight
        self.forks = forks
        self.membership = membership
    }

    /// Decides like the reference implementation: for replaying its recordings, and for nothing else.
    public static let reference = ProtocolRules(
        strongSight: .throughAllPeers,
        forks: .firstArrived,
        membership: .asDecided
    )

    /// Our rules, safe under forks and after removals.
    public static let current = ProtocolRules(
        strongSight: .throughVoters,
        forks: .ownAncestry,
        membership: .freshIdentities
    )
}

/// Whose events count when an event strongly sees another (`protocol.md` section 2.6).
public enum StrongSight: Hashable, Sendable {
    /// Every peer's, against a threshold of voters, as in the reference.
    ///
    /// After removals the paths through voters alone may then be fewer than a quorum (`protocol.md` section 11.4,
    /// hazard 3).
    case throughAllPeers

    /// The voters' only, so that any two quorums share an honest voter.
    case throughVoters
}

/// What a decided change of members does (`protocol.md` section 3.5).
public enum MembershipRule: Hashable, Sendable {
    /// Whatever was decided, as in the reference.
    ///
    /// A removed peer that is added again counts as a voter but cannot take part, and a group can remove its last
    /// voter and never decide again (`protocol.md` section 11.4, hazards 5, 13 and 16).
    case asDecided

    /// An identity is added at most once; adding a voter, removing a stranger and removing the last voter do nothing.
    case freshIdentities
}
