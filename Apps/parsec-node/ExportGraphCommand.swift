import ArgumentParser
import Foundation

struct ExportGraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export-graph",
        abstract: "Writes a node's graph as a dump, for parsec-graph."
    )

    @OptionGroup var options: ClientOptions

    @Option(help: "The file for the dump; without it, standard output.")
    var file: String?

    func run() async throws {
        let dump = try await options.client().get("/graph/dump")
        guard let file else {
            do { return try FileHandle.standardOutput.write(contentsOf: dump) } catch {
                throw Failure("cannot write the dump to standard output: \(error.localizedDescription)")
            }
        }
        do { try dump.write(to: URL(filePath: file)) } catch {
            throw Failure("cannot write \(file): \(error.localizedDescription)")
        }
    }
}
