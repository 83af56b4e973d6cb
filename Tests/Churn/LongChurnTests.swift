import Foundation
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// Groups that change as a whole while they work.
@Suite struct LongChurnTests {
    /// The size that the group grows to: 8, or what `PARSEC_CHURN` says; with 32 it takes long in a debug build.
    private static let most = ProcessInfo.processInfo.environment["PARSEC_CHURN"].flatMap { Int($0) } ?? 8

    private func run(_ scenario: Scenario) throws -> Simulation {
        var simulation = try Simulation(scenario)
        simulation.run()
        #expect(simulation.violation == nil, "\(scenario.name), seed \(scenario.seed)")
        return simulation
    }

    private func names(_ count: Int) -> [PeerID] { Scenario("", peers: count).genesis }

    @Test("From 4 peers to many and back to 4, one change after another, while payloads flow")
    func growAndShrink() throws {
        let names = names(LongChurnTests.most)
        let changes = 2 * (names.count - 4)
        var scenario = Scenario("grow and shrink", peers: 4, seed: 1)
        scenario.changesAtOnce = 1
        scenario.gossip.policy = .onNews
        scenario.steps = [.votes(changes, every: 500)]
        for (place, peer) in names.dropFirst(4).enumerated() { scenario.steps.append(.join(peer, at: 500 * place)) }
        // Those that go are the first members and the first that joined.
        for (place, peer) in names.prefix(names.count - 4).enumerated() {
            scenario.steps.append(.leave(peer, at: 500 * (names.count - 4 + place)))
        }
        let simulation = try run(scenario)
        #expect(simulation.currentVoters == names.suffix(4).sorted())
        #expect(simulation.agreedBlocks.count == 1 + 2 * changes)
        let largest = simulation.agreedBlocks.map(\.voters.count).max()
        #expect(largest.map { $0 >= names.count - 1 } == true)
    }

    @Test("Every original member is replaced, and so is every one that replaced them, while payloads flow")
    func replacedTwice() throws {
        let names = names(12)
        var scenario = Scenario("replaced twice", peers: 4, seed: 2)
        scenario.changesAtOnce = 1
        scenario.steps = [.votes(16, every: 500)]
        for place in 0..<8 {
            scenario.steps.append(.join(names[4 + place], at: 1_000 * place))
            scenario.steps.append(.leave(names[place], at: 1_000 * place + 500))
        }
        let simulation = try run(scenario)
        #expect(simulation.currentVoters == names.suffix(4).sorted())
        #expect(simulation.agreedBlocks.count == 1 + 16 + 16)
        for peer in simulation.peers where simulation.currentVoters.contains(peer.id) {
            #expect(peer.blocks.map(\.digest) == simulation.agreedBlocks.map(\.digest))
        }
    }
}
