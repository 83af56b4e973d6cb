import Consensus
public import ParsecCore
public import Voting

/// Something that happened in a simulation and that an engineer would like to see.
public enum Happening: Hashable, Sendable {
    /// A peer came into being: a member of the initial group, or one that is going to join.
    case started(PeerID)

    /// A peer voted.
    case voted(PeerID, [Observation])

    /// A peer came to a block.
    case block(PeerID, Block)

    /// A member came to be, as some peer was the first to decide.
    case joined(PeerID)

    /// A member was removed, as some peer was the first to decide.
    case left(PeerID)

    case crashed(PeerID)
    case restarted(PeerID)
    case forked(PeerID)
    case faultBegan(Fault)
    case faultEnded(Fault)

    /// A message was sent.
    case sent(from: PeerID, to: PeerID, Traffic)

    /// A message was lost on the way.
    case lost(from: PeerID, to: PeerID, Traffic)

    /// A call or a message was refused.
    case refused(PeerID, reason: String)

    /// Everything pending is decided.
    case settled

    /// Nothing but heartbeats has been sent for a while.
    case quiet

    /// An invariant is violated.
    case violated(Violation)
}

/// What kind of message is under way, and how much it brings.
public enum Traffic: Hashable, Sendable {
    case request(events: Int)
    case response(events: Int)
    case part(events: Int)
    case progress
    case heartbeat

    /// The sender lacks something on which a message of the receiver's builds.
    case greeting

    init(_ kind: GossipMessage.Kind, events: Int) {
        self =
            switch kind {
            case .request: .request(events: events)
            case .response: .response(events: events)
            case .part: .part(events: events)
            case .progress: .progress
            }
    }
}

/// A happening and when it happened, in virtual milliseconds.
public struct TimedHappening: Hashable, Sendable {
    public let time: Int
    public let happening: Happening
}
