import Consensus
import Foundation
import GossipGraph
import Membership
import MetaVoting
import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct SimulationTests {
    private func run(_ change: (inout SimulationSettings) -> Void) throws -> Simulation {
        var settings = SimulationSettings()
        change(&settings)
        var simulation = try Simulation(settings)
        simulation.run()
        return simulation
    }

    /// The command that runs a failing simulation again.
    private func replay(_ settings: SimulationSettings) -> Comment {
        """
        parsec-sim --peers \(settings.peers) --events \(settings.events) --add-peers \(settings.addedPeers) \
        --remove-peers \(settings.removedPeers) --forkers \(settings.forkers) --mode \(settings.mode.rawValue) \
        --seed \(settings.seed)
        """
    }

    /// How many seeds are tried; `PARSEC_SIMULATIONS` sets it.
    private static let seeds = 1...(ProcessInfo.processInfo.environment["PARSEC_SIMULATIONS"].flatMap { Int($0) } ?? 1)

    @Test("A network settles, and its peers have the same blocks, with churn and liars in both modes", arguments: seeds)
    func settles(seed: Int) throws {
        for mode in ConsensusMode.allCases {
            for (peers, added, removed, forkers) in [
                (5, 0, 0, 0), (5, 2, 2, 0), (4, 1, 0, 1), (7, 1, 1, 2), (1, 4, 3, 0),
            ] {
                let simulation = try run {
                    $0.peers = peers
                    $0.addedPeers = added
                    $0.removedPeers = removed
                    $0.forkers = forkers
                    $0.mode = mode
                    $0.events = 3
                    $0.seed = UInt64(seed)
                }
                #expect(simulation.divergence == nil, replay(simulation.settings))
                #expect(simulation.isSettled, replay(simulation.settings))
                for peer in simulation.activePeers {
                    let blocks = simulation.peers[peer].blocks
                    #expect(blocks.map(\.digest) == simulation.agreedBlocks.map(\.digest))
                }
                #expect(simulation.currentVoters.count == peers + added - removed)
            }
        }
    }

    @Test("In supermajority mode every payload and change of members becomes a block")
    func everythingIsDecided() throws {
        let simulation = try run {
            $0.addedPeers = 2
            $0.removedPeers = 1
            $0.seed = 3
        }
        #expect(simulation.agreedBlocks.count == 1 + 10 + 2 + 1)
        let observations = simulation.agreedBlocks.map(\.observation)
        #expect(observations.count { if case .add = $0 { true } else { false } } == 2)
        #expect(observations.count { if case .remove = $0 { true } else { false } } == 1)
    }

    @Test("The same settings give the same events and blocks; another seed gives others")
    func determinism() throws {
        func digests(_ seed: UInt64) throws -> [Digest] {
            let simulation = try run {
                $0.addedPeers = 1
                $0.forkers = 1
                $0.seed = seed
            }
            let graph = simulation.peers[1].engine.agreement.graph
            return simulation.agreedBlocks.map(\.digest) + graph.events.map(graph.digest)
        }
        #expect(try digests(7) == digests(7))
        #expect(try digests(7) != digests(8))
    }

    @Test("A forker shows different branches, and the others get proof of it")
    func forkersFork() throws {
        let simulation = try run {
            $0.peers = 4
            $0.forkers = 1
            $0.seed = 2
        }
        let forker = try #require(simulation.peers.first { !$0.isHonest })
        let honest = try #require(simulation.peers.first { $0.isHonest })
        let agreement = honest.engine.agreement
        let index = try #require(agreement.peers.index(of: forker.id))
        #expect(agreement.graph.forkers.contains(index))
        #expect(agreement.graph.lastEvent(by: index).map { agreement.graph.contains($0) } == true)
    }

    @Test("A network that loses every other message still settles")
    func losses() throws {
        let simulation = try run {
            $0.loss = 0.5
            $0.maxDelay = 8
            $0.seed = 5
        }
        #expect(simulation.isSettled, replay(simulation.settings))
    }

    @Test("A network that is given too few rounds has not settled, and says so")
    func tooFewRounds() throws {
        let simulation = try run { $0.maxRounds = 5 }
        #expect(!simulation.isSettled)
        #expect(simulation.round == 5)
    }

    @Test("Settings under which a simulation could not end are refused, with the bound")
    func faults() {
        func fault(_ change: (inout SimulationSettings) -> Void) -> SimulationSettings.Fault? {
            do {
                _ = try run(change)
                return nil
            } catch {
                return error as? SimulationSettings.Fault
            }
        }
        #expect(fault { $0.peers = 0 } == .noPeers)
        #expect(fault { $0.events = -1 } == .negative("events"))
        #expect(fault { $0.peers = 21 } == .tooManyPeers(21, most: 20))
        #expect(fault { $0.forkers = 2 } == .tooManyForkers(2, most: 1))
        #expect(fault { $0.removedPeers = 3 } == .tooManyRemovals(3, most: 2))
        #expect(fault { $0.addedPeers = 16 } == .tooManyAdditions(16, most: 15))
        #expect(fault { $0.loss = 1 } == .probability(1))
    }

    @Test("The inspector sees each decision of each peer before its election is closed")
    func inspector() throws {
        let seen = DecisionCounter()
        var settings = SimulationSettings()
        settings.peers = 3
        settings.events = 2
        var simulation = try Simulation(settings, inspector: { seen.note($0, $1, $2) })
        simulation.run()
        for peer in simulation.peers {
            #expect(seen.payloads(of: peer.id) == peer.blocks.map(\.observationDigest))
        }
    }
}
