public import ParsecCore

/// Why an event was created, with what belongs to its kind, in the indices of one graph.
public enum Cause: Hashable, Sendable {
    case initial
    case requesting(recipient: PeerIndex)
    case request(otherParent: EventIndex)
    case response(otherParent: EventIndex)

    /// The observations voted for; their order is part of the order of votes.
    case observation([ObservationIndex])

    public var kind: EventKind {
        switch self {
        case .initial: .initial
        case .requesting: .requesting
        case .request: .request
        case .response: .response
        case .observation: .observation
        }
    }

    /// The other-parent, for the two kinds that have one.
    public var otherParent: EventIndex? {
        switch self {
        case .request(let parent), .response(let parent): parent
        case .initial, .requesting, .observation: nil
        }
    }
}
