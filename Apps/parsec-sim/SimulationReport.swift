import Consensus
import Foundation
import GossipGraph
import GraphFormats
import Membership
import ParsecCore
import Simulation
import Voting

/// What a simulation came to.
struct SimulationReport: Encodable {
    struct BlockReport: Encodable {
        let number: Int
        let observation: String

        /// Who voted for the payload, if one vote decides it.
        let creator: String?
        let digest: String
        let voters: Int
    }

    struct PeerReport: Encodable {
        let peer: String

        /// `member`, `removed`, `joining` or `forker`.
        let standing: String
        let blocks: Int
        let events: Int

        /// The messages that were not taken, most of them from peers that did not know yet who is a member.
        let refusedMessages: Int
    }

    let seed: UInt64
    let mode: String
    let isAgreed: Bool

    /// Why the peers do not agree, if they do not.
    let failure: String?

    /// The rounds of virtual time that passed.
    let rounds: Int
    let messages: Int
    let blocks: [BlockReport]
    let peers: [PeerReport]

    init(_ simulation: Simulation) {
        seed = simulation.settings.seed
        mode = simulation.settings.mode.rawValue
        rounds = simulation.round
        messages = simulation.deliveredMessages
        blocks = simulation.agreedBlocks.map { block in
            BlockReport(
                number: block.number,
                observation: SimulationReport.text(of: block),
                creator: block.voter?.description,
                digest: block.digest.description,
                voters: block.voters.count
            )
        }
        let members = simulation.currentVoters
        peers = simulation.peers.map { peer in
            var standing = members.contains(peer.id) ? "member" : "removed"
            if peer.engine.state == .receive { standing = "joining" }
            if !peer.isHonest { standing = "forker" }
            return PeerReport(
                peer: peer.id.description,
                standing: standing,
                blocks: peer.blocks.count,
                events: peer.engine.agreement.graph.count,
                refusedMessages: peer.refusedMessages
            )
        }
        if let divergence = simulation.divergence {
            let block = divergence.block
            failure =
                "\(divergence.peer) disagrees on block \(block.number): it has \(SimulationReport.text(of: block)), "
                + "others have \(SimulationReport.text(of: divergence.expected))"
        } else if !simulation.isSettled {
            failure = "the network has not settled after \(simulation.round) rounds"
        } else {
            failure = nil
        }
        isAgreed = failure == nil
    }

    private static func text(of block: Block) -> String {
        DumpObservation(block.observation, digest: block.observationDigest, eventName: { _ in nil }).description
    }

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
        for peer in peers {
            lines.append(
                "  \(pad(peer.peer, 10))\(pad(peer.standing, 9))\(peer.blocks) blocks, \(peer.events) events, "
                    + "\(peer.refusedMessages) refused messages"
            )
        }
        let events = peers.map(\.events).max() ?? 0
        lines.append("\(rounds) rounds, \(messages) messages, \(events) events")
        lines.append(isAgreed ? "all peers agree" : "the peers do not agree: \(failure ?? "")")
        return lines.joined(separator: "\n")
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
