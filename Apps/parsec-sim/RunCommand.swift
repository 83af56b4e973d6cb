import ArgumentParser
import Consensus
import Foundation
import ParsecCore
import ScenarioFiles
import Serialization
import Simulation
import Voting

/// Runs one scenario.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs one scenario: from a file, or drawn from a few numbers."
    )

    @Argument(help: "A scenario file in TOML; without it the options below say what happens.")
    var file: String?

    @OptionGroup(title: "Without a file")
    var sketch: SketchOptions

    @OptionGroup(title: "The wire")
    var wire: WireOptions

    @Option(help: "The seed of all that chance decides; by default that of the file, or a new one.")
    var seed: UInt64?

    @Flag(help: "Print what happens, one line each; twice for single messages, too.")
    var trace: Int

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: "Write a page with the timeline, latencies and growth of graphs to this file.")
    var report: String?

    @Option(help: "Write the inputs of all engines to this file, for parsec-sim replay.")
    var record: String?

    @Option(help: "Write the scenario to this file.")
    var writeScenario: String?

    @Option(help: "Write the graph of each peer at each decision into this folder.")
    var dumpGraphs: String?

    @Option(help: "Write evidence of what liars did, as the first honest peer has it, into this folder.")
    var evidence: String?

    @Flag(help: "Draw each graph that is written, too.")
    var svg = false

    func validate() throws {
        if svg && dumpGraphs == nil { throw ValidationError("--svg needs --dump-graphs DIR") }
        if wire.realKeys && (record != nil || dumpGraphs != nil || evidence != nil) {
            throw ValidationError(
                "--record, --dump-graphs and --evidence go by names and the digests of simulations: leave out --real-keys"
            )
        }
        if file == nil {
            do { try sketch.sketch(seed: 0).check() } catch { throw ValidationError("\(error)") }
        }
    }

    func run() throws {
        let scenario = try scenario()
        if let writeScenario {
            try FileFailure.write(Data(ScenarioWriter.write(scenario).utf8), to: writeScenario)
        }
        let writer = try dumpGraphs.map { try DumpWriter(folder: $0, drawsPictures: svg) }
        var (options, meter) = wire.mode.options()
        options.keepsHappenings = trace > 0 || report != nil
        options.keepsTraffic = trace > 1
        options.records = record != nil
        if let writer { options.inspector = { writer.write($0, $1, $2) } }

        var simulation = try Simulation(scenario, options: options)
        let progress = Progress()
        simulation.run { progress.show($0) }
        progress.end()
        if let failure = writer?.failure { throw FileFailure(description: failure) }
        if trace > 0 { for line in Timeline.lines(simulation.happenings) { print(line) } }
        let result = RunReport(simulation, wire: wire.wire || wire.realKeys ? meter.totals : nil)
        print(try json ? result.json() : result.text)
        let replay = "parsec-sim run \(replayOptions(scenario))\(wire.mode.text)"
        if let report {
            try FileFailure.write(Data(ReportPage(simulation, result, replay: replay).html.utf8), to: report)
        }
        if let record, let recording = simulation.recording {
            try FileFailure.write(RecordingFile.write(recording), to: record)
        }
        if let evidence { try write(evidence: simulation, to: evidence) }
        if let folder = dumpGraphs, !json { print("graphs written to \(folder)") }
        guard simulation.isSuccess else {
            complain(result.failure ?? "")
            complain("replay with: \(replay)")
            throw ExitCode.failure
        }
    }

    /// Writes a file for each offender and offence.
    private func write(evidence simulation: Simulation, to folder: String) throws {
        guard let peer = simulation.activePeers.first.map({ simulation.peers[$0] }) else { return }
        try FileManager.default.createDirectory(at: URL(filePath: folder), withIntermediateDirectories: true)
        for evidence in peer.engine.evidence {
            let file = EvidenceFile(
                network: simulation.network,
                evidence: evidence,
                digests: peer.engine.cryptography.digests.kind,
                signatures: peer.engine.cryptography.signer.kind
            )
            let path = "\(folder)/\(evidence.offender)-\(evidence.offence).evidence"
            try FileFailure.write(Data(file.encoded), to: path)
            if !json { print("evidence written to \(path)") }
        }
    }

    private func scenario() throws -> Scenario {
        guard let file else {
            let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
            if !json { print("seed \(seed)") }
            return try sketch.sketch(seed: seed).scenario()
        }
        var scenario: Scenario
        do { scenario = try ScenarioReader.read(Array(FileFailure.read(file))) } catch {
            throw FileFailure(description: "\(file): \(error)")
        }
        if let seed { scenario.seed = seed }
        if !json { print("seed \(scenario.seed)") }
        return scenario
    }

    private func replayOptions(_ scenario: Scenario) -> String {
        if let file { return "\(file) --seed \(scenario.seed)" }
        return sketch.text(seed: seed ?? scenario.seed)
    }
}
