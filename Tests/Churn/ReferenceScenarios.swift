import ParsecCore
import Simulation
import Voting

/// The reference's integration tests as scenarios of ours, by its names (`protocol.md` section 10.1).
///
/// One step of the reference's simulator is one virtual millisecond here: a peer gossips with probability 0.05 in each
/// step, which is once in 20, and messages take Poisson(4) steps. What the reference draws at random (when payloads,
/// joins and removals begin, and who is removed or fails) is drawn from the seed.
///
/// The six scenarios of key generation are not among them: there is none yet.
enum ReferenceScenarios {
    /// Within how long voters vote: the reference draws up to 100 steps.
    private static let spread = 100

    // MARK: - Votes

    static func minimalNetwork(seed: UInt64) -> Scenario {
        var draft = Draft("minimal_network", peers: 4, seed: seed)
        draft.steps = [.votes(1)]
        return draft.scenario
    }

    static func multipleVotesBeforeGossip(seed: UInt64) -> Scenario {
        var draft = Draft("multiple_votes_before_gossip", peers: 4, seed: seed)
        draft.steps = [.votes(10)]
        return draft.scenario
    }

    static func multipleVotesDuringGossip(seed: UInt64) -> Scenario {
        var draft = Draft("multiple_votes_during_gossip", peers: 4, seed: seed)
        draft.addPayloads(10)
        return draft.scenario
    }

    /// The reference declares the probability of a second vote, but makes none; here half of the votes are made twice.
    static func duplicateVoteIsReducedToSingle(seed: UInt64) -> Scenario {
        var draft = Draft("duplicate_vote_is_reduced_to_single", peers: 4, seed: seed)
        var votes = Votes()
        (votes.count, votes.duplicates) = (5, 0.5)
        draft.steps = [.votes(votes)]
        return draft.scenario
    }

    // MARK: - Faults

    static func faultyThirdNeverGossip(seed: UInt64) -> Scenario {
        var draft = Draft("faulty_third_never_gossip", peers: 10, seed: seed)
        let failed = draft.some(3)
        draft.steps = [.fault(Fault(.crash(failed), from: 0))]
        draft.addPayloads(10)
        return draft.scenario
    }

    static func faultyThirdTerminateConcurrently(seed: UInt64) -> Scenario {
        var draft = Draft("faulty_third_terminate_concurrently", peers: 10, seed: seed)
        let failed = draft.some(3)
        draft.steps = [.fault(Fault(.crash(failed), from: draft.number(10...49)))]
        draft.addPayloads(10)
        return draft.scenario
    }

    /// In each step a peer fails with probability 0.05, as long as more than two thirds are left.
    static func faultyNodesTerminateAtRandomPoints(seed: UInt64) -> Scenario {
        var draft = Draft("faulty_nodes_terminate_at_random_points", peers: 10, seed: seed)
        draft.addPayloads(10)
        draft.addFailures(3, probability: 0.05)
        return draft.scenario
    }

    static func randomScheduleNoDelays(seed: UInt64) -> Scenario {
        var draft = Draft("random_schedule_no_delays", peers: 4, seed: seed)
        draft.scenario.link.delay = .constant(0)
        draft.addPayloads(10)
        return draft.scenario
    }

    /// The last member of the initial group forks as soon as it gossips.
    static func consensusWithFork(seed: UInt64) -> Scenario {
        var draft = Draft("consensus_with_fork", peers: 5, seed: seed)
        draft.addPayloads(2)
        draft.steps.append(.fork("Eric", from: 1))
        return draft.scenario
    }

    // MARK: - Members

    static func addManyPeers(seed: UInt64) -> Scenario {
        var draft = Draft("add_many_peers", peers: 3, seed: seed)
        draft.addChanges(joins: 8, removals: 0)
        return draft.scenario
    }

    static func addFewPeersAndVote(seed: UInt64) -> Scenario {
        var draft = Draft("add_few_peers_and_vote", peers: 4, seed: seed)
        draft.steps = [
            .join("Eric", at: 50, spread: spread), .votes(1, at: 200, spread: spread),
            .join("Fred", at: 400, spread: spread), .votes(1, at: 400, spread: spread),
        ]
        return draft.scenario
    }

    static func addManyPeersAndVote(seed: UInt64) -> Scenario {
        var draft = Draft("add_many_peers_and_vote", peers: 3, seed: seed)
        draft.addPayloads(10)
        draft.addChanges(joins: 8, removals: 0)
        return draft.scenario
    }

    /// As in the reference a peer stops when it is going to be removed: the others do without it.
    static func removeOnePeer(seed: UInt64) -> Scenario {
        var draft = Draft("remove_one_peer", peers: 6, seed: seed)
        draft.addPayloads(5)
        let removed = draft.some(1)[0]
        let at = draft.times(1, probability: 0.02)[0]
        draft.steps += [.crash(removed, from: at), .evict(removed, at: at, spread: spread)]
        return draft.scenario
    }

    /// The seven that go on are just enough to remove the three that stopped.
    static func removeManyPeersAtOnce(seed: UInt64) -> Scenario {
        var draft = Draft("remove_many_peers_at_once", peers: 10, seed: seed)
        let removed: [PeerID] = ["Hank", "Iris", "Judy"]
        draft.steps = [.fault(Fault(.crash(removed), from: 50))]
        draft.steps += removed.map { .evict($0, at: 50, spread: spread) }
        draft.steps.append(.votes(1, at: 500, spread: spread))
        return draft.scenario
    }

    /// In the end five of six members are left: just enough, and only if the one that joined counts as a voter.
    static func failAddRemove(seed: UInt64) -> Scenario {
        var draft = Draft("fail_add_remove", peers: 7, seed: seed)
        draft.steps = [
            .crash("Alice", from: 10), .crash("Bob", from: 20), .evict("Bob", at: 20, spread: spread),
            .join("Hank", at: 200, spread: spread), .crash("Carol", from: 1_000),
            .evict("Carol", at: 1_000, spread: spread), .votes(1, at: 1_500, spread: spread),
        ]
        return draft.scenario
    }

    /// From 4 members to 9; from there members are removed, one or two at once, and sometimes one joins, until 6 are
    /// left. Never more than 12 peers take part.
    static func extensiveDynamicMembership(seed: UInt64) -> Scenario {
        var draft = Draft("extensive_dynamic_membership", peers: 4, seed: seed)
        var time = 0
        while draft.members.count < 9 {
            time += 50
            draft.join(at: time)
        }
        while true {
            if draft.scenario.peers.count < 12 && draft.happens(1 / 3) {
                time += 200
                draft.join(at: time)
            }
            guard draft.members.count > 6 else { return draft.scenario }
            time += 300
            for _ in 0..<draft.number(1...2) { draft.remove(at: time) }
        }
    }

    static func growNetworkFromTwoNodes(seed: UInt64) -> Scenario {
        var draft = Draft("grow_network_from_two_nodes", peers: 2, seed: seed)
        draft.addPayloads(5)
        draft.addChanges(joins: 2, removals: 0)
        return draft.scenario
    }

    static func growNetworkFromOneNode(seed: UInt64) -> Scenario {
        var draft = Draft("grow_network_from_one_node", peers: 1, seed: seed)
        draft.addPayloads(5)
        draft.addChanges(joins: 3, removals: 0)
        return draft.scenario
    }

    // MARK: - Single mode

    static func consensusModeSingle(seed: UInt64) -> Scenario {
        var draft = Draft("consensus_mode_single", peers: 4, seed: seed)
        draft.scenario.mode = .single
        draft.addPayloads(10, by: .count(1))
        draft.addChanges(joins: 4, removals: 4)
        return draft.scenario
    }

    static func consensusModeSingleAllVoteSame(seed: UInt64) -> Scenario {
        var draft = Draft("consensus_mode_single_all_vote_same", peers: 8, seed: seed)
        draft.scenario.mode = .single
        draft.addPayloads(2, by: .all)
        return draft.scenario
    }

    // MARK: - Everything

    /// 4 to 10 peers, 1 to 10 payloads at any pace, up to half of the votes made twice, failures at any pace as long as
    /// more than two thirds are left, and any delays.
    static func agreementUnderVariousConditions(seed: UInt64) -> Scenario {
        var random = SeededGenerator(seed: ~seed)
        let peers = Int.random(in: 4...10, using: &random)
        var draft = Draft("agreement_under_various_conditions", peers: peers, seed: seed)
        if draft.happens(0.5) {
            draft.scenario.link.delay = .constant(draft.number(0...9))
        } else {
            draft.scenario.link.delay = .poisson(mean: 10 * draft.fraction())
        }
        let pace = 0.001 + 0.499 * draft.fraction()
        let duplicates = 0.5 * draft.fraction()
        draft.addPayloads(draft.number(1...10), probability: pace, duplicates: duplicates)
        draft.addFailures(draft.number(0...(peers - 1) / 3), probability: max(0.001, draft.fraction()))
        return draft.scenario
    }

    // MARK: - Drawing

    /// A scenario that is being made, and the peers that are members once all of its steps are over.
    private struct Draft {
        var scenario: Scenario
        private(set) var members: [PeerID]
        private var random: SeededGenerator

        init(_ name: String, peers: Int, seed: UInt64) {
            scenario = Scenario(name, peers: peers, seed: seed)
            scenario.gossip.interval = 20
            scenario.gossip.heartbeat = 200
            scenario.link = LinkQuality(delay: .poisson(mean: 4), reordering: 1)
            members = scenario.genesis
            random = SeededGenerator(seed: seed)
        }

        var steps: [Step] {
            get { scenario.steps }
            set { scenario.steps = newValue }
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func fraction() -> Double { random.fraction() }

        mutating func happens(_ probability: Double) -> Bool { random.happens(probability) }

        /// Draws members of the initial group.
        mutating func some(_ count: Int) -> [PeerID] {
            Array(scenario.genesis.shuffled(using: &random).prefix(count)).sorted()
        }

        /// Draws times, one after another, that each come with a probability per step.
        mutating func times(_ count: Int, probability: Double) -> [Int] {
            var time = 0
            return (0..<count).map { _ in
                repeat { time += 1 } while !random.happens(probability)
                return time
            }
        }

        mutating func addPayloads(
            _ count: Int,
            by voters: VoterChoice? = nil,
            probability: Double = 0.05,
            duplicates: Double = 0
        ) {
            for time in times(count, probability: probability) {
                var votes = Votes()
                (votes.at, votes.by, votes.spread, votes.duplicates) = (time, voters, spread, duplicates)
                steps.append(.votes(votes))
            }
        }

        mutating func addFailures(_ count: Int, probability: Double) {
            for (peer, time) in zip(some(count).shuffled(using: &random), times(count, probability: probability)) {
                steps.append(.crash(peer, from: time))
            }
        }

        /// In each step a peer joins, and one is removed, with probability 0.02 each; at least three are left.
        mutating func addChanges(joins: Int, removals: Int) {
            var (joins, removals, time) = (joins, removals, 0)
            while joins > 0 || removals > 0 {
                time += 1
                if joins > 0 && happens(0.02) {
                    joins -= 1
                    join(at: time)
                }
                if removals > 0 && members.count > 3 && happens(0.02) {
                    removals -= 1
                    remove(at: time)
                }
            }
        }

        /// The next name joins.
        mutating func join(at time: Int) {
            let peers = scenario.peers.count
            let newcomer = Scenario("", peers: peers + 1).genesis[peers]
            steps.append(.join(newcomer, at: time, spread: spread))
            members.append(newcomer)
        }

        /// The others vote out any member. Unlike in the reference it goes on until it is removed: several removals may
        /// be under way, and all that are concerned stopping at once could leave too few.
        mutating func remove(at time: Int) {
            let member = members.remove(at: number(0...members.count - 1))
            steps.append(.evict(member, at: time, spread: spread))
        }
    }
}
