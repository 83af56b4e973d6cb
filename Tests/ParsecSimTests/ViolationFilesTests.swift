import Foundation
import GraphFormats
import ParsecCore
import ScenarioFiles
import Simulation
import Testing

@testable import parsec_sim

/// What is written of a violation.
@Suite struct ViolationFilesTests {
    @Test("Of a violation the smallest scenario is written, which leads to it, and the graphs of the peers")
    func files() throws {
        var scenario = Scenario("too many failures", peers: 5, seed: 4)
        scenario.limits.settleWithin = 3_000
        scenario.gossip.heartbeat = 200
        scenario.steps = [.votes(2, every: 50), .slow("Carol", factor: 3), .crash("Dave", "Eric", from: 20)]
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try ViolationFiles(folder: folder.path).write(scenario)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.contains("violation-4.toml") && names.count(where: { $0.hasSuffix(".dot") }) >= 2)
        let text = try Data(contentsOf: folder.appending(path: "violation-4.toml"))
        let small = try ScenarioReader.read(Array(text))
        #expect(small.steps.count < 3 && small.genesis.count < 5)
        var simulation = try Simulation(small)
        simulation.run()
        #expect(simulation.violation?.kind == "not-settled")
        let dump = try Data(contentsOf: folder.appending(path: try #require(names.first { $0.hasSuffix(".dot") })))
        #expect(try DOTReader.read(Array(dump)).events.count > 5)
    }
}
