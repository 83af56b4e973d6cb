import Consensus
public import GraphFormats
import MetaVoting
import ParsecCore

/// A graph in numbers.
public struct GraphStatistics: Hashable, Sendable, Codable {
    /// The events of one creator.
    public struct Creator: Hashable, Sendable, Codable {
        public let peer: String

        /// By kind of cause: initial, requesting, request, response, observation.
        public let events: [String: Int]

        /// Places at which it created more than one event.
        public let forks: Int
    }

    /// The stages at which meta-votes of deciding events were decided, or what a block took, as a distribution.
    public struct Distribution: Hashable, Sendable, Codable {
        public let least: Int
        public let median: Int
        public let most: Int

        init?(_ values: [Int]) {
            let sorted = values.sorted()
            guard let first = sorted.first, let last = sorted.last else { return nil }
            least = first
            median = sorted[sorted.count / 2]
            most = last
        }
    }

    public let owner: String
    public let events: Int

    /// By kind of cause.
    public let kinds: [String: Int]
    public let creators: [Creator]

    /// The events on the longest chain of parents, and the most events at one height of it.
    public let depth: Int
    public let width: Int
    public let payloads: Int
    public let blocks: Int
    public let elections: Int

    /// From the first vote for a block's payload to the decision, in heights of the graph: how many messages in a row.
    public let latency: Distribution?

    /// The rounds of meta-votes that decisions took: 0 without the coin.
    public let rounds: Distribution?

    /// How many events were in the graph at each tenth of the decisions.
    public let growth: [Int]

    /// - Throws: ``Replay/Failure`` if the events cannot be replayed.
    /// - Complexity: a replay of the events.
    public init(_ dump: GraphDump, rules: GraphDump.Rules? = nil) throws(Replay.Failure) {
        owner = dump.ourID.description
        events = dump.events.count
        var kinds: [String: Int] = [:]
        var byCreator: [PeerID: (events: [String: Int], forks: Int)] = [:]
        var heights: [Int] = []
        var counts: [Int: Int] = [:]
        var firstVotes: [DumpObservation: Int] = [:]
        for event in dump.events {
            kinds[event.cause.name, default: 0] += 1
            byCreator[event.creator, default: ([:], 0)].events[event.cause.name, default: 0] += 1
            if event.forkIndex > 0 { byCreator[event.creator]?.forks += 1 }
            let height = 1 + ([event.selfParent, event.otherParent].compactMap { $0 }.map { heights[$0] }.max() ?? 0)
            heights.append(height)
            counts[height, default: 0] += 1
            guard case .observation(let list) = event.cause else { continue }
            for observation in list { firstVotes[observation] = min(firstVotes[observation] ?? .max, height) }
        }
        self.kinds = kinds
        creators = byCreator.sorted { $0.key < $1.key }.map { peer, found in
            Creator(peer: peer.description, events: found.events, forks: found.forks)
        }
        depth = heights.max() ?? 0
        width = counts.values.max() ?? 0
        payloads = firstVotes.count

        var replay = try Replay(dump, rules: (rules ?? dump.rules ?? .reference).protocolRules)
        var (latencies, rounds, sizes): ([Int], [Int], [Int]) = ([], [], [])
        var blocks = 0
        let votes = Dictionary(firstVotes.map { ($0.description, $1) }) { min($0, $1) }
        while let decision = try replay.nextDecision() {
            sizes.append(decision.eventCount)
            let (graph, election) = (replay.agreement.graph, replay.agreement.election)
            let meta = election.metaEvent(
                of: decision.event,
                attempt: election.attemptCount - 1,
                in: graph,
                store: replay.agreement.store
            )
            rounds.append(meta?.metaVotes.compactMap(\.last?.stage.round).max() ?? 0)
            for (index, payload) in zip(decision.outcome.payloads, decision.payloads) where payload.isBlock {
                blocks += 1
                let start = votes[replay.text(of: index)] ?? 0
                latencies.append(heights[replay.position(of: decision.event)] - start)
            }
        }
        self.blocks = blocks
        elections = sizes.count
        latency = Distribution(latencies)
        self.rounds = Distribution(rounds)
        growth = sizes.isEmpty ? [] : (1...10).map { sizes[min(sizes.count - 1, sizes.count * $0 / 10)] }
    }

    /// The numbers as lines of text.
    public var text: String {
        func kindText(_ kinds: [String: Int]) -> String {
            kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        }
        func spread(_ values: Distribution?) -> String {
            values.map { "\($0.least) to \($0.most), median \($0.median)" } ?? "nothing was decided"
        }
        var lines = [
            "\(events) events, as \(owner) has them: \(kindText(kinds))",
            "depth \(depth), width \(width)",
            "\(payloads) payloads voted for, \(blocks) blocks from \(elections) elections",
            "from the first vote to the block: \(spread(latency)) heights",
            "rounds of the meta-votes: \(spread(rounds))",
        ]
        if !growth.isEmpty {
            lines.append("events at each tenth of the decisions: \(growth.map(String.init).joined(separator: " "))")
        }
        for creator in creators {
            let forks = creator.forks == 0 ? "" : "; forked \(creator.forks) time\(creator.forks == 1 ? "" : "s")"
            lines.append("  \(creator.peer): \(kindText(creator.events))\(forks)")
        }
        return lines.joined(separator: "\n")
    }
}
