import Consensus
import GossipGraph
import GraphFormats
import Membership
import MetaVoting
import ParsecCore
import Simulation
import Synchronization
import Testing
import Voting

@Suite struct ReplayTests {
    /// A dump of events given as creator, cause, self-parent and other-parent.
    private func dump(_ events: [(PeerID, GraphDump.Cause, Int?, Int?)]) -> GraphDump {
        var counts: [PeerID: Int] = [:]
        let list = events.map { creator, cause, selfParent, otherParent in
            defer { counts[creator, default: 0] += 1 }
            return GraphDump.Event(
                creator: creator,
                indexByCreator: counts[creator] ?? 0,
                cause: cause,
                selfParent: selfParent,
                otherParent: otherParent
            )
        }
        let peers = Set(events.map(\.0)).sorted().map { GraphDump.Peer(id: $0, state: .active) }
        return GraphDump(ourID: "A", peers: peers, mode: .supermajority, events: list)
    }

    @Test("A dump without a Genesis observation, or with one that is not told, cannot be replayed")
    func failures() {
        let silent = dump([("A", .initial, nil, nil)])
        #expect(throws: Replay.Failure.noGenesis) { try Replay(silent) }
        let unknown = dump([
            ("A", .initial, nil, nil), ("A", .observation([.genesis(group: ["A"])]), 0, nil),
            ("A", .observation([.unknown]), 1, nil),
        ])
        #expect(throws: Replay.Failure.unreadableObservation(event: "A_2")) { try Replay(unknown) }
    }

    @Test("An event that does not fit its parents is named")
    func unfit() throws {
        var replay = try Replay(
            dump([
                ("A", .initial, nil, nil), ("A", .observation([.genesis(group: ["A"])]), 0, nil),
                ("A", .request, 1, 0),
            ])
        )
        #expect(throws: Replay.Failure.graph(event: "A_2", .otherParentBySameCreator(EventIndex(0)))) {
            try replay.run()
        }
    }

    @Test(
        "What a simulated peer dumps at a decision is replayed to the same decisions",
        arguments: ConsensusMode.allCases
    )
    func simulated(_ mode: ConsensusMode) throws {
        let dumps = Mutex<[PeerID: (dump: GraphDump, digests: [Digest])]>([:])
        var sketch = ScenarioSketch()
        sketch.peers = 4
        sketch.events = 4
        sketch.addedPeers = 1
        sketch.forkers = 1
        sketch.mode = mode
        sketch.seed = 11
        var options = Simulation.Options()
        options.digests = ReferenceDigests()
        options.inspector = { peer, agreement, decision in
            dumps.withLock { dumps in
                let history = dumps[peer]?.digests ?? []
                let digests = history + decision.payloads.map(\.observation.digest)
                dumps[peer] = (GraphDump(agreement, history: history), digests)
            }
        }
        var simulation = try Simulation(sketch.scenario(), options: options)
        simulation.run()
        #expect(simulation.isSuccess)
        let last = dumps.withLock { $0 }
        #expect(last.count >= 4)
        for (peer, recorded) in last {
            // A dump is written and read: all that replaying takes has to survive that.
            let read = try DOTReader.read(Array(DOTWriter.write(recorded.dump).utf8))
            #expect(read.events.count == recorded.dump.events.count)
            #expect(read.rules == .current)
            var replay = try Replay(read, rules: .current)
            try replay.run()
            let digests = replay.decisions.flatMap { $0.payloads.map(\.observation.digest) }
            #expect(digests == recorded.digests, "\(peer)")
            #expect(Array(digests.prefix(read.election.history.count)) == read.election.history)
        }
    }
}
