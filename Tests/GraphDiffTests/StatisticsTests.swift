import GraphDiff
import GraphFormats
import ParsecCore
import Simulation
import Testing

/// A graph in numbers.
@Suite struct StatisticsTests {
    @Test("The numbers are those of the graph")
    func numbers() throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 200))
        let dump = try #require(try Graphs.simulated(Graphs.scenario("fork", seed: 7, [fork]))["Alice"])
        let statistics = try GraphStatistics(dump)
        #expect(statistics.events == dump.events.count)
        #expect(statistics.kinds.values.reduce(0, +) == dump.events.count)
        #expect(statistics.creators.map(\.peer) == ["Alice", "Bob", "Carol", "Dave"])
        #expect(statistics.creators.map(\.forks)[..<3] == [0, 0, 0] && statistics.creators[3].forks > 0)
        #expect(statistics.depth == GraphLayout(dump).rowCount)
        #expect(statistics.blocks == dump.election.history.count)
        let latency = try #require(statistics.latency)
        #expect(latency.least > 0 && latency.least <= latency.median && latency.median <= latency.most)
        #expect(statistics.growth.count == 10 && statistics.growth == statistics.growth.sorted())
        try Graphs.expectGolden(statistics.text, "statistics")
    }
}
