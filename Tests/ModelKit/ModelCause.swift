public import ParsecCore
public import Voting

/// Why an event of a model graph came into being (`protocol.md` section 2.2).
public enum ModelCause: Hashable, Sendable {
    /// The first event of a peer.
    case initial

    /// The creator is about to send a request to the recipient.
    case requesting(PeerID)

    /// The creator received a request.
    case request

    /// The creator received a response.
    case response

    /// The creator votes for the observations, in this order.
    case observation([Observation])

    /// Whether the event belongs to an exchange of gossip; only such events carry meta-events.
    public var isSync: Bool {
        switch self {
        case .requesting, .request, .response: true
        case .initial, .observation: false
        }
    }

    /// The observations that the event votes for.
    public var observations: [Observation] {
        if case .observation(let observations) = self { observations } else { [] }
    }
}
