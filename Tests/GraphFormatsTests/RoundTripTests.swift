import Foundation
import GraphFormats
import Membership
import MetaVoting
import ParsecCore
import Testing
import Voting

/// What is written is read as it was.
@Suite struct RoundTripTests {
    /// The dumps without expectations that lie beside the recordings of the reference; none if they are absent.
    private static let dumps: [URL] = {
        let package = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let vectors =
            ProcessInfo.processInfo.environment["PARSEC_VECTORS"].map { URL(filePath: $0) }
            ?? package.deletingLastPathComponent().appending(path: "shared/vectors")
        let folder = vectors.deletingLastPathComponent().appending(path: "dumps")
        let files = FileManager.default.enumerator(atPath: folder.path)
        let names = (files?.allObjects ?? []).compactMap { $0 as? String }.filter { $0.hasSuffix(".dot") }
        return names.sorted().map { folder.appending(path: $0) }
    }()

    private func roundTrip(_ dump: GraphDump) throws -> GraphDump {
        try DOTReader.read(Array(DOTWriter.write(dump).utf8))
    }

    @Test("A dump is written byte for byte as the format describes it")
    func bytes() throws {
        #expect(try DOTWriter.write(DOTReader.read(SmallDump.bytes)) == SmallDump.text)
    }

    @Test(
        "Dumps of several peers of one run are written byte for byte as the reference wrote them",
        .enabled(if: !dumps.isEmpty, "the reference's dumps are not here"),
        arguments: dumps
    )
    func reference(_ file: URL) throws {
        let bytes = Array(try Data(contentsOf: file))
        let dump = try DOTReader.read(bytes)
        #expect(Array(DOTWriter.write(dump).utf8) == bytes)
        #expect(try roundTrip(dump) == dump)
    }

    @Test("A graph with forks is read as it was written", arguments: 1...20 as ClosedRange<UInt64>)
    func forks(seed: UInt64) throws {
        let graph = RandomGraph(peers: 5, events: 60, forks: true, seed: seed)
        // What is written is in the order of peers; from then on nothing changes.
        let dump = try roundTrip(graph.dump)
        #expect(dump.events.count == graph.dump.events.count)
        #expect(try roundTrip(dump) == dump)
    }

    @Test("Our extensions are read as they were written: several observations, info of members, rules")
    func extensions() throws {
        let cause = "Observation(Add{ peer_id: Fred, related_info: [1, 2] }, OpaquePayload(x), Remove(Bob))"
        var text = try SmallDump.replacing("cause: Observation(Add(Carol))", with: "cause: \(cause)")
        text = text.replacing("/// secure_rng", with: "/// rules: current\n/// secure_rng")
        let dump = try DOTReader.read(Array(text.utf8))
        let written = DOTWriter.write(dump)
        #expect(written.contains("/// cause: \(cause)\n"))
        #expect(written.contains("/// rules: current\n"))
        #expect(try roundTrip(dump) == dump)
    }

    @Test(
        "Short names are as long as it takes to tell neighbours apart",
        arguments: [
            (["Alice", "Bob", "Carol"], ["A_0", "B_0", "C_0"]),
            (["Alice", "Al", "Aline"], ["Alic_0", "Al_0", "Alin_0"]),
            (["Alice", "Bob", "Anne"], ["Al_0", "Bo_0", "An_0"]),
            (["Alice"], ["A_0"]),
        ]
    )
    func shortNames(_ names: [String], _ events: [String]) throws {
        let peers = names.map { PeerID($0) }
        let dump = GraphDump(
            ourID: peers[0],
            peers: peers.map { GraphDump.Peer(id: $0, state: []) },
            mode: .single,
            events: peers.map {
                GraphDump.Event(creator: $0, indexByCreator: 0, cause: .initial, selfParent: nil, otherParent: nil)
            }
        )
        let text = DOTWriter.write(dump)
        for (name, event) in zip(names, events) { #expect(text.contains("\"\(name)\" -> \"\(event)\" [style=invis]")) }
        #expect(try Set(roundTrip(dump).events) == Set(dump.events))
    }

    @Test("Meta-votes of peers whose names begin alike are read for whom they were written")
    func metaVotesByShortName() throws {
        let peers: [PeerID] = ["Aline", "Al", "Alice"]
        let initial = peers.map {
            GraphDump.Event(creator: $0, indexByCreator: 0, cause: .initial, selfParent: nil, otherParent: nil)
        }
        var dump = GraphDump(
            ourID: peers[0],
            peers: peers.map { GraphDump.Peer(id: $0, state: [.vote]) },
            mode: .single,
            events: initial
        )
        dump.election.voters = peers.sorted()
        let votes = peers.sorted().enumerated().map { number, peer in
            GraphDump.PeerMetaVotes(
                peer: peer,
                votes: [MetaVote(stage: Stage(ordinal: number), value: .decided(number == 1))]
            )
        }
        dump.election.metaEvents = [
            GraphDump.MetaEvent(event: 0, observees: [], interestingContent: [], metaVotes: votes)
        ]
        #expect(try roundTrip(dump).election == dump.election)
    }
}
