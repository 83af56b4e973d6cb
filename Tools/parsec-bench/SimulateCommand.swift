import ArgumentParser
import Simulation

/// Measures whole simulations.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Simulates networks in which 100 payloads are agreed on: seconds, and the most memory.",
        discussion: """
            Each run is a process of its own, so that its memory is its own. In instant networks messages take no time \
            and none is lost, as in the reference's example; in the others they take up to 150 ms, three gossip \
            intervals, and 5 % are lost.
            """
    )

    @Option(parsing: .upToNextOption, help: "How many peers.")
    var peers = [4, 8, 16, 32]

    @Option(help: "How many payloads.")
    var payloads = 100

    @Flag(help: .hidden)
    var instant = false

    @Flag(help: .hidden)
    var alone = false

    @OptionGroup var options: BenchOptions

    /// The most seconds and megabytes that 100 payloads should take.
    private static let goals: [Int: (seconds: Double, megabytes: Double?)] = [
        16: (0.5, 60), 32: (4, 250), 64: (30, nil),
    ]

    func run() throws {
        if alone { return try runAlone() }
        var report = Report()
        try SimulateCommand.measure(peers, payloads: payloads, options, into: &report)
        try options.print(report)
    }

    static func measure(
        _ peers: [Int],
        payloads: Int,
        _ options: BenchOptions,
        into report: inout Report
    ) throws {
        for count in peers {
            for isInstant in [true, false] {
                var (seconds, memory): ([Double], [Double]) = ([], [])
                for _ in 0..<options.runs {
                    let arguments = ["--alone", "--peers", "\(count)", "--payloads", "\(payloads)"]
                    let numbers = try OwnProcess.run(
                        ["simulate"] + arguments + (isInstant ? ["--instant"] : []),
                        count: 2
                    )
                    seconds.append(numbers[0])
                    memory.append(numbers[1] / 1e3)
                }
                let goal = payloads == 100 ? SimulateCommand.goals[count] : nil
                let name = "simulate/\(count)\(isInstant ? "/instant" : "")"
                report.figures.append(Figure("\(name)/time", "s", runs: seconds, goal: goal?.seconds))
                report.figures.append(Figure("\(name)/memory", "MB", runs: memory, goal: goal?.megabytes ?? nil))
            }
        }
    }

    private func runAlone() throws {
        var sketch = ScenarioSketch()
        sketch.peers = peers[0]
        sketch.events = payloads
        sketch.maxPeers = max(20, peers[0])
        sketch.seed = 1
        if instant { (sketch.maxDelay, sketch.loss) = (0, 0) }
        var simulation = try Simulation(sketch.scenario())
        let time = ContinuousClock().measure { simulation.run() }
        guard simulation.isSuccess else { throw ValidationError("the simulation broke a rule") }
        print(time / .seconds(1))
        print(try OwnProcess.kilobytes("VmHWM"))
    }
}
