public import Consensus
public import MetaVoting
import GossipGraph
import Membership
public import ParsecCore
import Voting

/// Feeds a model graph to the product's agreement, in any causal order, and collects what it decides.
public struct ModelFeed {
    public let graph: ModelGraph
    public private(set) var agreement: Agreement
    public private(set) var decisions: [Decision] = []

    /// For each event of the model graph its index in the agreement's graph, once it has been fed.
    public private(set) var indices: [EventIndex?]

    /// Called at each decision, before the election is closed.
    public var inspector: ((ModelFeed, Decision) -> Void)?

    public init(_ graph: ModelGraph, rules: ProtocolRules = .current, coin: any Coin = AlternatingCoin()) {
        self.graph = graph
        agreement = Agreement(
            peers: PeerList(genesis: graph.genesis, rule: rules.membership),
            mode: graph.mode,
            rules: rules,
            coin: coin,
            completeness: .partial
        )
        for peer in graph.peers { _ = agreement.intern(peer) }
        indices = Array(repeating: nil, count: graph.events.count)
    }

    /// Feeds all events in an order, parents before children.
    public mutating func feed(_ order: some Sequence<Int>) throws {
        for event in order { try feed(event) }
    }

    /// Feeds one event, whose parents have been fed.
    public mutating func feed(_ number: Int) throws {
        let event = graph.events[number]
        let selfParent = event.selfParent.flatMap { indices[$0] }
        func other() -> EventIndex { event.otherParent.flatMap { indices[$0] } ?? agreement.graph.endIndex }
        let cause: NewEvent.Cause =
            switch event.cause {
            case .initial: .initial
            case .requesting(let recipient): .requesting(recipient: agreement.intern(recipient))
            case .request: .request(otherParent: other())
            case .response: .response(otherParent: other())
            case .observation(let observations):
                .observation(observations.map { DigestedObservation($0, digest: modelDigest($0)) })
            }
        let new = NewEvent(
            creator: agreement.intern(event.creator),
            selfParent: selfParent,
            cause: cause,
            digest: Digest(words: UInt64(number), 0, 0, 0)
        )
        indices[number] = try agreement.insert(new)
        while let decision = agreement.advance() {
            inspector?(self, decision)
            decisions.append(decision)
            _ = agreement.close(decision)
        }
    }

    /// What was decided, in the model's terms: for each election its voters and payloads.
    public var outcomes: [ModelOutcome] {
        decisions.map { decision in
            ModelOutcome(
                voters: decision.voters,
                payloads: decision.payloads.map {
                    ModelPayload(observation: $0.observation.observation, creator: $0.voter)
                }
            )
        }
    }
}

/// What one election decided, without the events at which it was seen.
public struct ModelOutcome: Hashable, Sendable {
    public let voters: [PeerID]
    public let payloads: [ModelPayload]

    public init(voters: [PeerID], payloads: [ModelPayload]) {
        self.voters = voters
        self.payloads = payloads
    }
}

extension ModelRun {
    /// What was decided, in the same terms as a feed of the product has it.
    public var outcomes: [ModelOutcome] {
        decisions.map { ModelOutcome(voters: $0.voters, payloads: $0.payloads) }
    }
}
