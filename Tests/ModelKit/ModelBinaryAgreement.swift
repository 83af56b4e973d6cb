/// The rules by which a list of meta-votes grows, for one instance and N voters (`protocol.md` 4.7.2 to 4.7.5).
public struct ModelBinaryAgreement: Sendable {
    /// The number of voters.
    public let voterCount: Int

    /// Makes the rules for a number of voters.
    public init(voterCount: Int) {
        self.voterCount = voterCount
    }

    /// Computes an event's list from the one before it on the same chain and those of other voters.
    ///
    /// `coin` gives the coin of a round, or nil where there is none.
    public func nextVotes(
        after previous: [ModelMetaVote],
        others: [[ModelMetaVote]],
        coin: (Int) -> Bool? = { _ in nil }
    ) -> [ModelMetaVote] {
        var next: [ModelMetaVote] = []
        for old in previous {
            next.append(updated(old, counts(old, others), coin(old.round)))
            if old.decision != nil { break }
        }
        while let last = next.last, last.decision == nil {
            let counts = counts(last, others)
            guard isSupermajority(counts.auxTrue + counts.auxFalse) else { break }
            let stage = increased(last, counts, coin(last.round))
            next.append(updated(stage, self.counts(stage, others), coin(stage.round)))
        }
        return next
    }

    private struct Counts {
        var estTrue = 0
        var estFalse = 0
        var binTrue = 0
        var binFalse = 0
        var auxTrue = 0
        var auxFalse = 0
        var decision: Bool?
    }

    private func isSupermajority(_ count: Int) -> Bool { 3 * count > 2 * voterCount }

    private func isOneThird(_ count: Int) -> Bool { 3 * count >= voterCount }

    /// Counts a meta-vote and those of others at its stage (4.7.3).
    private func counts(_ own: ModelMetaVote, _ others: [[ModelMetaVote]]) -> Counts {
        var votes: [ModelMetaVote] = []
        for list in others {
            if let vote = list.last(where: { $0.round == own.round && $0.step == own.step }) { votes.append(vote) }
        }
        votes.append(own)
        var counts = Counts()
        for vote in votes {
            if vote.estimates.hasTrue { counts.estTrue += 1 }
            if vote.estimates.hasFalse { counts.estFalse += 1 }
            if vote.binValues.hasTrue { counts.binTrue += 1 }
            if vote.binValues.hasFalse { counts.binFalse += 1 }
            if vote.aux == true { counts.auxTrue += 1 }
            if vote.aux == false { counts.auxFalse += 1 }
            if counts.decision == nil { counts.decision = vote.decision }
        }
        return counts
    }

    /// Applies estimates, bin values, auxiliary value and decision, in this order (4.7.4).
    private func updated(_ old: ModelMetaVote, _ given: Counts, _ coin: Bool?) -> ModelMetaVote {
        guard old.decision == nil else { return old }
        var vote = old
        var counts = given

        if vote.estimates.isEmpty {
            if let coin {
                vote.estimates.insert(coin)
                if coin { counts.estTrue += 1 } else { counts.estFalse += 1 }
            }
        } else {
            if isOneThird(counts.estTrue), !vote.estimates.hasTrue {
                vote.estimates.insert(true)
                counts.estTrue += 1
            }
            if isOneThird(counts.estFalse), !vote.estimates.hasFalse {
                vote.estimates.insert(false)
                counts.estFalse += 1
            }
        }

        if isSupermajority(counts.estTrue) { vote.binValues.insert(true) }
        if isSupermajority(counts.estFalse) { vote.binValues.insert(false) }

        if vote.aux == nil, old.binValues.isEmpty, !vote.binValues.isEmpty {
            let aux = vote.binValues.hasTrue
            vote.aux = aux
            if aux { counts.auxTrue += 1 } else { counts.auxFalse += 1 }
        }

        if vote.step == 0, vote.binValues.hasTrue, isSupermajority(counts.auxTrue) {
            vote.decide(true)
        } else if vote.step == 1, vote.binValues.hasFalse, isSupermajority(counts.auxFalse) {
            vote.decide(false)
        } else if let decision = counts.decision {
            vote.decide(decision)
        }
        return vote
    }

    /// Makes the meta-vote of the stage after an undecided one (4.7.5).
    private func increased(_ vote: ModelMetaVote, _ counts: Counts, _ coin: Bool?) -> ModelMetaVote {
        let agreesOnTrue = isSupermajority(counts.auxTrue)
        let agreesOnFalse = isSupermajority(counts.auxFalse)
        switch vote.step {
        case 0:
            return ModelMetaVote(round: vote.round, step: 1, estimates: ModelBoolSet(!agreesOnFalse))
        case 1:
            return ModelMetaVote(round: vote.round, step: 2, estimates: ModelBoolSet(agreesOnTrue))
        default:
            let estimate = agreesOnTrue ? true : agreesOnFalse ? false : coin
            let estimates = estimate.map { ModelBoolSet($0) } ?? ModelBoolSet()
            return ModelMetaVote(round: vote.round + 1, step: 0, estimates: estimates)
        }
    }
}
