import Foundation
import ParsecCore
import Simulation
import Testing
import Voting

@testable import parsec_sim

/// The page that shows a run.
@Suite struct ReportPageTests {
    private func page(_ scenario: Scenario) throws -> ReportPage {
        var options = Simulation.Options()
        options.keepsHappenings = true
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        return ReportPage(simulation, RunReport(simulation), replay: "parsec-sim run file.toml")
    }

    private func busy() -> Scenario {
        var scenario = Scenario("busy", peers: 5, seed: 3)
        scenario.steps = [
            .votes(6, every: 100), .join("Fred", at: 100), .leave("Bob", at: 300), .crash("Carol", from: 200, to: 500),
            .partition(["Alice"], from: 100, to: 400), .slow("Dave", factor: 2, from: 50, to: 300),
            .fork("Eric", from: 100),
        ]
        return scenario
    }

    @Test("Every peer has a lane, and every fault of the network a bar")
    func lanes() throws {
        let page = try page(busy())
        #expect(page.timeline.components(separatedBy: "<g class=\"lane\">").count - 1 == 6)
        #expect(page.networkFaults.map(\.text) == ["partition of (Alice)", "Dave slower by 2"])
        #expect(page.timeline.components(separatedBy: "class=\"fault\"").count - 1 == 2)
        #expect(page.timeline.contains("begins to fork"))
    }

    @Test("A peer's life is told without gaps, from its start to the end of the run")
    func lives() throws {
        let page = try page(busy())
        for peer in page.simulation.peers {
            let life = page.life(of: peer)
            #expect(life.first?.from == peer.start && life.last?.to == page.simulation.now)
            for (earlier, later) in zip(life, life.dropFirst()) { #expect(earlier.to == later.from) }
        }
        func kinds(_ name: PeerID) throws -> [String] {
            page.life(of: try #require(page.simulation.peers.first { $0.id == name })).map(\.kind)
        }
        #expect(try kinds("Alice") == ["member"])
        #expect(try kinds("Fred") == ["waiting", "member"])
        #expect(try kinds("Bob") == ["member", "removed"])
        #expect(try kinds("Carol") == ["member", "down", "member"])
    }

    @Test("A peer that never comes back has failed, and who is removed while it is down stays removed")
    func failures() throws {
        var scenario = Scenario("failures", peers: 5, seed: 1)
        scenario.steps = [.crash("Eric", from: 500), .evict("Eric", at: 600)]
        let page = try page(scenario)
        let eric = try #require(page.simulation.peers.last)
        #expect(page.life(of: eric).map(\.kind) == ["member", "failed"])
        #expect(page.report.peers.last?.standing == "failed")
    }

    @Test("What comes from a scenario is escaped, and the page names no other host")
    func escaping() throws {
        var scenario = busy()
        scenario.name = "<script>alert(\"&\")</script>"
        let html = try page(scenario).html
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;alert(&quot;&amp;&quot;)"))
        #expect(!html.contains("http:") && !html.contains("https:") && !html.contains("src="))
    }

    @Test("The same run gives the same page, and a violation stands on it")
    func outcome() throws {
        #expect(try page(busy()).html == page(busy()).html)
        var scenario = busy()
        scenario.expectations.blocks = 100
        let html = try page(scenario).html
        #expect(html.contains("Violated: there are") && html.contains("class=\"mark\""))
    }

    @Test("However much happens, a lane has at most one mark for every two pixels")
    func thinning() throws {
        var scenario = Scenario("much", peers: 1)
        scenario.mode = .single
        scenario.steps = [.votes(3_000, every: 1)]
        let page = try page(scenario)
        #expect(page.simulation.agreedBlocks.count == 3_001)
        #expect(page.timeline.components(separatedBy: "<line class=\"vote\"").count < 600)
        #expect(page.html.utf8.count < 1_000_000)
    }

    @Test("Ticks of an axis are round numbers, and not too many")
    func ticks() {
        for most in [0, 1, 7, 10, 99, 1_000, 54_321] {
            let ticks = ReportPage.ticks(upTo: most, most: 6)
            #expect(ticks.first == 0 && ticks.count <= 7 && ticks.allSatisfy { $0 <= most })
        }
        #expect(ReportPage.ticks(upTo: 1_000, most: 5) == [0, 200, 400, 600, 800, 1_000])
    }
}
