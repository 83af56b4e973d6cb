import GossipGraph
import ModelKit
import ParsecCore
import Simulation

/// A model graph and the product's graph of the same events, in one order.
struct GraphPair {
    let model: ModelGraph
    let graph: Graph

    /// For each event of the model its index in the graph.
    let events: [EventIndex]

    /// The indices of the model's peers, in the model's order; not the order of their indices.
    let peers: [PeerIndex]

    init(_ model: ModelGraph, startingAt start: EventIndex = EventIndex(0)) throws {
        // Peers get indices from the end, with a gap, so that no order and no density is relied upon.
        let peers = model.peers.indices.map { PeerIndex(2 * (model.peers.count - $0)) }
        let indices = Dictionary(uniqueKeysWithValues: zip(model.peers, peers))
        func peer(_ id: PeerID) -> PeerIndex { indices[id] ?? PeerIndex(0) }
        var graph = Graph(startingAt: start)
        var events: [EventIndex] = []
        for (number, event) in model.events.enumerated() {
            let other = event.otherParent.map { events[$0] } ?? graph.endIndex
            let cause: Cause =
                switch event.cause {
                case .initial: .initial
                case .requesting(let recipient): .requesting(recipient: peer(recipient))
                case .request: .request(otherParent: other)
                case .response: .response(otherParent: other)
                case .observation(let list): .observation(list.indices.map { ObservationIndex(100 * number + $0) })
                }
            let inserted = try graph.insert(
                creator: peer(event.creator),
                selfParent: event.selfParent.map { events[$0] },
                cause: cause,
                digest: Digest(words: UInt64(number), 1, 2, 3)
            )
            events.append(inserted)
        }
        self.model = model
        self.graph = graph
        self.events = events
        self.peers = peers
    }

    /// Makes the pair of a test case: graphs of networks and wild ones, in a random causal order.
    static func random(_ seed: UInt64, startingAt start: EventIndex = EventIndex(0)) throws -> GraphPair {
        var random = SeededGenerator(seed: seed)
        let model: ModelGraph
        switch seed % 4 {
        case 0: model = randomGraph(.forked(using: &random), seed: seed)
        case 1: model = randomGraph(.aimed(using: &random), seed: seed)
        default: model = wildGraph(seed: seed)
        }
        let order = model.randomCausalOrder(using: &random)
        return try GraphPair(model.reordered(by: order), startingAt: start)
    }

    /// The numbers in the model of events of the graph.
    func numbers(_ found: some Sequence<EventIndex>) -> [Int] {
        found.map { Int($0.value) - Int(graph.startIndex.value) }
    }
}
