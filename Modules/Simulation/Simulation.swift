public import Consensus
import GossipGraph
import Membership
public import ParsecCore
public import Voting

/// A network in one process: every peer runs its own engine, and a seed decides all that chance decides.
///
/// One queue holds all that is going to happen; virtual time jumps from one occurrence to the next. After each of them
/// the invariants are checked, and the first ``Violation`` ends the run. The same scenario gives the same events and
/// blocks, on every machine.
public struct Simulation: Sendable {
    /// How far a run is.
    public enum Phase: Hashable, Sendable {
        case running

        /// Everything pending is decided.
        case settled

        /// The run is over: nothing but heartbeats was sent for a while, or what had to be seen has been seen.
        case over
    }

    public let scenario: Scenario
    public let network: Network

    /// The peers, those that join in the order in which they came into being.
    public internal(set) var peers: [SimulatedPeer] = []

    /// The time since the beginning, in virtual milliseconds.
    public internal(set) var now = 0

    public internal(set) var phase = Phase.running

    /// When everything pending was decided, if it was.
    public internal(set) var settleTime: Int?

    /// The first rule that was not kept, if any.
    public internal(set) var violation: Violation?

    public internal(set) var counts = Counts()

    /// What happened, if the simulation was asked to keep it.
    public internal(set) var happenings: [TimedHappening] = []

    /// The calls of all engines, if the simulation was asked to keep them.
    public internal(set) var recording: Recording?

    let options: Options
    let policy: any GossipPolicy
    let end: Int
    var generator: SeededGenerator
    var queue = EventQueue()
    var checker: BlockChecker
    var indices: [PeerID: Int] = [:]
    var plans: [Plan] = []
    var planIndices: [BlockChecker.Payload: Int] = [:]
    var openPlans: Set<Int> = []
    var waitingChanges: [Int] = []
    var pendingChanges: [PeerID: Int] = [:]
    var activeFaults: [Int] = []
    var remainingSteps: Int
    var remainingPayloads = 0
    var lastDue: [Int: Int] = [:]
    var sponsors: [PeerID: PeerID] = [:]
    var waitingForks: [(id: PeerID, step: Int)] = []
    var waitingLiars: [(id: PeerID, way: Misbehaviour)] = []
    var contacts: [Int: [PeerID]] = [:]
    var restartable: Set<PeerID> = []
    var nextCheck = 0
    var lastBeginning = 0
    var lastGossip = 0
    var lastGossiper: [Int: Int] = [:]
    var lastGrowthSample = 0

    /// What a simulation keeps and shows beside the blocks.
    public struct Options: Sendable {
        /// The digests that all peers use.
        public var digests: any ObservationDigests = SimulatedDigests()

        /// What each peer signs with.
        public var makeSigner: @Sendable (PeerID) -> any EventSigner = { SimulatedSigner(id: $0) }

        /// What all peers verify with.
        public var verifier: any EventVerifier = SimulatedVerifier()

        /// What turns messages into bytes and back; nil if they travel as they are.
        public var wire: (any SimulatedWire)?

        /// Decides when peers gossip; nil for what the scenario says.
        public var policy: (any GossipPolicy)?

        /// Whether to keep what happened.
        public var keepsHappenings = false

        /// Whether to keep the happenings about single messages, too.
        public var keepsTraffic = false

        /// Whether to keep all calls of all engines.
        public var records = false

        /// Called for each decision of each peer, before the election is closed.
        public var inspector: (@Sendable (PeerID, Agreement, Decision) -> Void)?

        public init() {}
    }

    /// What a simulation counts.
    public struct Counts: Hashable, Sendable {
        public var requests = 0
        public var responses = 0

        /// The messages that held a part of what was too much for one.
        public var parts = 0
        public var heartbeats = 0
        public var lostMessages = 0
        public var duplicatedMessages = 0
        public var messagesUnderWay = 0
        public var mostMessagesUnderWay = 0

        /// The events that messages brought, each time that they did.
        public var sentEvents = 0
        public var mostEventsPerMessage = 0

        /// The number of occurrences that were handled.
        public var occurrences = 0

        /// The size of the largest graph, and the sum of all, from time to time.
        public var growth: [GrowthSample] = []
    }

    /// The sizes of the graphs at a time.
    public struct GrowthSample: Hashable, Sendable {
        public let time: Int
        public let largest: Int
        public let blocks: Int
    }

    /// - Throws: ``ScenarioError`` if the scenario cannot be run.
    public init(_ scenario: Scenario, options: Options = Options()) throws(ScenarioError) {
        try scenario.check()
        self.scenario = scenario
        self.options = options
        network = Network(genesis: scenario.genesis, mode: scenario.mode)
        policy = options.policy ?? scenario.gossip.makePolicy()
        generator = SeededGenerator(seed: scenario.seed)
        checker = BlockChecker(network: network, digests: options.digests, verifier: options.verifier)
        end = scenario.end
        remainingSteps = scenario.steps.count
        for case .fault(let fault) in scenario.steps where fault.to != nil {
            switch fault.kind {
            case .crash, .restore: restartable.formUnion(fault.peers)
            case .partition, .cut, .link, .slow, .fork, .misbehave: break
            }
        }
        if options.records {
            recording = Recording(
                network: network,
                limits: scenario.limits.engine,
                name: scenario.name,
                seed: scenario.seed
            )
        }
        let faulty = scenario.faultyPeers
        for id in network.genesis {
            addPeer(id, contacts: nil)
            if faulty.contains(id) && scenario.lies(id) { peers[peers.count - 1].isHonest = false }
        }
        for (position, step) in scenario.steps.enumerated() { queue.schedule(.stepBegins(position), at: step.at) }
        lastBeginning = end
    }

    // MARK: - Running

    /// Runs until the network is quiet, a rule is violated, or too much time has passed.
    ///
    /// - Parameter progress: called now and then.
    public mutating func run(progress: (borrowing Simulation) -> Void = { _ in }) {
        while advance() {
            if counts.occurrences & 1_023 == 0 { progress(self) }
        }
    }

    /// Handles the next occurrence; returns whether the run goes on.
    public mutating func advance() -> Bool {
        guard violation == nil && phase != .over else { return false }
        guard let next = queue.next() else {
            // All peers are down for good: nothing can happen any more.
            finish()
            return false
        }
        now = next.time
        counts.occurrences += 1
        switch next.occurrence {
        case .stepBegins(let step): begin(step)
        case .faultEnds(let step): endFault(step)
        case .payload(let step, let number): propose(step, number)
        case .vote(let peer, let plans): vote(peer, plans)
        case .wake(let peer, let instance, let number):
            guard peers[peer].instances[instance].wakeNumber == number else { break }
            wake(peer, instance)
        case .arrival(let parcel): arrive(parcel)
        }
        if now >= nextCheck && violation == nil {
            nextCheck = now + max(1, scenario.gossip.interval)
            checkProgress()
        }
        return violation == nil && phase != .over
    }

    /// Whether the run came to its end and all rules were kept.
    public var isSuccess: Bool { phase == .over && violation == nil }

    /// The blocks that any honest peer handed out, in order.
    public var agreedBlocks: [Block] { checker.blocks }

    /// The voters, by all that has been decided so far, in ascending order.
    public var currentVoters: [PeerID] { checker.voters }

    /// The positions of the peers that should agree on all blocks: honest members that did not fail for good.
    public var activePeers: [Int] {
        let voters = Set(checker.voters)
        return peers.indices.filter { peers[$0].isHonest && !peers[$0].hasFailed && voters.contains(peers[$0].id) }
    }

    mutating func note(_ happening: Happening) {
        if options.keepsHappenings { happenings.append(TimedHappening(time: now, happening: happening)) }
    }

    mutating func violate(_ violation: Violation) {
        guard self.violation == nil else { return }
        self.violation = violation
        note(.violated(violation))
    }

    // MARK: - Peers

    /// Makes a peer: a member of the initial group, or, with contacts, one that is going to join.
    mutating func addPeer(_ id: PeerID, contacts: [PeerID]?) {
        let index = peers.count
        self.contacts[index] = contacts
        guard let engine = makeEngine(id, contacts: contacts) else {
            violate(.wrongAnswer(peer: id, reason: "no engine could be made for it"))
            return
        }
        indices[id] = index
        peers.append(SimulatedPeer(id: id, engine: engine, start: now))
        note(.started(id))
        recording?.note(.start(contacts: contacts), id, 0, time: now, engine)
        takeBlocks(of: index, 0)
        if contacts == nil { arouse(index, 0, after: .news, learned: true) }
    }

    func makeEngine(_ id: PeerID, contacts: [PeerID]?) -> Engine? {
        let cryptography = Cryptography(
            digests: options.digests,
            signer: options.makeSigner(id),
            verifier: options.verifier
        )
        let limits = scenario.limits.engine
        var engine: Engine?
        if let contacts {
            engine = try? Engine(joiner: cryptography, of: network, contacts: contacts, limits: limits)
        } else {
            engine = try? Engine(member: cryptography, of: network, limits: limits)
        }
        if let inspector = options.inspector { engine?.inspector = { inspector(id, $0, $1) } }
        // What does not travel as bytes need not be digested by each receiver anew.
        if options.wire == nil { engine?.attachDigests() }
        return engine
    }

    /// Calls an engine, and draws the consequences.
    mutating func call(_ peer: Int, _ number: Int, _ call: EngineCall) throws(EngineError) -> EngineAnswer {
        if restartable.contains(peers[peer].id) {
            peers[peer].instances[number].steps.append(.call(call))
            peers[peer].instances[number].times.append(now)
        }
        let before = peers[peer].instances[number].engine.agreement.graph.endIndex
        defer {
            recording?.note(.call(call), peers[peer].id, number, time: now, peers[peer].instances[number].engine)
            draw(peer, number, newEventsFrom: before)
        }
        return try peers[peer].instances[number].engine.perform(call)
    }

    /// What follows from a call: blocks, and the wish to gossip.
    private mutating func draw(_ peer: Int, _ number: Int, newEventsFrom first: EventIndex) {
        let count = peers[peer].instances[number].engine.agreement.graph.count
        if count > scenario.limits.events {
            violate(.tooMany(bound: "events", count: count, limit: scenario.limits.events, peer: peers[peer].id))
        }
        let learned = peers[peer].instances[number].engine.agreement.graph.hasVotes(since: first)
        if learned && peers[peer].isHonest { checkAccusations(of: peer, since: first) }
        let changed = takeBlocks(of: peer, number)
        if learned || changed { arouse(peer, number, after: .news, learned: true) }
    }

    /// An honest peer's engine accuses no honest peer.
    private mutating func checkAccusations(of peer: Int, since first: EventIndex) {
        for (id, malice) in look(at: peer, 0, { $0.agreement.accusations(since: first) }) {
            guard let offender = indices[id], peers[offender].isHonest else { continue }
            violate(.framed(accuser: peers[peer].id, peer: id, offence: "\(malice)"))
        }
    }

    /// Asks an engine something where it is: elsewhere than in a call that may change it, it would be copied first.
    mutating func look<Answer>(at peer: Int, _ number: Int, _ question: (borrowing Engine) -> Answer) -> Answer {
        peers[peer].instances[number].look(question)
    }
}

extension Agreement {
    /// Whom its own peer accuses of what in events from one on.
    fileprivate func accusations(since first: EventIndex) -> [(offender: PeerID, malice: Malice)] {
        var found: [(offender: PeerID, malice: Malice)] = []
        for event in (first.value..<graph.endIndex.value).lazy.map({ EventIndex($0) })
        where graph.kind(of: event) == .observation && graph.creator(of: event) == peers.ourself {
            for payload in graph.observations(of: event) {
                if case .accusation(let id, let malice) = store.observation(of: payload) { found.append((id, malice)) }
            }
        }
        return found
    }
}

extension Graph {
    /// Whether any of the events from one on carries votes.
    fileprivate func hasVotes(since first: EventIndex) -> Bool {
        (first.value..<endIndex.value).contains { kind(of: EventIndex($0)) == .observation }
    }
}

extension ScenarioLimits {
    /// The bounds of the engines.
    var engine: EngineLimits {
        var limits = EngineLimits()
        limits.eventsPerMessage = eventsPerMessage
        return limits
    }
}

extension Scenario {
    /// When the last step is over, as far as that does not depend on the network.
    var end: Int { steps.map { $0.end ?? $0.at }.max() ?? 0 }

    /// Whether a peer shows different events to different peers at some time.
    func lies(_ peer: PeerID) -> Bool {
        steps.contains {
            guard case .fault(let fault) = $0, fault.peers.contains(peer) else { return false }
            return switch fault.kind {
            case .fork, .restore, .misbehave: true
            case .partition, .cut, .link, .slow, .crash: false
            }
        }
    }
}
