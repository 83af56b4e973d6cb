import Consensus
import Foundation
import GossipGraph
import GraphFormats
import Membership
import MetaVoting
import ParsecCore
import Serialization
import Simulation
import Testing
import Voting

/// Recorded graphs as messages and snapshots.
@Suite struct WireConformanceTests {
    /// The events of a recording as they travel, in the order in which its owner got them.
    private func events(of agreement: Agreement, in network: Network) -> [GossipEvent] {
        let graph = agreement.graph
        let networkDigest = network.digest(using: SimulatedDigests())
        var digests: [EventIndex: Digest] = [:]
        return graph.events.map { index in
            let creator = agreement.peers.id(of: graph.creator(of: index))
            let cause = graph.cause(of: index).map(
                peer: agreement.peers.id,
                parent: { digests[$0] ?? graph.digest(of: $0) },
                observation: { agreement.store[$0].observation }
            )
            let selfParent = graph.selfParent(of: index).map { digests[$0] ?? graph.digest(of: $0) }
            let header = EventHeader(
                network: networkDigest,
                creator: creator,
                selfParent: selfParent,
                cause: cause.mapObservations { SimulatedDigests().digest(of: $0) },
                function: SimulatedDigests()
            )
            let digest = header.digest(using: SimulatedDigests())
            digests[index] = digest
            let signature = SimulatedSigner(id: creator).sign(digest)
            return GossipEvent(creator: creator, selfParent: selfParent, cause: cause, signature: signature)
        }
    }

    /// How many events of a recording are sent; all of them with `PARSEC_WHOLE` set.
    private static let mostEvents = ProcessInfo.processInfo.environment["PARSEC_WHOLE"] == nil ? 300 : Int.max

    @Test(
        "A recording of the reference, sent in two messages, arrives as it was; so does its snapshot",
        .enabled(if: !Recording.reference.isEmpty, "the reference's recordings are not here"),
        arguments: Recording.reference
    )
    func roundTrip(_ recording: Recording) throws {
        var replay = try Replay(recording.dump(), rules: .reference)
        while replay.agreement.graph.count < WireConformanceTests.mostEvents, try replay.step() {}
        let genesis = try #require(replay.dump.genesis)
        let network = Network(genesis: genesis, mode: replay.dump.mode, rules: .reference)
        let events = events(of: replay.agreement, in: network)
        // Three engines of somebody who listens: with nothing, with half of the events, and with all.
        var engines = [
            try Engine(joiner: .simulated("(listener)"), of: network, contacts: genesis)
        ]
        var messages: [GossipMessage] = []
        for part in [events[..<(events.count / 2)], events[(events.count / 2)...]] {
            var engine = engines[engines.count - 1]
            let message = GossipMessage(kind: .part, events: Array(part))
            let refused = try engine.receive(message, from: engine.voters[0]).refused
            // Who generates keys is sent to before it is a member; that is not built.
            #expect(refused.isEmpty || recording.description == "smoke-dkg-alice", "\(refused[0].reason)")
            let refusedPositions = Set(refused.map(\.position))
            let taken = message.events.enumerated().filter { !refusedPositions.contains($0.offset) }.map(\.element)
            messages.append(GossipMessage(kind: .part, events: taken))
            engines.append(engine)
        }
        for (message, receiver) in zip(messages, engines) {
            let decoded = try MessageCodec().decode(MessageCodec().encode(message, from: engines[2]), for: receiver)
            #expect(decoded.message == message && decoded.unplaced == 0)
        }
        let snapshot = SnapshotCodec().encode(engines[2])
        let history = try SnapshotCodec().decode(snapshot, digests: SimulatedDigests(), signatures: .simulated)
        #expect(history == engines[2].history)
        #expect(history.events.count > 0)
    }
}
