import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// What goes wrong in scenarios has the effect that it says, and networks get over it.
@Suite struct FaultTests {
    private func run(_ scenario: Scenario, traffic: Bool = false) throws -> Simulation {
        var options = Simulation.Options()
        options.keepsHappenings = true
        options.keepsTraffic = traffic
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        return simulation
    }

    private func lost(_ simulation: Simulation) -> [(time: Int, from: PeerID, to: PeerID)] {
        simulation.happenings.compactMap {
            guard case .lost(let from, let to, _) = $0.happening else { return nil }
            return ($0.time, from, to)
        }
    }

    private func sent(_ simulation: Simulation) -> [(time: Int, from: PeerID, to: PeerID)] {
        simulation.happenings.compactMap {
            guard case .sent(let from, let to, _) = $0.happening else { return nil }
            return ($0.time, from, to)
        }
    }

    @Test("In a partition nothing passes between the groups, and the minority decides nothing until it heals")
    func partition() throws {
        var scenario = Scenario("partition", peers: 4)
        scenario.steps = [.votes(5, at: 100, every: 100), .partition(["Alice"], from: 100, to: 5_000)]
        let simulation = try run(scenario, traffic: true)
        #expect(simulation.violation == nil)
        let during = sent(simulation).filter { (100..<5_000).contains($0.time) }
        #expect(during.allSatisfy { ($0.from == "Alice") == ($0.to == "Alice") })
        #expect(lost(simulation).contains { $0.from == "Alice" } && lost(simulation).contains { $0.to == "Alice" })
        let alice = simulation.peers[0]
        let bob = simulation.peers[1]
        #expect(alice.blockTimes.dropFirst().allSatisfy { $0 >= 5_000 })
        #expect(bob.blockTimes.contains { $0 < 5_000 })
        #expect(alice.blocks.count == 6)
    }

    @Test("A cut stops messages one way only")
    func cut() throws {
        var scenario = Scenario("cut", peers: 4)
        scenario.steps = [.votes(3, at: 0), .cut(from: ["Bob"], to: ["Carol"], from: 0, to: 3_000)]
        let simulation = try run(scenario, traffic: true)
        #expect(simulation.violation == nil)
        let during = sent(simulation).filter { $0.time < 3_000 }
        #expect(!during.contains { $0.from == "Bob" && $0.to == "Carol" })
        #expect(during.contains { $0.from == "Carol" && $0.to == "Bob" })
    }

    @Test("A link of no quality loses everything, one of doubtful quality duplicates and reorders")
    func quality() throws {
        var scenario = Scenario("quality", peers: 4)
        let bad = LinkQuality(delay: .longTail(least: 5, most: 500), loss: 0.2, duplication: 0.5, reordering: 1)
        scenario.steps = [.votes(5, at: 0), .link(bad, from: 0, to: 5_000)]
        let simulation = try run(scenario, traffic: true)
        #expect(simulation.violation == nil)
        #expect(simulation.counts.duplicatedMessages > 0 && simulation.counts.lostMessages > 0)
        scenario.steps = [
            .votes(5, at: 0), .link(among: ["Alice", "Bob"], LinkQuality(loss: 1), from: 0, to: 2_000),
        ]
        let broken = try run(scenario, traffic: true)
        #expect(broken.violation == nil)
        let pair: Set<PeerID> = ["Alice", "Bob"]
        #expect(lost(broken).allSatisfy { pair == [$0.from, $0.to] } && !lost(broken).isEmpty)
    }

    @Test("Messages keep their order, unless the link reorders")
    func order() throws {
        for (reordering, keepsOrder) in [(0.0, true), (1.0, false)] {
            var scenario = Scenario("order", peers: 2)
            scenario.steps = [.votes(10, at: 0, every: 50)]
            scenario.gossip.interval = 20
            scenario.link = LinkQuality(delay: .uniform(0...400), reordering: reordering)
            var options = Simulation.Options()
            options.records = true
            var simulation = try Simulation(scenario, options: options)
            simulation.run()
            #expect(simulation.violation == nil)
            // A message's last event is its sender's newest, so that the numbers of these events tell the order.
            let graph = simulation.peers[0].engine.agreement.graph
            let arrived = try #require(simulation.recording).entries.compactMap { entry -> Int? in
                guard case .call(.receive(let message, "Bob")) = entry.action, message.kind == .request,
                    case .requesting = message.events.last?.cause, let parent = message.events.last?.selfParent,
                    let event = graph.event(withDigest: parent)
                else { return nil }
                return graph.indexByCreator(of: event)
            }
            #expect(arrived.count > 5)
            #expect((arrived == arrived.sorted()) == keepsOrder)
        }
    }

    @Test("A slow peer does everything later, and the others do not wait for it")
    func slow() throws {
        var scenario = Scenario("slow", peers: 5)
        scenario.steps = [.votes(5, at: 0), .slow("Eric", factor: 100, from: 0, to: 20_000)]
        let simulation = try run(scenario)
        #expect(simulation.violation == nil)
        let eric = try #require(simulation.peers[4].blockTimes.last)
        let alice = try #require(simulation.peers[0].blockTimes.last)
        #expect(eric > 2 * alice)
    }

    @Test("Links may be of different quality for good, and the network settles all the same")
    func links() throws {
        var scenario = Scenario("links", peers: 4)
        let far = LinkQuality(delay: .constant(300), loss: 0.1)
        scenario.steps = [.votes(5, every: 50), .link(among: ["Alice", "Dave"], far), .slow("Bob", factor: 3)]
        let simulation = try run(scenario, traffic: true)
        #expect(simulation.isSuccess && simulation.agreedBlocks.count == 6)
        #expect(lost(simulation).allSatisfy { ["Alice", "Dave"] == Set([$0.from, $0.to]) })
    }

    @Test("With a third of the peers failed nothing is decided; with fewer everything is")
    func failures() throws {
        var scenario = Scenario("failures", peers: 7)
        scenario.steps = [.votes(5, at: 100), .crash("Alice", "Bob", from: 50)]
        let simulation = try run(scenario)
        #expect(simulation.violation == nil)
        #expect(simulation.agreedBlocks.count == 6)
        scenario.steps = [.votes(5, at: 100), .crash("Alice", "Bob", "Carol", from: 50)]
        guard case .notSettled = try run(scenario).violation else {
            Issue.record("a network without enough peers came to decisions")
            return
        }
        scenario.expectations.settles = false
        let expected = try run(scenario)
        #expect(expected.violation == nil)
        #expect(expected.agreedBlocks.count < 6)
        scenario.expectations.blocks = 6
        #expect(try run(scenario).violation?.kind == "unexpected")
    }

    @Test("A peer that restarts has the blocks that it had, each once, and goes on")
    func restart() throws {
        var scenario = Scenario("restart", peers: 4)
        scenario.steps = [.votes(20, at: 0, every: 100), .crash("Bob", from: 900, to: 1_500)]
        let simulation = try run(scenario)
        #expect(simulation.violation == nil)
        let bob = simulation.peers[1]
        #expect(bob.blocks.map(\.number) == Array(0..<21))
        #expect(!bob.blockTimes.contains { (900..<1_500).contains($0) })
        let happenings = simulation.happenings.filter { $0.happening == .restarted("Bob") }
        #expect(happenings.map(\.time) == [1_500])
        let agreement = simulation.peers[0].engine.agreement
        #expect(agreement.graph.forkers.isEmpty, "a restart forks")
    }

    @Test("Any one peer, or all at once, may restart at any moment", arguments: 1...10)
    func restartAnyTime(moment: Int) throws {
        let at = 90 * moment
        for who in [["Alice"], ["Carol"], ["Alice", "Bob", "Carol", "Dave", "Eve"]] as [[PeerID]] {
            var scenario = Scenario("restarts", genesis: ["Alice", "Bob", "Carol", "Dave"], seed: UInt64(moment))
            scenario.steps = [
                .votes(8, at: 0, every: 100), .join("Eve", at: 200), .leave("Dave", at: 700),
                .fault(Fault(.crash(who), from: at, to: at + 300)),
            ]
            let simulation = try run(scenario)
            #expect(simulation.violation == nil, "moment \(at), \(who)")
            #expect(simulation.agreedBlocks.count == 11)
            for engine in simulation.peers.map(\.engine) { #expect(engine.agreement.graph.forkers.isEmpty) }
        }
    }

    @Test("A peer restored from an older copy forks, and the others agree all the same")
    func restore() throws {
        var scenario = Scenario("restore", peers: 4, seed: 3)
        scenario.steps = [.votes(20, at: 0, every: 100), .restore("Dave", age: 600, from: 1_000, to: 1_100)]
        let simulation = try run(scenario)
        #expect(simulation.violation == nil)
        // It is accused of the fork, and removed.
        #expect(
            simulation.agreedBlocks.count { $0.observation == .accusation(offender: "Dave", malice: .shown(.fork)) }
                == 1
        )
        #expect(simulation.currentVoters == ["Alice", "Bob", "Carol"])
        let agreement = simulation.peers[0].engine.agreement
        let dave = try #require(agreement.peers.index(of: "Dave"))
        #expect(agreement.graph.forkers.contains(dave))
        #expect(!simulation.peers[3].isHonest)
    }

    @Test("A peer that joins, and one that leaves, may be cut off meanwhile")
    func churnUnderPartition() throws {
        var scenario = Scenario("churn", peers: 5, seed: 4)
        scenario.steps = [
            .votes(10, at: 0, every: 200), .join("Fred", at: 300, via: "Alice"), .leave("Eric", at: 600),
            .partition(["Fred", "Eric"], from: 350, to: 4_000),
        ]
        let simulation = try run(scenario)
        #expect(simulation.violation == nil)
        #expect(simulation.currentVoters == ["Alice", "Bob", "Carol", "Dave", "Fred"])
        let eric = simulation.peers[4]
        let removal = try #require(eric.blocks.last { $0.observation == .remove("Eric", info: []) })
        #expect(eric.blocks.last?.election == removal.election)
    }

    @Test("Whoever was cut off catches up in parts, over lossy links, too")
    func parts() throws {
        var scenario = Scenario("parts", peers: 4)
        scenario.limits.eventsPerMessage = 60
        scenario.link.loss = 0.1
        scenario.link.duplication = 0.1
        scenario.steps = [
            .votes(60, at: 0, every: 50), .partition(["Dave"], from: 10, to: 4_000), .join("Eric", at: 4_000),
        ]
        let simulation = try run(scenario)
        #expect(simulation.violation == nil)
        #expect(simulation.counts.parts > 10)
        #expect(simulation.counts.mostEventsPerMessage <= 60)
    }

    @Test("Over connections messages bring a fifth fewer events and more, and nobody has to greet while none is lost")
    func connections() throws {
        var scenario = Scenario("connections", peers: 7, steps: [.votes(10, at: 0, every: 100)])
        scenario.link.delay = .uniform(50...150)
        let without = try run(scenario)
        scenario.gossip.connections = true
        let with = try run(scenario, traffic: true)
        for simulation in [without, with] {
            let isSuccess = simulation.isSuccess
            #expect(isSuccess && simulation.agreedBlocks.count == 11)
        }
        let perMessage = [without, with].map { $0.counts.sentEvents / ($0.counts.requests + $0.counts.responses) }
        #expect(5 * perMessage[1] < 4 * perMessage[0])
        #expect(greetings(with) == 0)
    }

    @Test("Over connections whoever lacks what was lost or overtaken says so, and all agree", arguments: 1...5)
    func brokenConnections(seed: Int) throws {
        var scenario = Scenario("connections", peers: 5, seed: UInt64(seed), steps: [.votes(10, at: 0, every: 100)])
        scenario.gossip.connections = true
        scenario.link.loss = 0.2
        scenario.link.reordering = 0.5
        scenario.steps += [.crash("Bob", from: 300, to: 900), .join("Fred", at: 500)]
        let simulation = try run(scenario, traffic: true)
        #expect(simulation.violation == nil)
        #expect(simulation.phase == .over)
        #expect(greetings(simulation) > 0)
    }

    @Test("Two that are left come to rest, though most of their messages overtake one another")
    func restOverConnections() throws {
        var scenario = Scenario("overtaking", genesis: ["Alice", "Bob", "Carol", "Dave", "Fred"])
        scenario.seed = 127_165_091_481_150
        scenario.mode = .single
        scenario.changesAtOnce = 1
        scenario.gossip.policy = .onNews
        scenario.gossip.interval = 22
        scenario.gossip.heartbeat = 308
        scenario.gossip.connections = true
        scenario.link = LinkQuality(delay: .uniform(0...66), reordering: 0.9)
        scenario.steps = [
            .leave("Fred", at: 80), .leave("Bob", at: 50), .leave("Dave", at: 102),
            .fault(Fault(.partition([["Alice", "Bob", "Carol", "Fred"]]), from: 24, to: 63)),
        ]
        let simulation = try run(scenario)
        #expect(simulation.violation == nil)
    }

    private func greetings(_ simulation: Simulation) -> Int {
        simulation.happenings.count { if case .sent(_, _, .greeting) = $0.happening { true } else { false } }
    }
}
