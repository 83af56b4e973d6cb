import ArgumentParser
import GraphDiff
import Foundation
import GraphFormats
import Identity

/// Counts what is in a graph.
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Counts events, forks, depth and width, blocks, and how long they took."
    )

    @Argument(help: GraphSource.forms)
    var graph: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let dump = try await GraphSource(graph).dump()
        do {
            let statistics = try GraphStatistics(dump)
            let labels = PeerLabels(dump.everybody)
            print(json ? labels.spelled(try encoded(statistics)) : labels.shortened(statistics.text))
        } catch let failure as Replay.Failure { throw Failure("\(graph): \(failure)") }
    }
}

/// Makes two graphs as small as still shows what differs.
struct MinimizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minimize",
        abstract: "Writes the smallest parts of two graphs that still show how they differ.",
        discussion:
            "The parts are dumps that diff and replay read. The exit status is 1 if the graphs do not differ, 2 if they cannot be read."
    )

    @Argument(help: GraphSource.forms)
    var a: String

    @Argument(help: "The second graph.")
    var b: String

    @Option(help: "Where the part of the first graph goes, a .dot or .json file.")
    var outA: String

    @Option(help: "Where the part of the second graph goes.")
    var outB: String

    func run() async throws {
        let (one, two) = (try await GraphSource(a).dump(), try await GraphSource(b).dump())
        guard let parts = Minimizer.minimize(one, two) else {
            FileHandle.standardError.write(Data("the graphs do not differ\n".utf8))
            throw ExitCode(1)
        }
        try write(parts.a, to: outA)
        try write(parts.b, to: outB)
        print(
            "\(parts.a.events.count) of \(one.events.count) events, and \(parts.b.events.count) of \(two.events.count)"
        )
    }
}
