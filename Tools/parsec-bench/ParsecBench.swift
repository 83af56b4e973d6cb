import ArgumentParser

/// Measures what this project promises about size and speed.
@main
struct ParsecBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parsec-bench",
        abstract: "Measures sizes and speeds; build it with -c release.",
        subcommands: [WireCommand.self]
    )
}
