import Foundation
import ParsecCore
import ScenarioFiles
import Simulation
import Testing
import Voting

/// A scenario says the same in Swift and in a file.
@Suite struct ScenarioFileTests {
    private func read(_ text: String) throws -> Scenario { try ScenarioReader.read(Array(text.utf8)) }

    @Test("What is written is read as it was", arguments: 1...60 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        let scenario = RandomScenario().draw(seed: seed)
        #expect(try read(ScenarioWriter.write(scenario)) == scenario)
    }

    @Test("Names, expectations and limits survive, whatever characters they have")
    func oddities() throws {
        var scenario = Scenario("quotes \" and \\ and \u{7} and é", genesis: ["A\"b", "C\\d", "#x = [1]"], seed: .max)
        scenario.steps = [.votes(2, at: 5, by: .share(0.25...0.75)), .votes(1, by: .peers(["A\"b"]))]
        scenario.expectations.settles = false
        scenario.expectations.blocks = 3
        scenario.expectations.members = ["C\\d"]
        scenario.limits.settleWithin = 5
        scenario.limits.quietWithin = 6
        scenario.limits.events = 7
        scenario.limits.eventsPerMessage = 8
        scenario.limits.messagesUnderWay = 9
        scenario.changesAtOnce = 2
        #expect(try read(ScenarioWriter.write(scenario)) == scenario)
    }

    @Test("A file says each kind of step in few words")
    func steps() throws {
        let scenario = try read(
            """
            name = "all kinds"
            peers = 4
            mode = "single"

            [gossip]
            policy = "on-news"
            interval = 20

            [link]
            delay = { poisson = 4 }
            loss = 0.1

            [[step]]
            votes = 5
            at = 10
            every = 20
            by = 2

            [[step]]
            join = "Eve"
            at = 100
            via = "Bob"

            [[step]]
            leave = "Dave"
            at = 200

            [[step]]
            evict = "Carol"
            at = 300
            by = ["Alice", "Bob"]

            [[step]]
            partition = [["Alice"], ["Bob", "Carol"]]
            at = 10
            until = 20

            [[step]]
            cut = { from = "Alice", to = ["Bob"] }
            at = 10
            until = 20

            [[step]]
            link = []
            at = 10
            until = 20
            loss = 0.5

            [[step]]
            slow = "Alice"
            factor = 3
            at = 10
            until = 20

            [[step]]
            crash = ["Alice", "Bob"]
            at = 10

            [[step]]
            restore = "Alice"
            age = 5
            at = 10
            until = 20

            [[step]]
            fork = "Dave"
            at = 10
            """
        )
        var expected = Scenario("all kinds", peers: 4)
        expected.mode = .single
        expected.gossip.policy = .onNews
        expected.gossip.interval = 20
        expected.link.delay = .poisson(mean: 4)
        expected.link.loss = 0.1
        var lossy = expected.link
        lossy.loss = 0.5
        expected.steps = [
            .votes(5, at: 10, every: 20, by: .count(2)), .join("Eve", at: 100, via: "Bob"), .leave("Dave", at: 200),
            .evict("Carol", at: 300, by: .peers(["Alice", "Bob"])),
            .partition(["Alice"], ["Bob", "Carol"], from: 10, to: 20),
            .cut(from: ["Alice"], to: ["Bob"], from: 10, to: 20), .link(lossy, from: 10, to: 20),
            .slow("Alice", factor: 3, from: 10, to: 20), .crash("Alice", "Bob", from: 10),
            .restore("Alice", age: 5, from: 10, to: 20), .fork("Dave", from: 10),
        ]
        #expect(scenario == expected)
    }

    // MARK: - Errors

    /// The error of a file that is `peers = 4` and what follows.
    private func error(_ rest: String) -> ScenarioFileError? {
        do {
            _ = try ScenarioReader.read(Array("peers = 4\n\(rest)".utf8))
            return nil
        } catch { return error }
    }

    @Test(
        "An error names line, key, and what was expected",
        arguments: [
            ("mode = \"both\"", 2, "mode", "expected \"supermajority\" or \"single\", found \"both\""),
            ("seed = \"x\"", 2, "seed", "expected an integer, found string"),
            ("[gossip]\ninterval = 0", 3, "gossip.interval", "expected a number from 1 to 1000000000, found 0"),
            ("[gossip]\nspeed = 1", 3, "gossip.speed", "unknown key; expected one of policy, interval, heartbeat"),
            ("[link]\nloss = 1.5", 3, "link.loss", "expected a probability from 0 to 1, found 1.5"),
            ("[link]\ndelay = { uniform = [5, 1] }", 3, "link.delay.uniform", "expected two whole numbers"),
            ("[link]\ndelay = { constant = 1, poisson = 2 }", 3, "link.delay", "expected one of constant"),
            ("[[step]]\nvotes = 1\nat = 1\n[[step]]\nvotes = 1\nat = -4", 7, "step[1].at", "expected a number from 0"),
            ("[[step]]\nvotes = 1", 2, "step[0]", "expected the key at"),
            ("[[step]]\nat = 1", 2, "step[0]", "expected one of the keys votes, join"),
            ("[[step]]\nvotes = 1\njoin = \"Eve\"\nat = 1", 2, "step[0]", "found 2 of them"),
            ("[[step]]\nleave = \"Nobody\"\nat = 1", 2, "step[0]", "Nobody is neither in the initial group nor joins"),
            ("[[step]]\ncrash = \"Bob\"\nat = 9\nuntil = 3", 5, "step[0].until", "expected a time after 9"),
            ("[[step]]\nslow = \"Bob\"\nat = 9\nuntil = 30", 2, "step[0]", "expected the key factor"),
            ("[[step]]\npartition = [[\"Bob\"]]\nat = 9", 2, "step[0]", "expected the key until"),
            ("[[step]]\nvotes = 1\nat = 1\nby = \"some\"", 5, "step[0].by", "expected \"all\", a number"),
            ("[[step]]\njoin = \"Bob\"\nat = 1", nil, nil, "Bob is named twice"),
            ("[expect]\nmembers = [\"Zoe\"]", nil, nil, "Zoe is neither"),
            ("genesis = [\"A\"]", 2, "genesis", "expected either peers or genesis, found both"),
        ] as [(String, Int?, String?, String)]
    )
    func errors(_ rest: String, line: Int?, key: String?, message: String) throws {
        let found = try #require(error(rest))
        #expect(found.line == line)
        #expect(found.key == key)
        #expect(found.message.contains(message), "\(found)")
    }

    @Test("What is no TOML, no text or too large is refused")
    func noTOML() {
        #expect(error("mode = ")?.line == 2)
        // Some of these would make the parser stop the process.
        for header in [
            "[", "[[", "[=]", "[[=]]", "[.a]", "[[[a]]]", "[ ", "[\u{A0}]", "\u{A0}[=]", "[+1]", "[\"a\"", "[é]",
            "[[ [\"a\"]", "[ [a]]", "]", "a = 1\u{B}[=]",
        ] {
            #expect(error("seed = 3\n\(header)")?.line == 3, "\(header)")
        }
        for value in ["[14, }40", "[[1], }", "{ a = [}]", "[", "{", "]", "}", "[\n1,\n}]", "{ a = 1 ]"] {
            #expect(error("seed = 3\nlink = \(value)")?.message.contains("TOML") == true, "\(value)")
        }
        // An array may go over several lines.
        #expect(error("[[step]]\nvotes = 1\nat = 0\nby = [\n[\n1]\n]")?.message.contains("TOML") != true)
        // In strings and comments brackets mean nothing.
        #expect(error("name = \"[}\" # ]}[\n[link]\nloss = 0.1 # {\n") == nil)
        #expect(throws: ScenarioFileError.self) { try ScenarioReader.read([0xFF, 0xFE]) }
        #expect(throws: ScenarioFileError.self) { try ScenarioReader.read([0x61, 0]) }
        let large = [UInt8](repeating: UInt8(ascii: "#"), count: ScenarioReader.mostBytes + 1)
        #expect(throws: ScenarioFileError.self) { try ScenarioReader.read(large) }
        #expect(throws: ScenarioFileError.self) { try ScenarioReader.read([]) }
    }

    @Test("A changed file is read or refused, and what is read can be run or written again")
    func mutations() throws {
        var random = SeededGenerator(seed: 5)
        for seed in 1...20 as ClosedRange<UInt64> {
            let original = Array(ScenarioWriter.write(RandomScenario().draw(seed: seed)).utf8)
            for _ in 0..<40 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...127, using: &random)
                    case 1: bytes.remove(at: place)
                    default: bytes.insert(UInt8.random(in: 32...126, using: &random), at: place)
                    }
                }
                guard let scenario = try? ScenarioReader.read(bytes) else { continue }
                #expect(try read(ScenarioWriter.write(scenario)) == scenario)
            }
        }
    }

    @Test("Every scenario of the documentation is read, runs, and keeps all rules")
    func documentation() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/scenarios.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let blocks = text.components(separatedBy: "```toml\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        #expect(blocks.count >= 5)
        for block in blocks {
            var simulation = try Simulation(read(block))
            simulation.run()
            #expect(simulation.violation == nil, "\(simulation.scenario.name)")
        }
    }
}
