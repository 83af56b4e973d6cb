import ModelKit
import ParsecCore
import Simulation
import Testing

@testable import MetaVoting

/// The bit-sliced counting against lists of meta-votes, written from the definitions.
@Suite struct MetaVoteTableTests {
    private typealias News = MetaVoteTable.News

    /// One voter's events in a random exchange of meta-votes.
    private struct Chain {
        var record: Int?
        var lists: [[ModelMetaVote]] = []
    }

    /// How the random exchanges are biased.
    enum Exchange: CaseIterable {
        /// Each event has heard from any number of the others.
        case random

        /// Most estimates are true, as in networks that work.
        case agreeable

        /// The scheduler avoids, for as long as it can, every event at which the first agreement would be decided.
        case hostile
    }

    @Test(
        "Meta-votes equal those of the definitions, whoever has heard from whom, and whoever is heard no longer",
        arguments: Exchange.allCases,
        [2, 3, 4, 5, 7, 10, 64, 65, 70]
    )
    func equalsDefinitions(_ exchange: Exchange, voterCount: Int) throws {
        var deepest = 0
        let seeds = voterCount > 10 ? 1 : 15
        for seed in 0..<UInt64(seeds) {
            deepest = max(deepest, try compare(exchange, voterCount: voterCount, seed: seed))
        }
        if exchange == .hostile && (4...10).contains(voterCount) {
            #expect(deepest >= 3, "a hostile exchange gets to round 1 at least, this one to stage \(deepest)")
        }
    }

    @Test("A decision of whoever is heard no longer, made at a stage not got to yet, is not taken over there")
    func takenBackDecision() {
        var table = MetaVoteTable(quorum: Quorum(of: 4))
        let none = InstanceSet(of: 4)
        // Four voters without observees decide false at stage 1.
        var rounds = [(0..<4).map { _ in table.append(.observer(none), others: []) { _, _ in nil } }]
        for _ in 0..<4 {
            let last = rounds[rounds.count - 1]
            let next = (0..<4).map { voter in
                let others = last.indices.filter { $0 != voter }.map { last[$0] }
                return table.append(.continuing(last[voter]), others: others) { _, _ in nil }
            }
            rounds.append(next)
        }
        func last(_ record: Int) -> MetaVote? { table.metaVotes(record, instance: 0).last }
        #expect(last(rounds[4][1]) == MetaVote(stage: Stage(ordinal: 1), value: .decided(false)))

        // Another hears one of them before it gets there itself, and then no longer.
        table.forget(0)
        let first = table.append(.observer(none), by: 0)
        _ = table.hear([News(of: 1, record: rounds[4][1])], by: 0)
        let second = table.append(.continuing(first), by: 0)
        #expect(last(second)?.stage == Stage(ordinal: 0))
        _ = table.hear([News(of: 1, record: nil)] + [2, 3].map { News(of: $0, record: rounds[2][$0]) }, by: 0)
        let third = table.append(.continuing(second), by: 0)
        #expect(last(third)?.stage == Stage(ordinal: 1))
        guard case .undecided = last(third)?.value else {
            Issue.record("decided by nobody that is heard")
            return
        }
    }

    @Test(
        "Agreements of one machine word are heard at stages to which those of another do not get",
        arguments: [65, 70, 130]
    )
    func wordsOfDifferentDepth(voterCount: Int) {
        var table = MetaVoteTable(quorum: Quorum(of: voterCount))
        // The first 64 candidates are observed by nobody, which is decided at stage 1; all others by everybody: at stage 0.
        var observees = InstanceSet(of: voterCount)
        for instance in 64..<voterCount { observees.insert(instance) }
        var last = (0..<voterCount).map { table.append(.observer(observees), by: $0) }
        for _ in 0..<6 {
            let heard = last
            for voter in 0..<voterCount {
                let others = (0..<voterCount).filter { $0 != voter }
                _ = table.hear(others.map { News(of: $0, record: heard[$0]) }, by: voter)
                last[voter] = table.append(.continuing(last[voter]), by: voter)
            }
        }
        for record in last {
            #expect(table.isComplete(record))
            for instance in [0, 63, 64, voterCount - 1] {
                let isObserved = instance >= 64
                let decision = MetaVote(stage: Stage(ordinal: isObserved ? 0 : 1), value: .decided(isObserved))
                #expect(table.metaVotes(record, instance: instance).last == decision)
            }
        }
    }

    /// Compares all records of one exchange; returns the ordinal of the last stage that it got to.
    private func compare(_ exchange: Exchange, voterCount: Int, seed: UInt64) throws -> Int {
        var random = SeededGenerator(seed: seed)
        let quorum = Quorum(of: voterCount)
        let model = ModelBinaryAgreement(voterCount: voterCount)
        var table = MetaVoteTable(quorum: quorum)
        var chains = Array(repeating: Chain(), count: voterCount)
        var deepest = 0
        for step in 0..<voterCount * (voterCount > 10 ? 4 : 60) {
            // A coin that comes late now and then; in a hostile exchange it is not even common.
            var creator = 0
            func coin(_ round: Int, _ instance: Int) -> Bool? {
                if (round + instance) % 3 == 0 && step / 3 % 2 == 0 { return nil }
                return (round + instance + (exchange == .hostile ? creator : 0)) % 2 == 1
            }
            func next(_ instance: Int, _ known: [Int]) -> [ModelMetaVote] {
                let passed = model.nextVotes(
                    after: chains[creator].lists[instance],
                    others: known.map { chains[$0].lists[instance] }
                )
                return model.nextVotes(after: passed, others: []) { coin($0, instance) }
            }
            var known: [Int] = []
            for _ in 0..<(exchange == .hostile ? 50 : 1) {
                creator = Int.random(in: 0..<voterCount, using: &random)
                let share = exchange == .agreeable ? 85 : 60
                known = (0..<voterCount).filter {
                    $0 != creator && chains[$0].record != nil && random.chance(share)
                }
                guard exchange == .hostile, chains[creator].record != nil else { break }
                if next(0, known).last?.decision == nil { break }
            }
            let news = (0..<voterCount).filter { $0 != creator }.map { other in
                News(of: other, record: known.contains(other) ? chains[other].record : nil)
            }
            _ = table.hear(news, by: creator)
            var lists: [[ModelMetaVote]] = []
            let record: Int
            if let previous = chains[creator].record {
                record = table.append(.continuing(previous), by: creator)
                if table.isWaiting(record) { table.flip(record, coin: coin) }
                lists = (0..<voterCount).map { next($0, known) }
            } else {
                var observees = InstanceSet(of: voterCount)
                for instance in 0..<voterCount where random.chance(exchange == .agreeable ? 90 : 50) {
                    observees.insert(instance)
                }
                record = table.append(.observer(observees), by: creator)
                for instance in 0..<voterCount {
                    let seed = ModelMetaVote(estimates: ModelBoolSet(observees.contains(instance)))
                    lists.append(model.nextVotes(after: [seed], others: known.map { chains[$0].lists[instance] }))
                }
            }
            for instance in 0..<voterCount {
                let found = table.metaVotes(record, instance: instance).map(ModelMetaVote.init)
                try #require(
                    found == lists[instance],
                    "seed \(seed), \(voterCount) voters, event \(step), agreement \(instance)"
                )
                deepest = max(deepest, lists[instance].count - 1)
            }
            let decided = lists.compactMap { $0.last?.decision }
            #expect(table.isComplete(record) == (decided.count == voterCount))
            let decidedTrue = table.decidedTrue(record)
            for instance in 0..<voterCount {
                #expect(decidedTrue.contains(instance) == (lists[instance].last?.decision == true))
            }
            chains[creator] = Chain(record: record, lists: lists)
        }
        return deepest
    }
}

extension ModelMetaVote {
    init(_ vote: MetaVote) {
        switch vote.value {
        case .decided(let value):
            self.init(round: vote.stage.round, step: vote.stage.step.rawValue)
            decide(value)
        case .undecided(let estimates, let binValues, let auxiliary):
            self.init(
                round: vote.stage.round,
                step: vote.stage.step.rawValue,
                estimates: ModelBoolSet(hasTrue: estimates.contains(true), hasFalse: estimates.contains(false)),
                binValues: ModelBoolSet(hasTrue: binValues.contains(true), hasFalse: binValues.contains(false)),
                aux: auxiliary
            )
        }
    }
}
