import Consensus
import Foundation
import GossipGraph
import Membership
import MetaVoting
import ParsecCore
import Simulation
import Testing
import Voting

/// Networks that are drawn from a few numbers.
@Suite struct SketchTests {
    private func run(_ change: (inout ScenarioSketch) -> Void) throws -> Simulation {
        var sketch = ScenarioSketch()
        change(&sketch)
        var simulation = try Simulation(sketch.scenario())
        simulation.run()
        return simulation
    }

    /// How many seeds are tried; `PARSEC_SIMULATIONS` sets it.
    private static let seeds = 1...(ProcessInfo.processInfo.environment["PARSEC_SIMULATIONS"].flatMap { Int($0) } ?? 1)

    @Test("A network settles, and its peers have the same blocks, with churn and liars in both modes", arguments: seeds)
    func settles(seed: Int) throws {
        for mode in ConsensusMode.allCases {
            for (peers, added, removed, forkers) in [
                (5, 0, 0, 0), (5, 2, 2, 0), (4, 1, 0, 1), (7, 0, 0, 2), (1, 4, 3, 0),
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
                let replay: Comment = """
                    parsec-sim --peers \(peers) --events 3 --add-peers \(added) --remove-peers \(removed) \
                    --forkers \(forkers) --mode \(mode.rawValue) --seed \(seed)
                    """
                #expect(simulation.violation == nil, replay)
                #expect(simulation.isSuccess, replay)
                for peer in simulation.activePeers {
                    let blocks = simulation.peers[peer].blocks
                    #expect(blocks.map(\.digest) == simulation.agreedBlocks.map(\.digest))
                }
                // Liars are voted out as soon as their forks show.
                let count = simulation.currentVoters.count
                #expect((peers + added - removed - forkers...peers + added - removed).contains(count), replay)
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
    }

    @Test("Sketches of networks that could not come to an end are refused, with the bound")
    func faults() {
        func fault(_ change: (inout ScenarioSketch) -> Void) -> ScenarioSketch.Fault? {
            do {
                _ = try run(change)
                return nil
            } catch { return error as? ScenarioSketch.Fault }
        }
        #expect(fault { $0.peers = 0 } == .noPeers)
        #expect(fault { $0.events = -1 } == .negative("events"))
        #expect(fault { $0.peers = 21 } == .tooManyPeers(21, most: 20))
        #expect(fault { $0.forkers = 2 } == .tooManyForkers(2, most: 1))
        #expect(fault { $0.removedPeers = 3 } == .tooManyRemovals(3, most: 2))
        #expect(fault { $0.addedPeers = 16 } == .tooManyAdditions(16, most: 15))
        #expect(fault { $0.loss = 1 } == .probability(1))
    }
}
