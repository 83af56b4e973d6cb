import GraphFormats
import ScenarioFiles
import Simulation
import Testing

@testable import parsec_sim

/// Scenarios that exploration found, made small; each violated a rule once.
@Suite struct FoundScenarioTests {
    @Test("A peer that crashes twice goes on from what it was before, parts of messages under way or not")
    func twoCrashes() throws {
        let text = """
            seed = 236660899884352
            genesis = ["Alice", "Bob", "Carol"]
            changes-at-once = 1

            [gossip]
            policy = "on-news"
            interval = 87
            heartbeat = 522

            [link]
            delay = { uniform = [0, 167] }

            [[step]]
            join = "Fred"
            at = 3158
            spread = 148

            [[step]]
            votes = 1
            at = 429
            bytes = 8

            [[step]]
            crash = ["Bob"]
            at = 8868
            until = 8926

            [[step]]
            crash = ["Bob"]
            at = 4485
            until = 4539

            [limits]
            events-per-message = 264
            """
        var simulation = try Simulation(ScenarioReader.read(Array(text.utf8)))
        simulation.run()
        #expect(simulation.violation == nil)
    }

    @Test("A liar, one of whose two engines knows of its removal, may vote with the other")
    func votesOfRemovedLiar() throws {
        let text = """
            seed = 224894479626213
            genesis = ["Alice", "Bob", "Eric", "Fred", "Gina", "Hank", "Iris"]
            mode = "single"
            changes-at-once = 2

            [gossip]
            interval = 61
            heartbeat = 671

            [link]
            delay = { constant = 9 }

            [[step]]
            leave = "Fred"
            at = 46

            [[step]]
            evict = "Eric"
            at = 557
            spread = 475

            [[step]]
            leave = "Iris"
            at = 1453
            spread = 298

            [[step]]
            votes = 3
            at = 1301
            by = { share = [0.5, 1.0] }
            bytes = 3

            [[step]]
            votes = 1
            at = 1095
            spread = 18

            [[step]]
            votes = 1
            at = 1078
            by = "all"

            [[step]]
            partition = [["Hank"]]
            at = 1222
            until = 1622

            [[step]]
            crash = ["Bob", "Gina", "Hank"]
            at = 235
            until = 495

            [[step]]
            crash = ["Hank", "Iris"]
            at = 1666
            until = 1721

            [[step]]
            fork = "Eric"
            at = 1477
            """
        var options = Simulation.Options()
        options.digests = DumpDigests(events: SimulatedDigests())
        var simulation = try Simulation(ScenarioReader.read(Array(text.utf8)), options: options)
        simulation.run()
        #expect(simulation.violation == nil)
    }

    @Test("Whoever was left alone is after a restart what it was before")
    func restartAlone() throws {
        let text = """
            seed = 56272176750492
            genesis = ["Alice"]
            mode = "single"
            changes-at-once = 1

            [gossip]
            interval = 82
            heartbeat = 1476

            [link]
            delay = { constant = 10 }

            [[step]]
            join = "Carol"
            at = 54

            [[step]]
            leave = "Carol"
            at = 945

            [[step]]
            crash = ["Alice"]
            at = 933
            until = 1170

            [[step]]
            crash = ["Alice"]
            at = 5976
            until = 6060
            """
        var options = Simulation.Options()
        options.digests = DumpDigests(events: SimulatedDigests())
        var simulation = try Simulation(ScenarioReader.read(Array(text.utf8)), options: options)
        simulation.run()
        #expect(simulation.violation == nil)
    }
}
