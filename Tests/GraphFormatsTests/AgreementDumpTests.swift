import Consensus
import GraphFormats
import MetaVoting
import ParsecCore
import Simulation
import Synchronization
import Testing
import Voting

/// The dump of an agreement says the same after it has been written and read, and is decided the same.
@Suite struct AgreementDumpTests {
    /// An event as it is called, whatever its position.
    private struct Name: Hashable {
        let creator: PeerID
        let index: Int
        let fork: Int

        init(_ position: Int, in dump: GraphDump) {
            let event = dump.events[position]
            (creator, index, fork) = (event.creator, event.indexByCreator, event.forkIndex)
        }
    }

    /// All that a dump says of an event, with its parents by name.
    private struct Said: Hashable {
        let cause: GraphDump.Cause
        let parents: [Name?]
        let lastAncestors: [GraphDump.LastAncestor]
    }

    private struct Recorded: Sendable {
        var dumps: [GraphDump] = []
        var digests: [Digest] = []
    }

    private func said(_ dump: GraphDump) -> [Name: Said] {
        let pairs = dump.events.enumerated().map { position, event in
            let parents = [event.selfParent, event.otherParent].map { $0.map { Name($0, in: dump) } }
            let said = Said(cause: event.cause, parents: parents, lastAncestors: event.lastAncestors)
            return (Name(position, in: dump), said)
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// Runs a simulation; returns what each peer dumped at its decisions.
    private func record(_ sketch: ScenarioSketch) throws -> [PeerID: Recorded] {
        let records = Mutex<[PeerID: Recorded]>([:])
        var options = Simulation.Options()
        options.digests = ReferenceDigests()
        options.inspector = { peer, agreement, decision in
            records.withLock { records in
                let history = records[peer]?.digests ?? []
                records[peer, default: Recorded()].dumps.append(GraphDump(agreement, history: history))
                records[peer, default: Recorded()].digests += decision.payloads.map(\.observation.digest)
            }
        }
        var simulation = try Simulation(sketch.scenario(), options: options)
        simulation.run()
        #expect(simulation.isSuccess)
        return records.withLock { $0 }
    }

    private func forkedSketch(seed: UInt64) -> ScenarioSketch {
        var sketch = ScenarioSketch()
        sketch.peers = 4
        sketch.events = 3
        sketch.addedPeers = 1
        sketch.forkers = 1
        sketch.seed = seed
        return sketch
    }

    @Test(
        "The dump of an agreement is read as it was made, up to the order of its events",
        arguments: [3, 5] as [UInt64]
    )
    func written(seed: UInt64) throws {
        let records = try record(forkedSketch(seed: seed))
        var forks = 0
        for dump in records.values.compactMap(\.dumps.last) {
            let read = try DOTReader.read(Array(DOTWriter.write(dump).utf8))
            forks += dump.events.filter { $0.forkIndex > 0 }.count
            #expect(said(read).count == dump.events.count)
            #expect(said(read) == said(dump))
            let heads = [read, dump].map { [$0.ourID] + $0.peers.map(\.id) }
            #expect(heads[0] == heads[1] && read.peers == dump.peers)
            #expect(read.mode == dump.mode && read.rules == dump.rules)
            #expect(read.election.history == dump.election.history && read.election.voters == dump.election.voters)
            let undecided = [read, dump].map { dump in dump.election.undecidedEvents?.map { Name($0, in: dump) } }
            #expect(undecided[0] == undecided[1])
            let interesting = [read, dump].map { dump in
                dump.election.interestingEvents.map { [$0.peer: $0.events.map { Name($0, in: dump) }] }
            }
            #expect(interesting[0] == interesting[1])
            let metaEvents = [read, dump].map { dump in dump.election.metaEvents.map { Name($0.event, in: dump) } }
            #expect(metaEvents[0] == metaEvents[1])
            for (found, expected) in zip(read.election.metaEvents, dump.election.metaEvents) {
                #expect(found.observees == expected.observees && found.metaVotes == expected.metaVotes)
                // Where payloads are interesting, messages of a key generation have no bytes; here are none.
                #expect(found.interestingContent == expected.interestingContent)
            }
        }
        #expect(forks > 0, "nobody has seen a fork")
    }

    @Test(
        "A joiner's dump, with forks, decides what the joiner decided, at every decision",
        arguments: [3, 5] as [UInt64]
    )
    func joiner(seed: UInt64) throws {
        let records = try record(forkedSketch(seed: seed))
        let genesis = try #require(records.values.first?.dumps.first?.genesis)
        let (joiner, record) = try #require(records.first { !genesis.contains($0.key) })
        let last = try #require(record.dumps.last)
        #expect(last.ourID == joiner)
        #expect(last.events.contains { $0.forkIndex > 0 })
        for dump in record.dumps {
            var replay = try Replay(DOTReader.read(Array(DOTWriter.write(dump).utf8)), rules: .current)
            try replay.run()
            let digests = replay.decisions.flatMap { $0.payloads.map(\.observation.digest) }
            #expect(digests.count > dump.election.history.count)
            #expect(digests == Array(record.digests.prefix(digests.count)))
        }
    }
}
