import Consensus
import GossipGraph
import ParsecCore
import Simulation
import Testing
import Voting

/// Engines of a recorded run as they are when messages arrive.
struct Play {
    var engines: [PeerID: [Engine]] = [:]
    let recording: Recording

    /// Calls with each message that arrives, the engine that sent it, and the one that is about to take it.
    mutating func run(_ body: (GossipMessage, _ sender: Engine, _ receiver: Engine) throws -> Void) throws {
        for entry in recording.entries {
            switch entry.action {
            case .start(let contacts):
                let cryptography = Cryptography.simulated(entry.peer)
                let engine =
                    if let contacts {
                        try Engine(
                            joiner: cryptography,
                            of: recording.network,
                            contacts: contacts,
                            limits: recording.limits
                        )
                    } else {
                        try Engine(member: cryptography, of: recording.network, limits: recording.limits)
                    }
                engines[entry.peer] = [engine]
            case .fork:
                let first = try #require(engines[entry.peer]?.first)
                engines[entry.peer]?.append(first)
            case .restart: throw Unplayable.restart
            case .call(let call):
                let receiver = try #require(engines[entry.peer]?[entry.instance])
                if case .receive(let message, let sender) = call {
                    // The engine of a forker that made the message is the one whose graph has its last event.
                    let made = message.events.last.map { digest($0) }
                    let senders = engines[sender] ?? []
                    let engine = senders.first { engine in
                        made.map { engine.agreement.graph.event(withDigest: $0) != nil } ?? false
                    }
                    try body(message, try #require(engine ?? senders.first), receiver)
                }
                _ = try? engines[entry.peer]?[entry.instance].perform(call)
            }
        }
    }

    private func digest(_ event: GossipEvent) -> Digest {
        EventHeader(
            network: recording.network.digest(using: SimulatedDigests()),
            creator: event.creator,
            selfParent: event.selfParent,
            cause: event.cause.mapObservations { SimulatedDigests().digest(of: $0) },
            function: SimulatedDigests()
        ).digest(using: SimulatedDigests())
    }

    private enum Unplayable: Error { case restart }

    /// Records a run with a joiner, a leaver and perhaps a forker, over links that lose, repeat and reorder.
    static func recorded(seed: UInt64, forks: Bool = true, bytes: Int = 40, eventsPerMessage: Int = 100) throws -> Play
    {
        var scenario = Scenario("messages", peers: 4, seed: seed)
        var votes = Votes()
        (votes.count, votes.every, votes.bytes) = (6, 60, bytes)
        scenario.steps = [.votes(votes), .join("Eve", at: 100), .leave("Carol", at: 400)]
        if forks { scenario.steps.append(.fork("Dave", from: 100)) }
        scenario.limits.eventsPerMessage = eventsPerMessage
        scenario.link = LinkQuality(delay: .uniform(5...120), loss: 0.1, duplication: 0.1, reordering: 0.5)
        var options = Simulation.Options()
        options.records = true
        var simulation = try Simulation(scenario, options: options)
        simulation.run()
        #expect(simulation.violation == nil)
        return Play(recording: try #require(simulation.recording))
    }
}
