import ParsecCore
import Testing

@testable import MetaVoting

/// Single binary agreements, after the unit tests of the reference (`protocol.md` section 10.3).
@Suite struct ReferenceMetaVoteTests {
    /// One agreement among some voters, by records of their events.
    private struct Exchange {
        var table: MetaVoteTable

        init(voters: Int) {
            table = MetaVoteTable(quorum: Quorum(of: voters))
        }

        /// The observer of a voter, with its estimate.
        mutating func begin(_ estimate: Bool) -> Int {
            var observees = InstanceSet(of: 1)
            if estimate { observees.insert(0) }
            return table.append(.observer(observees), others: []) { _, _ in nil }
        }

        /// The next event of a voter, which has heard of others' events.
        mutating func go(_ previous: Int, hearing others: [Int]) -> Int {
            table.append(.continuing(previous), others: others) { _, _ in nil }
        }

        func metaVotes(_ record: Int) -> [MetaVote] { table.metaVotes(record, instance: 0) }

        /// Lets each of some voters hear of all the others' newest events.
        mutating func round(_ records: [Int]) -> [Int] {
            records.map { own in go(own, hearing: records.filter { $0 != own }) }
        }
    }

    private func vote(_ stage: Int, _ estimates: BoolSet, _ binValues: BoolSet, _ auxiliary: Bool?) -> MetaVote {
        let value = MetaVote.Value.undecided(estimates: estimates, binValues: binValues, auxiliary: auxiliary)
        return MetaVote(stage: Stage(ordinal: stage), value: value)
    }

    @Test("Who hears of one that has decided decides the same at once, whatever it thought itself")
    func decideIfAnyDecided() {
        var exchange = Exchange(voters: 4)
        var records = (0..<3).map { _ in exchange.begin(true) }
        let contrary = exchange.begin(false)
        for _ in 0..<2 { records = exchange.round(records) }
        let decided = MetaVote(stage: Stage(ordinal: 0), value: .decided(true))
        #expect(exchange.metaVotes(records[0]) == [decided])
        let persuaded = exchange.go(contrary, hearing: [records[0]])
        #expect(exchange.metaVotes(persuaded) == [decided])
        let undecided = exchange.go(contrary, hearing: [])
        #expect(exchange.metaVotes(undecided) == [vote(0, .justFalse, [], nil)])
    }

    @Test("Six of seven that back both values, false first, take the seventh to the next step with false")
    func progressingStep() {
        var exchange = Exchange(voters: 7)
        let no = (0..<4).map { _ in exchange.begin(false) }
        let yes = (0..<3).map { _ in exchange.begin(true) }
        // Two of those for true, then all four for false, find false backed first.
        let turned = yes.prefix(2).map { exchange.go($0, hearing: no) }
        let firm = no.indices.map { own in
            exchange.go(no[own], hearing: no.indices.filter { $0 != own }.map { no[$0] } + [turned[0]])
        }
        for record in turned { #expect(exchange.metaVotes(record) == [vote(0, .both, .justFalse, false)]) }
        for record in firm { #expect(exchange.metaVotes(record) == [vote(0, .justFalse, .justFalse, false)]) }
        // Then they find true backed as well.
        let first = exchange.go(firm[0], hearing: turned + [yes[2]])
        let second = exchange.go(firm[1], hearing: turned + [yes[2], first])
        var six = [exchange.go(first, hearing: turned + [yes[2], second]), second]
        six += firm[2...].map { exchange.go($0, hearing: turned + [yes[2], first]) }
        six += [
            exchange.go(turned[0], hearing: [turned[1], yes[2], first, second]),
            exchange.go(turned[1], hearing: [turned[0], yes[2], first, second]),
        ]
        for record in six { #expect(exchange.metaVotes(record) == [vote(0, .both, .both, false)]) }

        let seventh = exchange.go(yes[2], hearing: six)
        #expect(exchange.metaVotes(seventh) == [vote(0, .both, .both, true), vote(1, .justFalse, [], nil)])
    }

    @Test("Voters that all say false go on past the step that decides true, and decide false at the next")
    func reachDecision() {
        var exchange = Exchange(voters: 4)
        var records = (0..<4).map { _ in exchange.begin(false) }
        let before = vote(0, .justFalse, .justFalse, false)
        let expected = [
            [before], [before, vote(1, .justFalse, [], nil)], [before, vote(1, .justFalse, .justFalse, false)],
            [before, MetaVote(stage: Stage(ordinal: 1), value: .decided(false))],
        ]
        for lists in expected {
            records = exchange.round(records)
            for record in records { #expect(exchange.metaVotes(record) == lists) }
        }
    }

    @Test("Only votes of the same step are counted")
    func onlySameStage() {
        var exchange = Exchange(voters: 4)
        let start = (0..<4).map { _ in exchange.begin(false) }
        let before = exchange.round(start)
        let ahead = exchange.round(before)
        // One that is at the next step already hears of three that are behind it, then of three that are there.
        let alone = exchange.go(ahead[0], hearing: Array(before[1...]))
        #expect(exchange.metaVotes(alone).last == vote(1, .justFalse, [], nil))
        let together = exchange.go(ahead[0], hearing: Array(ahead[1...]))
        #expect(exchange.metaVotes(together).last == vote(1, .justFalse, .justFalse, false))
    }
}
