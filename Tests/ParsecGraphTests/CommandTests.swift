import Consensus
import Foundation
import GraphDiff
import GraphFormats
import Identity
import ParsecCore
import ScenarioFiles
import Simulation
import Testing
import Voting

/// The commands as a user runs them: what they print, write and end with.
@Suite struct CommandTests {
    /// A folder that goes with the test.
    private final class Folder {
        let url = FileManager.default.temporaryDirectory.appending(path: "parsec-graph-\(UUID().uuidString)")

        init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(at: url) }

        func path(_ name: String) -> String { url.appending(path: name).path }

        func write(_ text: String, _ name: String) throws -> String {
            try Data(text.utf8).write(to: url.appending(path: name))
            return path(name)
        }
    }

    /// Runs a command to its end; returns its status and what it printed to standard output and standard error.
    private func run(_ arguments: String...) throws -> (status: Int32, output: String, error: String) {
        let process = Process()
        let (output, error) = (Pipe(), Pipe())
        #if os(macOS)
            let folder = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            process.executableURL = folder?.deletingLastPathComponent().appending(path: "parsec-graph")
        #else
            let folder = Bundle.main.executableURL?.deletingLastPathComponent()
            process.executableURL = folder?.appending(path: "parsec-graph")
        #endif
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = error
        try process.run()
        // What goes to standard error is little, and does not fill its pipe while the other is read.
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        let complained = try error.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: printed, as: UTF8.self),
            String(decoding: complained, as: UTF8.self)
        )
    }

    /// A recording, and the dumps of its peers at its end.
    private func record(_ folder: Folder) throws -> [String] {
        var votes = Votes()
        votes.count = 3
        votes.every = 100
        let fork = Step.fault(Fault(.fork("Dave"), from: 100))
        let scenario = Scenario("commands", peers: 4, seed: 1, steps: [.votes(votes), fork])
        var options = Simulation.Options()
        options.digests = DumpDigests(events: SimulatedDigests())
        options.records = true
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        let recording = try #require(simulation.recording)
        try RecordingFile.write(recording).write(to: folder.url.appending(path: "recording"))
        return try simulation.peers.map { peer in
            let dump = GraphDump(peer.engine.agreement, history: peer.blocks.map(\.observationDigest))
            return try folder.write(DOTWriter.write(dump), "\(peer.id).dot")
        }
    }

    @Test("The status of diff is 0 for the same, 1 for what differs, 2 for trouble")
    func status() throws {
        let folder = try Folder()
        let dumps = try record(folder)
        let same = try run("diff", dumps[0], dumps[0])
        #expect(same.status == 0 && same.output.hasSuffix("the graphs are the same\n") && same.error.isEmpty)
        let other = try run("diff", dumps[0], dumps[1])
        #expect(other.status == 1 && other.output.hasSuffix("the graphs differ\n"))
        let absent = try run("diff", dumps[0], folder.path("absent.dot"))
        #expect(absent.status == 2 && absent.output.isEmpty && absent.error.contains("cannot read"))
        let node = try run("diff", dumps[0], "http://127.0.0.1:1")
        #expect(node.status == 2 && node.error.contains("no node answers at http://127.0.0.1:1"))
        let one = try run("diff", dumps[0])
        #expect(one.status == 2 && one.output.isEmpty && one.error.contains("<b>"))
    }

    @Test("A recording's peer is the same as that peer's dump, as DOT and as JSON")
    func sources() throws {
        let folder = try Folder()
        let dumps = try record(folder)
        let recorded = "\(folder.path("recording"))#Bob"
        #expect(try run("diff", dumps[1], recorded).status == 0)
        #expect(try run("dump", dumps[1], "--json", folder.path("bob.json")).status == 0)
        #expect(try run("diff", folder.path("bob.json"), recorded).status == 0)
        #expect(try run("replay", folder.path("bob.json")).status == 0)
        let nobody = try run("diff", dumps[1], folder.path("recording"))
        #expect(nobody.status == 2 && nobody.error.contains("recording#Alice"))
    }

    @Test("JSON has the fields of a comparison and of an explanation")
    func json() throws {
        let folder = try Folder()
        let dumps = try record(folder)
        let diff = try run("diff", "--json", dumps[0], dumps[1])
        let comparison = try JSONDecoder().decode(GraphComparison.self, from: Data(diff.output.utf8))
        #expect(comparison.progress.a.owner == "Alice" && !comparison.isSame)
        let explain = try run("explain", dumps[0], "--block", "1", "--json")
        let explanation = try JSONDecoder().decode(Explanation.self, from: Data(explain.output.utf8))
        #expect(explanation.block == 1 && !explanation.sentences.isEmpty)
        let stats = try run("stats", dumps[0], "--json")
        let statistics = try JSONDecoder().decode(GraphStatistics.self, from: Data(stats.output.utf8))
        #expect(statistics.events == comparison.progress.a.events)
    }

    @Test("Pictures and smallest parts are written, and the parts are read by diff and replay")
    func written() throws {
        let folder = try Folder()
        let dumps = try record(folder)
        _ = try run("diff", dumps[0], dumps[1], "--svg", folder.path("a.svg"), "--dot", folder.path("a.dot"))
        #expect(try String(contentsOfFile: folder.path("a.svg"), encoding: .utf8).hasSuffix("</svg>\n"))
        #expect(try String(contentsOfFile: folder.path("a.dot"), encoding: .utf8).hasPrefix("digraph"))
        let (a, b) = (folder.path("small-a.dot"), folder.path("small-b.json"))
        let minimized = try run("minimize", dumps[0], dumps[1], "--out-a", a, "--out-b", b)
        #expect(minimized.status == 0)
        #expect(try run("diff", a, b).status == 1)
        let same = try run("minimize", dumps[0], dumps[0], "--out-a", a, "--out-b", b)
        #expect(same.status == 1 && same.error.contains("do not differ"))
    }

    @Test("What is no graph at all ends with one line that says so", arguments: ["diff", "stats", "replay"])
    func noGraph(command: String) throws {
        let folder = try Folder()
        let empty = try folder.write("", "empty.dot")
        for (argument, complaint) in [
            (folder.url.path, "is a folder"), ("http://127.0.0.1:99999", "is no address of a node"),
            ("https://", "is no address of a node"), (empty, "empty.dot:1:1: expected"),
            (folder.path("absent#Alice"), "cannot read"),
        ] {
            let found = command == "diff" ? try run("diff", argument, argument) : try run(command, argument)
            #expect(found.status == 2 && found.output.isEmpty, "\(argument)")
            #expect(found.error.contains(complaint) && found.error.split(separator: "\n").count == 1, "\(found.error)")
        }
    }

    @Test("Peers whose identities are keys go by short names, which name events, too")
    func labels() throws {
        let folder = try Folder()
        var text = String(decoding: JSONDump.write(try JSONDump.read(Data(contentsOf: recorded("Bob")))), as: UTF8.self)
        var keys: [PeerID] = []
        for (number, name) in ["Alice", "Bob", "Carol", "Dave"].enumerated() {
            keys.append(PeerID(bytes: [UInt8](repeating: UInt8(0x81 + 16 * number), count: 32)))
            text = text.replacing(name, with: keys[number].description)
        }
        let dump = try folder.write(text, "keys.json")
        let names = PeerLabels(keys)
        let (bob, carol) = (names.label(of: keys[1]), names.label(of: keys[2]))
        let block = try run("explain", dump, "--block", "1")
        #expect(block.output.contains("decided by election 1 at \(carol):42 among the voters"))
        #expect(!block.output.contains(keys[2].description))
        let event = try run("explain", dump, "--event", "\(carol):42", "--json")
        let readable = try #require(ReadableID.text(of: keys[2]))
        #expect(try JSONDecoder().decode(Explanation.self, from: Data(event.output.utf8)).subject == "\(readable):42")
        #expect(try run("diff", dump, dump).output.hasPrefix("A: \(bob), 221 events"))
        #expect(try run("dump", dump, "--svg", folder.path("keys.svg")).status == 0)
        let picture = try String(contentsOfFile: folder.path("keys.svg"), encoding: .utf8)
        #expect(picture.contains(">\(carol)</text>") && picture.contains(">\(carol):42</text>"))
        #expect(!picture.contains(keys[2].description))
    }

    private func recorded(_ peer: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../GraphDiffTests/Recordings/wrong-tie-break-\(peer).json")
    }

    @Test("What cannot be read is named, with the place in the file")
    func malformed() throws {
        let folder = try Folder()
        let dumps = try record(folder)
        let text = try String(contentsOfFile: dumps[0], encoding: .utf8)
        let half = try folder.write(String(text.prefix(text.count / 2)), "half.dot")
        let truncated = try run("diff", dumps[0], half)
        #expect(truncated.status == 2 && truncated.error.contains("half.dot:") && truncated.error.contains("expected"))
        let broken = try run("diff", try folder.write("{\"format\": 1", "broken.json"), dumps[0])
        #expect(broken.status == 2 && broken.error.contains("broken.json"))
        let binary = try folder.write("SQLite format 3\0 but nothing more", "store.sqlite")
        let store = try run("diff", binary, dumps[0])
        #expect(store.status == 2 && store.error.contains("store.sqlite"))
        let block = try run("explain", dumps[0], "--block", "1000")
        #expect(block.status == 2 && block.error.contains("there is no block 1000"))
        let nothing = try run("explain", dumps[0])
        #expect(nothing.status == 2 && nothing.error.contains("--block"))
    }
}
