public import Consensus
import GossipGraph
import GraphFormats
import Membership
import MetaVoting
public import ParsecCore
import Voting

/// How far a running node's graph has come, in little: enough to find out what two nodes have different without reading
/// their graphs.
public struct GraphHeads: Hashable, Sendable, Codable {
    /// A chain of a peer's events, each the self-parent of the next; more than one only by forks.
    public struct Branch: Hashable, Sendable, Codable {
        /// The index by creator of its first event that is on no other branch, and how many follow with it.
        public let first: Int
        public let count: Int

        /// The digest of its last event, and with it of all its ancestors.
        public let tip: String
    }

    public struct Peer: Hashable, Sendable, Codable {
        public let id: String
        public let state: String
        public let branches: [Branch]
    }

    /// An event on a chain.
    public struct Link: Hashable, Sendable, Codable {
        public let index: Int
        public let digest: String
        public let selfParent: String?

        public init(index: Int, digest: String, selfParent: String?) {
            self.index = index
            self.digest = digest
            self.selfParent = selfParent
        }
    }

    /// What the open election attaches to an event.
    public struct MetaEvent: Hashable, Sendable, Codable {
        public let digest: String
        public let name: String
        public let interesting: String
        public let observees: String
        public let metaVotes: String
    }

    public let network: String
    public let owner: String
    public let events: Int
    public let blocks: Int
    public let elections: Int
    public let voters: [String]
    public let peers: [Peer]

    /// Whether the numbers can be those of a graph.
    public var isPossible: Bool {
        let branches = peers.flatMap(\.branches)
        let numbers = [events, blocks, elections] + branches.flatMap { [$0.first, $0.count] }
        return numbers.allSatisfy { (0...Int(Int32.max)).contains($0) }
            && branches.reduce(0) { $0 + $1.count } == events
    }

    /// - Parameter name: how peers are named.
    public init(
        _ agreement: Agreement,
        network: Digest,
        owner: PeerID,
        blocks: Int,
        name: (PeerID) -> String
    ) {
        let (graph, peers) = (agreement.graph, agreement.peers)
        self.network = network.description
        self.owner = name(owner)
        events = graph.count
        self.blocks = blocks
        elections = agreement.election.number
        voters = agreement.election.voters.peers.map { name(peers.id(of: $0)) }.sorted()
        self.peers = (0..<peers.count).map { number in
            let peer = PeerIndex(number)
            return Peer(
                id: name(peers.id(of: peer)),
                state: peers.state(of: peer).description,
                branches: graph.branches(of: peer).map { index in
                    let branch = graph.branches[index.position]
                    return Branch(
                        first: branch.firstIndexByCreator,
                        count: branch.events.count,
                        tip: graph.digest(of: branch.tip).description
                    )
                }
            )
        }.sorted { $0.id < $1.id }
    }

    /// The events of a peer from an index by creator on, in the order of their indices.
    public static func chain(of peer: PeerIndex, in agreement: Agreement, from index: Int, count: Int) -> [Link] {
        let graph = agreement.graph
        var links: [Link] = []
        var next = index
        let end =
            graph.branches(of: peer).map { index in
                graph.branches[index.position].firstIndexByCreator + graph.branches[index.position].events.count
            }.max() ?? 0
        while links.count < count && next < end {
            for event in graph.events(by: peer, at: next) where links.count < count {
                links.append(
                    Link(
                        index: next,
                        digest: graph.digest(of: event).description,
                        selfParent: graph.selfParent(of: event).map { graph.digest(of: $0).description }
                    )
                )
            }
            next += 1
        }
        return links
    }

    /// What the open election attaches to the last events, at most so many.
    public static func election(of agreement: Agreement, most: Int, name: (PeerID) -> String) -> [MetaEvent] {
        let (graph, store, peers) = (agreement.graph, agreement.store, agreement.peers)
        return graph.events.suffix(most).compactMap { event in
            guard let meta = agreement.election.metaEvent(of: event, in: graph, store: store) else { return nil }
            var observees: [String] = []
            if case .observer(let seen) = meta.standing { observees = seen.map { name(peers.id(of: $0)) } }
            if meta.interestingContent.isEmpty && observees.isEmpty && meta.metaVotes.isEmpty { return nil }
            let votes = zip(agreement.election.voters.peers, meta.metaVotes).map { voter, votes in
                "\(name(peers.id(of: voter))): " + votes.map { "\($0.stage) \($0.text)" }.joined(separator: ", ")
            }
            return MetaEvent(
                digest: graph.digest(of: event).description,
                name: "\(name(peers.id(of: graph.creator(of: event)))):\(graph.indexByCreator(of: event))",
                interesting: meta.interestingContent.map { store.digest(of: $0).description }.joined(separator: ", "),
                observees: observees.sorted().joined(separator: ", "),
                metaVotes: votes.sorted().joined(separator: "; ")
            )
        }
    }
}
