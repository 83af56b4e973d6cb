/// A way in which a simulated liar breaks the rules, beside showing different events to different peers.
public enum Misbehaviour: String, Hashable, Sendable, CaseIterable {
    /// Sends nothing.
    case silent

    /// Sends to some of the others only.
    case selective

    /// Votes for payloads again that it has voted for.
    case doubleVoter = "double-voter"

    /// Accuses others of what they have not done.
    case falseAccuser = "false-accuser"

    /// Says nothing about what others do.
    case accomplice

    /// Answers what nobody asked it, and takes answers to what it did not ask.
    case wrongParents = "wrong-parents"

    /// Votes for the genesis when it is too late, or for another.
    case lateGenesis = "late-genesis"

    /// Sends messages again that it sent long ago.
    case replayer

    /// Votes for junk, many times.
    case flooder
}
