import ArgumentParser

/// Looks at dumps of gossip graphs.
@main
struct ParsecGraph: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parsec-graph",
        abstract: "Replays and draws dumps of gossip graphs, and checks evidence.",
        subcommands: [ReplayCommand.self, DumpCommand.self, EvidenceCommand.self]
    )
}
