public import ArgumentParser
import Consensus
import Foundation
import GraphFormats
import ParsecCore
import Simulation
public import Voting

/// Simulates a network of peers in one process.
@main
struct ParsecSim: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parsec-sim",
        abstract: "Simulates a network of peers that agree on blocks by gossip.",
        discussion: """
            Every peer runs its own engine; a seed decides whom they gossip to, which messages are lost or late, when they
            vote, and who joins and leaves. The same options and seed give the same output. The exit status is 0 only if
            all peers that should agree do.
            """
    )

    @Option(help: "The number of peers in the initial group.")
    var peers = 5

    @Option(help: "The number of opaque payloads that are voted for.")
    var events = 10

    @Option(help: "The number of peers that join.")
    var addPeers = 0

    @Option(help: "The number of peers that are removed.")
    var removePeers = 0

    @Option(help: "The most voters at any time.")
    var maxPeers = 20

    @Option(help: "How opaque payloads are agreed on: supermajority or single.")
    var mode = ConsensusMode.supermajority

    @Option(help: "The number of peers that show different events to different peers.")
    var forkers = 0

    @Option(help: "The probability with which a message is lost.")
    var loss = SimulationSettings().loss

    @Option(help: "The most rounds that a message is under way.")
    var maxDelay = SimulationSettings().maxDelay

    @Option(help: "The seed of all that chance decides; by default a new one.")
    var seed: UInt64?

    @Option(help: "The number of rounds after which a network that has not settled is given up.")
    var maxRounds = 1_000

    @Option(help: "Write the graph of each peer at each decision into this folder.")
    var dumpGraphs: String?

    @Flag(help: "Draw each graph that is written, too.")
    var svg = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if svg && dumpGraphs == nil { throw ValidationError("--svg needs --dump-graphs DIR") }
        do { try settings(seed: 0).check() } catch { throw ValidationError("\(error)") }
    }

    func run() throws {
        let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
        let settings = settings(seed: seed)
        if !json { print("seed \(seed)") }
        let writer = try dumpGraphs.map { try DumpWriter(folder: $0, drawsPictures: svg) }
        var inspector: (@Sendable (PeerID, Agreement, Decision) -> Void)?
        if let writer { inspector = { writer.write($0, $1, $2) } }
        var simulation = try Simulation(settings, digests: ReferenceDigests(), inspector: inspector)
        let progress = Progress()
        simulation.run { progress.show($0) }
        progress.end()
        if let failure = writer?.failure { throw DumpWriter.Failure(description: failure) }

        let report = SimulationReport(simulation)
        print(try json ? report.json() : report.text)
        if let folder = dumpGraphs, !json { print("graphs written to \(folder)") }
        guard report.isAgreed else {
            let advice = "replay with: parsec-sim \(replayOptions(seed: seed))"
            FileHandle.standardError.write(Data("\(report.failure ?? "")\n\(advice)\n".utf8))
            throw ExitCode.failure
        }
    }

    private func settings(seed: UInt64) -> SimulationSettings {
        var settings = SimulationSettings()
        settings.peers = peers
        settings.events = events
        settings.addedPeers = addPeers
        settings.removedPeers = removePeers
        settings.maxPeers = maxPeers
        settings.mode = mode
        settings.forkers = forkers
        settings.loss = loss
        settings.maxDelay = maxDelay
        settings.seed = seed
        settings.maxRounds = maxRounds
        return settings
    }

    private func replayOptions(seed: UInt64) -> String {
        let options: [(String, String)] = [
            ("peers", "\(peers)"), ("events", "\(events)"), ("add-peers", "\(addPeers)"),
            ("remove-peers", "\(removePeers)"), ("max-peers", "\(maxPeers)"), ("mode", mode.rawValue),
            ("forkers", "\(forkers)"), ("loss", "\(loss)"), ("max-delay", "\(maxDelay)"), ("seed", "\(seed)"),
            ("max-rounds", "\(maxRounds)"),
        ]
        return options.map { "--\($0.0) \($0.1)" }.joined(separator: " ")
    }
}

extension ConsensusMode: ExpressibleByArgument {}
