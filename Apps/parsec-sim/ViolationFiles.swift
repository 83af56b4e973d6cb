import Consensus
import Foundation
import GraphFormats
import ParsecCore
import ScenarioFiles
import Simulation
import Voting

/// Writes what an engineer needs to look into a violation: the smallest scenario, and the graphs of its peers.
struct ViolationFiles {
    let folder: String
    var mode = TravelMode()

    /// Makes a scenario that violates a rule as small as possible and writes it.
    func write(_ scenario: Scenario) throws {
        let (options, _) = mode.options()
        var first = try Simulation(scenario, options: options)
        first.run()
        guard let violation = first.violation else {
            complain("the scenario with seed \(scenario.seed) did not violate a rule when it was run again")
            return
        }
        try FileManager.default.createDirectory(at: URL(filePath: folder), withIntermediateDirectories: true)
        let name = "\(folder)/violation-\(scenario.seed)"
        // Making it smaller can take long; whoever does not wait has the scenario as it was drawn.
        try write(scenario, violation, to: "\(name)-drawn.toml")
        var minimizer = Minimizer(scenario, violation, options: options)
        let isTerminal = isatty(STDERR_FILENO) == 1
        minimizer.run { state in
            guard isTerminal else { return }
            let text = "\r\u{1B}[Kmaking it smaller: \(state.runs) runs, \(state.scenario.steps.count) steps left"
            FileHandle.standardError.write(Data(text.utf8))
        }
        if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
        try write(minimizer.scenario, minimizer.violation, to: "\(name).toml")
        var last = try Simulation(minimizer.scenario, options: options)
        last.run()
        let shown = last.differingPeers
        for peer in shown {
            let dump = GraphDump(peer.engine.agreement, history: peer.blocks.map(\.observationDigest))
            try FileFailure.write(Data(DOTWriter.write(dump).utf8), to: "\(name)-\(peer.id).dot")
        }
        complain("  smallest: \(minimizer.violation)")
        complain("  graphs of \(shown.map(\.id.description).joined(separator: ", ")) beside the scenario")
        complain("  replay with: parsec-sim run \(name).toml\(mode.text)")
    }

    private func write(_ scenario: Scenario, _ violation: Violation, to path: String) throws {
        let text = "# \(violation.description.replacing("\n", with: " "))\n" + ScenarioWriter.write(scenario)
        try FileFailure.write(Data(text.utf8), to: path)
    }
}

extension Simulation {
    /// The peers whose graphs show a violation: the one that it names and one that disagrees with it, else all.
    fileprivate var differingPeers: [SimulatedPeer] {
        guard case .disagreement(let id, let number, _, _) = violation,
            let found = peers.first(where: { $0.id == id })
        else { return peers }
        let others = peers.filter { $0.isHonest && $0.id != id && $0.blocks.count > number }
        return [found] + others.prefix(1)
    }
}
