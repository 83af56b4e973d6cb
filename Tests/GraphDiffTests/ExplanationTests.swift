import Consensus
import Foundation
import GossipGraph
@testable import GraphDiff
import GraphFormats
import MetaVoting
import ParsecCore
import Simulation
import Testing

/// What an explanation says follows from the graph.
@Suite struct ExplanationTests {
    @Test("Each block of a simulation is explained, and as the engine decided it", arguments: [13, 14] as [UInt64])
    func blocks(seed: UInt64) throws {
        let dump = try #require(try Graphs.simulated(Graphs.scenario("blocks", seed: seed))["Bob"])
        var replay = try Replay(dump, rules: .current)
        try replay.run()
        var number = 0
        for decision in replay.decisions {
            for (place, payload) in decision.payloads.enumerated() where payload.isBlock {
                let explanation = try Explanation(.block(number), in: dump)
                #expect(explanation.block == number)
                let election = try #require(explanation.election)
                #expect(election.number == decision.election)
                #expect(election.voters == decision.voters.map(\.description))
                let event = dump.events[replay.position(of: decision.event)]
                #expect(election.decidedAt == "\(event.creator):\(event.indexByCreator)")
                #expect(election.payloads.count == decision.payloads.count)
                #expect(election.payloads[place] == explanation.subject)
                #expect(explanation.order?.contains("only payload") == (decision.payloads.count == 1))
                // More than two thirds voted, at events that vote for it.
                #expect(explanation.votes.count >= 3 && explanation.needed == 3)
                for vote in explanation.votes {
                    let voting = try #require(dump.events.first { "\($0.creator):\($0.indexByCreator)" == vote.event })
                    guard case .observation(let list) = voting.cause else { continue }
                    #expect(list.map(\.description).contains(explanation.subject))
                }
                // What counts is what was decided to count.
                let counted = election.metaVotes.filter { $0.decided == true }.map(\.candidate)
                #expect(Set(counted) == Set(election.counted.map(\.voter)))
                #expect(election.metaVotes.allSatisfy { $0.decided != nil })
                #expect(election.observers.allSatisfy { $0.observes.count >= 3 })
                number += 1
            }
        }
        #expect(number > 6)
        #expect(throws: Explanation.Fault.noBlock(number, count: number)) { try Explanation(.block(number), in: dump) }
    }

    @Test("An explanation of a block, of a payload and of an event reads as it did")
    func golden() throws {
        let dump = try Graphs.wrongTieBreak("Bob")
        let texts = try [
            Explanation(.block(1), in: dump), Explanation(.payload("s0n1xxxx"), in: dump),
            Explanation(.payload("1c71a284"), in: dump), Explanation(.event("Carol:42"), in: dump),
            Explanation(.event("Alice:1"), in: dump),
        ].map(\.text)
        #expect(texts[0] == texts[2])
        try Graphs.expectGolden(texts.joined(separator: "\n\n"), "explanations")
    }

    @Test("A block of the reference is explained as it was found right")
    func vector() throws {
        guard let dump = try Graphs.vector("churn-10+2-6-Alice") else { return }
        try Graphs.expectGolden(
            Explanation(.block(5), in: dump).text,
            "vector-explanation"
        )
    }

    @Test("Two voters short of the votes, a payload waits for those who did not vote")
    func undecided() throws {
        var few = Votes()
        few.count = 1
        few.at = 100
        few.by = .peers(["Alice", "Bob"])
        let scenario = Scenario("undecided", peers: 4, seed: 15, steps: [.votes(few)])
        let dump = try #require(try Graphs.simulated(scenario, until: 2_000)["Carol"])
        let explanation = try Explanation(.payload("s0n0xxxx"), in: dump)
        #expect(explanation.block == nil)
        #expect(explanation.needed == 3)
        #expect(explanation.votes.map(\.peer).sorted() == ["Alice", "Bob"])
        #expect(explanation.missing == ["Carol", "Dave"])
        #expect(explanation.interesting.isEmpty)
        try Graphs.expectGolden(explanation.sentences.joined(separator: "\n"), "undecided")
    }

    @Test("With too few observers, a payload waits for events of the voters that have none")
    func fewObservers() throws {
        let scenario = Graphs.scenario("observers", seed: 18)
        var seen = false
        for time in stride(from: 200, to: 1_200, by: 20) where !seen {
            let dump = try #require(try Graphs.simulated(scenario, until: time)["Alice"])
            guard let found = try? Explanation(.payload("s0n0xxxx"), in: dump), found.block == nil,
                let observers = found.election?.observers, !observers.isEmpty
            else { continue }
            let without = ["Alice", "Bob", "Carol", "Dave"].filter { peer in
                !observers.contains { $0.event.hasPrefix("\(peer):") }
            }
            guard without.count >= 2 else { continue }
            seen = true
            let waits = without.dropLast().joined(separator: ", ") + " and " + without[without.count - 1]
            #expect(found.sentences.last?.hasSuffix("it waits for events of \(waits).") == true)
        }
        #expect(seen)
    }

    @Test("Votes of peers that are no voters any more are not counted")
    func formerVoters() throws {
        var others = 0
        for seed in 1...4 as ClosedRange<UInt64> {
            let leave = Step.leave(Leave("Dave", at: 150))
            let dump = try #require(try Graphs.simulated(Graphs.scenario("voters", seed: seed, [leave]))["Alice"])
            for number in dump.election.history.indices {
                let explanation = try Explanation(.block(number), in: dump)
                let voters = try #require(explanation.election).voters
                #expect(explanation.votes.allSatisfy { voters.contains($0.peer) })
                others += dump.events.indices.count { position in
                    !voters.contains(dump.events[position].creator.description)
                        && dump.observations(of: position).contains { $0.description == explanation.subject }
                }
            }
        }
        #expect(others > 0)
    }

    @Test("The events of a fork name each other")
    func fork() throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 200))
        let dump = try #require(try Graphs.simulated(Graphs.scenario("fork", seed: 7, [fork]))["Alice"])
        let branch = try #require(dump.events.first { $0.forkIndex == 1 })
        let (one, two) = ("Dave:\(branch.indexByCreator)", "Dave:\(branch.indexByCreator),1")
        #expect(
            try Explanation(.event(one), in: dump).sentences.contains(
                "Dave forked here: \(two) stands at the same place."
            )
        )
        #expect(
            try Explanation(.event(two), in: dump).sentences.contains(
                "Dave forked here: \(one) stands at the same place."
            )
        )
    }

    @Test("A coin remembers what it showed, and shows what the engine's coin shows")
    func coin() {
        let coin = RememberingCoin()
        let graph = Graph()
        func flip(_ round: Int, _ event: Int) -> CoinFlip {
            CoinFlip(election: 1, attempt: 0, round: round, voter: PeerIndex(2), event: EventIndex(event))
        }
        for (round, event) in [(2, 9), (1, 7), (1, 5)] {
            let value = coin.value(of: flip(round, event), in: graph)
            #expect(value == AlternatingCoin().value(of: flip(round, event), in: graph))
        }
        let tosses = coin.tosses { $0.round == 1 }
        #expect(tosses.map(\.flip) == [flip(1, 5), flip(1, 7)] && tosses.map(\.value) == [true, true])
    }

    @Test("Another graph explains the same payload otherwise")
    func changed() throws {
        let one = try #require(try Graphs.simulated(Graphs.scenario("one", seed: 16))["Alice"])
        let two = try #require(try Graphs.simulated(Graphs.scenario("one", seed: 17))["Alice"])
        #expect(try Explanation(.payload("s0n0xxxx"), in: one) != Explanation(.payload("s0n0xxxx"), in: two))
        // The same graph in another order explains it the same.
        #expect(
            try Explanation(.payload("s0n0xxxx"), in: one) == Explanation(.payload("s0n0xxxx"), in: one.reordered())
        )
    }

    @Test("What is not in the graph is named in the error")
    func faults() throws {
        let dump = try Graphs.wrongTieBreak("Bob")
        #expect(throws: Explanation.Fault.noBlock(99, count: 4)) { try Explanation(.block(99), in: dump) }
        #expect(throws: Explanation.Fault.noPayload("nothing")) { try Explanation(.payload("nothing"), in: dump) }
        #expect(throws: Explanation.Fault.noEvent("Zoe:1")) { try Explanation(.event("Zoe:1"), in: dump) }
        var empty = dump
        empty.events = []
        #expect(throws: Explanation.Fault.replay(.noGenesis)) { try Explanation(.block(0), in: empty) }
    }
}
