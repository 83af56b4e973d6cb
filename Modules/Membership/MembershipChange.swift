public import ParsecCore

/// What a decided observation did to the group.
public enum MembershipChange: Hashable, Sendable {
    case joined(PeerIndex)
    case left(PeerIndex)
}
