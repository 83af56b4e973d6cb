import Foundation
import GraphDiff
import GraphFormats
import ParsecCore
import Simulation
import Testing

/// The smallest parts still show the difference, and nothing smaller does.
@Suite struct MinimizerTests {
    /// Whether each event's parents are there, before it.
    private func isClosed(_ dump: GraphDump) -> Bool {
        dump.events.enumerated().allSatisfy { position, event in
            [event.selfParent, event.otherParent].compactMap { $0 }.allSatisfy { $0 < position }
        }
    }

    @Test("Graphs that do not differ have no such parts")
    func same() throws {
        let dump = try Graphs.wrongTieBreak("Bob")
        #expect(Minimizer.minimize(dump, dump.reordered()) == nil)
    }

    @Test("A fork comes down to its first two events and their ancestors")
    func fork() throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 200))
        let halves = try Graphs.halves(of: "Dave", in: Graphs.scenario("twins", seed: 8, [fork]))
        let parts = try #require(Minimizer.minimize(halves[0], halves[1]))
        #expect(isClosed(parts.a) && isClosed(parts.b))
        let own = GraphComparison(parts.a, parts.b).forks
        #expect(own.count == 1 && own[0].creator == "Dave")
        #expect(own[0].branches.map { $0.events.a + $0.events.b } == [1, 1])
        #expect(parts.a.events.count < halves[0].events.count / 2)
        for part in [parts.a, parts.b] {
            var replay = try Replay(part)
            try replay.run()
        }
        // A part does not claim the decisions of the whole.
        #expect(GraphComparison(parts.a, parts.b).checks.a?.firstWrong == nil)
    }

    @Test("A wrong decision comes down to the events that decide it, and they are read and replayed")
    func wrongDecision() throws {
        let (bob, dave) = (try Graphs.wrongTieBreak("Bob"), try Graphs.wrongTieBreak("Dave"))
        let parts = try #require(Minimizer.minimize(bob, dave))
        #expect(isClosed(parts.a) && isClosed(parts.b))
        #expect(parts.b.events.count <= dave.events.count && parts.a.events.count < bob.events.count)
        let read = try DOTReader.read(Array(DOTWriter.write(parts.b).utf8))
        #expect(GraphComparison(parts.a, read).checks.b?.firstWrong == 1)
        let json = try JSONDump.read(JSONDump.write(parts.b))
        #expect(GraphComparison(json, parts.b).computed.count == 0)
    }

    @Test("Events that one side lacks come down to one")
    func missing() throws {
        let cut = Step.fault(Fault(.partition([["Dave"]]), from: 300, to: 3_000))
        let dumps = try Graphs.simulated(Graphs.scenario("cut off", seed: 6, [cut]), until: 2_500)
        let (alice, dave) = (try #require(dumps["Alice"]), try #require(dumps["Dave"]))
        let parts = try #require(Minimizer.minimize(alice, dave))
        let events = GraphComparison(parts.a, parts.b).events
        #expect(events.count == 1 && events[0].count == 1)
        for part in [parts.a, parts.b] {
            var replay = try Replay(part)
            try replay.run()
        }
    }
}
