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

@testable import struct GraphFormats.InsertionOrder

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

    @Test("Before an event of ours that answers a message come the events of the message, and no others")
    func order() {
        let dump = dump([
            ("A", .initial, nil, nil), ("B", .initial, nil, nil), ("C", .initial, nil, nil),
            ("B", .requesting(recipient: "A"), 1, nil), ("C", .requesting(recipient: "B"), 2, nil),
            ("A", .requesting(recipient: "C"), 0, nil), ("A", .request, 5, 3), ("B", .request, 3, 4),
        ])
        #expect(ReplayOrder.order(of: dump) == [0, 5, 1, 3, 6, 2, 4, 7])
    }

    @Test("Our accusations and messages of key generations come just before our next sync event")
    func heldBack() {
        let message = DumpObservation.keyGeneration(.part, number: 0, message: [1])
        let dump = dump([
            ("A", .initial, nil, nil), ("A", .observation([message]), 0, nil), ("B", .initial, nil, nil),
            ("B", .requesting(recipient: "A"), 2, nil), ("A", .request, 1, 3),
        ])
        #expect(ReplayOrder.order(of: dump) == [0, 2, 3, 1, 4])
    }

    @Test("The order of insertion is the first peer that can go on, again and again")
    func insertionOrder() {
        var random = SampleGenerator(state: 3)
        for _ in 0..<200 {
            let peers = (0..<Int.random(in: 1...6, using: &random)).map { PeerID("\($0)") }
            var creators: [PeerID] = []
            var places: [(index: Int, fork: Int)] = []
            var parents: [[Int]] = []
            var chains: [PeerID: [Int]] = [:]
            for event in 0..<Int.random(in: 1...60, using: &random) {
                let creator = peers.randomElement(using: &random) ?? "0"
                let chain = chains[creator] ?? []
                creators.append(creator)
                places.append((chain.count, 0))
                let others = (0..<event).filter { creators[$0] != creator }
                parents.append([chain.last, others.randomElement(using: &random)].compactMap { $0 })
                chains[creator] = chain + [event]
            }
            let found = InsertionOrder(creators: creators, places: places, parents: parents).sequence(<)
            var expected: [Int] = []
            while expected.count < creators.count {
                let next = peers.lazy.compactMap { peer in
                    (chains[peer] ?? []).first { !expected.contains($0) }
                }.first { event in parents[event].allSatisfy(expected.contains) }
                guard let next else { break }
                expected.append(next)
            }
            #expect(found == expected)
        }
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
        var settings = SimulationSettings()
        settings.peers = 4
        settings.events = 4
        settings.addedPeers = 1
        settings.forkers = 1
        settings.mode = mode
        settings.seed = 11
        var simulation = try Simulation(settings, digests: ReferenceDigests()) { peer, agreement, decision in
            dumps.withLock { dumps in
                let history = dumps[peer]?.digests ?? []
                let digests = history + decision.payloads.map(\.observation.digest)
                dumps[peer] = (GraphDump(agreement, history: history), digests)
            }
        }
        simulation.run()
        #expect(simulation.isSettled)
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
