import ArgumentParser
import Foundation
import Simulation

/// Runs random scenarios.
struct ExploreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explore",
        abstract: "Runs random scenarios, and makes the smallest of each one that violates a rule.",
        discussion: """
            Each run draws peers, churn, faults and votes from the seed and its number, within the assumptions of the \
            protocol. Of the first violations the scenario is made as small as possible and written to a file, with the \
            graphs of its peers.
            """
    )

    @Option(help: "The number of runs, of all shards together.")
    var runs = 1_000

    @Option(help: "The seed of the exploration.")
    var seed: UInt64 = 1

    @Option(help: "Which part to take of how many, such as 2/8.")
    var shard = Shard.whole

    @Option(help: "The number of runs at a time; by default as many as there are cores.")
    var cores = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "The most peers of an initial group.")
    var peers = RandomScenario.Bounds().peers

    @Option(help: "The most peers that join.")
    var joins = RandomScenario.Bounds().joins

    @Option(help: "The most peers that leave or are voted out.")
    var removals = RandomScenario.Bounds().removals

    @Option(help: "The most payloads.")
    var payloads = RandomScenario.Bounds().payloads

    @Option(help: "The most faults of each kind that end.")
    var faults = RandomScenario.Bounds().faults

    @OptionGroup(title: "The wire")
    var wire: WireOptions

    @Flag(help: "Let liars break rules in all ways, beside forking.")
    var adversaries = false

    @Flag(help: "Let no peer lie or fail for good.")
    var honest = false

    @Flag(help: "Print a line of JSON for each run.")
    var json = false

    @Option(help: "Write the summary to this file, for parsec-sim merge.")
    var summary: String?

    @Option(help: "The folder for what is written of violations.")
    var output = "."

    @Option(help: "Of how many violations the scenarios are made small and written; the others are counted.")
    var examples = 3

    @Option(help: "Stop after so many violations; 0 for never.")
    var stopAfter = 0

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs: expected a number above 0") }
        guard cores > 0 else { throw ValidationError("--cores: expected a number above 0") }
        guard peers > 0 else { throw ValidationError("--peers: expected a number above 0") }
        for (name, value) in [
            ("joins", joins), ("removals", removals), ("payloads", payloads), ("faults", faults),
            ("examples", examples), ("stop-after", stopAfter),
        ] where value < 0 { throw ValidationError("--\(name): expected no negative number") }
        if adversaries && honest { throw ValidationError("--adversaries and --honest exclude each other") }
        guard peers + joins <= Scenario.mostPeers else {
            throw ValidationError("--peers and --joins: at most \(Scenario.mostPeers) peers take part")
        }
    }

    func run() async throws {
        var bounds = RandomScenario.Bounds()
        (bounds.peers, bounds.joins, bounds.removals) = (peers, joins, removals)
        (bounds.payloads, bounds.faults, bounds.hasFaultyPeers) = (payloads, faults, !honest)
        bounds.hasAdversaries = adversaries
        let drawing = RandomScenario(bounds: bounds)
        let summary = ExplorationSummary(seed: seed, runs: runs, shard: shard, bounds: bounds)
        let exploration = Exploration(drawing, summary, wire.mode, stopAfter: stopAfter, printsLines: json)
        let result = await exploration.run(cores: cores)
        for violation in result.violations.prefix(examples) {
            complain("run \(violation.run), seed \(violation.seed): \(violation.text)")
            try ViolationFiles(folder: output, mode: wire.mode).write(drawing.draw(seed: violation.seed))
        }
        if let path = self.summary { try FileFailure.write(result.json(), to: path) }
        // Lines of JSON are for programs: what is for people goes elsewhere then.
        if json { complain(result.text) } else { print(result.text) }
        if !result.violations.isEmpty { throw ExitCode.failure }
    }
}

/// One part of an exploration of several.
struct Shard: Hashable, Codable, Sendable, ExpressibleByArgument, CustomStringConvertible {
    static let whole = Shard(number: 1, count: 1)

    /// Which part, counted from 1.
    let number: Int
    let count: Int

    init(number: Int, count: Int) {
        self.number = number
        self.count = count
    }

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], number >= 1, number <= count else {
            return nil
        }
        self.init(number: number, count: count)
    }

    var description: String { "\(number)/\(count)" }
}
