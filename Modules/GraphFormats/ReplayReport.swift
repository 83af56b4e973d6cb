import Consensus
import Membership
import ParsecCore
import Voting

/// What a replay decided, in the form in which recordings state what they expect.
public struct ReplayReport: Hashable, Sendable, Codable {
    /// An election that decided something.
    public struct Election: Hashable, Sendable, Codable {
        /// How many elections were decided before.
        public let election: Int

        /// The event at which the decision was seen first, as creator and index.
        public let decidingEvent: String

        /// The number of events in the graph at that moment.
        public let eventsInserted: Int
        public let voters: [String]
        public let payloads: [Payload]
    }

    /// A decided payload.
    public struct Payload: Hashable, Sendable, Codable {
        public let observation: String

        /// Who voted for the payload, if one vote decides it; else nil.
        public let creator: String?
        public let digest: String

        /// The voters whose votes were in the graph.
        public let votesBy: [String]

        /// Whether the payload belongs to a key generation and is not handed out.
        public let isInternal: Bool

        private enum CodingKeys: String, CodingKey {
            case observation, creator, digest, votesBy
            case isInternal = "internal"
        }

        /// Writes all keys, also that of a creator that is missing.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(observation, forKey: .observation)
            try container.encode(creator, forKey: .creator)
            try container.encode(digest, forKey: .digest)
            try container.encode(votesBy, forKey: .votesBy)
            try container.encode(isInternal, forKey: .isInternal)
        }
    }

    /// A payload that is handed out.
    public struct Block: Hashable, Sendable, Codable {
        public let number: Int
        public let observation: String
        public let votesBy: [String]
    }

    /// Where the dump comes from.
    public let source: String
    public let ourID: String
    public let mode: String
    public let genesis: [String]
    public let eventCount: Int
    public let decisions: [Election]
    public let blocks: [Block]

    /// All events in the order in which they were fed, as creator and index.
    public let order: [String]

    /// Reports a replay that has run.
    public init(_ replay: Replay, source: String) {
        let agreement = replay.agreement
        self.source = source
        ourID = replay.dump.ourID.description
        mode = replay.dump.mode.rawValue
        genesis = (replay.dump.genesis ?? []).map(\.description)
        eventCount = replay.dump.events.count
        decisions = replay.decisions.map { decision in
            Election(
                election: decision.election,
                decidingEvent: replay.name(of: decision.event),
                eventsInserted: decision.eventCount,
                voters: decision.voters.map(\.description),
                payloads: decision.payloads.map { payload in
                    Payload(
                        observation: ReplayReport.text(of: payload),
                        creator: payload.voter?.description,
                        digest: payload.observation.digest.description,
                        votesBy: payload.votes.map { agreement.peers.id(of: $0.voter).description },
                        isInternal: payload.observation.observation.isInternal
                    )
                }
            )
        }
        let payloads = replay.decisions.flatMap(\.payloads).filter(\.isBlock)
        blocks = payloads.enumerated().map { number, payload in
            Block(
                number: number,
                observation: ReplayReport.text(of: payload),
                votesBy: payload.votes.map { agreement.peers.id(of: $0.voter).description }
            )
        }
        order = replay.order.map {
            "\(replay.dump.events[$0].creator):\(replay.dump.events[$0].indexByCreator)"
        }
    }

    private static func text(of payload: Decision.Payload) -> String {
        let (observation, digest) = (payload.observation.observation, payload.observation.digest)
        let text = DumpObservation(observation, digest: digest, eventName: { _ in nil })
        // Recordings name a message of a key generation without the wrapping that dumps have.
        if case .keyGeneration(let message, let number, _) = text { return "\(message.rawValue)(\(number))" }
        return text.description
    }
}
