import ArgumentParser
import GraphDiff
import GraphFormats
import Identity
import ParsecCore
import Voting

/// Explains a block, a payload or an event.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says why a block stands where it does, what a payload waits for, or what an event did."
    )

    @Argument(help: GraphSource.forms)
    var graph: String

    @Option(help: "The number of a block, from 0 on.")
    var block: Int?

    @Option(help: "A payload: its bytes as text, its name in the dump, or the first digits of its digest.")
    var payload: String?

    @Option(help: "An event: creator and index, as in Alice:27.")
    var event: String?

    @Flag(help: "Print JSON, as docs/graph-tools.md describes it.")
    var json = false

    @Option(help: "The rules to decide by: by default those that the dump names, else those of the reference.")
    var rules: GraphDump.Rules?

    func validate() throws {
        guard [block != nil, payload != nil, event != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("say what to explain: --block N, --payload TEXT or --event NAME")
        }
    }

    func run() async throws {
        let dump = try await GraphSource(graph).dump()
        let labels = PeerLabels(dump.everybody)
        let subject: Explanation.Subject =
            if let block { .block(block) } else if let payload { .payload(payload) } else {
                .event(labels.eventName(event ?? ""))
            }
        let explanation: Explanation
        do { explanation = try explain(subject, dump) } catch { throw Failure("\(graph): \(error)") }
        print(json ? labels.spelled(try encoded(explanation)) : explanation.text(naming: labels.shortened))
    }

    private func explain(_ subject: Explanation.Subject, _ dump: GraphDump) throws -> Explanation {
        do { return try Explanation(subject, in: dump, rules: rules) } catch .noPayload(let text) {
            // Dumps of nodes shorten payloads, and keep their digests.
            let digest = SHA256Digests().digest(of: .opaque(Array(text.utf8)))
            guard let found = try? Explanation(.payload(digest.description), in: dump, rules: rules) else {
                throw Explanation.Fault.noPayload(text)
            }
            return found
        }
    }
}
