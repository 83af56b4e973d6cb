import Consensus
import Foundation
import GossipGraph
import GraphFormats
import Membership
import ParsecCore
import Simulation
import Voting

/// What a run came to.
struct RunReport: Encodable {
    struct BlockReport: Encodable {
        let number: Int

        /// The number of the election that decided the block.
        let election: Int
        let observation: String

        /// Who voted for the payload, if one vote decides it.
        let creator: String?
        let digest: String
        let voters: Int
    }

    struct PeerReport: Encodable {
        let peer: String

        /// `member`, `removed`, `joining`, `failed` or `liar`.
        let standing: String
        let blocks: Int
        let events: Int

        /// The messages that were not taken: repeated ones, and those of peers that did not know yet who is a member.
        let refusedMessages: Int
    }

    /// Durations from the first vote to the block, at all honest peers.
    struct LatencyReport: Encodable {
        let samples: Int
        let medianMilliseconds: Int
        let percentile99Milliseconds: Int

        /// The same in gossip rounds: multiples of the mean time between two requests of a peer.
        let medianRounds: Double
        let percentile99Rounds: Double
    }

    let scenario: String
    let seed: UInt64
    let mode: String
    let isSuccess: Bool

    /// Which rule was violated, and how.
    let failure: String?

    /// The virtual time that passed, and when everything was decided.
    let milliseconds: Int
    let settledAtMilliseconds: Int?
    let requests: Int
    let responses: Int
    let heartbeats: Int
    let lostMessages: Int
    let sentEvents: Int
    let mostEventsPerMessage: Int
    let latency: LatencyReport?

    /// What went over the wire, and what verifying took, if that was measured.
    let wire: WireMeter.Totals?
    let blocks: [BlockReport]
    let peers: [PeerReport]

    init(_ simulation: Simulation, wire: WireMeter.Totals? = nil) {
        self.wire = wire
        scenario = simulation.scenario.name
        seed = simulation.scenario.seed
        mode = simulation.scenario.mode.rawValue
        isSuccess = simulation.isSuccess
        failure = simulation.violation?.description
        milliseconds = simulation.now
        settledAtMilliseconds = simulation.settleTime
        requests = simulation.counts.requests
        responses = simulation.counts.responses
        heartbeats = simulation.counts.heartbeats
        lostMessages = simulation.counts.lostMessages
        sentEvents = simulation.counts.sentEvents
        mostEventsPerMessage = simulation.counts.mostEventsPerMessage
        latency = LatencyReport(simulation.latency, interval: simulation.scenario.gossip.interval)
        blocks = simulation.agreedBlocks.map { block in
            BlockReport(
                number: block.number,
                election: block.election,
                observation: RunReport.text(of: block),
                creator: block.voter?.description,
                digest: block.digest.description,
                voters: block.voters.count
            )
        }
        let members = Set(simulation.currentVoters)
        peers = simulation.peers.map { peer in
            PeerReport(
                peer: peer.id.description,
                standing: RunReport.standing(of: peer, isMember: members.contains(peer.id)),
                blocks: peer.blocks.count,
                events: peer.engine.agreement.graph.count,
                refusedMessages: peer.refusedMessages
            )
        }
    }

    private static func standing(of peer: SimulatedPeer, isMember: Bool) -> String {
        if !peer.isHonest { return "liar" }
        if peer.hasFailed { return "failed" }
        if isMember { return "member" }
        return peer.engine.state == .receive ? "joining" : "removed"
    }

    static func text(of block: Block) -> String {
        DumpObservation(block.observation, digest: block.observationDigest, eventName: { _ in nil }).description
    }

    // MARK: - Output

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    var text: String {
        var lines = ["\(blocks.count) blocks:"]
        for block in blocks {
            let creator = block.creator.map { " by \($0)" } ?? ""
            lines.append("  \(pad("\(block.number)", 5))\(block.digest.prefix(10))  \(block.observation)\(creator)")
        }
        lines.append("\(peers.count) peers:")
        lines.append("  \(pad("peer", 12))\(pad("standing", 10))\(pad("blocks", 8))\(pad("events", 8))refused messages")
        for peer in peers {
            lines.append(
                "  \(pad(peer.peer, 12))\(pad(peer.standing, 10))\(pad("\(peer.blocks)", 8))"
                    + "\(pad("\(peer.events)", 8))\(peer.refusedMessages)"
            )
        }
        lines.append(
            "\(milliseconds) ms of virtual time; \(requests) requests, \(responses) responses, \(heartbeats) heartbeats, "
                + "\(lostMessages) lost messages"
        )
        if let latency {
            lines.append(
                "from vote to block: median \(latency.medianMilliseconds) ms (\(latency.medianRounds) gossip rounds), "
                    + "99th percentile \(latency.percentile99Milliseconds) ms (\(latency.percentile99Rounds))"
            )
        }
        lines.append(contentsOf: wire?.lines ?? [])
        lines.append(isSuccess ? "all rules held, all peers agree" : "violated: \(failure ?? "")")
        return lines.joined(separator: "\n")
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}

extension RunReport.LatencyReport {
    init?(_ latency: Latency, interval: Int) {
        guard let median = latency.duration(ofShare: 0.5), let most = latency.duration(ofShare: 0.99) else {
            return nil
        }
        func rounds(_ milliseconds: Int) -> Double { (10 * Double(milliseconds) / Double(interval)).rounded() / 10 }
        samples = latency.samples.count
        medianMilliseconds = median
        percentile99Milliseconds = most
        medianRounds = rounds(median)
        percentile99Rounds = rounds(most)
    }
}
