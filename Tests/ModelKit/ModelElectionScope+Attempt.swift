import ParsecCore
import Voting

extension ModelElectionScope {
    /// Evaluates observers and meta-votes at every event, for candidates with the given contents.
    func attempt(contents: [[Int]]) -> ModelAttempt {
        var firstWithContent: [Int?] = []
        for event in graph.events.indices {
            let inherited = graph.selfParent(of: event).flatMap { firstWithContent[$0] }
            firstWithContent.append(inherited ?? (contents[event].isEmpty ? nil : event))
        }
        var attempt = ModelAttempt(
            voters: voters,
            contents: contents.map { $0.map { model.payloads[$0] } },
            firstWithContent: firstWithContent,
            metaVotes: []
        )
        for event in graph.events.indices {
            var lists: [[ModelMetaVote]] = []
            if isSyncByVoter(event), voters.count > 1 {
                let parent = graph.selfSyncParent(of: event).map { attempt.metaVotes[$0] } ?? []
                if !parent.isEmpty {
                    lists = continued(parent, at: event, attempt)
                } else if let observees = observees(of: event, attempt) {
                    attempt.observees[event] = observees
                    lists = started(observees, at: event, attempt)
                }
            }
            attempt.metaVotes.append(lists)
            if let decisions = attempt.decisions(at: event) {
                if attempt.outcome == nil { attempt.outcome = decisions }
                attempt.decidedEvents.append(event)
            }
        }
        return attempt
    }

    /// The first event with content on a peer's chain as seen by an event, which itself is left out.
    func candidate(of peer: Int, asSeenBy event: Int, _ attempt: ModelAttempt) -> Int? {
        if graph.provesFork(event, byPosition: peer) { return nil }
        let last =
            graph.creators[event] == peer
            ? graph.selfParent(of: event)
            : graph.lastEvent(byPosition: peer, asSeenBy: event)
        return last.flatMap { attempt.firstWithContent[$0] }
    }

    /// Says whether an event strongly sees another (`protocol.md` section 2.6, restricted to voters unless told so).
    func stronglySees(_ event: Int, _ other: Int) -> Bool {
        let path = model.countsAllPeers ? Array(graph.peers.indices) : voterPositions
        let count = path.count { peer in
            guard let last = graph.lastEvent(byPosition: peer, asSeenBy: event) else { return false }
            return graph.sees(last, other)
        }
        return isSupermajority(count)
    }

    /// The candidates that an event strongly sees, if they belong to a supermajority of the voters (section 4.6).
    private func observees(of event: Int, _ attempt: ModelAttempt) -> [PeerID: Int]? {
        var observees: [PeerID: Int] = [:]
        for (voter, position) in zip(voters, voterPositions) {
            guard let candidate = candidate(of: position, asSeenBy: event, attempt) else { continue }
            if stronglySees(event, candidate) { observees[voter] = candidate }
        }
        return isSupermajority(observees.count) ? observees : nil
    }

    /// The meta-votes of the other voters' last events among an event's ancestors (section 4.7.1).
    private func others(at event: Int, _ attempt: ModelAttempt) -> [[[ModelMetaVote]]] {
        voterPositions.compactMap { voter in
            guard voter != graph.creators[event] else { return nil }
            guard let last = graph.lastEvent(byPosition: voter, asSeenBy: event) else { return nil }
            return attempt.metaVotes[last].isEmpty ? nil : attempt.metaVotes[last]
        }
    }

    /// The meta-votes of an observer event: one pass without a coin.
    private func started(
        _ observees: [PeerID: Int],
        at event: Int,
        _ attempt: ModelAttempt
    ) -> [[ModelMetaVote]] {
        let rules = ModelBinaryAgreement(voterCount: voters.count)
        let others = others(at: event, attempt)
        return voters.enumerated().map { position, voter in
            let seed = ModelMetaVote(estimates: ModelBoolSet(observees[voter] != nil))
            return rules.nextVotes(after: [seed], others: others.map { $0[position] })
        }
    }

    /// The meta-votes of a later event: a pass with the others' and none of the coin, then one with the coin alone.
    private func continued(
        _ parent: [[ModelMetaVote]],
        at event: Int,
        _ attempt: ModelAttempt
    ) -> [[ModelMetaVote]] {
        let rules = ModelBinaryAgreement(voterCount: voters.count)
        let others = others(at: event, attempt)
        return voters.indices.map { position in
            let passed = rules.nextVotes(after: parent[position], others: others.map { $0[position] })
            let rounds = Set(passed.map(\.round))
            return rules.nextVotes(after: passed, others: []) { rounds.contains($0) ? model.coin($0) : nil }
        }
    }
}
