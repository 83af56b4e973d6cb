public import Consensus
public import ParsecCore
public import Voting

/// A peer of a simulation: its engine, and the blocks it has got.
public struct SimulatedPeer: Sendable {
    public let id: PeerID

    /// The engine; a forker has two with the same key, each for a part of the others.
    public internal(set) var engines: [Engine]

    /// The blocks in the order in which the engine handed them out; of a forker those of its first engine.
    public internal(set) var blocks: [Block] = []

    /// Whether the peer keeps to the protocol.
    public internal(set) var isHonest = true

    /// The number of calls and messages that its engines refused.
    public internal(set) var refusedMessages = 0

    /// What the blocks say.
    var decided: Set<Observation> = []

    /// The plans that the peer has voted for.
    var votedPlans: Set<Int> = []

    public var engine: Engine { engines[0] }

    /// Which of its engines a forker lets another peer talk to.
    func engineNumber(for other: Int) -> Int { engines.count == 1 ? 0 : other % engines.count }
}
