import Accountability
import GossipGraph
import Membership
import MetaVoting
import ParsecCore
public import Voting

extension Engine {
    /// Votes for observations, in this order, with one event.
    ///
    /// - Throws: ``EngineError``: `notPermitted` unless this peer is a voter, `noObservations`, `tooMany`, `notVotable`,
    ///   `duplicateVote`, `alreadyDecided`, or `noEffect` for a change of the group that would change nothing.
    public mutating func vote(for observations: [Observation]) throws(EngineError) {
        guard state.contains(.vote) else { throw .notPermitted(required: .vote, actual: state) }
        guard !observations.isEmpty else { throw .noObservations }
        try limits.check(.observationsPerEvent, count: observations.count)
        var named: Set<Digest> = []
        var digested: [DigestedObservation] = []
        for observation in observations {
            let digest = try check(observation)
            guard named.insert(digest).inserted else { throw .duplicateVote(observation) }
            digested.append(DigestedObservation(observation, digest: digest))
        }
        try limits.check(.bytesPerEvent, count: observations.reduce(0) { $0 + $1.byteCount })
        try checkSpace(for: 3)
        try appendAlone(.observation(digested))
        // A lone voter needs a sync event of its own for the vote to become interesting (`protocol.md` section 3.7).
        if isAlone { try append(.requesting(recipient: ourself)) }
    }

    /// Votes for one observation.
    public mutating func vote(for observation: Observation) throws(EngineError) {
        try vote(for: [observation])
    }

    /// Whether this peer may vote for an observation, and has not yet.
    public func canVote(for observation: Observation) -> Bool {
        state.contains(.vote) && (try? check(observation)) != nil
    }

    /// Checks that this peer may vote for an observation, and returns the observation's digest.
    private func check(_ observation: Observation) throws(EngineError) -> Digest {
        try limits.check(.maliceDepth, count: observation.maliceDepth)
        switch observation {
        case .genesis, .keyGeneration: throw .notVotable(observation)
        // Of what events show engines accuse each other by themselves, and of nothing else.
        case .accusation(_, let malice):
            guard !malice.isProvable || network.rules.membership == .asDecided else { throw .notVotable(observation) }
        case .add, .remove, .opaque: break
        }
        try limits.check(.bytesPerObservation, count: observation.byteCount)
        do { try agreement.peers.check(observation) } catch { throw .noEffect(error) }
        let digest = cryptography.digests.digest(of: observation)
        guard let known = agreement.store.index(of: observation, digest: digest, votedBy: ourself) else {
            return digest
        }
        if agreement.store.isDecided(known) { throw .alreadyDecided(observation) }
        if agreement.election.votes(for: known).contains(where: { $0.voter == ourself }) {
            throw .duplicateVote(observation)
        }
        return digest
    }

    /// Checks that the graph has room for more events.
    func checkSpace(for count: Int) throws(EngineError) {
        guard graph.count + count <= graph.capacity else { throw .graph(.graphFull) }
    }
}

extension EngineLimits {
    /// The value of a bound.
    public func limit(_ bound: Bound) -> Int {
        switch bound {
        case .eventsPerMessage: eventsPerMessage
        case .observationsPerEvent: observationsPerEvent
        case .bytesPerObservation: bytesPerObservation
        case .bytesPerEvent: bytesPerEvent
        case .tipsPerMessage: tipsPerMessage
        case .branchesPerMessage: branchesPerMessage
        case .pendingRequests: pendingRequests
        case .maliceDepth: maliceDepth
        }
    }

    /// Checks that a count stays within a bound.
    func check(_ bound: Bound, count: Int) throws(EngineError) {
        guard count <= limit(bound) else { throw .tooMany(bound, count: count, limit: limit(bound)) }
    }
}
