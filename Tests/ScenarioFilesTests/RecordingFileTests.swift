import Consensus
import Foundation
import GossipGraph
import ParsecCore
import ScenarioFiles
import Simulation
import Testing
import Voting

/// Recordings as files.
@Suite struct RecordingFileTests {
    private func record(seed: UInt64) throws -> Recording {
        var scenario = Scenario("recording", peers: 4, seed: seed)
        scenario.steps = [
            .votes(3, at: 0, every: 100), .join("Eve", at: 100), .leave("Carol", at: 200),
            .crash("Bob", from: 150, to: 300), .fork("Dave", from: 100),
        ]
        scenario.gossip.connections = true
        var options = Simulation.Options()
        options.records = true
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        return try #require(simulation.recording)
    }

    @Test("What is written is read as it was, and written again to the byte")
    func roundTrip() throws {
        let recording = try record(seed: 1)
        let data = try RecordingFile.write(recording)
        let read = try RecordingFile.read(data)
        #expect(read == recording)
        #expect(try RecordingFile.write(read) == data)
    }

    @Test("A recording that was read replays to the same graphs, and so does the part of one peer")
    func replay() throws {
        let recording = try RecordingFile.read(RecordingFile.write(record(seed: 2)))
        let engines = try recording.replay()
        #expect(engines.count == 5)
        let bob = try RecordingFile.read(RecordingFile.write(recording.cut(to: "Bob")))
        let alone = try #require(try bob.replay()["Bob"]?.first).agreement.graph
        let together = try #require(engines["Bob"]?.first).agreement.graph
        #expect(alone.events.map(alone.digest) == together.events.map(together.digest))
    }

    @Test("What is wrong with a recording is said with the line")
    func faults() throws {
        let lines = try RecordingFile.write(record(seed: 1)).split(separator: UInt8(ascii: "\n"))
        func fault(_ lines: [Data]) -> RecordingFile.Fault? {
            do {
                _ = try RecordingFile.read(Data(lines.joined(separator: [UInt8(ascii: "\n")])))
                return nil
            } catch { return error }
        }
        let all = lines.map { Data($0) }
        #expect(fault(all) == nil)
        #expect(fault([])?.line == 1)
        #expect(fault(Array(all.dropFirst()))?.line == 1)
        #expect(fault([Data("{\"format\":\"other\"}".utf8)])?.line == 1)
        #expect(fault(Array(all.prefix(3)) + [Data("{}".utf8)])?.line == 4)
        #expect(fault(Array(all.prefix(3)) + [Data("no JSON".utf8)])?.line == 4)
        // An event of a message that no line before describes.
        let message = try #require(all.firstIndex { String(decoding: $0, as: UTF8.self).contains("\"brings\"") })
        #expect(fault([all[0], all[message]])?.message.contains("brings") == true)
    }

    @Test("A recording with a changed byte is refused, does not replay, or says the same")
    func mutations() throws {
        let original = try RecordingFile.write(record(seed: 1).cut(to: "Alice"))
        var random = SeededGenerator(seed: 3)
        for _ in 0..<60 {
            var data = original
            let place = Int.random(in: 0..<data.count, using: &random)
            data[place] = UInt8.random(in: 32...126, using: &random)
            guard let recording = try? RecordingFile.read(data) else { continue }
            _ = try? recording.replay()
        }
    }
}
