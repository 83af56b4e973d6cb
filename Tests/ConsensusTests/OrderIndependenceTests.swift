import Consensus
import MetaVoting
import ModelKit
import Simulation
import Testing
import Voting

/// The theorem that the protocol rests on: a decision is a function of ancestry.
@Suite struct OrderIndependenceTests {
    @Test("Any causal order of the same events gives the same decisions", arguments: GraphKind.allCases)
    func sameDecisions(_ kind: GraphKind) throws {
        var decided = 0
        for seed in TestScale.seeds {
            let graph = kind.graph(seed: seed)
            let expected = try outcomes(graph, order: Array(graph.events.indices), rules: .current)
            decided += expected.count
            for order in orders(of: graph, seed: seed) {
                let found = try outcomes(graph, order: order, rules: .current)
                #expect(found == expected, "\(kind): \(TestScale.replay("sameDecisions", seed: seed))")
            }
        }
        #expect(decided > 0, "the graphs decide something")
    }

    @Test("That holds with more voters than a machine word has bits", arguments: ConsensusMode.allCases)
    func manyVoters(mode: ConsensusMode) throws {
        let recipe = GraphRecipe(peers: 66, mode: mode, steps: 2_000, payloads: 3, loss: 0)
        let graph = randomGraph(recipe, seed: 1)
        let expected = try outcomes(graph, order: Array(graph.events.indices), rules: .current)
        #expect(!expected.isEmpty, "the graph decides something")
        var random = SeededGenerator(seed: 2)
        for _ in 0..<2 {
            let found = try outcomes(graph, order: graph.randomCausalOrder(using: &random), rules: .current)
            #expect(found == expected)
        }
    }

    @Test(
        "What an event's ancestors decide is the beginning of what the whole graph decides",
        arguments: GraphKind.allCases
    )
    func ancestorsDecideAPrefix(_ kind: GraphKind) throws {
        for seed in TestScale.seeds.prefix(max(1, TestScale.graphs / 3)) {
            let graph = kind.graph(seed: seed)
            let expected = try outcomes(graph, order: Array(graph.events.indices), rules: .current)
            let run = SlowModel(graph: graph).run()
            #expect(run.violations.isEmpty, "\(kind), seed \(seed): \(run.violations)")
            for event in graph.events.indices {
                let past = graph.causalPast(of: event).graph
                let found = try outcomes(past, order: Array(past.events.indices), rules: .current)
                #expect(
                    found.count <= expected.count && found[...] == expected.prefix(found.count),
                    "\(kind), event \(event): \(TestScale.replay("ancestorsDecideAPrefix", seed: seed))"
                )
                // What the definitions decide next, given these decisions, is not decided at this event.
                let next = found.count < run.elections.count ? run.elections[found.count] : nil
                #expect(next?.decidingEvents.contains(event) != true, "\(kind), seed \(seed), event \(event)")
            }
        }
    }

    @Test("Under the reference's rules aimed forks give different decisions in different orders")
    func referenceDependsOnOrder() throws {
        let isFound = try (1...60 as ClosedRange<UInt64>).contains { seed in
            let graph = GraphKind.aimed.graph(seed: seed)
            let all = try orders(of: graph, seed: seed).map { try outcomes(graph, order: $0, rules: .reference) }
            return Set(all).count > 1
        }
        #expect(isFound, "these orders tell rules apart that depend on them")
    }

    /// Random causal orders, among them some that hold back one peer, and each branch of a fork.
    private func orders(of graph: ModelGraph, seed: UInt64) -> [[Int]] {
        var random = SeededGenerator(seed: seed ^ 0xABCD)
        var orders: [[Int]] = []
        for peer in graph.peers { orders.append(graph.causalOrder(delaying: peer, using: &random)) }
        for event in graph.events.indices where graph.isFork(event) {
            orders.append(graph.causalOrder(delayingBranchAt: event, using: &random))
        }
        orders = Array(orders.shuffled(using: &random).prefix(TestScale.orders / 2))
        while orders.count < TestScale.orders { orders.append(graph.randomCausalOrder(using: &random)) }
        return orders
    }

    private func outcomes(_ graph: ModelGraph, order: [Int], rules: ProtocolRules) throws -> [ModelOutcome] {
        var feed = ModelFeed(graph, rules: rules)
        try feed.feed(order)
        return feed.outcomes
    }
}

extension ModelGraph {
    /// Whether another event has the same self-parent by the same creator.
    fileprivate func isFork(_ event: Int) -> Bool {
        events.indices.contains {
            $0 != event && events[$0].creator == events[event].creator
                && events[$0].selfParent == events[event].selfParent
        }
    }
}
