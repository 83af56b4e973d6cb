public import Consensus
import GossipGraph
public import ParsecCore
public import Voting

/// All that went into the engines of a run, in order, so that it can be run again without the network around it.
public struct Recording: Hashable, Sendable {
    /// One thing that was done to an engine.
    public enum Action: Hashable, Sendable {
        /// The engine was made; with contacts as that of a joiner.
        case start(contacts: [PeerID]?)

        case call(EngineCall)

        /// The engine was made anew, after the first of its calls and restarts, so many of them.
        case restart(keptSteps: Int)

        /// A second engine begins as a copy of the first.
        case fork
    }

    /// An action, and what the engine was like after it.
    public struct Entry: Hashable, Sendable {
        /// When it was, in virtual milliseconds.
        public let time: Int
        public let peer: PeerID

        /// Which of the peer's engines; more than one only for a forker.
        public let instance: Int
        public let action: Action

        /// The number of events in the engine's graph after the action.
        public let events: Int

        /// The number of blocks that the engine had come to after the action.
        public let blocks: Int

        public init(time: Int, peer: PeerID, instance: Int, action: Action, events: Int, blocks: Int) {
            self.time = time
            self.peer = peer
            self.instance = instance
            self.action = action
            self.events = events
            self.blocks = blocks
        }
    }

    /// What the network agreed on from the start.
    public let network: Network

    /// The bounds of the engines.
    public let limits: EngineLimits

    /// The name and seed of the scenario.
    public let name: String
    public let seed: UInt64

    public internal(set) var entries: [Entry]

    public init(
        network: Network,
        limits: EngineLimits = EngineLimits(),
        name: String,
        seed: UInt64,
        entries: [Entry] = []
    ) {
        self.network = network
        self.limits = limits
        self.name = name
        self.seed = seed
        self.entries = entries
    }
}

extension Recording {
    /// A recording does not lead to what it says.
    public struct Mismatch: Error, Hashable, Sendable, CustomStringConvertible {
        /// The position of the entry that came out differently.
        public let entry: Int
        public let description: String
    }

    /// The part that is about one peer; it can be replayed alone, since messages are recorded with what they bring.
    public func cut(to peer: PeerID) -> Recording {
        var result = self
        result.entries.removeAll { $0.peer != peer }
        return result
    }

    /// Adds an entry at the end.
    public mutating func append(_ entry: Entry) { entries.append(entry) }

    /// The peers, in the order in which they came into being.
    public var peers: [PeerID] {
        var seen: Set<PeerID> = []
        return entries.map(\.peer).filter { seen.insert($0).inserted }
    }

    mutating func note(_ action: Action, _ peer: PeerID, _ instance: Int, time: Int, _ engine: Engine) {
        entries.append(
            Entry(
                time: time,
                peer: peer,
                instance: instance,
                action: action,
                events: engine.agreement.graph.count,
                blocks: engine.blockCount
            )
        )
    }

    /// Runs the engines again.
    ///
    /// - Parameter digests: those of the simulation that was recorded.
    /// - Returns: the engines of each peer, with all blocks still to be taken.
    /// - Throws: ``Mismatch`` at the first entry after which an engine is not what the recording says.
    public func replay(
        digests: any ObservationDigests = SimulatedDigests()
    ) throws(Mismatch) -> [PeerID: [Engine]] {
        var engines: [PeerID: [Engine]] = [:]
        var contacts: [PeerID: [PeerID]?] = [:]
        var steps: [PeerID: [EngineStep]] = [:]
        for (position, entry) in entries.enumerated() {
            let peer = entry.peer
            func mismatch(_ text: String) -> Mismatch {
                Mismatch(entry: position, description: "entry \(position + 1), \(peer) at \(entry.time) ms: \(text)")
            }
            func start() throws(Mismatch) -> Engine {
                let cryptography = Cryptography.simulated(peer, digests: digests)
                do {
                    if let contacts = contacts[peer] ?? nil {
                        return try Engine(joiner: cryptography, of: network, contacts: contacts, limits: limits)
                    }
                    return try Engine(member: cryptography, of: network, limits: limits)
                } catch { throw mismatch("\(error)") }
            }
            switch entry.action {
            case .start(let known):
                contacts[peer] = known
                engines[peer] = [try start()]
            case .call(let call):
                guard engines[peer]?.indices.contains(entry.instance) == true else {
                    throw mismatch("a call of an engine that was not started")
                }
                if entry.instance == 0 { steps[peer, default: []].append(.call(call)) }
                // Whether the engine refuses the call follows from its state, like all else.
                _ = try? engines[peer]?[entry.instance].perform(call)
            case .restart(let kept):
                guard kept >= 0, kept <= steps[peer, default: []].count else {
                    throw mismatch("a restart with more calls and restarts than there were")
                }
                var engine = try start()
                steps[peer, default: []].removeSubrange(kept...)
                steps[peer, default: []].append(.restart)
                do { try engine.go(through: steps[peer, default: []]) } catch { throw mismatch("\(error)") }
                engines[peer] = [engine]
            case .fork:
                guard let first = engines[peer]?.first else {
                    throw mismatch("a fork of an engine that was not started")
                }
                engines[peer]?.append(first)
            }
            guard let engine = engines[peer]?[entry.instance] else { continue }
            let (events, blocks) = (engine.agreement.graph.count, engine.blockCount)
            guard events == entry.events && blocks == entry.blocks else {
                throw mismatch(
                    "\(events) events and \(blocks) blocks, but \(entry.events) and \(entry.blocks) were recorded"
                )
            }
        }
        return engines
    }
}
