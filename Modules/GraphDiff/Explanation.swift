public import GraphFormats

/// Why a block stands where it does, what an undecided payload waits for, or what an event did: in sentences and in
/// fields.
///
/// All of it is read off an engine that is fed the graph's events anew and stopped at the decision.
public struct Explanation: Hashable, Sendable, Codable {
    /// What is explained.
    public enum Subject: Hashable, Sendable {
        /// The block with a number, from 0 on.
        case block(Int)

        /// A payload by its text in the dump, such as `OpaquePayload(x)` or the `x` alone, or by the first digits of its
        /// digest.
        case payload(String)

        /// An event by creator and index, as in `Alice:27` or `Alice:27,1`.
        case event(String)
    }

    /// Why there is nothing to explain.
    public enum Fault: Error, Hashable, Sendable {
        case noBlock(Int, count: Int)
        case noPayload(String)
        case noEvent(String)

        /// The events cannot be replayed.
        case replay(Replay.Failure)
    }

    /// A vote, or the event at which somebody came to something.
    public struct Place: Hashable, Sendable, Codable {
        public let peer: String
        public let event: String
    }

    /// The first event of a peer that strongly sees enough candidates, and whose.
    public struct Observer: Hashable, Sendable, Codable {
        public let event: String
        public let observes: [String]
    }

    /// A toss of the coin, which gives an event its estimate at the beginning of a round.
    public struct Toss: Hashable, Sendable, Codable {
        public let event: String
        public let round: Int
        public let value: Bool
    }

    /// What an event thinks of a voter's candidate, stage by stage.
    public struct MetaVotes: Hashable, Sendable, Codable {
        public let candidate: String

        /// Stage (round and step), estimates, bin values, auxiliary value, decision, as in a dump.
        public let stages: [[String]]
        public let decided: Bool?

        /// Where the coin was tossed for it among the event's ancestors, since voters were split.
        public let coins: [Toss]
    }

    /// What a candidate that was decided true contributed, in its order.
    public struct Content: Hashable, Sendable, Codable {
        public let voter: String
        public let candidate: String?
        public let payloads: [String]
    }

    /// The election that decided, or that is open.
    public struct Election: Hashable, Sendable, Codable {
        public let number: Int
        public let voters: [String]

        /// The event at which it was decided; nil while it is open.
        public let decidedAt: String?
        public let observers: [Observer]

        /// Those of the deciding event.
        public let metaVotes: [MetaVotes]
        public let counted: [Content]

        /// The payloads in their order.
        public let payloads: [String]
    }

    /// The payload, or the event, that is explained.
    public let subject: String

    /// The number of the payload's block; nil if it has none.
    public let block: Int?

    /// How many votes the payload needs, who voted, and at which event; and the voters that did not.
    public let needed: Int?
    public let votes: [Place]
    public let missing: [String]

    /// At which event the payload became interesting to each voter: it has the votes there.
    public let interesting: [Place]
    public let election: Election?

    /// Why it stands after the payload before it, in the same election.
    public let order: String?

    /// All of it in words.
    public let sentences: [String]
}

extension Explanation.Fault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noBlock(let number, let count):
            "there is no block \(number): the events decide \(count == 0 ? "none" : "blocks 0 to \(count - 1)")"
        case .noPayload(let text): "nobody votes for \(text); name it as the dump does, or by digits of its digest"
        case .noEvent(let name): "there is no event \(name); names are creator and index, as in Alice:27"
        case .replay(let failure): "\(failure)"
        }
    }
}
