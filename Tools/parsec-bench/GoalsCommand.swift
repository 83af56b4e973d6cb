import ArgumentParser
import Voting

/// Measures everything that there are goals for.
struct GoalsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "goals",
        abstract: "Measures everything, with the goals beside the figures; what is done if no command is named.",
        discussion: "Takes long; with --quick it leaves out the long graphs, the large simulations and the nodes."
    )

    @Option(help: "The folder with the recordings of the reference.")
    var vectors = "../shared/vectors"

    @Flag(help: "Leave out what takes long.")
    var quick = false

    @OptionGroup var options: BenchOptions

    func run() throws {
        var report = Report()
        try ReplayCommand.measure(vectors, least: 1_000, options, into: &report)
        try KernelsCommand.measure([4, 16, 64, 128], options, into: &report)
        try LargeMessage.measure(options, into: &report)
        let (events, peers) = quick ? (50_000, [4, 16, 48]) : (1_000_000, [4, 16, 48, 128])
        for mode in [ConsensusMode.single, .supermajority] {
            try GrowthCommand.measure(events, peers, mode, changes: 20, options, into: &report)
        }
        try GrowthCommand.measureJunk([16, 48], exchanges: 10_000, options, into: &report)
        try SimulateCommand.measure(quick ? [8, 16] : [8, 16, 32], payloads: 100, options, into: &report)
        if !quick { try NodeCommand.measure(options, into: &report) }
        try options.print(report)
    }
}
