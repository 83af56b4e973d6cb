import ArgumentParser
import Consensus
import FoundationEssentials
import GraphFormats
import Identity
import ParsecCore

/// Measures replays of recorded graphs beside those of the reference.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Replays recorded graphs: how long, how long for an event, and beside one signature check.",
        discussion: """
            A run of a short recording replays it several times, 5,000 events in all. The speeds of the reference were \
            measured on a machine on which a signature check takes 78 us; they are scaled by what it takes here, in the \
            same run.
            """
    )

    @Argument(help: "The folder with the recordings of the reference.")
    var vectors = "../shared/vectors"

    @Option(help: "Replay recordings with at least so many events only.")
    var least = 500

    @OptionGroup var options: BenchOptions

    /// What the reference takes, in milliseconds, and how many times as fast we want to be.
    private static let reference: [String: (milliseconds: Double, goal: Double)] = [
        "evt16-node48": (569, 20), "evt8-single-node48": (305, 20), "evt8-node32": (160, 20),
        "evt16-single-node32": (105, 20), "evt1024-interleave-node16": (85, 8), "evt8192-interleave-node4": (124, 8),
        "evt1024-interleave-supermajority-node4": (34, 8), "routing-93b63e-002": (31, 8), "evt16-node4": (0.68, 8),
    ]

    func run() throws {
        var report = Report()
        try ReplayCommand.measure(vectors, least: least, options, into: &report)
        try options.print(report)
    }

    static func measure(_ vectors: String, least: Int, _ options: BenchOptions, into report: inout Report) throws {
        let check = try SignatureCheck.measure(options, into: &report)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: vectors) else {
            throw ValidationError("\(vectors) cannot be listed: name the folder with the recordings")
        }
        for name in names.sorted() {
            guard let bytes = try? Data(contentsOf: URL(filePath: "\(vectors)/\(name)/graph.dot")) else { continue }
            let dump = try DOTReader.read(Array(bytes))
            let known = ReplayCommand.reference[name]
            guard known != nil || dump.events.count >= least else { continue }
            // What takes a fraction of a millisecond is told only by many of it.
            let repeats = max(1, 5_000 / dump.events.count)
            let seconds = try options.measure({ try (0..<repeats).map { _ in try Replay(dump) } }) { replays in
                for place in replays.indices { try replays[place].run() }
            }.map { $0 / Double(repeats) }
            let count = Double(dump.events.count)
            report.figures.append(Figure("replay/\(name)", "ms", runs: seconds.map { $0 * 1e3 }))
            // At 48 peers a tenth of a signature check.
            report.figures.append(
                Figure(
                    "replay/\(name)/event",
                    "checks",
                    runs: seconds.map { $0 * 1e6 / count / check },
                    goal: dump.peers.count == 48 ? 0.1 : nil
                )
            )
            if let known {
                let scaled = known.milliseconds * check / 78
                report.figures.append(
                    Figure(
                        "replay/\(name)/reference",
                        "times as fast",
                        runs: seconds.map { scaled / ($0 * 1e3) },
                        goal: known.goal,
                        isMoreBetter: true
                    )
                )
            }
        }
    }
}

/// One Ed25519 check after another, on one core: the yardstick.
struct SignatureCheck {
    private let keys = DerivedKeys(seed: 1)
    private let digest = SHA256Digests().digest([1])
    private let signature: Signature

    init() {
        signature = keys.signer(of: "Alice").sign(digest)
    }

    /// Measures the yardstick, once a report, in microseconds.
    static func measure(_ options: BenchOptions, into report: inout Report) throws -> Double {
        let name = "signature check"
        if let known = report.figures.first(where: { $0.name == name }) { return known.median }
        let signature = SignatureCheck()
        let figure = Figure(name, "us", runs: try options.measure({}) { _ in signature.run(100) }.map { $0 * 1e4 })
        report.figures.append(figure)
        return figure.median
    }

    func run(_ count: Int) {
        for _ in 0..<count { precondition(keys.isValid(signature, of: digest, by: "Alice")) }
    }
}
