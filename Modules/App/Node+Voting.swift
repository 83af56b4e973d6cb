import Consensus
import GossipGraph
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

    /// Takes a payload, and waits until it is a block that is stored and applied.
    public func submitAndWait(_ payload: [UInt8]) async throws -> Block {
        do { try await application.admit(payload) } catch { throw SubmissionError.rejected(error) }
        return try await withCheckedThrowingContinuation { waiter in
            do { try enqueue(.opaque(payload), waiter) } catch { waiter.resume(throwing: error) }
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
            throw .queueFull
        }
        queue.append(Ballot(observation: observation, isOwn: true, waiter: waiter))
        queuedBytes += count
        gossipSignal.give()
    }

    private func checkReady() throws(SubmissionError) {
        guard !isStopping else { throw .stopping }
        guard !engine.isHeldBack else {
            throw .notReady("it waits to hear from more than two thirds of the members what they know of its past")
        }
        guard engine.state.contains(.vote) else { throw .notReady("it is no member") }
    }

    /// Votes for what waits, as much as one event holds.
    func flush() {
        guard !queue.isEmpty, engine.state.contains(.vote) else { return }
        while !queue.isEmpty {
            let room = min(settings.payloadsPerEvent, settings.undecidedPayloads - ownUndecided)
            guard room > 0 else { return }
            var batch: [Ballot] = []
            var bytes = 0
            for ballot in queue.prefix(room) {
                bytes += ballot.observation.byteCount
                if !batch.isEmpty && bytes > settings.bytesPerEvent { break }
                batch.append(ballot)
            }
            queue.removeFirst(batch.count)
            queuedBytes -= batch.reduce(0) { $0 + $1.observation.byteCount }
            // What others voted for may be decided by now.
            vote(for: batch.filter { $0.isOwn || engine.canVote(for: $0.observation) })
        }
    }

    /// Votes for observations with one event, less those that the engine refuses.
    private func vote(for batch: [Ballot]) {
        var batch = batch
        while !batch.isEmpty {
            do {
                try engine.vote(for: batch.map(\.observation))
                ownUndecided += batch.count
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
                    refused.waiter?.resume(throwing: SubmissionError.refused(error))
                }
            }
        }
    }

    /// Lets whoever submitted something wait for its block.
    private func keepWaiting(_ ballot: Ballot) {
        guard let waiter = ballot.waiter else { return }
        waiters[digest(of: ballot.observation), default: []].append(waiter)
    }

    // MARK: - Members

    /// Votes for a new member, on an operator's word.
    public func admit(_ candidate: Candidate) throws(SubmissionError) {
        try voteNow(for: .add(candidate.id, info: candidate.info.info))
    }

    /// Votes for the removal of a member, on an operator's word; to leave, a node names itself.
    public func remove(_ peer: PeerID) throws(SubmissionError) {
        try voteNow(for: .remove(peer, info: []))
    }

    private func voteNow(for observation: Observation) throws(SubmissionError) {
        try checkReady()
        do { try engine.vote(for: observation) } catch { throw .refused(error) }
        ownUndecided += 1
        collect()
    }

    /// Answers a peer that wants to become a member.
    func receiveCandidate(_ candidate: Candidate) async {
        guard engine.state.contains(.vote), !engine.isHeldBack else {
            return send(.goodbye("this node cannot admit anybody now; ask another, or later"), to: candidate.id)
        }
        let isMember = engine.agreement.peers.index(of: candidate.id) != nil
        if !isMember {
            guard await membership.admits(candidate) else {
                return send(
                    .goodbye("not admitted: ask the operators of more than two thirds of the nodes to admit you"),
                    to: candidate.id
                )
            }
            do {
                try engine.vote(for: .add(candidate.id, info: candidate.info.info))
                ownUndecided += 1
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
        for await observation in proposals where engine.canVote(for: observation) {
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
            guard agrees, engine.state.contains(.vote) else { continue }
            // Not bounded by the queue: others have voted, and the engine bounds what they may.
            queue.append(Ballot(observation: observation, isOwn: false, waiter: nil))
            queuedBytes += observation.byteCount
            gossipSignal.give()
        }
    }
}

/// Something that this node is going to vote for.
struct Ballot: Sendable {
    typealias Waiter = CheckedContinuation<Block, any Error>

    let observation: Observation

    /// Whether it was submitted here; else others voted for it.
    let isOwn: Bool

    /// Whoever waits for the block, if anybody does.
    let waiter: Waiter?
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
        return election.undecided.filter { agreement.store[$0].observation == observation }
            .flatMap { election.votes(for: $0) }
            .map { agreement.peers.id(of: $0.voter) }
    }
}
