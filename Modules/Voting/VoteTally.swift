public import GossipGraph
public import ParsecCore

/// Counts, along each voter's chain of events, whose votes for each undecided payload have been seen.
///
/// A payload is interesting at an event of a voter once enough votes for it are among the event's ancestors
/// (`protocol.md` section 4.5): in supermajority mode votes of more than two thirds of the voters, in single mode the
/// one vote and events of more than two thirds of the voters. Both only ever turn from false to true along a chain,
/// and they depend on ancestry and voters alone. So each vote is counted once per chain, when the chain first sees it,
/// and nothing is counted again after a decision; only a change of voters counts the undecided payloads anew.
public struct VoteTally: Sendable {
    /// A chain of events of a voter, up to the last sync event that was counted.
    private struct Chain: Sendable {
        var lastSync: EventIndex?
        var hasHeardSupermajority = false
    }

    public let forkRule: ForkRule
    public private(set) var voters: VoterSet

    /// For each payload the votes that count: not those that their voter repeated on the same chain.
    private var votes: [[Vote]] = []

    /// The others, by payload: votes that their voter had cast before on the same chain.
    private var repeatedVotes: [ObservationIndex: Set<Vote>] = [:]

    /// The undecided payloads, oldest first.
    public private(set) var undecided: [ObservationIndex] = []

    /// For each payload its row in `counts`, or `noSlot`.
    private var slots: [Int32] = []
    private var freeSlots: [Int32] = []
    private static let noSlot: Int32 = -1

    /// For each undecided payload and branch the number of voters whose votes the chain has seen. In single mode, 1
    /// once the vote has been seen.
    private var counts: [UInt16] = []

    /// For each undecided payload and lane whether the payload is interesting already.
    private var isInteresting: [Bool] = []
    private var stride = 8

    private var chains: [Chain] = []
    private var newlySeen: [EventIndex] = []

    public init(voters: VoterSet, forkRule: ForkRule) {
        self.voters = voters
        self.forkRule = forkRule
        votes.reserveCapacity(VoteTally.firstCapacity)
        slots.reserveCapacity(VoteTally.firstCapacity)
        undecided.reserveCapacity(VoteTally.firstCapacity)
        counts.reserveCapacity(stride * VoteTally.firstCapacity)
        isInteresting.reserveCapacity(stride * VoteTally.firstCapacity)
    }

    /// How many payloads there is room for from the start.
    private static let firstCapacity = 32

    /// The lane of a branch: branches of one lane share what is interesting to their creator.
    public func lane(of branch: BranchIndex, in graph: Graph) -> BranchIndex {
        switch forkRule {
        case .ownAncestry: branch
        case .firstArrived: graph.firstBranch(of: graph.branches[branch.position].creator)
        }
    }

    // MARK: - Votes

    /// Takes note of the votes that a new event carries.
    public mutating func register(_ event: EventIndex, in graph: Graph, store: ObservationStore) {
        let voter = graph.creator(of: event)
        let places = graph.observationPlaces(of: event)
        for place in places {
            let payload = graph.observation(at: place)
            if store.isDecided(payload) { continue }
            while votes.count <= payload.position {
                votes.append([])
                slots.append(VoteTally.noSlot)
            }
            if slots[payload.position] == VoteTally.noSlot { openSlot(for: payload) }
            let vote = Vote(voter: voter, event: event, position: place - places.lowerBound)
            if isRepeated(vote, payload, in: graph) {
                repeatedVotes[payload, default: []].insert(vote)
            } else {
                // The votes of four voters, the fewest that tolerate a liar, take one allocation.
                if votes[payload.position].isEmpty && store.mode(of: payload) == .supermajority {
                    votes[payload.position].reserveCapacity(4)
                }
                votes[payload.position].append(vote)
            }
        }
    }

    /// Whether a voter has voted for a payload before on the same chain.
    private func isRepeated(_ vote: Vote, _ payload: ObservationIndex, in graph: Graph) -> Bool {
        for position in votes[payload.position].indices {
            let other = votes[payload.position][position]
            if other.voter == vote.voter && graph.isSelfAncestor(other.event, of: vote.event) { return true }
        }
        return false
    }

    /// The votes for an undecided payload, in order of arrival, one per voter unless the voter forked.
    public func votes(for payload: ObservationIndex) -> [Vote] {
        payload.position < votes.count ? votes[payload.position] : []
    }

    /// The first vote of an event's creator for a payload, as the event knows it.
    public func ownVote(for payload: ObservationIndex, at event: EventIndex, in graph: Graph) -> Vote? {
        let creator = graph.creator(of: event)
        // Without a closure or a copy of the list: this is asked for each payload that becomes interesting.
        for position in votes[payload.position].indices where votes[payload.position][position].voter == creator {
            let vote = votes[payload.position][position]
            let isKnown =
                switch forkRule {
                case .ownAncestry: graph.isSelfAncestor(vote.event, of: event)
                case .firstArrived: graph.isDescendant(event, of: vote.event)
                }
            if isKnown { return vote }
        }
        return nil
    }

    /// Forgets decided payloads.
    public mutating func remove(_ decided: [ObservationIndex], store: ObservationStore) {
        for payload in decided where payload.position < slots.count {
            let slot = slots[payload.position]
            guard slot != VoteTally.noSlot else { continue }
            votes[payload.position] = []
            repeatedVotes[payload] = nil
            slots[payload.position] = VoteTally.noSlot
            freeSlots.append(slot)
        }
        undecided = store.undecided(undecided)
    }

    private mutating func openSlot(for payload: ObservationIndex) {
        let slot: Int32
        if let free = freeSlots.popLast() {
            slot = free
            for entry in place(slot)..<place(slot) + stride {
                counts[entry] = 0
                isInteresting[entry] = false
            }
        } else {
            slot = Int32(counts.count / stride)
            counts.append(contentsOf: repeatElement(0, count: stride))
            isInteresting.append(contentsOf: repeatElement(false, count: stride))
        }
        slots[payload.position] = slot
        undecided.append(payload)
    }

    private func place(_ slot: Int32) -> Int { Int(slot) * stride }

    private func entry(_ payload: ObservationIndex, _ branch: BranchIndex) -> Int {
        place(slots[payload.position]) + branch.position
    }

    // MARK: - Counting along a chain

    /// Counts what a sync event of a voter sees newly, and returns the payloads that become interesting there.
    ///
    /// - Complexity: the number of branches, plus the number of newly seen votes.
    public mutating func advance(
        to event: EventIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> [ObservationIndex] {
        let branch = graph.branch(of: event)
        makeRoom(forBranches: graph.branches.count)
        let previous = chains[branch.position].lastSync
        assert(previous == graph.selfSyncParent(of: event), "sync events of a chain are counted one after another")
        chains[branch.position].lastSync = event

        var found: [ObservationIndex] = []
        let lane = lane(of: branch, in: graph)
        if !chains[branch.position].hasHeardSupermajority && hasHeardSupermajority(event, in: graph) {
            chains[branch.position].hasHeardSupermajority = true
            for payload in undecided where store.mode(of: payload) == .single && counts[entry(payload, branch)] > 0 {
                appendIfNew(payload, lane, to: &found)
            }
        }
        if !newlySeen.isEmpty { newlySeen.removeAll(keepingCapacity: true) }
        graph.appendObservationEvents(seenBy: event, butNotBy: previous, to: &newlySeen)
        for voting in newlySeen {
            let voter = graph.creator(of: voting)
            let places = graph.observationPlaces(of: voting)
            for place in places {
                let payload = graph.observation(at: place)
                if store.isDecided(payload) { continue }
                let vote = Vote(voter: voter, event: voting, position: place - places.lowerBound)
                if !repeatedVotes.isEmpty, repeatedVotes[payload]?.contains(vote) == true { continue }
                switch store.mode(of: payload) {
                case .single:
                    counts[entry(payload, branch)] = 1
                    if chains[branch.position].hasHeardSupermajority { appendIfNew(payload, lane, to: &found) }
                case .supermajority:
                    guard voters.contains(voter) else { continue }
                    if graph.forkers.contains(voter) && isCounted(vote, payload, at: event, after: previous, in: graph)
                    {
                        continue
                    }
                    counts[entry(payload, branch)] += 1
                    if voters.quorum.isSupermajority(Int(counts[entry(payload, branch)])) {
                        appendIfNew(payload, lane, to: &found)
                    }
                }
            }
        }
        return found
    }

    private mutating func appendIfNew(
        _ payload: ObservationIndex,
        _ lane: BranchIndex,
        to found: inout [ObservationIndex]
    ) {
        let entry = entry(payload, lane)
        if isInteresting[entry] { return }
        isInteresting[entry] = true
        found.append(payload)
    }

    /// Whether another vote of a forker for the same payload has been counted on the way to an event.
    private func isCounted(
        _ vote: Vote,
        _ payload: ObservationIndex,
        at event: EventIndex,
        after previous: EventIndex?,
        in graph: Graph
    ) -> Bool {
        votes[payload.position].contains { other in
            guard other.voter == vote.voter, other != vote, graph.isDescendant(event, of: other.event) else {
                return false
            }
            if let previous, graph.isDescendant(previous, of: other.event) { return true }
            // Both are new: the first in the order of branches and events counts, which is the order they come in.
            let (branch, otherBranch) = (graph.branch(of: vote.event), graph.branch(of: other.event))
            return (otherBranch, other.event) < (branch, vote.event)
        }
    }

    private mutating func makeRoom(forBranches count: Int) {
        while chains.count < count { chains.append(Chain()) }
        guard count > stride else { return }
        let wider = max(count, stride + stride / 2)
        let rows = counts.count / stride
        var widenedCounts = [UInt16](repeating: 0, count: rows * wider)
        var widenedFlags = [Bool](repeating: false, count: rows * wider)
        for row in 0..<rows {
            for column in 0..<stride {
                widenedCounts[row * wider + column] = counts[row * stride + column]
                widenedFlags[row * wider + column] = isInteresting[row * stride + column]
            }
        }
        (counts, isInteresting, stride) = (widenedCounts, widenedFlags, wider)
    }
}

// MARK: - From the definitions

extension VoteTally {
    /// A payload that is interesting at an event and at no earlier event of the chain.
    public struct Finding: Hashable, Sendable {
        public let event: EventIndex
        public let payload: ObservationIndex
    }

    /// Starts anew with other voters, and returns what is interesting on each lane, in the order of events.
    ///
    /// - Complexity: undecided payloads times chains times their votes, times the logarithm of the chains' length for those
    ///   that are interesting.
    public mutating func restart(
        voters: VoterSet,
        in graph: Graph,
        store: ObservationStore
    ) -> [(lane: BranchIndex, findings: [Finding])] {
        self.voters = voters
        chains = []
        makeRoom(forBranches: graph.branches.count)
        for entry in counts.indices {
            counts[entry] = 0
            isInteresting[entry] = false
        }
        var result: [(lane: BranchIndex, findings: [Finding])] = []
        for voter in voters.peers {
            var findings: [BranchIndex: [ObservationIndex: EventIndex]] = [:]
            for branch in graph.branches(of: voter) {
                let lane = lane(of: branch, in: graph)
                let end = graph.selfSyncAncestor(of: graph.branches[branch.position].tip)
                for finding in recount(branch, upTo: end, in: graph, store: store) {
                    let earliest = findings[lane]?[finding.payload] ?? finding.event
                    findings[lane, default: [:]][finding.payload] = min(earliest, finding.event)
                }
            }
            for branch in graph.branches(of: voter) {
                guard let found = findings[branch] else { continue }
                result.append((branch, VoteTally.sorted(found.map { Finding(event: $1, payload: $0) })))
            }
        }
        return result
    }

    /// Counts the chain of a new branch up to its fork point, and returns what is interesting on it so far.
    public mutating func open(
        _ branch: BranchIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> [Finding] {
        makeRoom(forBranches: graph.branches.count)
        let end = graph.branches[branch.position].forkPoint.flatMap { graph.selfSyncAncestor(of: $0) }
        return VoteTally.sorted(recount(branch, upTo: end, in: graph, store: store))
    }

    private static func sorted(_ findings: [Finding]) -> [Finding] {
        findings.sorted { ($0.event.value, $0.payload.value) < ($1.event.value, $1.payload.value) }
    }

    /// Counts one chain from the definitions, up to a sync event on it.
    private mutating func recount(
        _ branch: BranchIndex,
        upTo end: EventIndex?,
        in graph: Graph,
        store: ObservationStore
    ) -> [Finding] {
        chains[branch.position] = Chain(
            lastSync: end,
            hasHeardSupermajority: end.map { hasHeardSupermajority($0, in: graph) } ?? false
        )
        guard let end else { return [] }
        let lane = lane(of: branch, in: graph)
        let start = graph.oldestIndexByCreator(onChainOf: branch)
        // The same for all payloads of single mode.
        let firstHearing = firstHearing(onChainOf: branch, from: start, upTo: end, in: graph)
        var findings: [Finding] = []
        for payload in undecided {
            let count = countOfVotes(for: payload, seenBy: end, in: graph, store: store)
            counts[entry(payload, branch)] = UInt16(count)
            guard isEnough(count, for: payload, store: store),
                let earliest = store.mode(of: payload) == .single ? firstHearing : start
            else { continue }
            isInteresting[entry(payload, lane)] = true
            let first = firstInteresting(payload, onChainOf: branch, from: earliest, upTo: end, in: graph, store: store)
            findings.append(Finding(event: first, payload: payload))
        }
        return findings
    }

    /// The index by creator of the first event of a chain that has heard of a supermajority; nil if not even its end has.
    private func firstHearing(
        onChainOf branch: BranchIndex,
        from start: Int,
        upTo end: EventIndex,
        in graph: Graph
    ) -> Int? {
        guard hasHeardSupermajority(end, in: graph) else { return nil }
        var (low, high) = (start, graph.indexByCreator(of: end))
        while low < high {
            let middle = low + (high - low) / 2
            let event = graph.event(onChainOf: branch, at: middle)
            if hasHeardSupermajority(event, in: graph) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The first sync event of a chain, from an index by creator on, that sees the votes that a payload needs, given that
    /// the chain's end does.
    private func firstInteresting(
        _ payload: ObservationIndex,
        onChainOf branch: BranchIndex,
        from start: Int,
        upTo end: EventIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> EventIndex {
        // What has become interesting stays so along the chain, which makes a binary search right.
        var (low, high) = (start, graph.indexByCreator(of: end))
        while low < high {
            let middle = low + (high - low) / 2
            let event = graph.event(onChainOf: branch, at: middle)
            let count = countOfVotes(for: payload, seenBy: event, in: graph, store: store)
            if isEnough(count, for: payload, store: store) { high = middle } else { low = middle + 1 }
        }
        while !graph.kind(of: graph.event(onChainOf: branch, at: low)).isSync { low += 1 }
        return graph.event(onChainOf: branch, at: low)
    }

    /// What `counts` has for a payload on a chain that ends at an event.
    private func countOfVotes(
        for payload: ObservationIndex,
        seenBy event: EventIndex,
        in graph: Graph,
        store: ObservationStore
    ) -> Int {
        if store.mode(of: payload) == .supermajority { return countOfVoters(for: payload, seenBy: event, in: graph) }
        for vote in votes[payload.position] where graph.isDescendant(event, of: vote.event) { return 1 }
        return 0
    }

    private func isEnough(_ count: Int, for payload: ObservationIndex, store: ObservationStore) -> Bool {
        store.mode(of: payload) == .single ? count > 0 : voters.quorum.isSupermajority(count)
    }

    private func countOfVoters(for payload: ObservationIndex, seenBy event: EventIndex, in graph: Graph) -> Int {
        var count = 0
        let votes = votes[payload.position]
        for (position, vote) in votes.enumerated()
        where voters.contains(vote.voter) && graph.isDescendant(event, of: vote.event) {
            // A forker may have voted on several branches; the first vote counts.
            let isSecond =
                graph.forkers.contains(vote.voter)
                && votes[..<position].contains {
                    $0.voter == vote.voter && graph.isDescendant(event, of: $0.event)
                }
            if !isSecond { count += 1 }
        }
        return count
    }

    private func hasHeardSupermajority(_ event: EventIndex, in graph: Graph) -> Bool {
        var count = 0
        for voter in voters.peers where graph.hasAncestor(event, by: voter) { count += 1 }
        return voters.quorum.isSupermajority(count)
    }
}
