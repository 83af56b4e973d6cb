import ParsecCore
import Simulation
import Voting

/// The reference's integration tests as scenarios of ours, by its names (`protocol.md` section 10.1).
///
/// One step of the reference's simulator is one virtual millisecond here: a peer gossips with probability 0.05 in each
/// step, which is once in 20, and messages take Poisson(4) steps. What the reference draws at random (when payloads,
/// joins and removals begin, and how long each voter takes to vote) is drawn from the seed.
struct ReferenceScenarios {
    private var random: SeededGenerator
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
    }

    /// How long voters take to vote: the reference draws up to 100 steps.
    private static let spread = 100

    private func scenario(_ name: String, peers: Int) -> Scenario {
        var scenario = Scenario(name, peers: peers, seed: seed)
        scenario.gossip.interval = 20
        scenario.gossip.heartbeat = 200
        scenario.link = LinkQuality(delay: .poisson(mean: 4), reordering: 1)
        return scenario
    }

    /// Draws times, one after another, that each come with a probability per step.
    private mutating func times(_ count: Int, probability: Double) -> [Int] {
        var time = 0
        return (0..<count).map { _ in
            repeat { time += 1 } while !random.happens(probability)
            return time
        }
    }

    /// Payloads that begin with probability 0.05 in each step.
    private mutating func payloads(_ count: Int) -> [Step] {
        times(count, probability: 0.05).map { .votes(1, at: $0, spread: ReferenceScenarios.spread) }
    }

    /// The names that follow those of an initial group.
    private func newcomers(_ count: Int, after peers: Int) -> [PeerID] {
        Array(Scenario("", peers: peers + count).genesis.dropFirst(peers))
    }

    /// Joins that begin with probability 0.02 in each step.
    private mutating func joins(_ peers: [PeerID]) -> [Step] {
        zip(peers, times(peers.count, probability: 0.02)).map {
            .join($0, at: $1, spread: ReferenceScenarios.spread)
        }
    }

    // MARK: - Votes

    func minimalNetwork() -> Scenario {
        var scenario = scenario("minimal_network", peers: 4)
        scenario.steps = [.votes(1)]
        return scenario
    }

    func multipleVotesBeforeGossip() -> Scenario {
        var scenario = scenario("multiple_votes_before_gossip", peers: 4)
        scenario.steps = [.votes(10)]
        return scenario
    }

    mutating func multipleVotesDuringGossip() -> Scenario {
        var scenario = scenario("multiple_votes_during_gossip", peers: 4)
        scenario.steps = payloads(10)
        return scenario
    }

    mutating func duplicateVoteIsReducedToSingle() -> Scenario {
        var scenario = scenario("duplicate_vote_is_reduced_to_single", peers: 4)
        scenario.steps = times(10, probability: 0.05).map { at in
            var votes = Votes()
            (votes.at, votes.spread, votes.duplicates) = (at, ReferenceScenarios.spread, 0.5)
            return .votes(votes)
        }
        return scenario
    }

    // MARK: - Faults

    mutating func faultyThirdNeverGossip() -> Scenario {
        var scenario = scenario("faulty_third_never_gossip", peers: 10)
        let failed = Array(scenario.genesis.shuffled(using: &random).prefix(3))
        scenario.steps = [.fault(Fault(.crash(failed), from: 0))] + payloads(10)
        return scenario
    }

    mutating func faultyThirdTerminateConcurrently() -> Scenario {
        var scenario = scenario("faulty_third_terminate_concurrently", peers: 10)
        let failed = Array(scenario.genesis.shuffled(using: &random).prefix(3))
        let at = Int.random(in: 10..<50, using: &random)
        scenario.steps = [.fault(Fault(.crash(failed), from: at))] + payloads(10)
        return scenario
    }

    /// In each step some peer fails with probability 0.05, as long as more than two thirds are left.
    mutating func faultyNodesTerminateAtRandomPoints() -> Scenario {
        var scenario = scenario("faulty_nodes_terminate_at_random_points", peers: 10)
        let failed = scenario.genesis.shuffled(using: &random).prefix(3)
        scenario.steps = payloads(10)
        for (peer, at) in zip(failed, times(3, probability: 0.05)) { scenario.steps.append(.crash(peer, from: at)) }
        return scenario
    }

    mutating func randomScheduleNoDelays() -> Scenario {
        var scenario = scenario("random_schedule_no_delays", peers: 4)
        scenario.link.delay = .constant(0)
        scenario.steps = payloads(10)
        return scenario
    }

    mutating func consensusWithFork() -> Scenario {
        var scenario = scenario("consensus_with_fork", peers: 5)
        scenario.steps = payloads(2) + [.fork("Eric", from: 1)]
        return scenario
    }

    // MARK: - Members

    mutating func addManyPeers() -> Scenario {
        var scenario = scenario("add_many_peers", peers: 3)
        scenario.steps = joins(newcomers(8, after: 3))
        return scenario
    }

    func addFewPeersAndVote() -> Scenario {
        var scenario = scenario("add_few_peers_and_vote", peers: 4)
        let spread = ReferenceScenarios.spread
        scenario.steps = [
            .join("Eric", at: 50, spread: spread), .votes(1, at: 200, spread: spread),
            .join("Fred", at: 400, spread: spread), .votes(1, at: 400, spread: spread),
        ]
        return scenario
    }

    mutating func addManyPeersAndVote() -> Scenario {
        var scenario = scenario("add_many_peers_and_vote", peers: 3)
        scenario.steps = joins(newcomers(8, after: 3)) + payloads(10)
        return scenario
    }

    /// The reference stops the removed peer when it votes for its removal.
    mutating func removeOnePeer() -> Scenario {
        var scenario = scenario("remove_one_peer", peers: 6)
        let removed = scenario.genesis[Int.random(in: 0..<6, using: &random)]
        let at = times(1, probability: 0.02)[0]
        scenario.steps = payloads(5) + [.crash(removed, from: at), .evict(removed, at: at, spread: 100)]
        return scenario
    }

    mutating func removeManyPeersAtOnce() -> Scenario {
        var scenario = scenario("remove_many_peers_at_once", peers: 10)
        let removed = scenario.genesis.shuffled(using: &random).prefix(3)
        scenario.steps = removed.map { .leave($0, at: 50, spread: 100) } + [.votes(1, at: 500, spread: 100)]
        return scenario
    }

    /// The peer that is added has to count as a voter for the rest to be decided.
    func failAddRemove() -> Scenario {
        var scenario = scenario("fail_add_remove", peers: 7)
        scenario.steps = [
            .crash("Alice", from: 10), .evict("Bob", at: 50, spread: 100), .crash("Bob", from: 50),
            .join("Hank", at: 100, spread: 100), .evict("Alice", at: 150, spread: 100), .votes(1, at: 200, spread: 100),
        ]
        return scenario
    }

    /// Members come and go at random; 9 to 12 are there in between.
    mutating func extensiveDynamicMembership() -> Scenario {
        var scenario = scenario("extensive_dynamic_membership", peers: 4)
        let joining = newcomers(Int.random(in: 5...8, using: &random), after: 4)
        scenario.steps = payloads(5) + joins(joining)
        let leaving = (scenario.genesis.dropFirst() + joining).shuffled(using: &random).prefix(5)
        for (peer, at) in zip(leaving, times(5, probability: 0.02)) {
            scenario.steps.append(.leave(peer, at: 200 + at, spread: ReferenceScenarios.spread))
        }
        return scenario
    }

    mutating func growNetworkFromTwoNodes() -> Scenario {
        var scenario = scenario("grow_network_from_two_nodes", peers: 2)
        scenario.steps = joins(newcomers(2, after: 2)) + payloads(5)
        return scenario
    }

    mutating func growNetworkFromOneNode() -> Scenario {
        var scenario = scenario("grow_network_from_one_node", peers: 1)
        scenario.steps = joins(newcomers(3, after: 1)) + payloads(5)
        return scenario
    }

    // MARK: - Single mode

    mutating func consensusModeSingle() -> Scenario {
        var scenario = scenario("consensus_mode_single", peers: 4)
        scenario.mode = .single
        scenario.steps = payloads(10) + joins(newcomers(4, after: 4))
        for (peer, at) in zip(scenario.genesis, times(4, probability: 0.02)) {
            scenario.steps.append(.leave(peer, at: 300 + at, spread: ReferenceScenarios.spread))
        }
        return scenario
    }

    mutating func consensusModeSingleAllVoteSame() -> Scenario {
        var scenario = scenario("consensus_mode_single_all_vote_same", peers: 8)
        scenario.mode = .single
        scenario.steps = times(2, probability: 0.05).map { .votes(1, at: $0, by: .all, spread: 100) }
        return scenario
    }

    // MARK: - Everything

    /// 4 to 10 peers, 1 to 10 payloads at any pace, failures within the bound, and any delays.
    mutating func agreementUnderVariousConditions() -> Scenario {
        let peers = Int.random(in: 4...10, using: &random)
        var scenario = scenario("agreement_under_various_conditions", peers: peers)
        if random.happens(0.5) {
            scenario.link.delay = .constant(Int.random(in: 0...9, using: &random))
        } else {
            scenario.link.delay = .poisson(mean: 10 * random.fraction())
        }
        let pace = 0.001 + 0.499 * random.fraction()
        let count = Int.random(in: 1...10, using: &random)
        scenario.steps = times(count, probability: pace).map { .votes(1, at: $0, spread: 100) }
        let failing = Int.random(in: 0...(peers - 1) / 3, using: &random)
        let failures = times(failing, probability: max(0.001, random.fraction()))
        for (peer, at) in zip(scenario.genesis.shuffled(using: &random), failures) {
            scenario.steps.append(.crash(peer, from: at))
        }
        return scenario
    }
}
