import ArgumentParser
import GraphDiff
import GraphFormats
import Identity

/// Writes a dump in another form.
struct DumpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Reads a dump and draws it, or writes it anew."
    )

    @Argument(help: GraphSource.forms)
    var file: String

    @Option(help: "Draw the graph into this SVG file.")
    var svg: String?

    @Option(help: "Write the graph into this .dot file.")
    var dot: String?

    @Option(help: "Write the graph into this .json file.")
    var json: String?

    func validate() throws {
        if svg == nil && dot == nil && json == nil {
            throw ValidationError("say what to write: --svg OUT, --dot OUT or --json OUT")
        }
    }

    func run() async throws {
        let dump = try await GraphSource(file).dump()
        if let svg {
            let labels = PeerLabels(dump.everybody).byPeer
            try write(SVGWriter.write(dump, roles: dump.roles, labels: labels), to: svg)
        }
        if let dot { try write(DOTWriter.write(dump), to: dot) }
        if let json { try write(String(decoding: JSONDump.write(dump), as: UTF8.self), to: json) }
    }
}
