import ArgumentParser

/// Measures what this project promises about size and speed.
@main
struct ParsecBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parsec-bench",
        abstract: "Measures sizes and speeds; build it with -c release.",
        subcommands: [
            GoalsCommand.self, ReplayCommand.self, GrowthCommand.self, KernelsCommand.self, WireCommand.self,
            SimulateCommand.self, NodeCommand.self, WorkloadCommand.self,
        ],
        defaultSubcommand: GoalsCommand.self
    )
}
