/// What became of a message.
public struct Receipt: Hashable, Sendable {
    /// What the receiver made of the message as a whole.
    public enum Outcome: Hashable, Sendable {
        /// It created an event with the message's last event as its other-parent.
        case answered

        /// It took a part of what it lacks; more is to come.
        case partTaken

        /// It took note of how far the sender has come.
        case progressNoted

        /// It will create that event once it has been admitted.
        case pending

        /// The last event was refused, so there is nothing to answer.
        case headRefused

        /// The last event of a response does not answer a request of the receiver.
        case unsolicited

        /// The receiver was removed, before or by this message; it takes nothing more, but sends what it has.
        case removed

        /// The sender was removed and may not know it; nothing was taken, but it is sent what it lacks.
        case senderRemoved
    }

    public let outcome: Outcome

    /// The number of events that were new and taken.
    public let accepted: Int

    /// The events that were not taken, in the order of the message.
    public let refused: [Refusal]

    /// What to send back to the sender.
    public let response: GossipMessage?

    /// Whether something builds on events that are not here, so that a sender that has left them out, since it expected them
    /// to have arrived before, has to begin anew (``Engine/beginConnection(to:)``).
    public var lacksEvents: Bool { refused.contains { $0.reason.isLack } }

    public init(_ outcome: Outcome, accepted: Int = 0, refused: [Refusal] = [], response: GossipMessage?) {
        self.outcome = outcome
        self.accepted = accepted
        self.refused = refused
        self.response = response
    }
}
