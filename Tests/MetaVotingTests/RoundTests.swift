import GossipGraph
import ModelKit
import ParsecCore
import Testing

@testable import MetaVoting

/// Agreements that take several rounds, which no recorded graph does.
@Suite struct RoundTests {
    /// One step of a schedule: whose event it is, and which event of each other voter it has heard of last, counted
    /// from 0; -1 for none.
    private typealias Step = (creator: Int, heard: [Int])

    /// Four voters, of whom the first and the last begin with true, kept split for two rounds by who hears whom when.
    ///
    /// Found by searching schedules for one that postpones every decision; the coin is the alternating one.
    private static let hostileSchedule: [Step] = [
        (3, [0, 0, 0, -1]), (0, [-1, 0, 0, 1]), (2, [1, 0, -1, -1]), (3, [1, 0, 1, -1]), (1, [1, -1, 1, 0]),
        (3, [1, 1, 1, -1]), (2, [1, 1, -1, 3]), (1, [1, -1, 2, 2]), (0, [-1, 1, 0, 1]), (2, [2, 2, -1, 3]),
        (3, [2, 2, 3, -1]), (0, [-1, 2, 0, 4]), (2, [3, 2, -1, 4]), (0, [-1, 2, 4, 4]), (1, [4, -1, 4, 4]),
        (2, [4, 3, -1, 4]), (3, [3, 3, 5, -1]), (0, [-1, 2, 5, 5]), (3, [5, 3, 5, -1]), (0, [-1, 2, 5, 6]),
        (2, [6, 3, -1, 6]), (1, [4, -1, 5, 6]), (3, [5, 4, 6, -1]), (1, [4, -1, 6, 7]), (0, [-1, 5, 6, 6]),
        (2, [7, 5, -1, 6]), (3, [5, 5, 6, -1]), (0, [-1, 5, 6, 8]), (1, [8, -1, 7, 8]), (3, [8, 5, 7, -1]),
        (2, [8, 6, -1, 9]),
    ]

    /// The same, after which everybody hears from everybody.
    private static let completedSchedule: [Step] = {
        var schedule = hostileSchedule
        var counts = [1, 1, 1, 1]
        for step in schedule { counts[step.creator] += 1 }
        for _ in 0..<4 {
            for voter in 0..<4 {
                schedule.append((voter, (0..<4).map { $0 == voter ? -1 : counts[$0] - 1 }))
                counts[voter] += 1
            }
        }
        return schedule
    }()

    private static let initialEstimates = [true, false, false, true]

    /// The records of a schedule, each with the list that the definitions give.
    private struct Run {
        var table = MetaVoteTable(quorum: Quorum(of: 4))
        var records: [[Int]] = []
        var lists: [[[ModelMetaVote]]] = []

        /// The meta-votes of a voter's newest event on the first agreement.
        func newest(_ voter: Int) -> [ModelMetaVote] {
            records[voter].last.map { table.metaVotes($0, instance: 0).map(ModelMetaVote.init) } ?? []
        }
    }

    private func run(_ schedule: [Step], coin: @escaping (_ round: Int, _ step: Int) -> Bool?) throws -> Run {
        let model = ModelBinaryAgreement(voterCount: 4)
        var run = Run()
        for estimate in RoundTests.initialEstimates {
            // All four agreements run alike.
            var observees = InstanceSet(of: 4)
            if estimate { for instance in 0..<4 { observees.insert(instance) } }
            run.records.append([run.table.append(.observer(observees), others: []) { _, _ in nil }])
            run.lists.append([[ModelMetaVote(estimates: ModelBoolSet(estimate))]])
        }
        for (number, step) in schedule.enumerated() {
            let heard = step.heard.enumerated().filter { $0.offset != step.creator && $0.element >= 0 }
            let others = heard.map { run.records[$0.offset][$0.element] }
            let previous = try #require(run.records[step.creator].last)
            let record = run.table.append(.continuing(previous), others: others) { round, _ in coin(round, number) }
            let passed = model.nextVotes(
                after: try #require(run.lists[step.creator].last),
                others: heard.map { run.lists[$0.offset][$0.element] }
            )
            let expected = model.nextVotes(after: passed, others: []) { coin($0, number) }
            run.records[step.creator].append(record)
            run.lists[step.creator].append(expected)
            for instance in 0..<4 {
                let found = run.table.metaVotes(record, instance: instance).map(ModelMetaVote.init)
                #expect(found == expected, "step \(number), agreement \(instance)")
            }
        }
        return run
    }

    private static func alternating(round: Int, step: Int) -> Bool? { round % 2 == 1 }

    @Test("Voters that are kept split go through two rounds and come to the third")
    func threeRounds() throws {
        let run = try run(RoundTests.hostileSchedule, coin: RoundTests.alternating)
        let last = run.newest(2)
        #expect(last.map { "\($0.round)/\($0.step)" } == ["0/0", "0/1", "0/2", "1/0", "1/1", "1/2", "2/0"])
        #expect(last.allSatisfy { $0.decision == nil })
        #expect(last.last?.estimates == ModelBoolSet(true))
    }

    @Test("Voters that a schedule kept split decide alike as soon as they hear from each other")
    func decisionAfterThreeRounds() throws {
        let run = try run(RoundTests.completedSchedule, coin: RoundTests.alternating)
        let decisions = (0..<4).map { run.newest($0).last?.decision }
        #expect(decisions == [true, true, true, true])
        #expect((0..<4).contains { run.newest($0).count > 6 })
    }

    @Test("A genuine flip takes the coin of the next round, at the event that ends the round")
    func genuineFlip() throws {
        let heads = try run(RoundTests.hostileSchedule, coin: { _, _ in true })
        let tails = try run(RoundTests.hostileSchedule, coin: { _, _ in false })
        var flipped = 0
        for voter in 0..<4 {
            let first = try #require(heads.lists[voter].first { $0.count > 3 })
            let second = try #require(tails.lists[voter].first { $0.count > 3 })
            #expect(first[..<3] == second[..<3], "the coin of round 1 changes nothing of round 0")
            if first[3].estimates == second[3].estimates { continue }
            flipped += 1
            #expect(first[3].estimates.hasTrue && !second[3].estimates.hasTrue)
        }
        #expect(flipped > 0 && flipped < 4, "some come to round 1 by the coin, others by a supermajority")
    }

    @Test("A coin that comes late leaves the estimate empty until it is there, and holds up nothing else")
    func lateCoin() throws {
        // The coin of round 1 becomes known at step 20.
        let late = try run(RoundTests.hostileSchedule, coin: { round, step in step < 20 ? nil : round % 2 == 1 })
        let lists = late.lists.joined()
        #expect(lists.contains { list in list.count > 3 && list[3].estimates.isEmpty })
        for voter in 0..<4 {
            let waited = late.lists[voter].contains { $0.count > 3 && $0[3].estimates.isEmpty }
            if waited, let last = late.lists[voter].last { #expect(!last[3].estimates.isEmpty, "voter \(voter)") }
        }
    }

    @Test("The event of an observer takes no coin, whatever round it comes to; the next event does")
    func observersTakeNoCoin() throws {
        var run = try run(RoundTests.hostileSchedule, coin: { _, _ in nil })
        // Those that wait for the coin of round 1 are heard by a voter that becomes an observer only now.
        let waiting = (0..<4).flatMap { voter in
            run.lists[voter].indices.filter { run.lists[voter][$0].count == 4 }.map { run.records[voter][$0] }
        }
        try #require(!waiting.isEmpty)
        var asked = 0
        let observer = run.table.append(.observer(InstanceSet(of: 4)), others: Array(waiting.prefix(3))) { _, _ in
            asked += 1
            return true
        }
        #expect(asked == 0)
        let before = run.table.metaVotes(observer, instance: 0).map(ModelMetaVote.init)
        _ = run.table.append(.continuing(observer), others: []) { _, _ in
            asked += 1
            return true
        }
        let isWaiting = before.contains { $0.estimates.isEmpty }
        #expect(asked == (isWaiting ? 4 : 0))
    }

    @Test("A list ends with its decision: nothing comes after it")
    func decidedListsEnd() throws {
        let run = try run(RoundTests.completedSchedule, coin: RoundTests.alternating)
        var decided = 0
        for list in run.lists.joined() {
            #expect(list.dropLast().allSatisfy { $0.decision == nil })
            if list.last?.decision != nil { decided += 1 }
        }
        #expect(decided >= 4)
    }

    @Test("The alternating coin is false in even rounds and true in odd ones")
    func alternatingCoin() {
        let graph = Graph()
        for round in 0..<6 {
            let flip = CoinFlip(election: 0, attempt: 0, round: round, voter: PeerIndex(0), event: EventIndex(0))
            #expect(AlternatingCoin().value(of: flip, in: graph) == (round % 2 == 1))
        }
    }
}
