import Consensus
import GossipGraph
import GraphDiff
import GraphFormats
import Membership
import ParsecCore
import Voting

/// A node's graph as its page draws it: where each event goes, and what it was to the elections.
///
/// It exists once a page asks for it, and follows the node's graph from then on.
actor GraphView {
    /// The most events of a graph that is drawn; larger ones are for `parsec-graph`.
    static let mostEvents = 200_000

    /// The most events in one answer.
    static let listed = 5_000

    private var roles = GraphRoles()
    private var layout = GraphLayout()
    private var forks: [PeerIndex: [Int: Int]] = [:]
    private var rows: [ViewReply.Event] = []

    /// What a page does not have yet.
    ///
    /// - Parameters:
    ///   - from: how many events the page has.
    ///   - marks: how many marks it has.
    ///   - outcomes: how many outcomes it has.
    func reply(_ agreement: Agreement, network: Digest, owner: PeerID, from: Int, marks: Int, outcomes: Int)
        -> ViewReply
    {
        let (graph, peers) = (agreement.graph, agreement.peers)
        let isDrawn = graph.count <= GraphView.mostEvents
        if isDrawn {
            follow(agreement)
            roles.follow(agreement)
        }
        let columns = layout.columns
        return ViewReply(
            network: network.description,
            owner: text(of: owner),
            total: graph.count,
            mostEvents: GraphView.mostEvents,
            metrics: ViewReply.Metrics(),
            peers: (0..<peers.count).map { number in
                let id = peers.id(of: PeerIndex(number))
                return ViewReply.Peer(
                    id: text(of: id),
                    dumpID: id.description,
                    state: peers.state(of: PeerIndex(number)).description,
                    lane: columns.first { $0.peer == id }?.lanes.lowerBound ?? -1,
                    lanes: columns.first { $0.peer == id }?.lanes.count ?? 0
                )
            },
            events: Array(rows.dropFirst(from).prefix(GraphView.listed)),
            marks: roles.marks.dropFirst(marks).map { [$0.event, $0.role.rawValue, $0.election] },
            openMarks: roles.openMarks.map { [$0.event, $0.role.rawValue, $0.election] },
            outcomes: roles.outcomes.dropFirst(outcomes).map {
                [$0.election, $0.event, $0.eventCount, $0.blocks.lowerBound, $0.blocks.upperBound]
            }
        )
    }

    private func follow(_ agreement: Agreement) {
        let (graph, peers) = (agreement.graph, agreement.peers)
        func place(_ event: EventIndex) -> Int { Int(event.value - graph.startIndex.value) }
        for event in graph.events.dropFirst(rows.count) {
            let (creator, index) = (graph.creator(of: event), graph.indexByCreator(of: event))
            let selfParent = graph.selfParent(of: event).map(place)
            let otherParent = graph.otherParent(of: event).map(place)
            layout.append(by: peers.id(of: creator), selfParent: selfParent, otherParent: otherParent)
            let fork = forks[creator]?[index] ?? 0
            forks[creator, default: [:]][index] = fork + 1
            let row = layout.rows.count - 1
            rows.append(
                ViewReply.Event(
                    numbers: [
                        Int(creator.value), index, fork, Int(graph.kind(of: event).rawValue), selfParent ?? -1,
                        otherParent ?? -1, layout.rows[row], layout.branches[row],
                    ],
                    digest: String(graph.digest(of: event).description.prefix(16)),
                    notes: graph.observations(of: event).map { note(of: $0, agreement.store) }
                )
            )
        }
    }

    /// What stands beside an event that votes.
    private func note(of payload: ObservationIndex, _ store: ObservationStore) -> String {
        switch store.observation(of: payload) {
        case .opaque(let bytes):
            let text = String(decoding: bytes.prefix(40), as: UTF8.self)
            return text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } ? text : "payload"
        case .genesis: return "Genesis"
        case .add(let peer, _): return "Add \(text(of: peer))"
        case .remove(let peer, _): return "Remove \(text(of: peer))"
        case .accusation(let peer, _): return "Accusation of \(text(of: peer))"
        case .keyGeneration: return "key generation"
        }
    }
}

/// What a page needs to draw a graph, in lists of numbers; `docs/openapi.yaml` describes them.
struct ViewReply: Encodable {
    struct Metrics: Encodable {
        let laneWidth = SVGWriter.Metrics.laneWidth
        let rowHeight = SVGWriter.Metrics.rowHeight
        let eventWidth = SVGWriter.Metrics.eventWidth
        let eventHeight = SVGWriter.Metrics.eventHeight
    }

    struct Peer: Encodable {
        let id: String

        /// As dumps and explanations name it.
        let dumpID: String
        let state: String

        /// Its first lane, and how many it has.
        let lane: Int
        let lanes: Int
    }

    struct Event: Encodable {
        /// Creator, index by creator, rank among a fork's events, kind (`EventKind`), self-parent, other-parent, row, branch.
        let numbers: [Int]

        /// The first sixteen digits of the event's digest.
        let digest: String

        /// What it votes for.
        let notes: [String]

        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            for number in numbers { try list.encode(number) }
            try list.encode(digest)
            for note in notes { try list.encode(note) }
        }
    }

    let network: String
    let owner: String
    let total: Int
    let mostEvents: Int
    let metrics: Metrics
    let peers: [Peer]
    let events: [Event]
    let marks: [[Int]]
    let openMarks: [[Int]]
    let outcomes: [[Int]]
}
