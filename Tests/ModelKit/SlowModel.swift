public import ParsecCore
public import Voting

/// The consensus rules written straight from their definitions (`protocol.md` section 4), under the current rules.
///
/// Everything is a function of the ancestry of the event under evaluation, given the voters of the election and the
/// payloads decided before it. Each election is evaluated at every event of the graph from nothing.
public struct SlowModel: Sendable {
    /// The graph.
    public let graph: ModelGraph

    /// The digest by which payloads are compared.
    public let digest: @Sendable (Observation) -> Digest

    /// Whether paths through peers that are no voters count for strong sight, as in the reference.
    public let countsAllPeers: Bool

    /// The coin of a round, or nil where there is none.
    public let coin: @Sendable (Int) -> Bool?

    /// How many attempts of each election are treated as if they had decided every voter false.
    ///
    /// No graph is known on which an attempt fails by itself, so this is how later attempts can be looked at. A sole
    /// voter decides without attempts that could fail.
    public let discardedAttempts: Int

    /// The payloads voted for anywhere in the graph, in the order of comparison; a payload's number is its place here.
    let payloads: [ModelPayload]

    /// For each payload and peer position, the events by the peer that carry it, with the place inside the event.
    let carriers: [[Int: [(event: Int, place: Int)]]]

    /// Makes the model of a graph.
    ///
    /// The default coin is the parity of the round, as in the reference.
    public init(
        graph: ModelGraph,
        digest: @escaping @Sendable (Observation) -> Digest = { modelDigest($0) },
        countsAllPeers: Bool = false,
        coin: @escaping @Sendable (Int) -> Bool? = { $0 % 2 == 1 },
        discardedAttempts: Int = 0
    ) {
        self.graph = graph
        self.digest = digest
        self.countsAllPeers = countsAllPeers
        self.coin = coin
        self.discardedAttempts = discardedAttempts

        var seen: Set<ModelPayload> = []
        for event in graph.events {
            for observation in event.cause.observations {
                seen.insert(SlowModel.payload(observation, by: event.creator, mode: graph.mode))
            }
        }
        payloads = SlowModel.sorted(seen, by: digest)
        let numbers = Dictionary(uniqueKeysWithValues: payloads.enumerated().map { ($1, $0) })
        var carriers = [[Int: [(event: Int, place: Int)]]](repeating: [:], count: payloads.count)
        for (index, event) in graph.events.enumerated() {
            for (place, observation) in event.cause.observations.enumerated() {
                let payload = SlowModel.payload(observation, by: event.creator, mode: graph.mode)
                guard let number = numbers[payload] else { continue }
                carriers[number][graph.creators[index], default: []].append((index, place))
            }
        }
        self.carriers = carriers
    }

    /// Runs all elections of the graph.
    public func run() -> ModelRun {
        var run = ModelRun(voters: graph.genesis, admitted: Set(graph.genesis))
        var decided: Set<ModelPayload> = []
        while true {
            let election = election(voters: run.voters, decidedBefore: decided)
            let number = run.elections.count
            run.elections.append(election)
            run.violations += election.violations.map { "election \(number): \($0)" }
            guard let payloads = election.payloads, !payloads.isEmpty else { return run }

            let voters = Set(run.voters)
            let blocks = payloads.filter { payload in
                !payload.observation.isInternal && (payload.creator.map(voters.contains) ?? true)
            }
            run.decisions.append(
                ModelDecision(
                    voters: run.voters,
                    payloads: payloads,
                    blocks: blocks,
                    decidingEvents: election.decidingEvents,
                    attemptCount: election.attempts.count
                )
            )
            decided.formUnion(payloads)
            for payload in payloads { SlowModel.apply(payload.observation, to: &run) }
        }
    }

    /// The payload that a vote for an observation counts for (`protocol.md` section 4.1).
    public static func payload(_ observation: Observation, by creator: PeerID, mode: ConsensusMode) -> ModelPayload {
        let isSingle = observation.mode(opaqueMode: mode) == .single
        return ModelPayload(observation: observation, creator: isSingle ? creator : nil)
    }

    /// Applies a decided observation to the voters (`protocol.md` section 3.5).
    private static func apply(_ observation: Observation, to run: inout ModelRun) {
        switch observation {
        case .add(let peer, _):
            if run.admitted.insert(peer).inserted { run.voters = (run.voters + [peer]).sorted() }
        case .remove(let peer, _), .accusation(let peer, _):
            if run.voters.count > 1 { run.voters.removeAll { $0 == peer } }
        case .genesis, .opaque, .keyGeneration:
            break
        }
    }

    /// Sorts payloads by digest, then by creator, an absent one first.
    private static func sorted(
        _ payloads: Set<ModelPayload>,
        by digest: (Observation) -> Digest
    ) -> [ModelPayload] {
        let keyed = payloads.map { (digest: digest($0.observation), payload: $0) }
        return keyed.sorted { a, b in
            if a.digest != b.digest { return a.digest < b.digest }
            switch (a.payload.creator, b.payload.creator) {
            case (let first?, let second?): return first < second
            case (nil, .some): return true
            default: return false
            }
        }
        .map(\.payload)
    }
}
