import Consensus
import GossipGraph
import GraphFormats
import Membership
import MetaVoting
import ParsecCore
import Voting

/// An election that a replay decided, and how its payloads came by their order.
struct DecidedElection: Sendable {
    /// A decided payload, with what its place depends on (`protocol.md` section 4.8).
    struct Payload: Sendable {
        let index: ObservationIndex
        let text: String
        let digest: Digest

        /// Who voted for it, if one vote decides it.
        let voter: PeerID?

        /// Whether it became a block.
        let isBlock: Bool

        /// The foremost position in any counted candidate's content, and in how many of them it is.
        let position: Int
        let lists: Int
    }

    /// What one voter's candidate contributed.
    struct Content: Sendable {
        let voter: PeerID

        /// The position of the candidate in the dump.
        let candidate: Int?
        let payloads: [ObservationIndex]
    }

    let number: Int

    /// The position of the deciding event in the dump.
    let event: Int
    let voters: [PeerID]
    let contents: [Content]
    let payloads: [Payload]

    /// Reads a decision while its election is open.
    init(_ decision: Decision, in replay: Replay) {
        let agreement = replay.agreement
        let (graph, store, peers) = (agreement.graph, agreement.store, agreement.peers)
        number = decision.election
        event = replay.position(of: decision.event)
        voters = decision.voters
        let counted = agreement.election.counted(at: decision.event, in: graph, store: store)
        contents = counted.map { item in
            Content(
                voter: peers.id(of: item.voter),
                candidate: item.candidate.map(replay.position),
                payloads: item.content
            )
        }
        var ranks: [ObservationIndex: (position: Int, lists: Int)] = [:]
        for content in counted {
            for (position, payload) in content.content.enumerated() {
                let rank = ranks[payload] ?? (position, 0)
                ranks[payload] = (min(rank.position, position), rank.lists + 1)
            }
        }
        payloads = zip(decision.outcome.payloads, decision.payloads).map { index, payload in
            Payload(
                index: index,
                text: replay.text(of: index),
                digest: payload.observation.digest,
                voter: payload.voter,
                isBlock: payload.isBlock,
                position: ranks[index]?.position ?? 0,
                lists: ranks[index]?.lists ?? 1
            )
        }
    }

    /// Why one payload comes before another of the same election.
    static func reason(_ first: Payload, before second: Payload) -> String {
        if first.position != second.position {
            return "\(first.text) stands at place \(first.position + 1) of a counted content, \(second.text) at place "
                + "\(second.position + 1) at best"
        }
        if first.lists != second.lists {
            return "both stand at place \(first.position + 1), and \(first.lists) counted contents have "
                + "\(first.text), \(second.lists) have \(second.text)"
        }
        if first.digest != second.digest {
            return
                "both stand at place \(first.position + 1) in equally many contents, and the digest of \(first.text), "
                + "\(first.digest.description.prefix(8)), is below that of \(second.text), "
                + "\(second.digest.description.prefix(8))"
        }
        return "all else is equal, and the voter of \(first.text) comes before that of \(second.text)"
    }
}

extension Replay {
    /// The text of a payload, as dumps print it.
    func text(of payload: ObservationIndex) -> String {
        let store = agreement.store
        return DumpObservation(store.observation(of: payload), digest: store.digest(of: payload)) { _ in nil }
            .description
    }
}
