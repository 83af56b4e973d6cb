import ArgumentParser
import Consensus
import Foundation
import GossipGraph
import GraphFormats
import ParsecCore
import ScenarioFiles
import Simulation
import Voting

/// Runs recorded engines again.
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs the engines of a recording again, and checks that each does what it did.",
        discussion: """
            After every call the engine has to have the events and blocks that were recorded. With --peer only that \
            peer's engine runs; --cut writes its part of the recording, which replays by itself.
            """
    )

    @Argument(help: "A file that parsec-sim run --record wrote.")
    var file: String

    @Option(help: "Run the engine of this peer only.")
    var peer: String?

    @Option(help: "Write the recording of that peer alone to this file.")
    var cut: String?

    @Option(help: "Write the graph that each peer ends with into this folder.")
    var dumpGraphs: String?

    func validate() throws {
        if cut != nil && peer == nil { throw ValidationError("--cut needs --peer NAME") }
    }

    func run() throws {
        var recording: Recording
        do { recording = try RecordingFile.read(FileFailure.read(file)) } catch let error as RecordingFile.Fault {
            throw FileFailure(description: "\(file): \(error)")
        }
        if let peer {
            let id = PeerID(peer)
            guard recording.peers.contains(id) else {
                let known = recording.peers.map(\.description).joined(separator: ", ")
                throw FileFailure(description: "\(file): no \(peer) in it; it has \(known)")
            }
            recording = recording.cut(to: id)
        }
        if let cut { try FileFailure.write(RecordingFile.write(recording), to: cut) }
        let engines: [PeerID: [Engine]]
        do { engines = try recording.replay(digests: DumpDigests(events: SimulatedDigests())) } catch {
            complain("\(file): \(error)")
            throw ExitCode.failure
        }
        print("\(recording.name), seed \(recording.seed): \(recording.entries.count) actions, all as recorded")
        for id in recording.peers {
            guard var engine = engines[id]?.first else { continue }
            var blocks: [Block] = []
            while let block = engine.nextBlock() { blocks.append(block) }
            let last = blocks.last.map { ", the last one \($0.digest.description.prefix(10))" } ?? ""
            print("  \(id): \(engine.agreement.graph.count) events, \(blocks.count) blocks\(last)")
            if let dumpGraphs {
                try FileManager.default.createDirectory(
                    at: URL(filePath: dumpGraphs),
                    withIntermediateDirectories: true
                )
                let dump = GraphDump(engine.agreement, history: blocks.map(\.observationDigest))
                try FileFailure.write(Data(DOTWriter.write(dump).utf8), to: "\(dumpGraphs)/\(id).dot")
            }
        }
    }
}
