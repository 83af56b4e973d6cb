import Consensus
import GossipGraph
import CoreMetrics
import Logging
import Membership
import MetaVoting
public import ParsecCore
public import Voting

/// What this node votes for: what is submitted to it, and what others vote for and it agrees with.
extension Node {
    // MARK: - Payloads

    /// Takes a payload, to be voted for soon.
    ///
    /// - Throws: ``SubmissionError``; nothing that was taken is dropped later, unless the node stops before it is stored.
    public func submit(_ payload: [UInt8]) async throws(SubmissionError) {
        do { try await application.admit(payload) } catch { throw .rejected(error) }
        try enqueue(.opaque(payload))
    }

    /// Takes a payload, and waits until it is a block that is applied, and follows from what is stored.
    ///
    /// - Throws: ``SubmissionError``, or `CancellationError` if the task is cancelled; what was taken becomes a block all
    ///   the same.
    public func submitAndWait(_ payload: [UInt8]) async throws -> Block {
        do { try await application.admit(payload) } catch { throw SubmissionError.rejected(error) }
        lastWaiter += 1
        let number = lastWaiter
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                do { try enqueue(.opaque(payload), Ballot.Waiter(number: number, continuation: continuation)) } catch {
                    continuation.resume(throwing: error)
                }
            }
        } onCancel: {
            Task { await stopWaiting(number) }
        }
    }

    /// Lets somebody go who does not want to wait any longer.
    private func stopWaiting(_ number: Int) {
        if let place = queue.firstIndex(where: { $0.waiter?.number == number }) {
            queue[place].waiter?.continuation.resume(throwing: CancellationError())
            queue[place].waiter = nil
        }
        for (digest, waiting) in waiters {
            guard let place = waiting.firstIndex(where: { $0.number == number }) else { continue }
            waiting[place].continuation.resume(throwing: CancellationError())
            waiters[digest]?.remove(at: place)
            if waiting.count == 1 { waiters[digest] = nil }
        }
    }

    private func digest(of observation: Observation) -> Digest {
        engine.cryptography.digests.digest(of: observation)
    }

    private func enqueue(_ observation: Observation, _ waiter: Ballot.Waiter? = nil) throws(SubmissionError) {
        try checkReady()
        let count = observation.byteCount
        let limit = min(settings.engine.bytesPerObservation, settings.bytesPerEvent)
        guard count <= limit else { throw .tooLarge(count: count, limit: limit) }
        guard queue.count < settings.queuedPayloads, queuedBytes + count <= settings.queuedBytes else {
            counters.refusedSubmissions.increment()
            throw .queueFull
        }
        counters.submissions.increment()
        queue.append(Ballot(observation: observation, waiter: waiter))
        queuedBytes += count
        gossipSignal.give()
    }

    private func checkReady() throws(SubmissionError) {
        guard !isStopping else { throw .stopping }
        guard !engine.isHeldBack else {
            throw .notReady("it waits to hear from more than two thirds of the members what they know of its past")
        }
        // Not `engine.state`: the call would copy the engine for each submission.
        let peers = engine.agreement.peers
        guard let ourself = peers.ourself, peers.state(of: ourself).contains(.vote) else {
            throw .notReady("it is no member")
        }
    }

    /// Votes for what waits, as much as one event holds.
    func flush() {
        guard engine.state.contains(.vote) else { return }
        // Not bounded here: others have voted for it, and the engine bounds what they may.
        while !seconded.isEmpty {
            // It may be decided by now.
            vote(for: batch(of: &seconded, atMost: .max).filter { engine.canVote(for: $0.observation) })
        }
        while !queue.isEmpty {
            let room = settings.undecidedPayloads - ownUndecided.count
            guard room > 0 else { return }
            let batch = batch(of: &queue, atMost: room)
            queuedBytes -= batch.reduce(0) { $0 + $1.observation.byteCount }
            vote(for: batch)
        }
        counters.queued.record(queue.count)
    }

    /// Takes as much as one event holds.
    private func batch(of ballots: inout [Ballot], atMost room: Int) -> [Ballot] {
        var count = 0
        var bytes = 0
        for ballot in ballots.prefix(min(room, settings.payloadsPerEvent)) {
            bytes += ballot.observation.byteCount
            if count > 0 && bytes > settings.bytesPerEvent { break }
            count += 1
        }
        defer { ballots.removeFirst(count) }
        return Array(ballots.prefix(count))
    }

    /// Votes for observations with one event, less those that the engine refuses.
    private func vote(for batch: [Ballot]) {
        var batch = batch
        while !batch.isEmpty {
            do {
                try engine.vote(for: batch.map(\.observation))
                for ballot in batch { keepWaiting(ballot) }
                collect()
                return
            } catch {
                // The engine names the first that it refuses; the others are tried again.
                let position = batch.lastIndex { $0.observation == error.observation } ?? 0
                let refused = batch.remove(at: position)
                logger.debug("not voted for", metadata: ["reason": "\(error)"])
                // What this node has voted for already, and is not decided, becomes a block all the same.
                if case .duplicateVote = error {
                    keepWaiting(refused)
                } else {
                    refused.waiter?.continuation.resume(throwing: SubmissionError.refused(error))
                }
            }
        }
    }

    /// Lets whoever submitted something wait for its block.
    private func keepWaiting(_ ballot: Ballot) {
        guard let waiter = ballot.waiter else { return }
        waiters[digest(of: ballot.observation), default: []].append(waiter)
    }

    /// Tells everybody who waits that nothing comes of it.
    func endSubmissions(_ reason: SubmissionError) {
        for waiting in waiters.values.joined() { waiting.continuation.resume(throwing: reason) }
        for ballot in queue { ballot.waiter?.continuation.resume(throwing: reason) }
        waiters = [:]
        (queue, seconded, queuedBytes) = ([], [], 0)
    }

    // MARK: - What is not decided

    /// Looks at all that is not decided, once this node may vote: after a restart, or its own admission.
    func resumeVotes() {
        let election = engine.agreement.election
        unjudged = engine.agreement.graph.endIndex
        for payload in election.undecided {
            for vote in election.votes(for: payload) {
                unjudged = min(unjudged, vote.event)
                if vote.voter == engine.agreement.peers.ourself {
                    ownUndecided.insert(engine.agreement.store.digest(of: payload))
                }
            }
        }
        judgeSignal.give()
    }

    func noteOwnVotes(of event: EventIndex) {
        for payload in engine.agreement.graph.observations(of: event) {
            ownUndecided.insert(engine.agreement.store.digest(of: payload))
        }
    }

    func noteDecision(_ block: Block) {
        // Where one vote decides, another's vote for the same payload is another block.
        if let voter = block.voter, voter != id { return }
        ownUndecided.remove(block.observationDigest)
    }

    // MARK: - Members

    /// Votes for a new member, on an operator's word.
    public func admit(_ candidate: Candidate) async throws(SubmissionError) {
        do { try await application.admit(candidate) } catch { throw .rejected(error) }
        try voteNow(for: .add(candidate.id, info: candidate.info.info))
    }

    /// Votes for the removal of a member, on an operator's word; to leave, a node names itself.
    public func remove(_ peer: PeerID) throws(SubmissionError) {
        try voteNow(for: .remove(peer, info: []))
    }

    private func voteNow(for observation: Observation) throws(SubmissionError) {
        try checkReady()
        do { try engine.vote(for: observation) } catch { throw .refused(error) }
        collect()
    }

    /// Answers a peer that wants to become a member.
    func receiveCandidate(_ candidate: Candidate) async {
        guard engine.state.contains(.vote), !engine.isHeldBack else {
            return turnAway(candidate.id, "this node cannot admit anybody now; ask another, or later")
        }
        let isMember = engine.agreement.peers.index(of: candidate.id) != nil
        if !isMember {
            guard await membership.admits(candidate) else {
                return turnAway(
                    candidate.id,
                    "not admitted: ask the operators of more than two thirds of the nodes to admit you"
                )
            }
            do {
                try engine.vote(for: .add(candidate.id, info: candidate.info.info))
                logger.info("votes for a new member", metadata: ["peer": "\(candidate.id)"])
                collect()
            } catch {
                // Another answer to the same question: the vote is there already.
                logger.debug("no vote for a candidate", metadata: ["reason": "\(error)"])
            }
        }
        let members = engine.voters.map { Candidate(id: $0, info: addresses[$0] ?? MemberInfo(addresses: [])) }
        send(.invitation(Invitation(network: network, members: members)), to: candidate.id)
    }

    // MARK: - What others vote for

    /// Votes for what others vote for, if it makes sense to this node.
    func judge() async {
        for await _ in judgeSignal.stream {
            while unjudged < engine.agreement.graph.endIndex {
                let event = unjudged
                unjudged = EventIndex(event.value + 1)
                guard engine.agreement.graph.creator(of: event) != engine.agreement.peers.ourself else { continue }
                for payload in engine.agreement.graph.observations(of: event) {
                    // Where one vote decides, there is nothing to add.
                    if engine.agreement.store.mode(of: payload) == .single { continue }
                    await judge(engine.agreement.store.observation(of: payload))
                }
            }
        }
    }

    private func judge(_ observation: Observation) async {
        guard engine.canVote(for: observation) else { return }
        let agrees: Bool
        switch observation {
        case .opaque(let payload):
            do {
                try await application.admit(payload)
                agrees = true
            } catch { agrees = false }
        case .add(let peer, let info):
            let member = MemberInfo(info: info) ?? MemberInfo(addresses: [])
            agrees = await membership.admits(Candidate(id: peer, info: member))
        case .remove(let peer, _):
            agrees = await membership.agreesToRemoval(of: peer, by: engine.proposers(of: observation))
        case .genesis, .accusation, .keyGeneration: agrees = false
        }
        guard agrees, engine.state.contains(.vote) else { return }
        seconded.append(Ballot(observation: observation, waiter: nil))
        gossipSignal.give()
    }
}

/// Something that this node is going to vote for.
struct Ballot: Sendable {
    struct Waiter: Sendable {
        let number: Int
        let continuation: CheckedContinuation<Block, any Error>
    }

    let observation: Observation

    /// Whoever waits for the block, if anybody does.
    var waiter: Waiter?
}

extension EngineError {
    /// What the engine refuses to vote for, if it names one.
    fileprivate var observation: Observation? {
        switch self {
        case .duplicateVote(let observation), .alreadyDecided(let observation), .notVotable(let observation):
            observation
        default: nil
        }
    }
}

extension Engine {
    /// The voters that have voted for an undecided observation.
    fileprivate func proposers(of observation: Observation) -> [PeerID] {
        let election = agreement.election
        return election.undecided.filter { agreement.store.observation(of: $0) == observation }
            .flatMap { election.votes(for: $0) }
            .map { agreement.peers.id(of: $0.voter) }
    }
}
