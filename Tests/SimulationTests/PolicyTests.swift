import Consensus
import ParsecCore
import Simulation
import Testing
import Voting

/// When peers gossip, and when they do not.
@Suite struct PolicyTests {
    private func scenario(_ policy: GossipSettings.Policy) -> Scenario {
        var scenario = Scenario("policy", peers: 5, steps: [.votes(3, at: 1_000)])
        scenario.gossip.policy = policy
        return scenario
    }

    @Test(
        "Under either policy a network decides, and then sends nothing but heartbeats",
        arguments: GossipSettings.Policy.allCases
    )
    func quiet(_ policy: GossipSettings.Policy) throws {
        var options = Simulation.Options()
        options.keepsHappenings = true
        options.keepsTraffic = true
        var simulation = try Simulation(scenario(policy), options: options)
        simulation.run()
        #expect(simulation.isSuccess)
        let quiet = try #require(simulation.happenings.first { $0.happening == .quiet }?.time)
        let window = simulation.happenings.filter { $0.time > quiet - 3 * simulation.scenario.gossip.heartbeat }
        for entry in window {
            if case .sent(_, _, let traffic) = entry.happening { #expect(traffic == .heartbeat) }
        }
        #expect(window.contains { if case .sent = $0.happening { true } else { false } }, "no heartbeat either")
    }

    @Test("Gossip on news reacts sooner than gossip at random times")
    func newsAreFaster() throws {
        let medians = try GossipSettings.Policy.allCases.map { policy in
            var simulation = try Simulation(scenario(policy))
            simulation.run()
            return try #require(simulation.latency.duration(ofShare: 0.5))
        }
        #expect(medians[1] < medians[0])
    }

    /// Always gossips to the first recipient.
    private struct FirstOnly: GossipPolicy {
        func pause(after occasion: GossipOccasion, using generator: inout SeededGenerator) -> Int { 10 }

        func recipients(from view: GossipView, using generator: inout SeededGenerator) -> [PeerID] {
            Array(view.recipients.prefix(1))
        }
    }

    @Test("A policy of one's own decides whom peers gossip to")
    func ownPolicy() throws {
        var options = Simulation.Options()
        options.policy = FirstOnly()
        options.keepsHappenings = true
        options.keepsTraffic = true
        var simulation = try Simulation(scenario(.random), options: options)
        simulation.run()
        #expect(simulation.isSuccess)
        for entry in simulation.happenings {
            guard case .sent(let from, let to, .request) = entry.happening else { continue }
            #expect(to == (from == "Alice" ? "Bob" : "Alice"))
        }
    }
}
