import Simulation
import ParsecCore
import Voting

/// A network of peers that gossip at random, some of which may fork.
///
/// What a peer knows is exactly the ancestors of its last event, because every message that it takes in makes a sync
/// event on top of the sender's last event. A forker has several last events, its heads, and so several pictures of the
/// network.
struct GossipSimulation {
    /// A branch of a peer's events.
    struct Head {
        var last: Int
        var isAlive = true

        /// The only peer that gets to see this branch, or nil if anybody may.
        var audience: PeerID?

        /// The step until which the branch takes requests in beside another one but never sends anything.
        var hiddenUntil = 0
    }

    /// A request or a response on its way.
    struct Message {
        var event: Int
        var sender: PeerID
        var recipient: PeerID
        var isRequest: Bool

        /// The requester's head that waits for the response.
        var head: Int
        var due: Int
    }

    /// A vote that a peer means to cast.
    struct PlannedVote {
        var step: Int
        var voter: PeerID
        var observation: Observation
    }

    /// A time in which a victim hears nobody but one branch of a forker.
    struct CutOff {
        var steps: Range<Int>
        var forker: PeerID
        var victim: PeerID
        var head: Int?
    }

    /// A membership change that is still to be voted for.
    enum Change {
        case join(PeerID)
        case removal(PeerID)
    }

    let recipe: GraphRecipe
    var random: SeededGenerator
    var graph: ModelGraph
    var step = 0

    /// The peers that have events, in order of appearance.
    var present: [PeerID] = []
    var heads: [PeerID: [Head]] = [:]
    var forkers: [PeerID] = []

    /// The step from which on a peer is silent.
    var silentFrom: [PeerID: Int] = [:]

    /// The peers whose admission is being voted for.
    var waiting: [PeerID] = []
    var messages: [Message] = []
    var votes: [PlannedVote] = []
    var cutOffs: [CutOff] = []

    /// The membership changes to come, with the step at which each begins unless they are sequential.
    var changes: [(step: Int, change: Change)] = []
    var openRemoval: PeerID?

    init(recipe: GraphRecipe, seed: UInt64) {
        self.recipe = recipe
        random = SeededGenerator(seed: seed)
        let names = (0..<max(1, recipe.peers)).map { GossipSimulation.name($0) }
        graph = ModelGraph(genesis: names, mode: recipe.mode)
        forkers = Array(names.shuffled(using: &random).prefix(recipe.boundedForkers))
        for name in names.shuffled(using: &random) {
            let initial = graph.append(ModelEvent(creator: name, cause: .initial))
            let genesis = ModelCause.observation([.genesis(group: graph.genesis, info: [])])
            present.append(name)
            heads[name] = [Head(last: graph.append(ModelEvent(creator: name, cause: genesis, selfParent: initial)))]
        }
        planPayloads()
        planChanges()
        planCutOffs()
    }

    /// The name of a peer: A to Z, then P26 and so on.
    static func name(_ number: Int) -> PeerID {
        number < 26 ? PeerID(bytes: [UInt8(ascii: "A") + UInt8(number)]) : PeerID("P\(number)")
    }

    mutating func run() {
        while step < recipe.steps {
            beginChanges()
            castVotes()
            forkAtRandom()
            deliverDueMessages()
            if !waiting.isEmpty, random.chance(30) { contactJoiner() }
            exchangeWithVictims()
            exchangeAtRandom()
            step += 1
        }
    }

    /// Says whether a peer still takes part.
    func isActive(_ peer: PeerID) -> Bool { step < silentFrom[peer] ?? .max }

    /// The cut-off in which a peer is the victim now.
    func cutOff(of peer: PeerID) -> CutOff? {
        cutOffs.first { $0.victim == peer && $0.steps.contains(step) }
    }

    /// Adds an event on top of a head.
    @discardableResult
    mutating func extend(_ peer: PeerID, _ head: Int, _ cause: ModelCause, otherParent: Int? = nil) -> Int? {
        guard let last = heads[peer]?[head].last else { return nil }
        let event = ModelEvent(creator: peer, cause: cause, selfParent: last, otherParent: otherParent)
        let index = graph.append(event)
        heads[peer]?[head].last = index
        return index
    }
}
