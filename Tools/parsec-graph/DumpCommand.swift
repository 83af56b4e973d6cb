import ArgumentParser
import GraphFormats

/// Writes a dump in another form.
struct DumpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Reads a dump and draws it, or writes it anew."
    )

    @Argument(help: "The dump, a .dot file.")
    var file: String

    @Option(help: "Draw the graph into this SVG file.")
    var svg: String?

    @Option(help: "Write the graph into this .dot file.")
    var dot: String?

    func validate() throws {
        if svg == nil && dot == nil { throw ValidationError("say what to write: --svg OUT, --dot OUT, or both") }
    }

    func run() throws {
        let dump = try DumpFile(path: file).read()
        if let svg { try write(SVGWriter.write(dump), to: svg) }
        if let dot { try write(DOTWriter.write(dump), to: dot) }
    }
}
