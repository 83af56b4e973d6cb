import Consensus
import Foundation
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// The reference's integration tests, by its names: the simulation checks after each step what the reference checks,
/// and each test what is special about it.
@Suite struct ReferenceScenarioTests {
    private static let seeds: ClosedRange<UInt64> = 1...2

    /// The seeds of the test that draws everything: `PARSEC_SIMULATIONS` sets how many, `PARSEC_SEED` the first.
    private static let drawnSeeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["PARSEC_SEED"].flatMap { UInt64($0) } ?? 1
        let count = environment["PARSEC_SIMULATIONS"].flatMap { UInt64($0) } ?? 5
        return (0..<count).map { first &+ $0 }
    }()

    /// Runs a scenario to its end.
    ///
    /// - Parameter hint: what replays the run, beside the scenario's name and seed.
    private func run(_ scenario: Scenario, records: Bool = false, hint: String = "") throws -> Simulation {
        var options = Simulation.Options()
        options.keepsHappenings = true
        options.records = records
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        // A violation of any rule that the simulation checks: which one, in which scenario, under which seed.
        #expect(simulation.violation == nil, "\(scenario.name), seed \(scenario.seed)\(hint)")
        #expect(simulation.phase == .over)
        let liars = Set(simulation.peers.filter { !$0.isHonest }.map(\.id))
        // The reference's builds without detection keep who forks; here it is voted out once its fork shows.
        #expect(Set(simulation.currentVoters).union(liars) == Set(scenario.lastMembers).union(liars))
        #expect(simulation.agreedBlocks.first?.observation == .genesis(group: scenario.genesis.sorted(), info: []))
        // No honest peer is taken for a liar by another.
        for position in simulation.activePeers {
            let agreement = simulation.peers[position].engine.agreement
            for peer in simulation.peers where peer.isHonest {
                guard let index = agreement.peers.index(of: peer.id) else { continue }
                #expect(!agreement.graph.forkers.contains(index))
            }
        }
        return simulation
    }

    /// The peers that failed for good.
    private func failed(_ simulation: Simulation) -> [SimulatedPeer] { simulation.peers.filter(\.hasFailed) }

    // MARK: - Votes

    @Test("Four peers agree on one payload", arguments: seeds)
    func minimalNetwork(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.minimalNetwork(seed: seed))
        #expect(simulation.agreedBlocks.count == 2 && simulation.opaqueBlocks.count == 1)
        #expect(simulation.completePeers == 4)
    }

    @Test("Payloads that are all voted for before there is any gossip are agreed on", arguments: seeds)
    func multipleVotesBeforeGossip(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.multipleVotesBeforeGossip(seed: seed))
        #expect(simulation.agreedBlocks.count == 11 && simulation.opaqueBlocks.count == 10)
        #expect(simulation.completePeers == 4)
    }

    @Test("Payloads that are voted for while peers gossip are agreed on", arguments: seeds)
    func multipleVotesDuringGossip(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.multipleVotesDuringGossip(seed: seed))
        #expect(simulation.agreedBlocks.count == 11 && simulation.opaqueBlocks.count == 10)
        #expect(simulation.completePeers == 4)
    }

    @Test("Of two votes of a peer for the same payload one counts", arguments: seeds)
    func duplicateVoteIsReducedToSingle(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.duplicateVoteIsReducedToSingle(seed: seed), records: true)
        #expect(simulation.agreedBlocks.count == 6 && simulation.completePeers == 4)
        for block in simulation.agreedBlocks { #expect(Set(block.votes.map(\.voter)).count == block.votes.count) }
        // Each of four peers was asked to vote for five payloads, and for some of them twice.
        let asked = try #require(simulation.recording).entries.reduce(0) { sum, entry in
            guard case .call(.vote(let observations)) = entry.action else { return sum }
            return sum + observations.count
        }
        #expect(asked > 20)
        let graph = simulation.peers[0].engine.agreement.graph
        var votes: [PeerIndex: [ObservationIndex]] = [:]
        for event in graph.events where graph.kind(of: event) == .observation {
            votes[graph.creator(of: event), default: []] += graph.observations(of: event)
        }
        #expect(votes.count == 4)
        // Five payloads, and the initial group.
        for votes in votes.values { #expect(votes.count == 6 && Set(votes).count == 6) }
    }

    // MARK: - Faults

    @Test("With just less than a third of the peers silent from the start the others agree", arguments: seeds)
    func faultyThirdNeverGossip(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.faultyThirdNeverGossip(seed: seed))
        #expect(simulation.agreedBlocks.count == 11 && simulation.completePeers == 7)
        let failed = failed(simulation)
        #expect(failed.map(\.blocks.count) == [0, 0, 0])
        // What they did before the start reached nobody.
        let voters = Set(simulation.agreedBlocks.flatMap { $0.votes.map(\.voter) })
        #expect(voters == Set(simulation.activePeers.map { simulation.peers[$0].id }))
    }

    @Test("With just less than a third of the peers failing at the same time the others agree", arguments: seeds)
    func faultyThirdTerminateConcurrently(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.faultyThirdTerminateConcurrently(seed: seed))
        #expect(simulation.agreedBlocks.count == 11 && simulation.completePeers == 7)
        let failed = failed(simulation)
        #expect(failed.count == 3)
        for peer in failed { #expect(peer.blocks.count < 11 && (peer.blockTimes.last ?? 0) < 50) }
    }

    @Test("With peers failing one by one the others agree", arguments: seeds)
    func faultyNodesTerminateAtRandomPoints(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.faultyNodesTerminateAtRandomPoints(seed: seed))
        #expect(simulation.agreedBlocks.count == 11 && simulation.completePeers == 7)
        let failed = failed(simulation)
        #expect(failed.count == 3)
        for peer in failed { #expect(peer.blocks.count < 11) }
    }

    @Test("Without any delays peers agree as well", arguments: seeds)
    func randomScheduleNoDelays(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.randomScheduleNoDelays(seed: seed))
        #expect(simulation.agreedBlocks.count == 11 && simulation.completePeers == 4)
    }

    @Test("A peer that forks does not keep the others from agreeing", arguments: seeds)
    func consensusWithFork(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.consensusWithFork(seed: seed))
        #expect(simulation.opaqueBlocks.count == 2 && simulation.completePeers == 4)
        for position in simulation.activePeers {
            let agreement = simulation.peers[position].engine.agreement
            let forker = try #require(agreement.peers.index(of: "Eric"))
            #expect(agreement.graph.forkers.contains(forker))
        }
    }

    // MARK: - Members

    @Test("Eight peers join three, and have all blocks from the first one on", arguments: seeds)
    func addManyPeers(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.addManyPeers(seed: seed))
        #expect(simulation.agreedBlocks.count == 9 && simulation.completePeers == 11)
    }

    @Test("Payloads are agreed on between joins, and by those that joined", arguments: seeds)
    func addFewPeersAndVote(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.addFewPeersAndVote(seed: seed))
        #expect(simulation.agreedBlocks.count == 5 && simulation.completePeers == 6)
        for block in simulation.opaqueBlocks { #expect(block.voters.contains("Eric")) }
    }

    @Test("Eight peers join three while payloads are voted for", arguments: seeds)
    func addManyPeersAndVote(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.addManyPeersAndVote(seed: seed))
        #expect(simulation.agreedBlocks.count == 19 && simulation.opaqueBlocks.count == 10)
        #expect(simulation.completePeers == 11)
    }

    @Test("A peer that does nothing any more is removed by the others", arguments: seeds)
    func removeOnePeer(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.removeOnePeer(seed: seed))
        #expect(simulation.agreedBlocks.count == 7 && simulation.completePeers == 5)
        let failed = try #require(failed(simulation).first)
        let removal = try #require(simulation.removal(of: failed.id))
        #expect(removal.voters.contains(failed.id) && !removal.votes.map(\.voter).contains(failed.id))
        #expect(failed.blocks.count <= removal.number)
    }

    @Test("Three of ten peers are removed at once, and the rest goes on", arguments: seeds)
    func removeManyPeersAtOnce(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.removeManyPeersAtOnce(seed: seed))
        #expect(simulation.agreedBlocks.count == 5 && simulation.completePeers == 7)
        #expect(simulation.opaqueBlocks.first?.voters.count == 7)
        // All three removals were under way before the first was decided.
        let happenings = simulation.happenings.map(\.happening)
        let first = try #require(
            happenings.firstIndex { if case .left = $0 { true } else { false } }
        )
        var begun: Set<PeerID> = []
        for case .voted(_, let payloads) in happenings[..<first] {
            for case .remove(let peer, _) in payloads { begun.insert(peer) }
        }
        #expect(begun == ["Hank", "Iris", "Judy"])
    }

    @Test("A peer that was added counts as a voter when others fail and are removed", arguments: seeds)
    func failAddRemove(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.failAddRemove(seed: seed))
        #expect(simulation.agreedBlocks.count == 5 && simulation.completePeers == 5)
        let payload = try #require(simulation.opaqueBlocks.first)
        #expect(payload.voters == ["Alice", "Dave", "Eric", "Fred", "Gina", "Hank"])
        // Alice has failed, and four votes of six are too few.
        #expect(payload.votes.map(\.voter).sorted() == ["Dave", "Eric", "Fred", "Gina", "Hank"])
    }

    @Test("Members come and go many times, one and two at once", arguments: seeds)
    func extensiveDynamicMembership(seed: UInt64) throws {
        let scenario = ReferenceScenarios.extensiveDynamicMembership(seed: seed)
        let simulation = try run(scenario)
        #expect((9...12).contains(scenario.peers.count) && (5...6).contains(scenario.lastMembers.count))
        #expect(simulation.agreedBlocks.count == 1 + scenario.steps.count)
        #expect(simulation.completePeers == scenario.lastMembers.count)
        #expect(simulation.peers.count(where: simulation.hasWholeHistory) == scenario.peers.count)
    }

    @Test("A network grows from two peers", arguments: seeds)
    func growNetworkFromTwoNodes(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.growNetworkFromTwoNodes(seed: seed))
        #expect(simulation.agreedBlocks.count == 8 && simulation.completePeers == 4)
    }

    @Test("A network grows from one peer", arguments: seeds)
    func growNetworkFromOneNode(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios.growNetworkFromOneNode(seed: seed))
        #expect(simulation.agreedBlocks.count == 9 && simulation.completePeers == 4)
    }

    // MARK: - Single mode

    @Test("In single mode one vote makes a block, also while members come and go", arguments: [2, 3])
    func consensusModeSingle(seed: UInt64) throws {
        // Under seed 1 all voters of payloads happen to be removed later.
        let simulation = try run(ReferenceScenarios.consensusModeSingle(seed: seed))
        #expect(simulation.completePeers == 4)
        #expect(simulation.agreedBlocks.count == 9 + simulation.opaqueBlocks.count)
        for block in simulation.opaqueBlocks { #expect(block.votes.map(\.voter) == [block.voter]) }
        // Of the votes for payloads only those of peers that were removed may be lost, with their voters.
        var cast: Set<Observation> = []
        var lasting: Set<Observation> = []
        for case .voted(let voter, let observations) in simulation.happenings.map(\.happening) {
            for case .opaque(let bytes) in observations {
                cast.insert(.opaque(bytes))
                if simulation.currentVoters.contains(voter) { lasting.insert(.opaque(bytes)) }
            }
        }
        let decided = Set(simulation.opaqueBlocks.map(\.observation))
        #expect(decided.count == simulation.opaqueBlocks.count && !lasting.isEmpty)
        #expect(decided.isSuperset(of: lasting) && decided.isSubset(of: cast))
    }

    @Test("In single mode the same payload of eight voters is eight blocks", arguments: seeds)
    func consensusModeSingleAllVoteSame(seed: UInt64) throws {
        let scenario = ReferenceScenarios.consensusModeSingleAllVoteSame(seed: seed)
        let simulation = try run(scenario)
        #expect(simulation.opaqueBlocks.count == 16 && simulation.completePeers == 8)
        let blocks = Dictionary(grouping: simulation.opaqueBlocks, by: \.observation)
        #expect(blocks.count == 2)
        for blocks in blocks.values { #expect(blocks.compactMap(\.voter).sorted() == scenario.genesis.sorted()) }
    }

    // MARK: - Everything

    @Test("Peers agree under various conditions", arguments: drawnSeeds)
    func agreementUnderVariousConditions(seed: UInt64) throws {
        let scenario = ReferenceScenarios.agreementUnderVariousConditions(seed: seed)
        let command = "PARSEC_SEED=\(seed) PARSEC_SIMULATIONS=1 swift test --filter agreementUnderVariousConditions"
        let simulation = try run(scenario, hint: ": \(command)")
        let payloads = scenario.steps.count { if case .votes = $0 { true } else { false } }
        #expect(simulation.agreedBlocks.count == 1 + payloads, "\(command)")
        #expect(simulation.completePeers == scenario.genesis.count - scenario.faultyPeers.count, "\(command)")
    }
}
