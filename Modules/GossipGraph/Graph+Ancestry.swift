public import ParsecCore

// The relations of `protocol.md` section 2.6, exact in the presence of forks.

extension Graph {
    /// One more than the number of the last event on a branch among an event's ancestors, or 0.
    @inlinable
    func rowEntry(_ event: EventIndex, _ branch: BranchIndex) -> UInt32 {
        rows[offset(event)][branch.position]
    }

    /// The last event on a branch among an event's ancestors, itself included.
    @inlinable
    public func lastAncestor(of event: EventIndex, on branch: BranchIndex) -> EventIndex? {
        let entry = rowEntry(event, branch)
        return entry == 0 ? nil : EventIndex(entry - 1)
    }

    /// Whether one event is the other or an ancestor of it.
    @inlinable
    public func isDescendant(_ event: EventIndex, of ancestor: EventIndex) -> Bool {
        rowEntry(event, branch(of: ancestor)) > ancestor.value
    }

    /// The peers whose forks an event's ancestry proves: it contains two of their events, neither of which is a
    /// self-ancestor of the other.
    @inlinable
    public func provenForkers(in event: EventIndex) -> PeerSet {
        forkProofOf.isEmpty ? PeerSet() : forkProofs[Int(forkProofOf[offset(event)])]
    }

    /// Whether an event's ancestry proves that a peer forked.
    @inlinable
    public func provesFork(_ event: EventIndex, by peer: PeerIndex) -> Bool {
        !forkProofOf.isEmpty && forkProofs[Int(forkProofOf[offset(event)])].contains(peer)
    }

    /// Whether an event is a descendant of another and does not prove a fork by the other's creator.
    @inlinable
    public func sees(_ event: EventIndex, _ other: EventIndex) -> Bool {
        isDescendant(event, of: other) && !provesFork(event, by: creator(of: other))
    }

    /// The last event of a peer among an event's ancestors, or nil if there is none or the ancestry proves its fork.
    @inlinable
    public func lastAncestor(of event: EventIndex, by peer: PeerIndex) -> EventIndex? {
        guard peer.position < branchesByPeer.count else { return nil }
        let branches = branchesByPeer[peer.position]
        if branches.count == 1 { return lastAncestor(of: event, on: branches[0]) }
        return provesFork(event, by: peer) ? nil : lastAncestorIgnoringForks(of: event, by: peer)
    }

    /// The last event to arrive of a peer's events among an event's ancestors; the end of their chain if they form one.
    public func lastAncestorIgnoringForks(of event: EventIndex, by peer: PeerIndex) -> EventIndex? {
        var last: UInt32 = 0
        for branch in branches(of: peer) { last = max(last, rowEntry(event, branch)) }
        return last == 0 ? nil : EventIndex(last - 1)
    }

    /// Finds the branches of which an event has other ancestors than another event.
    ///
    /// - Parameter changes: what was found is written over its beginning; it grows to one entry for each branch.
    /// - Returns: how many were found.
    /// - Complexity: the number of branches; the rows of the two events are compared.
    public func findChanges(at event: EventIndex, since other: EventIndex, in changes: inout [BranchChange]) -> Int {
        let columns = branches.count
        while changes.count < columns { changes.append(BranchChange()) }
        let new = rows[offset(event)]
        let old = rows[offset(other)]
        var count = 0
        var found = changes.mutableSpan
        for column in 0..<columns {
            // Written in any case: whether branches have changed is nothing that a processor could guess.
            found[count] = BranchChange(column: UInt32(truncatingIfNeeded: column), end: new[column])
            count += new[column] == old[column] ? 0 : 1
        }
        return count
    }

    /// Whether an event has an ancestor by a peer.
    public func hasAncestor(_ event: EventIndex, by peer: PeerIndex) -> Bool {
        guard peer.position < branchesByPeer.count else { return false }
        // Without a closure or a copy of the list: this is asked for each voter.
        for position in branchesByPeer[peer.position].indices
        where rowEntry(event, branchesByPeer[peer.position][position]) != 0 {
            return true
        }
        return false
    }

    /// Whether an event strongly sees another: it sees events of enough peers that see the other.
    ///
    /// - Parameters:
    ///   - paths: the peers that count.
    ///   - threshold: how many of them are enough, usually the supermajority of the voters.
    public func stronglySees(
        _ event: EventIndex,
        _ other: EventIndex,
        through paths: some Sequence<PeerIndex>,
        threshold: Int
    ) -> Bool {
        var count = 0
        for peer in paths {
            if let last = lastAncestor(of: event, by: peer), sees(last, other) { count += 1 }
        }
        return count >= threshold
    }

    /// Counts for many events at once through how many peers an event sees them.
    ///
    /// This is the hot loop of the observer test: one pass over a row per path.
    ///
    /// - Parameters:
    ///   - paths: the peers that count.
    ///   - targets: for each branch one more than the number of the event asked for on it, or `UInt32.max` for none.
    ///   - counts: for each branch the number of paths; overwritten, and as long as `targets`.
    /// - Complexity: the number of paths times the number of branches.
    public func countSightings(
        from event: EventIndex,
        through paths: [PeerIndex],
        of targets: [UInt32],
        into counts: inout [UInt32]
    ) {
        precondition(targets.count == branches.count && counts.count == targets.count, "one entry per branch")
        let columns = targets.count
        targets.withUnsafeBufferPointer { targets in
            counts.withUnsafeMutableBufferPointer { counts in
                counts.update(repeating: 0)
                for peer in paths {
                    guard let last = lastAncestor(of: event, by: peer) else { continue }
                    let row = rows[offset(last)]
                    for column in 0..<columns { counts[column] &+= row[column] >= targets[column] ? 1 : 0 }
                    // An event that proves a fork sees nothing of the forker.
                    guard !forkProofOf.isEmpty else { continue }
                    for forker in forkProofs[Int(forkProofOf[offset(last)])] {
                        for branch in branchesByPeer[forker.position]
                        where row[branch.position] >= targets[branch.position] {
                            counts[branch.position] &-= 1
                        }
                    }
                }
            }
        }
    }
}

// MARK: - What is new

extension Graph {
    /// The events that are no ancestors of any of the given ones, parents before children.
    ///
    /// - Complexity: the size of the answer, times its logarithm, plus the number of branches.
    public func events(notAncestorsOf known: [EventIndex]) -> [EventIndex] {
        var missing: [EventIndex] = []
        for (position, branch) in branches.enumerated() {
            var end: UInt32 = 0
            for event in known { end = max(end, rowEntry(event, BranchIndex(position))) }
            guard branch.tip.value >= end else { continue }
            // The events of a branch ascend, so the missing ones are a suffix.
            var suffix = branch.events.count
            while suffix > 0 && branch.events[suffix - 1].value >= end { suffix -= 1 }
            missing.append(contentsOf: branch.events[suffix...])
        }
        missing.sort()
        return missing
    }

    /// Appends the voting events among the ancestors of an event, itself included, that are no ancestors of an older
    /// event on its self-chain.
    ///
    /// - Complexity: the number of branches plus the size of the answer.
    public func appendObservationEvents(
        seenBy event: EventIndex,
        butNotBy older: EventIndex?,
        to found: inout [EventIndex]
    ) {
        let new = rows[offset(event)]
        let old = older.map { rows[offset($0)] }
        for column in 0..<branches.count {
            let end = new[column]
            let start = old?[column] ?? 0
            if end == start { continue }
            let from = start == 0 ? 0 : Int(records[offset(EventIndex(start - 1))].observationOrdinal)
            let to = Int(records[offset(EventIndex(end - 1))].observationOrdinal)
            for position in from..<to { found.append(branches[column].observationEvents[position]) }
        }
    }

    /// The ancestors of an event, itself included, parents before children.
    ///
    /// - Complexity: the size of the answer, times its logarithm, plus the number of branches.
    public func ancestors(of event: EventIndex) -> [EventIndex] {
        var found: [EventIndex] = []
        for (position, branch) in branches.enumerated() {
            let end = rowEntry(event, BranchIndex(position))
            found.append(contentsOf: branch.events.prefix { $0.value < end })
        }
        found.sort()
        return found
    }
}

/// A branch of which an event has other ancestors than an event before it.
@frozen
public struct BranchChange: Sendable {
    @usableFromInline let column: UInt32
    @usableFromInline let end: UInt32

    init(column: UInt32 = 0, end: UInt32 = 0) {
        (self.column, self.end) = (column, end)
    }

    /// The branch.
    @inlinable
    public var branch: BranchIndex { BranchIndex(Int(column)) }

    /// The last event on the branch among the event's ancestors.
    @inlinable
    public var last: EventIndex? { end == 0 ? nil : EventIndex(end - 1) }
}
