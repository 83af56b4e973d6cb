import ArgumentParser
import Simulation
import Voting

/// Does a fixed amount of work, for counting its instructions; `Tools/instruction-check` does.
struct WorkloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload",
        abstract: "Does a fixed piece of work, the same each time, and prints nothing.",
        shouldDisplay: false
    )

    enum Work: String, CaseIterable, ExpressibleByArgument {
        case growth4 = "growth-4"
        case growth16 = "growth-16"
        case growth64 = "growth-64"
        case growth128 = "growth-128"
        case sight64 = "sight-64"
        case metaVotes64 = "meta-votes-64"
        case simulate8 = "simulate-8"
        case wire16 = "wire-16"
    }

    @Argument(help: "One of \(Work.allCases.map(\.rawValue).joined(separator: ", ")).")
    var work: Work

    func run() throws {
        switch work {
        case .growth4: try grow(peers: 4, to: 30_000)
        case .growth16: try grow(peers: 16, to: 20_000)
        case .growth64: try grow(peers: 64, to: 15_000)
        case .growth128: try grow(peers: 128, to: 80_000)
        case .sight64:
            var kernel = try SightKernel(peers: 64)
            kernel.run()
        case .metaVotes64:
            var kernel = MetaVoteKernel(voters: 64)
            kernel.run()
        case .simulate8:
            var sketch = ScenarioSketch()
            (sketch.peers, sketch.events, sketch.seed) = (8, 20, 1)
            var simulation = try Simulation(sketch.scenario())
            simulation.run()
            guard simulation.isSuccess else { throw ValidationError("the simulation broke a rule") }
        case .wire16:
            let large = try LargeMessage(peers: 16, payload: 250, seed: 1)
            for _ in 0..<10 { try large.code() }
        }
    }

    private func grow(peers: Int, to end: Int) throws {
        var growth = try GraphGrowth(peers: peers, mode: .supermajority, seed: 1)
        try growth.grow(to: end, every: nil)
    }
}
