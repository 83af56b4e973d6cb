import ArgumentParser
import Foundation
import GraphDiff
import GraphFormats
import Identity
import ParsecCore

/// Compares two graphs.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Says where and why two graphs of one network differ.",
        discussion: """
            Two running nodes are compared by heads and ranges, without reading their graphs. The exit status is 0 if \
            they are the same, 1 if they differ, 2 if they cannot be compared.
            """
    )

    @Argument(help: GraphSource.forms)
    var a: String

    @Argument(help: "The second graph.")
    var b: String

    @Flag(help: "Print JSON, as docs/graph-tools.md describes it.")
    var json = false

    @Option(help: "Draw both graphs into this SVG file, with what differs marked.")
    var svg: String?

    @Option(help: "Write the same picture for graphviz into this .dot file.")
    var dot: String?

    func run() async throws {
        let (first, second) = (try GraphSource(a), try GraphSource(b))
        let comparison: GraphComparison
        var labels: PeerLabels?
        if case .node(let one) = first, case .node(let two) = second, svg == nil, dot == nil {
            comparison = try await GraphComparison(one, two)
        } else {
            let (one, two) = (try await first.dump(), try await second.dump())
            comparison = GraphComparison(one, two)
            let known = PeerLabels(one.everybody + two.everybody)
            labels = known
            if svg != nil || dot != nil {
                let picture = ComparisonPicture(one, two, comparison, labels: known.byPeer)
                if let svg { try write(picture.svg, to: svg) }
                if let dot { try write(picture.dot, to: dot) }
            }
        }
        let text = json ? try encoded(comparison) : "\(comparison)"
        let names = labels ?? PeerLabels(in: text)
        print(json ? names.spelled(text) : names.shortened(text))
        if !comparison.isSame { throw ExitCode(1) }
    }
}

/// A value as JSON, its keys in a fixed order.
func encoded(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}
