public import ParsecCore

/// Where the events of a graph are drawn: in lanes side by side, and in rows in the order of causes.
///
/// Each peer has a lane, and one more for each further branch of a fork. Pictures and pages use the same layout. It grows
/// with the graph: where an event is among its creator's lanes, and in which row, never changes.
public struct GraphLayout: Hashable, Sendable {
    /// A peer's lanes, which follow on each other.
    public struct Column: Hashable, Sendable {
        public let peer: PeerID
        public let lanes: Range<Int>
    }

    private struct Chain: Hashable, Sendable {
        /// The lane that ends with an event, by its position.
        var tips: [Int: Int] = [:]
        var count = 0
    }

    /// The row of each event: one more than that of its lowest parent, from 1 on.
    public private(set) var rows: [Int] = []

    /// The number of each event's lane among those of its creator.
    public private(set) var branches: [Int] = []
    private var creators: [PeerID] = []
    private var chains: [PeerID: Chain]

    /// - Parameter peers: those that have a lane even if they have no events.
    public init(peers: [PeerID] = []) {
        chains = Dictionary(peers.map { ($0, Chain()) }) { first, _ in first }
    }

    /// - Complexity: linear in the number of events.
    public init(_ dump: GraphDump) {
        self.init(peers: dump.peers.map(\.id))
        for event in dump.events {
            append(by: event.creator, selfParent: event.selfParent, otherParent: event.otherParent)
        }
    }

    /// Lays out the next event; parents are positions of events before it.
    public mutating func append(by creator: PeerID, selfParent: Int?, otherParent: Int?) {
        var chain = chains.removeValue(forKey: creator) ?? Chain()
        let branch: Int
        if let selfParent, let lane = chain.tips.removeValue(forKey: selfParent) {
            branch = lane
        } else {
            branch = chain.count
            chain.count += 1
        }
        chain.tips[branches.count] = branch
        chains[creator] = chain
        branches.append(branch)
        creators.append(creator)
        rows.append(1 + max(selfParent.map { rows[$0] } ?? 0, otherParent.map { rows[$0] } ?? 0))
    }

    /// The peers with their lanes, in ascending order.
    public var columns: [Column] {
        var next = 0
        return chains.sorted { $0.key < $1.key }.map { peer, chain in
            let first = next
            next += max(1, chain.count)
            return Column(peer: peer, lanes: first..<next)
        }
    }

    /// The lane of each event, by position.
    public var lanes: [Int] {
        let starts = Dictionary(columns.map { ($0.peer, $0.lanes.lowerBound) }) { first, _ in first }
        return zip(creators, branches).map { (starts[$0] ?? 0) + $1 }
    }

    public var rowCount: Int { rows.max() ?? 0 }
}
