public import Consensus
public import ParsecCore
public import Voting

/// A peer of a simulation: its engine, its store, and the blocks it has got.
public struct SimulatedPeer: Sendable {
    /// Where a peer is in its life.
    public enum Life: Hashable, Sendable {
        case running

        /// Crashed; it may restart.
        case down
    }

    /// One engine of a peer with what a store would hold of it.
    struct Instance: Sendable {
        var engine: Engine

        /// What the engine has gone through since the peer began, if anything is going to need it.
        var steps: [EngineStep] = []

        /// When each of these steps was.
        var times: [Int] = []

        /// The number of steps that would survive a crash: all up to the last vote or message sent.
        var storedSteps = 0

        /// The next time at which the engine acts of itself; what is due under an older number is void.
        var wakeTime = Int.max
        var wakeNumber = 0

        /// How many more requests are made because of what was learned last.
        var rumour = 0

        /// When the engine last began an exchange or sent a heartbeat; answers do not count, or whoever asks often could
        /// keep a peer from looking after the others.
        var lastInitiative = 0

        /// The members that were admitted lately, as far as they have not answered yet.
        var newcomers: [PeerID] = []

        /// The peers that have answered the last request to them; of the others it is not known what has arrived.
        var answering: Set<PeerID> = []

        /// Asks the engine something; `mutating`, since only then it is certain that it is not copied first.
        mutating func look<Answer>(_ question: (borrowing Engine) -> Answer) -> Answer { question(engine) }
    }

    public let id: PeerID

    /// The engines; a forker has two with the same key, each for a part of the others.
    var instances: [Instance]

    /// The blocks in the order in which the engine handed them out; of a forker those of its first engine.
    public internal(set) var blocks: [Block] = []

    /// When each block was handed out, in virtual milliseconds.
    public internal(set) var blockTimes: [Int] = []

    /// Whether the peer keeps to the protocol, as far as the scenario goes; a peer that fails for good does.
    public internal(set) var isHonest = true

    public internal(set) var life = Life.running

    /// Whether the peer never runs again.
    public internal(set) var hasFailed = false

    /// The number of calls and messages that its engines refused.
    public internal(set) var refusedMessages = 0

    /// In which ways the peer breaks the rules, how often it did, and what a replayer may send again.
    var misbehaviours: Set<Misbehaviour> = []
    var lies = 0
    var sent: [(message: GossipMessage, receiver: Int)] = []

    /// When the peer appeared.
    public let start: Int

    /// How many blocks the engine has handed out since it started; fewer than the peer has got if it restarted.
    var engineBlocks = 0

    /// The plans that the peer is going to vote for once it can.
    var owedVotes: [Int] = []

    /// Whether the peer has found itself a member.
    var isMember = false

    init(id: PeerID, engine: Engine, start: Int) {
        self.id = id
        self.start = start
        instances = [Instance(engine: engine)]
    }

    /// The peer's engine; a forker's first.
    public var engine: Engine { _read { yield instances[0].engine } }

    /// The peer's engines: more than one only for a forker.
    public var engines: [Engine] { instances.map(\.engine) }

    /// Which of its engines a forker lets another peer talk to.
    func instanceNumber(for other: Int) -> Int { instances.count == 1 ? 0 : other % instances.count }
}
