public import ArgumentParser
import Simulation
public import Voting

/// The numbers of a scenario that is not in a file.
struct SketchOptions: ParsableArguments {
    @Option(help: "The number of peers in the initial group.")
    var peers = ScenarioSketch().peers

    @Option(help: "The number of opaque payloads that are voted for.")
    var events = ScenarioSketch().events

    @Option(help: "The number of peers that join.")
    var addPeers = ScenarioSketch().addedPeers

    @Option(help: "The number of peers that leave or are voted out.")
    var removePeers = ScenarioSketch().removedPeers

    @Option(help: "The most voters at any time.")
    var maxPeers = ScenarioSketch().maxPeers

    @Option(help: "How opaque payloads are agreed on: supermajority or single.")
    var mode = ScenarioSketch().mode

    @Option(help: "The number of peers that show different events to different peers.")
    var forkers = ScenarioSketch().forkers

    @Option(help: "The probability with which a message is lost.")
    var loss = ScenarioSketch().loss

    @Option(help: "The longest time that a message is under way, in virtual milliseconds.")
    var maxDelay = ScenarioSketch().maxDelay

    @Option(help: "When peers gossip: random or on-news.")
    var gossip = GossipSettings().policy

    func sketch(seed: UInt64) -> ScenarioSketch {
        var sketch = ScenarioSketch()
        sketch.peers = peers
        sketch.events = events
        sketch.addedPeers = addPeers
        sketch.removedPeers = removePeers
        sketch.maxPeers = maxPeers
        sketch.mode = mode
        sketch.forkers = forkers
        sketch.loss = loss
        sketch.maxDelay = maxDelay
        sketch.gossip.policy = gossip
        sketch.seed = seed
        return sketch
    }

    /// The options that lead to the same scenario.
    func text(seed: UInt64) -> String {
        let options: [(String, String)] = [
            ("peers", "\(peers)"), ("events", "\(events)"), ("add-peers", "\(addPeers)"),
            ("remove-peers", "\(removePeers)"), ("max-peers", "\(maxPeers)"), ("mode", mode.rawValue),
            ("forkers", "\(forkers)"), ("loss", "\(loss)"), ("max-delay", "\(maxDelay)"),
            ("gossip", gossip.rawValue), ("seed", "\(seed)"),
        ]
        return options.map { "--\($0.0) \($0.1)" }.joined(separator: " ")
    }
}

extension ConsensusMode: ExpressibleByArgument {}

extension GossipSettings.Policy: ExpressibleByArgument {}
