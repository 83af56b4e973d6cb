import ArgumentParser

/// A node of a network that agrees by PARSEC.
@main
struct ParsecNode: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parsec-node",
        abstract: "Runs a node, and talks to one that runs.",
        discussion: """
            Exit status: 0 if all went well, 1 if not, 2 if what was asked for is not there, 3 if the node cannot be \
            reached, 64 if the command is used wrongly.
            """,
        version: "1.0.0",
        subcommands: [
            KeygenCommand.self, InitCommand.self, TestnetCommand.self, RunCommand.self, JoinCommand.self,
            StatusCommand.self, PeersCommand.self, MembersCommand.self, SubmitCommand.self, BlocksCommand.self,
            TailCommand.self, VerifyCommand.self, WhyCommand.self, AdmitCommand.self, EvictCommand.self,
            LeaveCommand.self,
            ExportGraphCommand.self, DoctorCommand.self, ConfigCommand.self, BenchCommand.self, VersionCommand.self,
        ]
    )
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

    func run() { print(ParsecNode.configuration.version) }
}

/// Something that a command cannot do, in words for whoever called it.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension ExitCode {
    /// What was asked for is not there.
    static let missing = ExitCode(2)

    /// The node cannot be reached.
    static let unreachable = ExitCode(3)
}
