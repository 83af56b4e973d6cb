public import ParsecCore
public import Voting

/// An event as it travels: with parents, creator and recipient named so that every peer understands them.
public struct GossipEvent: Hashable, Sendable {
    /// The kind of an event, with what belongs to it.
    public enum Cause: Hashable, Sendable {
        case initial
        case requesting(recipient: PeerID)
        case request(otherParent: Digest)
        case response(otherParent: Digest)
        case observation([Observation])
    }

    public let creator: PeerID
    public let selfParent: Digest?
    public let cause: Cause
    public let signature: Signature

    public init(creator: PeerID, selfParent: Digest?, cause: Cause, signature: Signature) {
        self.creator = creator
        self.selfParent = selfParent
        self.cause = cause
        self.signature = signature
    }

    /// The other-parent, for the two kinds that have one.
    public var otherParent: Digest? {
        switch cause {
        case .request(let parent), .response(let parent): parent
        case .initial, .requesting, .observation: nil
        }
    }

    /// The observations voted for; empty for all kinds but one.
    public var observations: [Observation] {
        if case .observation(let observations) = cause { observations } else { [] }
    }

    /// What the signature covers.
    ///
    /// - Parameter digests: the digests of the observations, in order.
    func header(network: Digest, digests: [Digest]) -> EventHeader {
        let cause: EventHeader.Cause =
            switch cause {
            case .initial: .initial
            case .requesting(let recipient): .requesting(recipient: recipient)
            case .request(let otherParent): .request(otherParent: otherParent)
            case .response(let otherParent): .response(otherParent: otherParent)
            case .observation: .observation(digests)
            }
        return EventHeader(network: network, creator: creator, selfParent: selfParent, cause: cause)
    }
}
