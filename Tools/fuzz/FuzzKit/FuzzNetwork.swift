public import Consensus
import ParsecCore
import Serialization
import Simulation
import Synchronization
import Voting

/// A small network whose engines take what a fuzzer makes up: with a fork, a joiner, a removal and blocks.
public struct FuzzNetwork: Sendable {
    public let engines: [Engine]

    /// Messages that went over the wire.
    public let messages: [[UInt8]]

    /// Runs the network; the same each time.
    public init() throws {
        var scenario = Scenario("fuzzing", peers: 4, seed: 1)
        scenario.steps = [
            .votes(4, every: 60), .join("Eric", at: 100), .leave("Carol", at: 300), .fork("Dave", from: 100),
            .misbehave("Bob", .doubleVoter, from: 50),
        ]
        scenario.limits.eventsPerMessage = 40
        let wire = KeepingWire()
        var options = Simulation.Options()
        options.wire = wire
        var simulation = try Simulation(scenario, options: options)
        // Stopped in the middle, when much is undecided.
        while simulation.now < 420, simulation.advance() {}
        engines = simulation.peers.flatMap(\.engines)
        messages = wire.kept
    }
}

/// A wire that keeps what goes over it.
private final class KeepingWire: SimulatedWire {
    private let messages = Mutex<[[UInt8]]>([])

    var kept: [[UInt8]] { messages.withLock { $0 } }

    func encode(_ message: GossipMessage, from engine: Engine) -> [UInt8] {
        let count = messages.withLock { $0.count }
        let bytes = MessageCodec(compression: count % 2).encode(message, from: engine)
        messages.withLock { $0.append(bytes) }
        return bytes
    }

    func decode(_ bytes: [UInt8], for engine: Engine) throws -> (message: GossipMessage, unplaced: Int) {
        let decoded = try MessageCodec().decode(bytes, for: engine)
        return (decoded.message, decoded.unplaced)
    }
}
