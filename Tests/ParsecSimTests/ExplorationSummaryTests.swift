import Foundation
import Simulation
import Testing

@testable import parsec_sim

/// Explorations in parts.
@Suite struct ExplorationSummaryTests {
    private let drawing = RandomScenario(bounds: small)

    private static var small: RandomScenario.Bounds {
        var bounds = RandomScenario.Bounds()
        (bounds.peers, bounds.joins, bounds.removals, bounds.payloads, bounds.faults) = (3, 1, 1, 2, 1)
        return bounds
    }

    private func explore(_ shard: Shard, runs: Int = 6) async -> ExplorationSummary {
        let summary = ExplorationSummary(seed: 5, runs: runs, shard: shard, bounds: ExplorationSummaryTests.small)
        return await Exploration(drawing, summary, TravelMode(), stopAfter: 0, printsLines: false).run(cores: 2)
    }

    @Test("The parts of an exploration merge to what the whole comes to")
    func merging() async throws {
        let whole = await explore(.whole)
        var merged = await explore(Shard(number: 1, count: 2))
        let second = await explore(Shard(number: 2, count: 2))
        #expect(merged.done == 3 && second.done == 3)
        try merged.merge(JSONDecoder().decode(ExplorationSummary.self, from: second.json()))
        #expect(merged.done == whole.done && merged.blocks == whole.blocks && merged.requests == whole.requests)
        #expect(merged.violations.map(\.seed) == whole.violations.map(\.seed))
    }

    @Test("The same part twice, or parts of different explorations, are not merged")
    func mismatches() async throws {
        var summary = await explore(Shard(number: 1, count: 3))
        let (same, other) = (summary, await explore(.whole, runs: 3))
        #expect(throws: ExplorationSummary.Mismatch.self) { try summary.merge(same) }
        #expect(throws: ExplorationSummary.Mismatch.self) { try summary.merge(other) }
        #expect(summary.done == 2)
    }

    @Test("A shard is a number and a count", arguments: ["0/3", "4/3", "1", "1/2/3", "a/b", "1/0", "-1/2", ""])
    func shards(text: String) {
        #expect(Shard(argument: text) == nil)
        #expect(Shard(argument: "2/3") == Shard(number: 2, count: 3))
    }
}
