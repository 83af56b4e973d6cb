public import ParsecCore

extension SlowModel {
    /// Evaluates an election at every event of the graph.
    public func election(voters: [PeerID], decidedBefore: Set<ModelPayload>) -> ModelElection {
        var election = ModelElection(voters: voters.sorted(), decidedBefore: decidedBefore)
        let scope = ModelElectionScope(model: self, voters: election.voters, decidedBefore: decidedBefore)
        let interesting = scope.interestingPayloads()
        let contents = scope.firstContents(interesting)

        if election.voters.count == 1 {
            let attempt = scope.attempt(contents: contents)
            for event in graph.events.indices where graph.events[event].creator == election.voters[0] {
                guard let first = attempt.firstWithContent[event] else { continue }
                election.payloadsByEvent[event] = scope.order([contents[first]])
            }
            election.attempts = [attempt]
            checkAgreement(&election)
            return election
        }

        var next = contents
        // Candidates of an attempt come after a decision of the one before it, so there are fewer attempts than events.
        while election.attempts.count <= graph.events.count {
            let attempt = scope.attempt(contents: next)
            let isDiscarded = election.attempts.count < discardedAttempts
            election.attempts.append(attempt)
            checkOutcomes(attempt, &election.violations)
            if !isDiscarded {
                for event in attempt.decidedEvents where election.payloadsByEvent[event] == nil {
                    let lists = scope.decidedContents(next, attempt, at: event, &election.violations)
                    if !lists.isEmpty { election.payloadsByEvent[event] = scope.order(lists) }
                }
            }
            guard isDiscarded ? attempt.outcome != nil : attempt.isAllFalse else { break }
            next = scope.laterContents(interesting, attempt)
        }
        checkAgreement(&election)
        return election
    }

    /// Says whether an event strongly sees another in an election with the given voters (`protocol.md` section 2.6).
    public func stronglySees(_ event: Int, _ other: Int, voters: [PeerID]) -> Bool {
        let scope = ModelElectionScope(model: self, voters: voters, decidedBefore: [])
        return !graph.provesFork(event, by: graph.events[other].creator) && scope.stronglySees(event, other)
    }

    /// Reports deciding events that differ in the payloads or their order.
    private func checkAgreement(_ election: inout ModelElection) {
        guard let payloads = election.payloads, let first = election.decidingEvents.first else { return }
        for event in election.decidingEvents where election.payloadsByEvent[event] != payloads {
            let other = election.payloadsByEvent[event] ?? []
            election.violations.append("event \(first) decides \(payloads), event \(event) decides \(other)")
        }
    }

    /// Reports events that differ in the decision about a voter.
    private func checkOutcomes(_ attempt: ModelAttempt, _ violations: inout [String]) {
        guard let outcome = attempt.outcome, let first = attempt.decidedEvents.first else { return }
        for event in attempt.decidedEvents where attempt.decisions(at: event) != outcome {
            violations.append("events \(first) and \(event) differ in the decision about a voter")
        }
    }
}
