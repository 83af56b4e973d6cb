import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// The reference's integration tests, by its names: the simulation checks after each step what the reference checks,
/// and each test what is special about it.
///
/// The six scenarios of key generation are not among them: there is none yet.
@Suite struct ReferenceScenarioTests {
    private static let seeds: ClosedRange<UInt64> = 1...2

    /// Runs a scenario to its end; a violation is named with what replays it.
    private func run(_ scenario: Scenario) throws -> Simulation {
        var simulation = try Simulation(scenario)
        simulation.run()
        #expect(simulation.violation == nil, "\(scenario.name), seed \(scenario.seed)")
        #expect(simulation.isSuccess)
        return simulation
    }

    private func opaqueBlocks(_ simulation: Simulation) -> Int {
        simulation.agreedBlocks.count {
            if case .opaque = $0.observation { true } else { false }
        }
    }

    /// Whether all peers that should have all blocks have them, from the first one on.
    private func haveAllBlocks(_ simulation: Simulation) -> Bool {
        simulation.activePeers.allSatisfy {
            simulation.peers[$0].blocks.map(\.digest) == simulation.agreedBlocks.map(\.digest)
        }
    }

    // MARK: - Votes

    @Test("Four peers agree on one payload", arguments: seeds)
    func minimalNetwork(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios(seed: seed).minimalNetwork())
        #expect(simulation.agreedBlocks.count == 2 && haveAllBlocks(simulation))
    }

    @Test("Payloads that are all voted for before there is any gossip are agreed on", arguments: seeds)
    func multipleVotesBeforeGossip(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios(seed: seed).multipleVotesBeforeGossip())
        #expect(opaqueBlocks(simulation) == 10 && haveAllBlocks(simulation))
    }

    @Test("Payloads that are voted for while peers gossip are agreed on", arguments: seeds)
    func multipleVotesDuringGossip(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.multipleVotesDuringGossip())
        #expect(opaqueBlocks(simulation) == 10 && haveAllBlocks(simulation))
    }

    @Test("Of two votes of a peer for the same payload one counts", arguments: seeds)
    func duplicateVoteIsReducedToSingle(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.duplicateVoteIsReducedToSingle())
        #expect(opaqueBlocks(simulation) == 10)
        for block in simulation.agreedBlocks { #expect(Set(block.votes.map(\.voter)).count == block.votes.count) }
    }

    // MARK: - Faults

    @Test("With just less than a third of the peers silent from the start the others agree", arguments: seeds)
    func faultyThirdNeverGossip(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.faultyThirdNeverGossip())
        #expect(opaqueBlocks(simulation) == 10 && haveAllBlocks(simulation))
        let failed = simulation.peers.filter(\.hasFailed)
        #expect(failed.count == 3 && failed.allSatisfy { $0.blocks.isEmpty })
    }

    @Test("With just less than a third of the peers failing at the same time the others agree", arguments: seeds)
    func faultyThirdTerminateConcurrently(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.faultyThirdTerminateConcurrently())
        #expect(opaqueBlocks(simulation) == 10 && haveAllBlocks(simulation))
        #expect(simulation.activePeers.count == 7)
    }

    @Test("With peers failing one by one the others agree", arguments: seeds)
    func faultyNodesTerminateAtRandomPoints(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.faultyNodesTerminateAtRandomPoints())
        #expect(opaqueBlocks(simulation) == 10 && haveAllBlocks(simulation))
        #expect(simulation.activePeers.count == 7)
    }

    @Test("Without any delays peers agree as well", arguments: seeds)
    func randomScheduleNoDelays(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.randomScheduleNoDelays())
        #expect(opaqueBlocks(simulation) == 10 && haveAllBlocks(simulation))
    }

    @Test("A peer that forks does not keep the others from agreeing", arguments: seeds)
    func consensusWithFork(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.consensusWithFork())
        #expect(opaqueBlocks(simulation) == 2 && haveAllBlocks(simulation))
        let agreement = simulation.peers[0].engine.agreement
        let forker = try #require(agreement.peers.index(of: "Eric"))
        #expect(agreement.graph.forkers.contains(forker))
    }

    // MARK: - Members

    @Test("Eight peers join three, and have all blocks from the first one on", arguments: seeds)
    func addManyPeers(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.addManyPeers())
        #expect(simulation.agreedBlocks.count == 9 && simulation.currentVoters.count == 11)
        #expect(simulation.activePeers.count == 11 && haveAllBlocks(simulation))
    }

    @Test("Payloads are agreed on between joins, and by those that joined", arguments: seeds)
    func addFewPeersAndVote(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios(seed: seed).addFewPeersAndVote())
        #expect(simulation.agreedBlocks.count == 5 && simulation.currentVoters.count == 6)
        #expect(haveAllBlocks(simulation))
    }

    @Test("Eight peers join three while payloads are voted for", arguments: seeds)
    func addManyPeersAndVote(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.addManyPeersAndVote())
        #expect(opaqueBlocks(simulation) == 10 && simulation.currentVoters.count == 11)
        #expect(haveAllBlocks(simulation))
    }

    @Test("A peer that does nothing any more is removed by the others", arguments: seeds)
    func removeOnePeer(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.removeOnePeer())
        #expect(simulation.agreedBlocks.count == 7 && simulation.currentVoters.count == 5)
        #expect(simulation.peers.filter(\.hasFailed).allSatisfy { !simulation.currentVoters.contains($0.id) })
    }

    @Test("Three of ten peers are removed at once, and the rest goes on", arguments: seeds)
    func removeManyPeersAtOnce(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.removeManyPeersAtOnce())
        #expect(simulation.agreedBlocks.count == 5 && simulation.currentVoters.count == 7)
        // Each of the removed has got as far as its own removal.
        let removed = simulation.peers.filter { !simulation.currentVoters.contains($0.id) }
        #expect(removed.count == 3)
        for peer in removed { #expect(peer.blocks.contains { $0.observation == .remove(peer.id, info: []) }) }
    }

    @Test("A peer that was added counts as a voter when others fail and are removed", arguments: seeds)
    func failAddRemove(seed: UInt64) throws {
        let simulation = try run(ReferenceScenarios(seed: seed).failAddRemove())
        #expect(simulation.currentVoters == ["Carol", "Dave", "Eric", "Fred", "Gina", "Hank"])
        #expect(simulation.agreedBlocks.count == 5 && haveAllBlocks(simulation))
    }

    @Test("Members come and go many times while payloads are voted for", arguments: seeds)
    func extensiveDynamicMembership(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let scenario = scenarios.extensiveDynamicMembership()
        let simulation = try run(scenario)
        #expect(simulation.agreedBlocks.count == 1 + scenario.steps.count)
        #expect(simulation.currentVoters.count == scenario.peers.count - 5 && haveAllBlocks(simulation))
    }

    @Test("A network grows from two peers", arguments: seeds)
    func growNetworkFromTwoNodes(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.growNetworkFromTwoNodes())
        #expect(simulation.agreedBlocks.count == 8 && simulation.currentVoters.count == 4)
        #expect(haveAllBlocks(simulation))
    }

    @Test("A network grows from one peer", arguments: seeds)
    func growNetworkFromOneNode(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.growNetworkFromOneNode())
        #expect(simulation.agreedBlocks.count == 9 && simulation.currentVoters.count == 4)
        #expect(haveAllBlocks(simulation))
    }

    // MARK: - Single mode

    @Test("In single mode one vote makes a block, also while all first members are replaced", arguments: seeds)
    func consensusModeSingle(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let scenario = scenarios.consensusModeSingle()
        let simulation = try run(scenario)
        #expect(simulation.currentVoters == Array(scenario.peers.dropFirst(4)))
        // What a peer voted for and was not decided by its removal may be lost with it.
        #expect((1...10).contains(opaqueBlocks(simulation)) && haveAllBlocks(simulation))
        for block in simulation.agreedBlocks {
            if case .opaque = block.observation { #expect(block.votes.map(\.voter) == [block.voter]) }
        }
    }

    @Test("In single mode the same payload of eight voters is eight blocks", arguments: seeds)
    func consensusModeSingleAllVoteSame(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let simulation = try run(scenarios.consensusModeSingleAllVoteSame())
        #expect(opaqueBlocks(simulation) == 16 && haveAllBlocks(simulation))
    }

    // MARK: - Everything

    @Test("Peers agree under various conditions", arguments: 1...5 as ClosedRange<UInt64>)
    func agreementUnderVariousConditions(seed: UInt64) throws {
        var scenarios = ReferenceScenarios(seed: seed)
        let scenario = scenarios.agreementUnderVariousConditions()
        let payloads = scenario.steps.count { if case .votes = $0 { true } else { false } }
        let simulation = try run(scenario)
        #expect(opaqueBlocks(simulation) == payloads && haveAllBlocks(simulation))
    }
}
