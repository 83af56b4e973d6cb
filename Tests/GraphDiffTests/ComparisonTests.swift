import Consensus
import Foundation
import GraphDiff
import GraphFormats
import MetaVoting
import ParsecCore
import Simulation
import Testing

/// What a comparison says, on recordings of the reference and of the simulator.
@Suite struct ComparisonTests {
    @Test("A graph is the same as itself, and as itself in another order", arguments: 1...4 as ClosedRange<UInt64>)
    func sameGraph(seed: UInt64) throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 0))
        let dumps = try Graphs.simulated(Graphs.scenario("same", seed: seed, seed % 2 == 0 ? [fork] : []))
        for dump in dumps.values {
            let comparison = GraphComparison(dump, dump.reordered())
            #expect(comparison.isSame)
            #expect(dump.reordered().events != dump.events)
            #expect(GraphComparison(dump, dump).isSame)
        }
    }

    @Test("Two peers of the reference that agree have the same blocks")
    func vectors() throws {
        guard let alice = try Graphs.vector("churn-5+5-5-Alice"), let bob = try Graphs.vector("churn-5+5-5-Bob") else {
            return
        }
        let comparison = GraphComparison(alice, bob)
        #expect(comparison.blocks.firstDifference == nil)
        try Graphs.expectGolden(comparison.description, "vectors-diff")
    }

    @Test("A peer that crashed is behind, and has nothing of its own that others lack but its last events")
    func crashed() throws {
        let crash = Step.fault(Fault(.crash(["Dave"]), from: 600))
        let dumps = try Graphs.simulated(Graphs.scenario("crash", seed: 5, [crash]))
        let (alice, dave) = (try #require(dumps["Alice"]), try #require(dumps["Dave"]))
        let comparison = GraphComparison(alice, dave)
        #expect(comparison.blocks.firstDifference == nil)
        #expect(comparison.progress.a.blocks > comparison.progress.b.blocks)
        #expect(comparison.events.filter { $0.side == .b }.allSatisfy { $0.creator == "Dave" })
        try Graphs.expectGolden(comparison.description, "crashed-diff")
    }

    @Test("A peer that is cut off lacks the others' events, and they lack its own")
    func cutOff() throws {
        let cut = Step.fault(Fault(.partition([["Dave"]]), from: 300, to: 3_000))
        let dumps = try Graphs.simulated(Graphs.scenario("cut off", seed: 6, [cut]), until: 2_500)
        let comparison = GraphComparison(try #require(dumps["Alice"]), try #require(dumps["Dave"]))
        #expect(comparison.blocks.firstDifference == nil)
        #expect(comparison.events.contains { $0.side == .a } && comparison.events.contains { $0.side == .b })
        #expect(comparison.events.allSatisfy { ($0.side == .b) == ($0.creator == "Dave") })
        try Graphs.expectGolden(comparison.description, "cut-off-diff")
    }

    @Test("A fork is shown branch by branch, with who has how much of each")
    func forked() throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 200))
        let dumps = try Graphs.simulated(Graphs.scenario("fork", seed: 7, [fork]))
        let comparison = GraphComparison(try #require(dumps["Alice"]), try #require(dumps["Bob"]))
        #expect(comparison.forks.contains { $0.creator == "Dave" && $0.branches.count > 1 })
        // The two got the branches in different orders, which is no difference.
        #expect(comparison.computed.count == 0)
        try Graphs.expectGolden(comparison.description, "fork-diff")
    }

    @Test("Twins with one key are a fork that neither shows alone")
    func twins() throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 200))
        let halves = try Graphs.halves(of: "Dave", in: Graphs.scenario("twins", seed: 8, [fork]))
        try #require(halves.count == 2)
        let comparison = GraphComparison(halves[0], halves[1])
        let own = try #require(comparison.forks.first { $0.creator == "Dave" })
        #expect(own.branches.contains { $0.events.a == 0 } && own.branches.contains { $0.events.b == 0 })
        try Graphs.expectGolden(comparison.description, "twins-diff")
    }

    @Test("Of a wrong tie-break the first wrong decision and its cause are named")
    func wrongTieBreak() throws {
        let comparison = GraphComparison(try Graphs.wrongTieBreak("Bob"), try Graphs.wrongTieBreak("Dave"))
        let difference = try #require(comparison.blocks.firstDifference)
        #expect(difference.number == 1)
        #expect(difference.payloads.b == "OpaquePayload(s0n1xxxx)")
        #expect(comparison.checks.a?.isFine == true)
        #expect(comparison.checks.b?.firstWrong == 1)
        #expect(comparison.checks.b?.expected == "OpaquePayload(s0n0xxxx)")
        #expect(
            difference.causes.count == 1
                && difference.causes[0].contains("digest of OpaquePayload(s0n0xxxx), 1c71a284, is below")
        )
        try Graphs.expectGolden(comparison.description, "wrong-tie-break-diff")
    }

    @Test("What was computed differently is told where it begins, not where it goes on")
    func computed() throws {
        let dump = try #require(try Graphs.simulated(Graphs.scenario("computed", seed: 9))["Alice"])
        var other = dump
        // An ancestor is taken from an event and from its child: it begins with the event.
        let position = dump.events.count / 2
        var ancestors = other.events[position].lastAncestors
        ancestors.removeLast()
        func replaced(_ event: GraphDump.Event, _ ancestors: [GraphDump.LastAncestor]) -> GraphDump.Event {
            GraphDump.Event(
                creator: event.creator,
                indexByCreator: event.indexByCreator,
                forkIndex: event.forkIndex,
                cause: event.cause,
                selfParent: event.selfParent,
                otherParent: event.otherParent,
                lastAncestors: ancestors
            )
        }
        other.events[position] = replaced(other.events[position], ancestors)
        let child = try #require(dump.events.firstIndex { $0.selfParent == position })
        other.events[child] = replaced(other.events[child], ancestors)
        let comparison = GraphComparison(dump, other)
        #expect(comparison.computed.count == 2)
        #expect(comparison.computed.first.count == 1)
        let event = dump.events[position]
        #expect(comparison.computed.first.first?.event == "\(event.creator):\(event.indexByCreator)")
        #expect(comparison.computed.first.first?.subject == .ancestors)
        #expect(!comparison.isSame && comparison.events.isEmpty)
    }

    @Test("A change of meta-votes, observers or interesting content is found")
    func election() throws {
        let scenario = Graphs.scenario("election", seed: 10)
        var found: Set<GraphComparison.Computed.Subject> = []
        for time in [500, 900] {
            let dump = try #require(try Graphs.simulated(scenario, until: time)["Alice"])
            for (place, meta) in dump.election.metaEvents.enumerated() where place % 5 == 0 {
                var other = dump
                other.election.metaEvents[place] = GraphDump.MetaEvent(
                    event: meta.event,
                    observees: [],
                    interestingContent: meta.interestingContent.dropLast(),
                    metaVotes: meta.metaVotes.dropLast()
                )
                let comparison = GraphComparison(dump, other)
                found.formUnion(comparison.computed.first.map(\.subject))
                let isChanged = dump.election.metaEvents[place] != other.election.metaEvents[place]
                #expect(comparison.computed.count == (isChanged ? 1 : 0))
            }
        }
        #expect(found == [.interestingContent, .observees, .metaVotes])
    }

    @Test("Members that two peers see differently are named, with both states")
    func members() throws {
        let join = Step.join(Join("Eric", at: 100))
        let dumps = try Graphs.simulated(Graphs.scenario("members", seed: 11, [join]))
        let early = try Graphs.simulated(Graphs.scenario("members", seed: 11, [join]), until: 300)
        let comparison = GraphComparison(try #require(early["Alice"]), try #require(dumps["Bob"]))
        #expect(comparison.members.contains { $0.peer == "Eric" && $0.states.differs })
        #expect(comparison.voters?.b.contains("Eric") == true && comparison.voters?.a.contains("Eric") == false)
    }

    @Test("Who has fewer blocks is behind, also with events of its own; of different networks nobody is")
    func behind() throws {
        let cut = Step.fault(Fault(.partition([["Dave"]]), from: 300, to: 3_000))
        let dumps = try Graphs.simulated(Graphs.scenario("cut off", seed: 6, [cut]), until: 2_500)
        let (alice, dave) = (try #require(dumps["Alice"]), try #require(dumps["Dave"]))
        #expect(GraphComparison(alice, dave).behind == .b && GraphComparison(dave, alice).behind == .a)
        let others = try Graphs.simulated(Scenario("others", peers: 5, seed: 6, steps: [.votes(Votes())]))
        let comparison = GraphComparison(alice, try #require(others["Alice"]))
        #expect(comparison.behind == nil)
        #expect(comparison.blocks.firstDifference?.causes.first?.contains("different networks") == true)
    }

    @Test("A dump's roles are those of all elections, and pictures have their colours")
    func roles() throws {
        let dump = try #require(try Graphs.simulated(Graphs.scenario("roles", seed: 13))["Bob"])
        var replay = try Replay(dump, rules: .current)
        var deciding: Set<Int> = []
        while let decision = try replay.nextDecision() { deciding.insert(replay.position(of: decision.event)) }
        let roles = dump.roles
        #expect(Set(roles.filter { $0.value == .deciding }.keys) == deciding && deciding.count > 3)
        #expect(roles.values.count { $0 == .observer } >= 2 * deciding.count)
        #expect(roles.values.contains(.interesting))
        let picture = SVGWriter.write(dump, roles: roles)
        // One in the legend.
        #expect(picture.matches(of: /fill="#9ad07a"/).count == deciding.count + 1)
    }

    @Test("A comparison survives JSON")
    func json() throws {
        let comparison = GraphComparison(try Graphs.wrongTieBreak("Bob"), try Graphs.wrongTieBreak("Dave"))
        let data = try JSONEncoder().encode(comparison)
        #expect(try JSONDecoder().decode(GraphComparison.self, from: data) == comparison)
    }

    @Test("A picture of two graphs has all events of both, and marks what only one has")
    func picture() throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 200))
        let dumps = try Graphs.simulated(Graphs.scenario("picture", seed: 12, [fork]), until: 700)
        let (alice, bob) = (try #require(dumps["Alice"]), try #require(dumps["Bob"]))
        let comparison = GraphComparison(alice, bob)
        let picture = ComparisonPicture(alice, bob, comparison)
        let onlyA = comparison.events.filter { $0.side == .a }.reduce(0) { $0 + $1.count }
        let onlyB = comparison.events.filter { $0.side == .b }.reduce(0) { $0 + $1.count }
        #expect(onlyA > 0 && onlyB > 0)
        #expect(picture.dump.events.count == alice.events.count + onlyB)
        #expect(picture.marks.values.filter { $0 == .onlyA }.count == onlyA)
        #expect(picture.marks.values.filter { $0 == .onlyB }.count == onlyB)
        for mark in [SVGWriter.Mark.onlyA, .onlyB] {
            #expect(picture.svg.contains(mark.color) && picture.svg.contains(mark.meaning))
            #expect(picture.dot.contains(mark.color))
        }
    }
}
