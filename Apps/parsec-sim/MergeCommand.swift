import ArgumentParser
import Foundation

/// Merges the summaries of the shards of an exploration.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Merges the summaries that the shards of an exploration wrote."
    )

    @Argument(help: "The files that parsec-sim explore --summary wrote.")
    var files: [String]

    @Option(help: "Write the summary of all to this file.")
    var summary: String?

    func run() throws {
        var result: ExplorationSummary?
        for file in files {
            let next: ExplorationSummary
            do { next = try JSONDecoder().decode(ExplorationSummary.self, from: FileFailure.read(file)) } catch {
                throw (error as? FileFailure) ?? FileFailure(description: "\(file) is no summary of an exploration")
            }
            do {
                if result == nil { result = next } else { try result?.merge(next) }
            } catch { throw FileFailure(description: "\(file): \(error)") }
        }
        guard let result else { throw ValidationError("expected at least one summary") }
        if let summary { try FileFailure.write(result.json(), to: summary) }
        print(result.text)
        let missing = (result.shards.first?.count ?? 1) - result.shards.count
        if missing > 0 { print("\(missing) shards are missing") }
        if !result.violations.isEmpty { throw ExitCode.failure }
    }
}
