import Consensus
import Foundation
import ParsecCore
import Simulation
import Testing
import Voting

/// Random scenarios, and making them smaller.
@Suite struct ExplorationTests {
    /// How many runs are made; `PARSEC_SIMULATIONS` sets it.
    private static let runs =
        ProcessInfo.processInfo.environment["PARSEC_SIMULATIONS"].flatMap { Int($0) } ?? 5

    @Test("Random scenarios within the assumptions keep all rules")
    func runs() throws {
        for number in 0..<ExplorationTests.runs {
            let seed = RandomScenario.seed(ofRun: number, exploration: 2)
            var simulation = try Simulation(RandomScenario().draw(seed: seed))
            simulation.run()
            #expect(simulation.violation == nil, "parsec-sim explore --seed 2 --runs \(number + 1)")
            let isSuccess = simulation.isSuccess
            #expect(isSuccess)
        }
    }

    @Test("What is drawn can be run, has fewer than a third of faulty members, and all other faults end")
    func assumptions() throws {
        for seed in 1...300 as ClosedRange<UInt64> {
            let scenario = RandomScenario().draw(seed: seed)
            try scenario.check()
            #expect(scenario.hasFewFaultyPeers)
            #expect(scenario == RandomScenario().draw(seed: seed))
        }
    }

    @Test("Every kind of step and fault is drawn")
    func variety() {
        var kinds: Set<String> = []
        var bounds = RandomScenario.Bounds()
        bounds.hasAdversaries = true
        for seed in 1...100 as ClosedRange<UInt64> {
            for case .fault(let fault) in RandomScenario(bounds: bounds).draw(seed: seed).steps {
                if case .misbehave(_, let way) = fault.kind { kinds.insert(way.rawValue) }
            }
        }
        #expect(kinds == Set(Misbehaviour.allCases.map(\.rawValue)))
        kinds = []
        for seed in 1...300 as ClosedRange<UInt64> {
            for step in RandomScenario().draw(seed: seed).steps {
                switch step {
                case .votes: kinds.insert("votes")
                case .join: kinds.insert("join")
                case .leave: kinds.insert("leave")
                case .evict: kinds.insert("evict")
                case .fault(let fault):
                    switch fault.kind {
                    case .partition: kinds.insert("partition")
                    case .cut: kinds.insert("cut")
                    case .link: kinds.insert("link")
                    case .slow: kinds.insert("slow")
                    case .crash: kinds.insert(fault.to == nil ? "failure" : "crash")
                    case .restore: kinds.insert("restore")
                    case .fork: kinds.insert("fork")
                    case .misbehave: kinds.insert("misbehave")
                    }
                }
            }
        }
        #expect(kinds.count == 12)
    }

    @Test("A scenario that violates a rule is made smaller until nothing can go, and still violates it")
    func minimizes() throws {
        var scenario = Scenario("too many failures", peers: 5, seed: 4)
        scenario.limits.settleWithin = 4_000
        scenario.gossip.heartbeat = 100
        scenario.link.loss = 0.1
        scenario.steps = [
            .votes(4, at: 0, every: 50, spread: 100), .partition(["Bob"], from: 100, to: 300),
            .slow("Carol", factor: 3, from: 50, to: 200), .crash("Dave", "Eric", from: 20),
        ]
        var simulation = try Simulation(scenario)
        simulation.run()
        let violation = try #require(simulation.violation)
        #expect(violation.kind == "not-settled")
        var minimizer = Minimizer(scenario, violation, options: Simulation.Options(), mostRuns: 200)
        minimizer.run()
        let small = minimizer.scenario
        #expect(minimizer.violation.kind == violation.kind)
        #expect(small.steps.count <= 2)
        #expect(small.genesis.count < 5)
        #expect(small.link.loss == 0)
        var again = try Simulation(small)
        again.run()
        #expect(again.violation == minimizer.violation)
    }

    @Test("A run that decides what it should not, or has other members in the end, violates its expectations")
    func expectations() throws {
        func kind(_ change: (inout Scenario) -> Void) throws -> String? {
            var scenario = Scenario("expectations", peers: 4, steps: [.votes(2)])
            change(&scenario)
            var simulation = try Simulation(scenario)
            simulation.run()
            return simulation.violation?.kind
        }
        #expect(try kind { $0.expectations.blocks = 3 } == nil)
        #expect(try kind { $0.expectations.blocks = 4 } == "unexpected")
        #expect(try kind { $0.expectations.members = ["Dave", "Alice", "Bob", "Carol"] } == nil)
        #expect(try kind { $0.expectations.members = ["Alice"] } == "unexpected")
        #expect(try kind { $0.expectations.settles = false } == "unexpected")
        #expect(try kind { $0.limits.events = 10 } == "too-many")
        #expect(try kind { $0.limits.messagesUnderWay = 1 } == "too-many")
        #expect(try kind { $0.limits.quietWithin = 1 } == "not-quiet")
    }
}
