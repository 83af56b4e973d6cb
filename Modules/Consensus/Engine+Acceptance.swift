import Accountability
import GossipGraph
import Membership
import MetaVoting
import ParsecCore
import Voting

/// Which events of a message are taken: those with known parents, well formed and authentic, by peers that were
/// admitted at some time.
///
/// Acceptance only grows. What another member has built on is never refused for what this peer happens to have decided
/// since: removal ends a peer's votes and its right to send, not the standing of its events.
extension Engine {
    /// Digests the events of a message.
    func arrivals(of message: GossipMessage) -> [Arrival] {
        var writer = ByteWriter()
        return message.events.map { event in
            let observations = event.cause.observations.map { cryptography.digests.digest(of: $0) }
            var position = 0
            let header = EventHeader(
                network: networkDigest,
                creator: event.creator,
                selfParent: event.selfParent,
                cause: event.cause.mapObservations { _ in
                    defer { position += 1 }
                    return observations[position]
                },
                function: cryptography.digests
            )
            let digest = header.digest(using: cryptography.digests, in: &writer)
            return Arrival(event, observations: observations, digest: digest, root: header.root)
        }
    }

    /// Inserts the good events of a message and lists the others; if they bring our removal, nothing more is taken.
    mutating func take(
        _ arrivals: [Arrival],
        of kind: GossipMessage.Kind,
        from sender: PeerID
    ) throws(EngineError) -> (accepted: Int, refused: [Refusal]) {
        var accepted = 0
        var refused: [Refusal] = []
        var refusedDigests: Set<Digest> = []
        // Made when the first event is refused.
        var places: [Digest: Int]?
        // Most events of most messages are known already. Loops in place of closures, each of which would have a copy of this
        // engine.
        var new: [Int] = []
        var admissible: [Int] = []
        var creators = [PeerIndex?](repeating: nil, count: arrivals.count)
        for position in arrivals.indices where graph.event(withDigest: arrivals[position].digest) == nil {
            new.append(position)
            creators[position] = admitted(arrivals[position].event.creator)
            if creators[position] != nil { admissible.append(position) }
        }
        let signatures = validity(of: arrivals, at: admissible)
        let isCurrent = network.rules.membership == .freshIdentities
        var selection = Selection(
            arrivals,
            signatures,
            from: sender,
            hasHead: kind != .part,
            offenders: isCurrent ? knownOffenders : []
        )
        let link = agreement.peers.index(of: sender)
        let known = link.flatMap { links[$0] }
        // What comes in parts has no head that would show it, so there the bound holds for all of them together. Whoever
        // has brought so many forks under heads that were refused brings no more.
        var newBranches =
            kind == .part
            ? known?.branchesInParts ?? 0
            : (known?.branchesWithoutHead ?? 0) < limits.branchesPerMessage ? 0 : limits.branchesPerMessage
        let branchesBefore = newBranches

        for position in new {
            let arrival = arrivals[position]
            // A message may have an event twice.
            guard graph.event(withDigest: arrival.digest) == nil else { continue }
            let creator = creators[position] ?? agreement.peers.index(of: arrival.event.creator)
            let isFork = isCurrent && forks(arrival.event, by: creator)
            if selection.leavesOut(position, isFork: isFork) { continue }
            let event: NewEvent
            do {
                event = try checked(arrival, by: creators[position], isAuthentic: signatures[position])
                if isCurrent { try checkConduct(event) }
                if isFork {
                    try check(.branchesPerMessage, count: newBranches + 1)
                    newBranches += 1
                }
            } catch {
                var reason = error
                if let parent = error.missingParent {
                    let known = places ?? Dictionary(arrivals.enumerated().map { ($1.digest, $0) }) { _, last in last }
                    places = known
                    if refusedDigests.contains(parent) {
                        reason = .parentRefused(parent)
                    } else if let place = known[parent], place > position {
                        reason = .outOfOrder(parent: parent)
                    }
                }
                refused.append(Refusal(position: position, digest: arrival.digest, reason: reason))
                refusedDigests.insert(arrival.digest)
                continue
            }
            try insert(event, signature: arrival.event.signature, arrival: arrival)
            agreement.peers.noteEvent(by: event.creator)
            accepted += 1
            // From here on nothing is decided any more, so that what follows could not be judged.
            if agreement.isOver { break }
        }
        if newBranches > branchesBefore, let link {
            if kind == .part {
                links[link, default: Link()].branchesInParts = newBranches
            } else if let head = arrivals.last, graph.event(withDigest: head.digest) == nil {
                links[link, default: Link()].branchesWithoutHead += newBranches
            }
        }
        return (accepted, refused)
    }

    /// Refuses an event of an offender that takes up an offender's word, if its self-parent shows both.
    ///
    /// Else liars could bring in the forks of others without end; the first such event makes its creator an accomplice.
    private func checkConduct(_ event: NewEvent) throws(Refusal.Reason) {
        guard let selfParent = event.selfParent, let word = event.cause.otherParent else { return }
        let shown = ledger.shown(by: selfParent, in: graph)
        guard shown.contains(by: event.creator), shown.contains(by: graph.creator(of: word)) else { return }
        throw .offenders(
            agreement.peers.id(of: event.creator),
            takingUp: agreement.peers.id(of: graph.creator(of: word))
        )
    }

    /// Checks the signatures of some events of a message all at once, so that a verifier can use all cores.
    ///
    /// - Returns: for each event of the message whether its signature is valid; nil if that was not checked.
    private func validity(of arrivals: [Arrival], at positions: [Int]) -> [Bool?] {
        let signatures = positions.map { position in
            let (event, digest) = (arrivals[position].event, arrivals[position].digest)
            return SignedDigest(signature: event.signature, digest: digest, signer: event.creator)
        }
        var results = [Bool?](repeating: nil, count: arrivals.count)
        for (position, isValid) in zip(positions, cryptography.verifier.areValid(signatures)) {
            results[position] = isValid
        }
        return results
    }

    /// Checks an event and puts it into the indices of this graph.
    ///
    /// - Parameters:
    ///   - creator: who made it; nil if that has not been looked up, or was not admitted then.
    ///   - isAuthentic: whether its signature is valid; nil if that has not been checked.
    func checked(
        _ arrival: Arrival,
        by creator: PeerIndex? = nil,
        isAuthentic: Bool?
    ) throws(Refusal.Reason) -> NewEvent {
        let event = arrival.event
        var selfParent: EventIndex?
        if let parent = event.selfParent {
            selfParent = graph.event(withDigest: parent)
            if selfParent == nil { throw .unknownSelfParent(parent) }
        }
        let cause = try arrival.cause.map { (recipient) throws(Refusal.Reason) in
            // Whoever asks us knows of our admission, even if we do not yet.
            guard let index = recipient == id ? ourself : admitted(recipient) else {
                throw .unknownRecipient(recipient)
            }
            return index
        } parent: { (parent) throws(Refusal.Reason) in
            guard let index = graph.event(withDigest: parent) else { throw .unknownOtherParent(parent) }
            return index
        } observation: { (observation) throws(Refusal.Reason) in
            observation
        }
        guard let creator = creator ?? admitted(event.creator) else { throw .unknownCreator(event.creator) }
        try check(cause.observations)
        let new = NewEvent(
            creator: creator,
            selfParent: selfParent,
            cause: cause,
            digest: arrival.digest,
            root: arrival.root
        )
        do { try agreement.check(new) } catch { throw .malformed(error) }
        let isValid =
            isAuthentic ?? cryptography.verifier.isValid(event.signature, of: arrival.digest, by: event.creator)
        guard isValid else { throw .badSignature }
        return new
    }

    /// Finds a peer that was a voter at some time.
    private func admitted(_ id: PeerID) -> PeerIndex? {
        agreement.peers.index(of: id).flatMap { agreement.peers.admitted.contains($0) ? $0 : nil }
    }

    private func check(_ observations: [DigestedObservation]) throws(Refusal.Reason) {
        if observations.isEmpty { return }
        try check(.observationsPerEvent, count: observations.count)
        for observation in observations {
            try check(.bytesPerObservation, count: observation.observation.byteCount)
        }
        try check(.bytesPerEvent, count: observations.reduce(0) { $0 + $1.observation.byteCount })
        if Set(observations.map(\.digest)).count < observations.count { throw .duplicateVote }
    }

    private func check(_ bound: EngineLimits.Bound, count: Int) throws(Refusal.Reason) {
        let limit = limits.limit(bound)
        if count > limit { throw .tooMany(bound, count: count, limit: limit) }
    }
}

extension Refusal.Reason {
    /// The parent that is not in the graph, if that is the reason.
    fileprivate var missingParent: Digest? {
        switch self {
        case .unknownSelfParent(let parent), .unknownOtherParent(let parent): parent
        default: nil
        }
    }
}
