public import GossipGraph
public import ParsecCore

/// An event of a message that was not taken, and why. The rest of the message counts.
public struct Refusal: Hashable, Sendable {
    /// What is wrong with an event.
    public enum Reason: Error, Hashable, Sendable {
        /// The creator was never admitted, as far as this peer has decided.
        case unknownCreator(PeerID)

        /// The recipient of a Requesting event was never admitted, as far as this peer has decided.
        case unknownRecipient(PeerID)

        /// The self-parent is neither in the graph nor in the message.
        case unknownSelfParent(Digest)

        /// The other-parent is neither in the graph nor in the message.
        case unknownOtherParent(Digest)

        /// A parent comes after its child in the message.
        case outOfOrder(parent: Digest)

        /// A parent was refused.
        case parentRefused(Digest)

        /// The signature is not the creator's.
        case badSignature

        /// The event votes for the same payload twice.
        case duplicateVote

        /// The event has more than a bound allows.
        case tooMany(EngineLimits.Bound, count: Int, limit: Int)

        /// The creator takes up another's word, and its self-parent shows offences of both.
        case offenders(PeerID, takingUp: PeerID)

        /// The event does not fit its parents.
        case malformed(GraphError)

        /// Whether events that this peer does not have might make up for it: a parent, or what admitted somebody.
        var isLack: Bool {
            switch self {
            case .unknownCreator, .unknownRecipient, .unknownSelfParent, .unknownOtherParent: true
            case .outOfOrder, .parentRefused, .badSignature, .duplicateVote, .tooMany, .offenders, .malformed: false
            }
        }
    }

    /// The position of the event in the message.
    public let position: Int

    /// The digest of the event.
    public let digest: Digest

    public let reason: Reason
}
