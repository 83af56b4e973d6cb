import Consensus
import Foundation
import GraphFormats
import ParsecCore
import Simulation
import Testing
import Voting

/// Where the graphs of these tests come from.
enum Graphs {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// A recording of the reference, or nil where it is absent.
    static func vector(_ name: String) throws -> GraphDump? {
        let vectors =
            ProcessInfo.processInfo.environment["PARSEC_VECTORS"].map { URL(filePath: $0) }
            ?? folder.appending(path: "../../../shared/vectors")
        let file = vectors.appending(path: "\(name)/graph.dot")
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try DOTReader.read(Array(Data(contentsOf: file)))
    }

    /// What peers of an engine with a wrong tie-break ended with: payloads in the order in which they arrived.
    ///
    /// `return store.precedes(…)` in `PayloadOrder` was `return a.payload.value < b.payload.value`; the network was
    /// `parsec-sim run --peers 4 --events 3 --max-delay 60 --loss 0 --seed 8`.
    static func wrongTieBreak(_ peer: String) throws -> GraphDump {
        try JSONDump.read(Data(contentsOf: folder.appending(path: "Recordings/wrong-tie-break-\(peer).json")))
    }

    /// Runs a scenario; returns what each peer has at its end, or at a time before it.
    static func simulated(_ scenario: Scenario, until time: Int = .max) throws -> [PeerID: GraphDump] {
        var options = Simulation.Options()
        options.digests = DumpDigests(events: SimulatedDigests())
        var simulation = try Simulation(scenario, options: options)
        while simulation.now < time, simulation.advance() {}
        #expect(simulation.violation == nil)
        return Dictionary(uniqueKeysWithValues: simulation.peers.map { ($0.id, dump($0.engine, $0.blocks)) })
    }

    /// What each copy of a peer has at the end of a scenario, of a forker its two halves.
    static func halves(of peer: PeerID, in scenario: Scenario) throws -> [GraphDump] {
        var options = Simulation.Options()
        options.digests = DumpDigests(events: SimulatedDigests())
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        let found = try #require(simulation.peers.first { $0.id == peer })
        return found.engines.map { dump($0, []) }
    }

    private static func dump(_ engine: Engine, _ blocks: [Block]) -> GraphDump {
        GraphDump(engine.agreement, history: blocks.map(\.observationDigest))
    }

    /// Four peers that vote for six payloads, one every 100 ms.
    static func scenario(_ name: String, seed: UInt64, _ steps: [Step] = []) -> Scenario {
        var votes = Votes()
        votes.count = 6
        votes.every = 100
        return Scenario(name, peers: 4, seed: seed, steps: [.votes(votes)] + steps)
    }

    /// A text as it was when it was looked at and found right; with `PARSEC_WRITE_GOLDENS=1` it is written instead.
    static func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = folder.appending(path: "Golden/\(name).txt")
        if ProcessInfo.processInfo.environment["PARSEC_WRITE_GOLDENS"] == "1" {
            try Data((text + "\n").utf8).write(to: file)
        }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text + "\n" == expected, sourceLocation: sourceLocation)
    }
}

extension GraphDump {
    /// The same graph, its events as another peer might have got them: each as late as its descendants let it.
    func reordered() -> GraphDump {
        var places = [Int](repeating: 0, count: events.count)
        let heights = GraphLayout(self).rows
        // By height and then backwards: parents are lower, so that they stay before their children.
        let order = events.indices.sorted { (heights[$0], -$0) < (heights[$1], -$1) }
        for (place, position) in order.enumerated() { places[position] = place }
        var ranks: [PeerID: [Int: Int]] = [:]
        var result = self
        result.events = order.map { position in
            let event = events[position]
            let rank = ranks[event.creator]?[event.indexByCreator] ?? 0
            ranks[event.creator, default: [:]][event.indexByCreator] = rank + 1
            return Event(
                creator: event.creator,
                indexByCreator: event.indexByCreator,
                forkIndex: rank,
                cause: event.cause,
                selfParent: event.selfParent.map { places[$0] },
                otherParent: event.otherParent.map { places[$0] },
                lastAncestors: event.lastAncestors
            )
        }
        result.election.interestingEvents = election.interestingEvents.map { entry in
            InterestingEvents(peer: entry.peer, events: entry.events.map { places[$0] })
        }
        result.election.undecidedEvents = election.undecidedEvents?.map { places[$0] }
        result.election.metaEvents = election.metaEvents.map { meta in
            MetaEvent(
                event: places[meta.event],
                observees: meta.observees,
                interestingContent: meta.interestingContent,
                metaVotes: meta.metaVotes
            )
        }
        return result
    }
}
