import ArgumentParser
import Foundation

/// Looks at dumps of gossip graphs.
@main
struct ParsecGraph: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parsec-graph",
        abstract: "Compares, explains, replays and draws gossip graphs, and checks evidence.",
        subcommands: [
            DiffCommand.self, ExplainCommand.self, StatsCommand.self, MinimizeCommand.self, ReplayCommand.self,
            DumpCommand.self, EvidenceCommand.self,
        ]
    )

    /// Runs a command; whatever keeps it from its answer ends with status 2.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error).isSuccess || error is ExitCode else {
                FileHandle.standardError.write(Data("\(fullMessage(for: error))\n".utf8))
                exit(withError: ExitCode(2))
            }
            exit(withError: error)
        }
    }
}
