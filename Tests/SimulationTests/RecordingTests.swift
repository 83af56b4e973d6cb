import Consensus
import GossipGraph
import ParsecCore
import Simulation
import Testing
import Voting

/// What went into the engines leads to what they came to, without the network around them.
@Suite struct RecordingTests {
    private func record(seed: UInt64) throws -> Simulation {
        var scenario = Scenario("recording", peers: 4, seed: seed)
        scenario.steps = [
            .votes(6, at: 0, every: 100), .join("Eve", at: 200), .crash("Bob", from: 300, to: 600),
            .fork("Dave", from: 200),
        ]
        scenario.gossip.connections = true
        var options = Simulation.Options()
        options.records = true
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        #expect(simulation.isSuccess)
        return simulation
    }

    private func blocks(_ engine: Engine) -> [Digest] {
        var engine = engine
        var result: [Digest] = []
        while let block = engine.nextBlock() { result.append(block.digest) }
        return result
    }

    @Test("A recording leads every engine to the same graph and blocks", arguments: 1...3 as ClosedRange<UInt64>)
    func replay(seed: UInt64) throws {
        let simulation = try record(seed: seed)
        let engines = try #require(simulation.recording).replay()
        #expect(engines.count == 5)
        for peer in simulation.peers {
            let engine = try #require(engines[peer.id]?.first)
            let (found, expected) = (engine.agreement.graph, peer.engine.agreement.graph)
            #expect(found.events.map(found.digest) == expected.events.map(expected.digest))
            #expect(blocks(engine) == peer.blocks.map(\.digest))
        }
    }

    @Test("A recording cut down to one peer replays by itself")
    func cut() throws {
        let simulation = try record(seed: 2)
        let recording = try #require(simulation.recording)
        for peer in simulation.peers {
            let part = recording.cut(to: peer.id)
            #expect(part.peers == [peer.id] && part.entries.count < recording.entries.count)
            let engines = try part.replay()
            #expect(blocks(try #require(engines[peer.id]?.first)) == peer.blocks.map(\.digest))
        }
    }

    @Test("A recording that was changed does not lead to what it says, and the first entry that differs is named")
    func mismatch() throws {
        let simulation = try record(seed: 1)
        var recording = try #require(simulation.recording)
        let place = try #require(
            recording.entries.firstIndex {
                if case .call(.receive) = $0.action { true } else { false }
            }
        )
        let entry = recording.entries[place]
        var entries = recording.entries
        entries[place] = Recording.Entry(
            time: entry.time,
            peer: entry.peer,
            instance: entry.instance,
            action: entry.action,
            events: entry.events + 1,
            blocks: entry.blocks
        )
        recording = Recording(network: recording.network, name: "changed", seed: 1, entries: entries)
        #expect(throws: Recording.Mismatch.self) { try recording.replay() }
        do { _ = try recording.replay() } catch { #expect(error.entry == place) }
    }

    @Test("A call of an engine that was not started is a mismatch, not a trap")
    func notStarted() throws {
        let recording = try #require(try record(seed: 1).recording)
        let calls = recording.entries.filter { if case .call = $0.action { true } else { false } }
        let headless = Recording(network: recording.network, name: "headless", seed: 1, entries: calls)
        #expect(throws: Recording.Mismatch.self) { try headless.replay() }
    }
}
