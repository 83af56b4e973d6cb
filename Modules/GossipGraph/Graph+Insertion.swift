public import ParsecCore

extension Graph {
    /// Appends an event and returns its index; an event whose digest is present already is returned as it is.
    ///
    /// - Parameters:
    ///   - selfParent: nil only for the first event of a peer, which is an Initial event unless the graph is partial.
    ///   - digest: the digest of the event's content, by which other peers name it.
    /// - Throws: ``GraphError``; the graph is then unchanged.
    /// - Complexity: one pass over the branches; never the length of the graph.
    public mutating func insert(
        creator: PeerIndex,
        selfParent: EventIndex?,
        cause: Cause,
        digest: Digest
    ) throws(GraphError) -> EventIndex {
        if let known = self.event(withDigest: digest) { return known }
        try check(creator: creator, selfParent: selfParent, cause: cause)
        return append(
            creator: creator,
            selfParent: selfParent,
            kind: cause.kind,
            otherParent: cause.otherParent,
            recipient: cause.recipient,
            observations: cause.observations,
            digest: digest
        )
    }

    /// Appends an event that is not in the graph and has been checked; its cause comes in parts.
    package mutating func append(
        creator: PeerIndex,
        selfParent: EventIndex?,
        kind: EventKind,
        otherParent: EventIndex?,
        recipient: PeerIndex?,
        observations: [ObservationIndex],
        digest: Digest
    ) -> EventIndex {
        let event = endIndex
        let branch = extendBranch(of: creator, after: selfParent, with: event)
        if kind == .observation { branches[branch.position].observationEvents.append(event) }
        rows.append(
            maximumOf: selfParent.map { offset($0) },
            otherParent.map { offset($0) },
            columns: branches.count,
            setting: branch.position,
            to: event.value + 1
        )

        for position in observations.indices { observationPool.append(observations[position]) }
        var selfSyncParent: EventIndex?
        var indexByCreator: UInt32 = 0
        if let selfParent {
            selfSyncParent = selfSyncAncestor(of: selfParent)
            indexByCreator = records[offset(selfParent)].indexByCreator + 1
        }
        records.append(
            Record(
                creatorAndKind: Record.pack(creator, kind),
                branch: branch,
                selfParent: selfParent?.value ?? Graph.none,
                selfSyncParent: selfSyncParent?.value ?? Graph.none,
                indexByCreator: indexByCreator,
                other: otherParent?.value ?? recipient?.value ?? Graph.none,
                observationEnd: UInt32(observationPool.count),
                observationOrdinal: UInt32(branches[branch.position].observationEvents.count)
            )
        )
        digests.append(digest)
        digestTable.appendLast(of: digests)

        if !forkers.isEmpty { appendForkProof(of: event) }
        return event
    }

    /// Checks that an event with these parents may be appended.
    public func check(creator: PeerIndex, selfParent: EventIndex?, cause: Cause) throws(GraphError) {
        try check(
            creator: creator,
            selfParent: selfParent,
            kind: cause.kind,
            otherParent: cause.otherParent,
            observationCount: cause.observations.count
        )
    }

    /// Checks the same of an event whose observations are not in any store yet.
    package func check(
        creator: PeerIndex,
        selfParent: EventIndex?,
        kind: EventKind,
        otherParent: EventIndex?,
        observationCount: Int
    ) throws(GraphError) {
        guard count < capacity else { throw .graphFull }
        if let selfParent {
            guard contains(selfParent) else { throw .unknownParent(selfParent) }
            guard kind != .initial else { throw .initialWithSelfParent(selfParent) }
            guard self.creator(of: selfParent) == creator else { throw .selfParentByDifferentCreator(selfParent) }
        } else if kind != .initial && completeness == .strict {
            throw .missingSelfParent(kind: kind)
        }
        if let otherParent {
            guard contains(otherParent) else { throw .unknownParent(otherParent) }
            guard self.creator(of: otherParent) != creator else { throw .otherParentBySameCreator(otherParent) }
        }
        if kind == .observation && observationCount == 0 { throw .noObservations }
    }

    /// Whether a next event with this self-parent would fork: its creator has another there already.
    public func opensBranch(_ creator: PeerIndex, after selfParent: EventIndex?) -> Bool {
        guard let selfParent else { return !branches(of: creator).isEmpty }
        return branches[branch(of: selfParent).position].tip != selfParent
    }

    /// Puts an event at the end of its self-parent's branch, or on a new branch if another event is there already.
    private mutating func extendBranch(
        of creator: PeerIndex,
        after selfParent: EventIndex?,
        with event: EventIndex
    ) -> BranchIndex {
        while branchesByPeer.count <= creator.position { branchesByPeer.append([]) }
        let origin = selfParent.map { branch(of: $0) }
        if let selfParent, let origin, branches[origin.position].tip == selfParent {
            branches[origin.position].events.append(event)
            return origin
        }
        let index = BranchIndex(branches.count)
        var opened = Branch(
            creator: creator,
            forkPoint: selfParent,
            origin: origin,
            firstIndexByCreator: selfParent.map { indexByCreator(of: $0) + 1 } ?? 0,
            events: [],
            observationEvents: []
        )
        opened.events.reserveCapacity(Graph.firstCapacity / 2)
        opened.observationEvents.reserveCapacity(Graph.firstCapacity / 4)
        opened.events.append(event)
        branches.append(opened)
        branchesByPeer[creator.position].append(index)
        if branches.count > rows.width { rows.widen(to: branches.count) }
        if branchesByPeer[creator.position].count > 1 {
            if forkers.isEmpty { forkProofOf = Array(repeating: 0, count: count) }
            forkers.insert(creator)
        }
        return index
    }

    /// Appends the set of forkers that an event's ancestry proves: what its parents prove, and what they prove together.
    private mutating func appendForkProof(of event: EventIndex) {
        let fromSelfParent = selfParent(of: event).map { forkProofOf[offset($0)] } ?? 0
        let fromOtherParent = otherParent(of: event).map { forkProofOf[offset($0)] } ?? 0
        forkProofOf.append(fromSelfParent)

        var proven = forkProofs[Int(fromSelfParent)].union(forkProofs[Int(fromOtherParent)])
        for forker in forkers where !proven.contains(forker) && parentsDisagree(of: event, about: forker) {
            proven.insert(forker)
        }
        if proven == forkProofs[Int(fromSelfParent)] { return }
        // Proofs only accumulate along the graph, so that few different sets occur, the newest most often.
        let known = forkProofs.lastIndex(of: proven)
        if known == nil { forkProofs.append(proven) }
        forkProofOf[offset(event)] = UInt32(known ?? forkProofs.count - 1)
    }

    /// Whether an event has ancestors on two branches of a peer of which neither contains the other, given that no
    /// parent of the event has.
    private func parentsDisagree(of event: EventIndex, about peer: PeerIndex) -> Bool {
        // Without a fork the peer's ancestors form one chain. Its end then has, among its own ancestors, every event of
        // the peer that the event has. The event itself continues a chain, so there its self-parent is the one to ask.
        let end = creator(of: event) == peer ? selfParent(of: event) : lastAncestorIgnoringForks(of: event, by: peer)
        let own = rows[offset(event)]
        for branch in branchesByPeer[peer.position] where branch != self.branch(of: event) {
            let fromEnd = end.map { rows[offset($0)][branch.position] } ?? 0
            if own[branch.position] != fromEnd { return true }
        }
        return false
    }
}
