public import ParsecCore

/// The gossip graph: events in a causal order, with constant-time questions about ancestry.
///
/// Everything lies in a few parallel columns, one entry per event. The ancestry of an event is one row of 32-bit numbers: for
/// each branch the last event of that branch among the event's ancestors, itself included. A row is the maximum of the
/// parents' rows, and "is a descendant of" is one comparison (`protocol.md` sections 2.4 to 2.6). A fork adds a column,
/// so that the answers stay exact, whichever branch arrived first.
///
/// The graph never assumes that its first event has index 0: `init(startingAt:)` makes one whose older events are gone.
public struct Graph: Sendable {
    /// Whether a peer's events may begin with something else than an Initial event.
    ///
    /// Strict graphs are what peers exchange; partial ones are cut-outs of graphs, made by tools and tests.
    public enum Completeness: Hashable, Sendable {
        case strict
        case partial
    }

    public let completeness: Completeness

    /// The index of the oldest event that is present.
    public let startIndex: EventIndex

    /// What is asked most often of an event, in one place of 32 bytes: a graph has as many of these as events.
    @frozen
    @usableFromInline
    struct Record: Sendable {
        /// The creator times eight, and the kind: enough for half a billion peers, far more than there is memory for.
        @usableFromInline let creatorAndKind: UInt32
        @usableFromInline var branch: BranchIndex

        // Numbers of events, or `none`.
        @usableFromInline var selfParent: UInt32
        @usableFromInline var selfSyncParent: UInt32
        @usableFromInline var indexByCreator: UInt32

        /// The other-parent of a Request or Response event, the recipient of a Requesting event; else `none`.
        @usableFromInline var other: UInt32

        /// Where the event's observations end in `observationPool`.
        @usableFromInline var observationEnd: UInt32

        /// How many events of its branch, up to and including itself, vote.
        @usableFromInline var observationOrdinal: UInt32

        static func pack(_ creator: PeerIndex, _ kind: EventKind) -> UInt32 {
            creator.value * 8 + UInt32(kind.rawValue)
        }

        @inlinable
        var creator: PeerIndex { PeerIndex(Int(creatorAndKind / 8)) }

        @inlinable
        var kind: EventKind {
            guard let kind = EventKind(rawValue: UInt8(creatorAndKind % 8)) else {
                preconditionFailure("a record without a kind")
            }
            return kind
        }
    }

    @usableFromInline var records: [Record] = []
    @usableFromInline var digests: [Digest] = []
    @usableFromInline var digestTable = DigestTable()

    /// All observations in the order of their events.
    @usableFromInline var observationPool: [ObservationIndex] = []

    @usableFromInline var rows = AncestryRows()

    /// The branches, by column.
    public internal(set) var branches: [Branch] = []

    /// For each peer its branches, oldest first; empty if it has no events.
    @usableFromInline var branchesByPeer: [[BranchIndex]] = []

    /// The peers that have more than one branch.
    public internal(set) var forkers = PeerSet()

    /// For each event the position in `forkProofs` of the forkers its ancestry proves; empty while nobody forked.
    @usableFromInline var forkProofOf: [UInt32] = []
    @usableFromInline var forkProofs: [PeerSet] = [PeerSet()]

    @usableFromInline static let none = UInt32.max

    /// How many events there is room for from the start: the first of them would make every column grow six times.
    static let firstCapacity = 64

    /// Makes an empty graph whose first event will have the given index.
    public init(completeness: Completeness = .strict, startingAt startIndex: EventIndex = EventIndex(0)) {
        self.completeness = completeness
        self.startIndex = startIndex
        records.reserveCapacity(Graph.firstCapacity)
        digests.reserveCapacity(Graph.firstCapacity)
        observationPool.reserveCapacity(Graph.firstCapacity)
    }
}

// MARK: - What is in the graph

extension Graph {
    /// The number of events.
    @inlinable
    public var count: Int { records.count }

    /// The index that the next event will get.
    @inlinable
    public var endIndex: EventIndex { EventIndex(startIndex.value + UInt32(records.count)) }

    /// The number of events that a graph can hold.
    public var capacity: Int { Int(UInt32.max - 1) - Int(startIndex.value) }

    @inlinable
    public func contains(_ event: EventIndex) -> Bool { event >= startIndex && event < endIndex }

    /// All events, parents before children: a causal order.
    public var events: some RandomAccessCollection<EventIndex> {
        (startIndex.value..<endIndex.value).lazy.map { EventIndex($0) }
    }

    /// Where the columns hold an event.
    @inlinable
    func offset(_ event: EventIndex) -> Int { Int(event.value &- startIndex.value) }

    @inlinable
    public func kind(of event: EventIndex) -> EventKind { records[offset(event)].kind }

    @inlinable
    public func creator(of event: EventIndex) -> PeerIndex { records[offset(event)].creator }

    @inlinable
    public func digest(of event: EventIndex) -> Digest { digests[offset(event)] }

    @inlinable
    public func branch(of event: EventIndex) -> BranchIndex { records[offset(event)].branch }

    /// The number of self-ancestors of an event, not counting itself.
    @inlinable
    public func indexByCreator(of event: EventIndex) -> Int { Int(records[offset(event)].indexByCreator) }

    @inlinable
    public func selfParent(of event: EventIndex) -> EventIndex? { optional(records[offset(event)].selfParent) }

    @inlinable
    public func otherParent(of event: EventIndex) -> EventIndex? {
        let record = records[offset(event)]
        return record.kind == .requesting ? nil : optional(record.other)
    }

    /// The nearest sync event among the self-ancestors of an event, itself excluded (`protocol.md` section 2.2).
    @inlinable
    public func selfSyncParent(of event: EventIndex) -> EventIndex? { optional(records[offset(event)].selfSyncParent) }

    /// The event itself if it is a sync event, else its self sync parent.
    @inlinable
    public func selfSyncAncestor(of event: EventIndex) -> EventIndex? {
        kind(of: event).isSync ? event : selfSyncParent(of: event)
    }

    /// To whom a Requesting event announces a request.
    @inlinable
    public func recipient(of event: EventIndex) -> PeerIndex? {
        let record = records[offset(event)]
        return record.kind == .requesting ? PeerIndex(Int(record.other)) : nil
    }

    /// What an event votes for, in order; empty for all kinds but Observation.
    @inlinable
    public func observations(of event: EventIndex) -> ArraySlice<ObservationIndex> {
        observationPool[observationPlaces(of: event)]
    }

    /// Where an event's observations are among all of the graph; empty for all kinds but Observation.
    ///
    /// With ``observation(at:)`` for loops that run often, in which a slice costs more than what is done with it.
    @inlinable
    package func observationPlaces(of event: EventIndex) -> Range<Int> {
        let offset = offset(event)
        return (offset == 0 ? 0 : Int(records[offset - 1].observationEnd))..<Int(records[offset].observationEnd)
    }

    /// The observation at a place among all of the graph.
    @inlinable
    package func observation(at place: Int) -> ObservationIndex { observationPool[place] }

    /// The cause of an event, put together from the columns.
    public func cause(of event: EventIndex) -> Cause {
        switch kind(of: event) {
        case .initial: return .initial
        case .observation: return .observation(Array(observations(of: event)))
        case .requesting:
            guard let recipient = recipient(of: event) else { preconditionFailure("\(event) has no recipient") }
            return .requesting(recipient: recipient)
        case .request, .response:
            guard let parent = otherParent(of: event) else { preconditionFailure("\(event) has no other-parent") }
            return kind(of: event) == .request ? .request(otherParent: parent) : .response(otherParent: parent)
        }
    }

    /// The digest of an event's self-parent; nil if it has none.
    @inlinable
    public func digestOfSelfParent(of event: EventIndex) -> Digest? {
        let parent = records[offset(event)].selfParent
        return parent == Graph.none ? nil : digests[offset(EventIndex(parent))]
    }

    /// Finds an event by its digest.
    public func event(withDigest digest: Digest) -> EventIndex? {
        guard let position = digestTable.position(of: digest, in: digests) else { return nil }
        return EventIndex(startIndex.value &+ UInt32(truncatingIfNeeded: position))
    }

    @inlinable
    func optional(_ value: UInt32) -> EventIndex? { value == Graph.none ? nil : EventIndex(value) }
}

// MARK: - By creator

extension Graph {
    /// One more than the greatest index of a peer that created an event.
    public var peerCount: Int { branchesByPeer.count }

    /// The branches of a peer, oldest first; more than one exactly if it forked.
    @inlinable
    public func branches(of peer: PeerIndex) -> [BranchIndex] {
        peer.position < branchesByPeer.count ? branchesByPeer[peer.position] : []
    }

    /// The oldest branch of a peer that has events.
    @inlinable
    package func firstBranch(of peer: PeerIndex) -> BranchIndex { branchesByPeer[peer.position][0] }

    /// The event of a peer with an index by creator; nil if there is none, or if the peer forked.
    @inlinable
    public func soleEvent(by peer: PeerIndex, at indexByCreator: Int) -> EventIndex? {
        guard peer.position < branchesByPeer.count, branchesByPeer[peer.position].count == 1 else { return nil }
        let branch = branchesByPeer[peer.position][0].position
        let position = indexByCreator - branches[branch].firstIndexByCreator
        return branches[branch].events.indices.contains(position) ? branches[branch].events[position] : nil
    }

    /// The events of a peer with one index by creator, in order of arrival; more than one only by a fork.
    public func events(by peer: PeerIndex, at indexByCreator: Int) -> [EventIndex] {
        var found: [EventIndex] = []
        for index in branches(of: peer) {
            let position = indexByCreator - branches[index.position].firstIndexByCreator
            if branches[index.position].events.indices.contains(position) {
                found.append(branches[index.position].events[position])
            }
        }
        return found.sorted()
    }

    /// The newest event of a peer: of those with its greatest index by creator, the last to arrive.
    public func lastEvent(by peer: PeerIndex) -> EventIndex? {
        branches(of: peer)
            .map { branches[$0.position] }
            .max { ($0.lastIndexByCreator, $0.tip) < ($1.lastIndexByCreator, $1.tip) }?
            .tip
    }

    /// The event with an index by creator on the self-chain that ends in a branch's tip.
    ///
    /// - Complexity: the number of forks behind the branch.
    public func event(onChainOf branch: BranchIndex, at indexByCreator: Int) -> EventIndex {
        var branch = branches[branch.position]
        while indexByCreator < branch.firstIndexByCreator {
            guard let origin = branch.origin else { preconditionFailure("no event \(indexByCreator) on the chain") }
            branch = branches[origin.position]
        }
        return branch.events[indexByCreator - branch.firstIndexByCreator]
    }

    /// The index by creator of the oldest event on the self-chain that ends in a branch's tip.
    public func oldestIndexByCreator(onChainOf branch: BranchIndex) -> Int {
        var branch = branches[branch.position]
        while let origin = branch.origin { branch = branches[origin.position] }
        return branch.firstIndexByCreator
    }

    /// Whether one event is the other or a self-ancestor of it.
    public func isSelfAncestor(_ ancestor: EventIndex, of event: EventIndex) -> Bool {
        guard creator(of: ancestor) == creator(of: event) else { return false }
        let index = indexByCreator(of: ancestor)
        guard index <= indexByCreator(of: event) else { return false }
        return self.event(onChainOf: branch(of: event), at: index) == ancestor
    }
}
