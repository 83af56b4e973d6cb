public import ParsecCore
public import Voting

/// What is ordered: an observation and, where one vote decides, the voter (`protocol.md` section 4.1, payload key).
public struct ModelPayload: Hashable, Sendable {
    /// The content.
    public let observation: Observation

    /// The voter if each vote is a payload of its own, otherwise nil.
    public let creator: PeerID?

    /// Makes a payload.
    public init(observation: Observation, creator: PeerID?) {
        self.observation = observation
        self.creator = creator
    }
}

extension ModelPayload: CustomStringConvertible {
    /// The content in short, with the voter if there is one.
    public var description: String {
        let content = shortDescription(observation)
        return if let creator { "\(content) by \(creator)" } else { content }
    }
}
