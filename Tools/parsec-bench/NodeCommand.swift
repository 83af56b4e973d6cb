import ArgumentParser
import FoundationEssentials

/// Measures whole nodes: `parsec-node bench` under several loads.
struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node",
        abstract: "Measures throughput and latency of nodes with real keys, TLS and SQLite.",
        discussion: """
            Runs parsec-node bench, which has to be built beside this program: swift build -c release --product parsec-node.
            """
    )

    @OptionGroup var options: BenchOptions

    func run() throws {
        var report = Report()
        try NodeCommand.measure(options, into: &report)
        try options.print(report)
    }

    /// A load, and what should come of it.
    private struct Load {
        let name: String
        let arguments: [String]
        var throughput: Double?
        var median: Double?
        var late: Double?
    }

    private static let loads = [
        Load(name: "single/1000", arguments: ["--rate", "1000"], throughput: 990, median: 30, late: 100),
        Load(name: "single/60000", arguments: ["--rate", "60000", "--queue", "4000"], throughput: 50_000),
        // More than the goal: of what is offered at a rate, no more can be decided, and the last of it is decided later.
        Load(
            name: "supermajority/6000",
            arguments: ["--rate", "6000", "--queue", "4000", "--mode", "supermajority"],
            throughput: 3_000
        ),
        // Past the seconds in which the first payloads are agreed on.
        Load(
            name: "16 nodes/2000",
            arguments: ["--nodes", "16", "--rate", "2000", "--seconds", "20"],
            throughput: 1_000
        ),
    ]

    /// What `parsec-node bench --json` prints.
    private struct Outcome: Decodable {
        let throughput: Double
        let median: Double
        let late: Double
        let refused: Int
        let cores: Double
        let megabytes: Double
    }

    static func measure(_ options: BenchOptions, into report: inout Report) throws {
        for load in loads {
            let outcomes = try (0..<options.runs).map { _ in try run(load.arguments) }
            let name = "node/\(load.name)"
            report.figures += [
                Figure(
                    "\(name)/throughput",
                    "payloads/s",
                    runs: outcomes.map(\.throughput),
                    goal: load.throughput,
                    isMoreBetter: true
                ),
                Figure("\(name)/median", "ms", runs: outcomes.map(\.median), goal: load.median),
                Figure("\(name)/99th percentile", "ms", runs: outcomes.map(\.late), goal: load.late),
                Figure("\(name)/processor", "cores", runs: outcomes.map(\.cores)),
                Figure("\(name)/memory", "MB", runs: outcomes.map(\.megabytes)),
            ]
        }
        // Past saturation: what is decided while much is refused, beside the best.
        let best = try run(["--rate", "60000", "--queue", "4000"])
        let beyond = try run(["--rate", "100000", "--queue", "4000"])
        report.figures.append(
            Figure(
                "node/past saturation",
                "of the best",
                runs: [beyond.throughput / max(best.throughput, beyond.throughput)],
                goal: 0.9,
                isMoreBetter: true
            )
        )
    }

    private static func run(_ arguments: [String]) throws -> Outcome {
        let node = URL(filePath: try Program.own()).deletingLastPathComponent().appending(path: "parsec-node").path
        guard FileManager.default.isExecutableFile(atPath: node) else {
            throw ValidationError("build parsec-node first: swift build -c release --product parsec-node")
        }
        let output = try Program.output(of: node, ["bench", "--json", "--seconds", "8"] + arguments)
        return try JSONDecoder().decode(Outcome.self, from: Data(output.utf8))
    }
}
