import ArgumentParser
import Foundation
import Simulation

/// Simulates networks of peers in one process.
@main
struct ParsecSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parsec-sim",
        abstract: "Simulates networks of peers that agree on blocks by gossip.",
        discussion: """
            Every peer runs its own engine; a seed decides all that chance decides. The same scenario gives the same \
            events and blocks on every machine. After every step the rules that always have to hold are checked; the \
            exit status is 0 only if they held, 1 if one was violated.
            """,
        subcommands: [RunCommand.self, ExploreCommand.self, ReplayCommand.self, MergeCommand.self],
        defaultSubcommand: RunCommand.self
    )
}

/// A file could not be read or written, or does not say what it should.
struct FileFailure: Error, CustomStringConvertible {
    let description: String

    static func read(_ path: String) throws -> Data {
        do { return try Data(contentsOf: URL(filePath: path)) } catch {
            throw FileFailure(description: "cannot read \(path): \(error.localizedDescription)")
        }
    }

    static func write(_ data: Data, to path: String) throws {
        do { try data.write(to: URL(filePath: path)) } catch {
            throw FileFailure(description: "cannot write \(path): \(error.localizedDescription)")
        }
    }
}

/// Prints to standard error.
func complain(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
