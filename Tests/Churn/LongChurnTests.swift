import Foundation
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// Groups that change as a whole while they work.
@Suite struct LongChurnTests {
    /// The size that the group grows to: 8, or what `PARSEC_CHURN` says, at least 8.
    ///
    /// The full size is 32, which takes long in a debug build:
    ///
    ///     PARSEC_CHURN=32 swift test -c release -Xswiftc -enable-testing --filter growAndShrink
    private static let most = max(8, ProcessInfo.processInfo.environment["PARSEC_CHURN"].flatMap { Int($0) } ?? 8)

    private func run(_ scenario: Scenario) throws -> Simulation {
        var simulation = try Simulation(scenario)
        simulation.run()
        // A violation of any rule that the simulation checks: which one, in which scenario, under which seed.
        #expect(simulation.violation == nil, "\(scenario.name), seed \(scenario.seed)")
        #expect(simulation.phase == .over)
        #expect(simulation.peers.count(where: simulation.hasWholeHistory) == scenario.peers.count)
        return simulation
    }

    private func names(_ count: Int) -> [PeerID] { Scenario("", peers: count).genesis }

    /// The sizes of the groups that decided on blocks, one after another.
    private func sizes(_ blocks: [Block]) -> [Int] {
        blocks.map(\.voters.count).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    @Test("From 4 peers to many and back to 4, one change after another, while payloads flow")
    func growAndShrink() throws {
        let names = names(LongChurnTests.most)
        let half = names.count - 4
        let payloads = 2 * half * 1_000 / 700 + 2
        var scenario = Scenario("grow and shrink", peers: 4, seed: 1)
        scenario.changesAtOnce = 1
        scenario.gossip.policy = .onNews
        // Some payloads are voted for together with a change, and some between two.
        scenario.steps = [.votes(payloads, every: 700)]
        for (place, peer) in names.dropFirst(4).enumerated() { scenario.steps.append(.join(peer, at: 1_000 * place)) }
        // Those that go are the first members and the first that joined.
        for (place, peer) in names.prefix(half).enumerated() {
            scenario.steps.append(.leave(peer, at: 1_000 * (half + place)))
        }
        let simulation = try run(scenario)
        #expect(simulation.currentVoters == names.suffix(4).sorted())
        #expect(simulation.completePeers == 4)
        #expect(simulation.opaqueBlocks.count == payloads)
        #expect(simulation.agreedBlocks.count == 1 + 2 * half + payloads)
        // Each group on the way decided on a payload.
        #expect(sizes(simulation.opaqueBlocks) == Array(4...names.count) + (4..<names.count).reversed())
    }

    @Test("Every original member is replaced, and so is every one that replaced them, while payloads flow")
    func replacedTwice() throws {
        let names = names(12)
        var scenario = Scenario("replaced twice", peers: 4, seed: 2)
        scenario.changesAtOnce = 1
        scenario.steps = [.votes(18, every: 500)]
        for place in 0..<8 {
            scenario.steps.append(.join(names[4 + place], at: 1_000 * place))
            scenario.steps.append(.leave(names[place], at: 1_000 * place + 500))
        }
        let simulation = try run(scenario)
        #expect(simulation.currentVoters == names.suffix(4).sorted())
        #expect(simulation.completePeers == 4)
        #expect(simulation.opaqueBlocks.count == 18)
        #expect(simulation.agreedBlocks.count == 1 + 16 + 18)
        // Each group on the way decided on a payload: the first one, and those after eight joins and eight departures.
        #expect(Set(simulation.opaqueBlocks.map(\.voters)).count == 17)
        // In between no original member is left, and none of those who replace the first replacements is there yet.
        #expect(Set(simulation.opaqueBlocks.map(\.voters)).contains(names[4..<8].sorted()))
    }
}
