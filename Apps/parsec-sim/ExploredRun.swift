import Foundation
import ParsecCore
import Simulation
import Voting

/// One run of an exploration, and what it came to.
struct ExploredRun: Codable, Sendable {
    let run: Int
    let seed: UInt64
    let peers: Int
    let joins: Int
    let faults: Int
    let faultyPeers: Int
    let mode: String
    let blocks: Int
    let requests: Int
    let events: Int
    let virtualMilliseconds: Int

    /// The kind of the violation, or nil if all rules held.
    let violation: String?

    /// The violation in words.
    let text: String?

    /// Runs the scenario of a number.
    init(number: Int, exploration: UInt64, _ drawing: RandomScenario, _ travel: TravelMode = TravelMode()) {
        run = number
        seed = RandomScenario.seed(ofRun: number, exploration: exploration)
        let scenario = drawing.draw(seed: seed)
        peers = scenario.genesis.count
        joins = scenario.peers.count - scenario.genesis.count
        faults = scenario.steps.count { if case .fault = $0 { true } else { false } }
        faultyPeers = scenario.faultyPeers.count
        mode = scenario.mode.rawValue
        let (options, _) = travel.options()
        do {
            var simulation = try Simulation(scenario, options: options)
            simulation.run()
            blocks = simulation.agreedBlocks.count
            requests = simulation.counts.requests
            events = simulation.counts.growth.last?.largest ?? 0
            virtualMilliseconds = simulation.now
            violation = simulation.violation?.kind
            text = simulation.violation?.description
        } catch {
            // What is drawn can be run; if not, that is a finding as well.
            (blocks, requests, events, virtualMilliseconds) = (0, 0, 0, 0)
            violation = "bad-scenario"
            text = "\(error)"
        }
    }

    /// The run as one line of JSON.
    var line: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
