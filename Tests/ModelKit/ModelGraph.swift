public import ParsecCore
public import Voting

/// A gossip graph as a plain list of events in a causal order, with the relations of the protocol by definition.
///
/// Parents are positions in the list and smaller than their children's. A parent that is not an earlier event is
/// treated as absent, so that no graph makes the model stop. Relations are those of `protocol.md` section 2.6, made
/// functions of ancestry alone.
public struct ModelGraph: Sendable {
    /// The initial voters, in ascending order.
    public let genesis: [PeerID]

    /// How opaque payloads become candidates.
    public let mode: ConsensusMode

    /// The events, parents before children.
    public private(set) var events: [ModelEvent] = []

    /// The peers that are in the genesis group, created an event or are to be added, in order of appearance.
    public private(set) var peers: [PeerID] = []

    /// The ancestors of each event, the event itself among them.
    public private(set) var ancestors: [ModelBitSet] = []

    /// The ancestors of each event along self-parents alone, the event itself among them.
    public private(set) var selfAncestors: [ModelBitSet] = []

    /// The number of self-ancestors of each event, itself not counted.
    public private(set) var indexByCreator: [Int] = []

    /// The position of each peer in `peers`.
    private(set) var positions: [PeerID: Int] = [:]

    /// The position in `peers` of each event's creator.
    private(set) var creators: [Int] = []

    /// The events of each peer.
    private(set) var eventsByPeer: [ModelBitSet] = []

    /// For each event and peer, the ancestor by the peer with the most self-ancestors; -1 if there is none.
    private var tips: [[Int]] = []

    /// For each event, the positions of the peers whose fork its ancestry proves.
    private(set) var provenForks: [ModelBitSet] = []

    /// Makes a graph of events in a causal order.
    public init(genesis: [PeerID], mode: ConsensusMode, events: [ModelEvent] = []) {
        self.genesis = genesis.sorted()
        self.mode = mode
        for peer in self.genesis { register(peer) }
        for event in events { append(event) }
    }

    /// Adds an event at the end and returns its position.
    @discardableResult
    public mutating func append(_ event: ModelEvent) -> Int {
        let index = events.count
        let creator = register(event.creator)
        for case .add(let peer, _) in event.cause.observations { register(peer) }
        events.append(event)
        creators.append(creator)
        eventsByPeer[creator].insert(index)

        let selfParent = earlier(event.selfParent, than: index)
        let parents = [selfParent, earlier(event.otherParent, than: index)].compactMap { $0 }
        var own = selfParent.map { selfAncestors[$0] } ?? ModelBitSet()
        own.insert(index)
        selfAncestors.append(own)
        indexByCreator.append(own.count - 1)

        var all = ModelBitSet([index])
        for parent in parents { all.formUnion(ancestors[parent]) }
        ancestors.append(all)

        var row = [Int](repeating: -1, count: peers.count)
        for parent in parents {
            for (peer, tip) in tips[parent].enumerated() where tip >= 0 {
                if row[peer] < 0 || indexByCreator[tip] > indexByCreator[row[peer]] { row[peer] = tip }
            }
        }
        row[creator] = index
        tips.append(row)

        var forkers = ModelBitSet()
        for (peer, tip) in row.enumerated() where tip >= 0 {
            if !all.isSubset(of: selfAncestors[tip], within: eventsByPeer[peer]) { forkers.insert(peer) }
        }
        provenForks.append(forkers)
        return index
    }

    /// Says whether `event` has `ancestor` among its ancestors; each event is its own.
    public func isDescendant(_ event: Int, of ancestor: Int) -> Bool { ancestors[event].contains(ancestor) }

    /// Says whether `event` reaches `ancestor` along self-parents alone; each event reaches itself.
    public func isSelfDescendant(_ event: Int, of ancestor: Int) -> Bool { selfAncestors[event].contains(ancestor) }

    /// Says whether two ancestors of the event were created by the peer and neither is a self-ancestor of the other.
    public func provesFork(_ event: Int, by peer: PeerID) -> Bool {
        guard let position = positions[peer] else { return false }
        return provesFork(event, byPosition: position)
    }

    /// Says whether an event descends from another and proves no fork by the other's creator.
    public func sees(_ event: Int, _ other: Int) -> Bool {
        isDescendant(event, of: other) && !provesFork(event, byPosition: creators[other])
    }

    /// Returns the last event by a peer among an event's ancestors, or nil if there is none or a fork is proven.
    ///
    /// An event is its own creator's last.
    public func lastEvent(by peer: PeerID, asSeenBy event: Int) -> Int? {
        guard let position = positions[peer] else { return nil }
        return lastEvent(byPosition: position, asSeenBy: event)
    }

    /// Returns the nearest sync event before an event along self-parents.
    public func selfSyncParent(of event: Int) -> Int? {
        var next = selfParent(of: event)
        while let candidate = next, !events[candidate].cause.isSync { next = selfParent(of: candidate) }
        return next
    }

    /// The events of a peer at which its branches begin: those that share their self-parent, or the lack of one.
    public func branchStarts(of peer: PeerID) -> [Int] {
        guard let position = positions[peer] else { return [] }
        let own = eventsByPeer[position].elements
        let siblings = Dictionary(grouping: own) { selfParent(of: $0) ?? -1 }
        return own.filter { siblings[selfParent(of: $0) ?? -1, default: []].count > 1 }
    }

    /// The peers of which the graph as a whole shows a fork.
    public var forkers: [PeerID] {
        peers.enumerated().compactMap { position, peer in
            let own = eventsByPeer[position]
            let longest = own.elements.max { indexByCreator[$0] < indexByCreator[$1] }
            guard let longest, !own.isSubset(of: selfAncestors[longest]) else { return nil }
            return peer
        }
    }

    func provesFork(_ event: Int, byPosition peer: Int) -> Bool { provenForks[event].contains(peer) }

    func lastEvent(byPosition peer: Int, asSeenBy event: Int) -> Int? {
        let row = tips[event]
        guard peer >= 0, peer < row.count, row[peer] >= 0, !provenForks[event].contains(peer) else { return nil }
        return row[peer]
    }

    /// Says whether an event has an ancestor by a peer, forked or not.
    func hasAncestor(byPosition peer: Int, _ event: Int) -> Bool {
        let row = tips[event]
        return peer >= 0 && peer < row.count && row[peer] >= 0
    }

    /// The self-parent if it is an earlier event.
    func selfParent(of event: Int) -> Int? { earlier(events[event].selfParent, than: event) }

    /// The other-parent if it is an earlier event.
    func otherParent(of event: Int) -> Int? { earlier(events[event].otherParent, than: event) }

    private func earlier(_ parent: Int?, than event: Int) -> Int? {
        guard let parent, parent >= 0, parent < event else { return nil }
        return parent
    }

    @discardableResult
    private mutating func register(_ peer: PeerID) -> Int {
        if let position = positions[peer] { return position }
        positions[peer] = peers.count
        peers.append(peer)
        eventsByPeer.append(ModelBitSet())
        return peers.count - 1
    }
}
