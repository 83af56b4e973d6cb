public import Consensus
import Membership
public import ParsecCore
public import Voting

/// A network in one process: every peer runs its own engine, and a seed decides all that chance decides.
///
/// Time passes in rounds. In each, messages that are due arrive, peers vote for what they have planned, and gossip to
/// random recipients. The same settings give the same events and blocks, on every machine.
public struct Simulation: Sendable {
    /// A message on its way.
    private struct Delivery: Sendable {
        let sender: Int
        let senderEngine: Int
        let receiver: Int
        let message: GossipMessage
    }

    /// A change of members that is to come.
    private enum Churn: Sendable {
        case add
        case remove
    }

    /// Two peers handed out different blocks.
    public struct Divergence: Hashable, Sendable {
        public let peer: PeerID
        public let block: Block

        /// The block that another peer had handed out at the same place.
        public let expected: Block
    }

    public let settings: SimulationSettings

    /// The peers, those that joined in the order in which they were added.
    public private(set) var peers: [SimulatedPeer] = []

    /// The blocks that any honest peer handed out, in order.
    public private(set) var agreedBlocks: [Block] = []

    /// The first disagreement, if there is one.
    public private(set) var divergence: Divergence?

    /// The number of rounds that have passed.
    public private(set) var round = 0

    /// The number of messages that arrived.
    public private(set) var deliveredMessages = 0

    private let network: Network
    private let digests: any ObservationDigests
    private let inspector: (@Sendable (PeerID, Agreement, Decision) -> Void)?
    private var generator: SeededGenerator
    private var deliveries: [Int: [Delivery]] = [:]
    private var plans: [Plan] = []
    private var payloadRounds: [(round: Int, observation: Observation)] = []
    private var churn: [(round: Int, change: Churn)] = []
    private var pendingAdditions: Set<PeerID> = []
    private var pendingRemovals: Set<PeerID> = []
    private var forkRounds: [Int: Int] = [:]
    private var freeNames: ArraySlice<PeerID> = []

    /// With which probability a peer gossips in a round, and votes for a plan of its.
    private static let gossipRate = 0.6
    private static let voteRate = 0.4

    /// Within how many rounds payloads and changes of members are begun, for each of them.
    private static let roundsPerPlan = 3

    /// - Parameters:
    ///   - digests: the digests that all peers use.
    ///   - inspector: called for each decision of each peer, before the election is closed.
    /// - Throws: ``SimulationSettings/Fault``.
    public init(
        _ settings: SimulationSettings,
        digests: any ObservationDigests = SimulatedDigests(),
        inspector: (@Sendable (PeerID, Agreement, Decision) -> Void)? = nil
    ) throws(SimulationSettings.Fault) {
        try settings.check()
        self.settings = settings
        self.digests = digests
        self.inspector = inspector
        generator = SeededGenerator(seed: settings.seed)
        let names = PeerName.list(count: settings.peers + settings.addedPeers)
        freeNames = names[settings.peers...]
        network = Network(genesis: names[..<settings.peers], mode: settings.mode, rules: settings.rules)
        for name in names[..<settings.peers] {
            guard let engine = try? Engine(member: .simulated(name, digests: digests), of: network) else { continue }
            addPeer(name, engine)
        }
        schedule()
    }

    private mutating func addPeer(_ id: PeerID, _ engine: Engine) {
        var engine = engine
        if let inspector { engine.inspector = { inspector(id, $0, $1) } }
        peers.append(SimulatedPeer(id: id, engines: [engine]))
        peers[peers.count - 1].isHonest = forkRounds[peers.count - 1] == nil
        takeBlocks(of: peers.count - 1)
    }

    /// Decides when which payload and which change of members is begun, and when forkers fork.
    private mutating func schedule() {
        let span = max(1, Simulation.roundsPerPlan * (settings.addedPeers + settings.removedPeers) + settings.events)
        var contents: Set<String> = []
        while contents.count < settings.events {
            let content = randomContent()
            guard contents.insert(content).inserted else { continue }
            let round = Int.random(in: 0..<span, using: &generator)
            payloadRounds.append((round, .opaque(Array(content.utf8))))
        }
        payloadRounds.sort { $0.round < $1.round }
        let changes =
            Array(repeating: Churn.add, count: settings.addedPeers)
            + Array(repeating: Churn.remove, count: settings.removedPeers)
        for change in changes.shuffled(using: &generator) {
            churn.append((Int.random(in: 0..<span, using: &generator), change))
        }
        churn.sort { $0.round < $1.round }
        // Peers that are yet to join may turn out to be liars, too.
        let candidates = Array(0..<settings.peers + settings.addedPeers).shuffled(using: &generator)
        for forker in candidates.prefix(settings.forkers) {
            forkRounds[forker] = Int.random(in: 0..<span, using: &generator)
            if forker < peers.count { peers[forker].isHonest = false }
        }
    }

    private mutating func randomContent() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        return String((0..<5).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
    }

    // MARK: - Running

    /// Runs rounds until the network has settled, peers disagree, or there have been too many.
    ///
    /// - Parameter progress: called after each round.
    public mutating func run(progress: (borrowing Simulation) -> Void = { _ in }) {
        while round < settings.maxRounds && divergence == nil && !isSettled {
            runRound()
            progress(self)
        }
    }

    /// Runs one round.
    public mutating func runRound() {
        for delivery in deliveries.removeValue(forKey: round) ?? [] { deliver(delivery) }
        beginPayloads()
        beginChurn()
        fork()
        for peer in peers.indices.shuffled(using: &generator) {
            vote(peer)
            for engine in peers[peer].engines.indices { gossip(peer, engine) }
        }
        round += 1
    }

    /// Whether everything planned has been decided and every member has all blocks.
    public var isSettled: Bool {
        payloadRounds.isEmpty && churn.isEmpty && pendingAdditions.isEmpty && pendingRemovals.isEmpty
            && activePeers.allSatisfy { peer in
                peers[peer].blocks.count == agreedBlocks.count
                    && !peers[peer].engine.hasUndecided
                    && plans.indices.allSatisfy { isDone($0, by: peer) }
            }
    }

    /// The peers that should agree on all blocks: honest members.
    public var activePeers: [Int] {
        peers.indices.filter { peers[$0].isHonest && currentVoters.contains(peers[$0].id) }
    }

    /// The voters, by all that has been decided so far.
    public var currentVoters: Set<PeerID> {
        var voters = Set(network.genesis)
        for block in agreedBlocks {
            switch block.observation {
            case .add(let id, _): voters.insert(id)
            case .remove(let id, _): voters.remove(id)
            default: break
            }
        }
        return voters
    }

    private func isDone(_ plan: Int, by peer: Int) -> Bool {
        if let voter = plans[plan].voter, voter != peer { return true }
        return peers[peer].votedPlans.contains(plan)
    }

    // MARK: - One round

    private mutating func deliver(_ delivery: Delivery) {
        let receiver = delivery.receiver
        let engine = peers[receiver].engineNumber(for: delivery.sender)
        deliveredMessages += 1
        do {
            let receipt = try peers[receiver].engines[engine].receive(
                delivery.message,
                from: peers[delivery.sender].id
            )
            if let response = receipt.response {
                send(response, from: receiver, engine, to: delivery.sender)
            }
        } catch {
            peers[receiver].refusedMessages += 1
        }
        takeBlocks(of: receiver)
    }

    private mutating func beginPayloads() {
        while let next = payloadRounds.first, next.round <= round {
            payloadRounds.removeFirst()
            var voter: Int?
            if settings.mode == .single { voter = activePeers.randomElement(using: &generator) }
            plans.append(Plan(observation: next.observation, round: round, voter: voter))
        }
    }

    /// Begins the next change of members if the group can bear it now.
    private mutating func beginChurn() {
        guard let next = churn.first, next.round <= round else { return }
        let voters = currentVoters
        switch next.change {
        case .add:
            guard voters.count + pendingAdditions.count < settings.maxPeers, let id = freeNames.popFirst() else {
                break
            }
            pendingAdditions.insert(id)
            plans.append(Plan(observation: .add(id, info: []), round: round, voter: nil))
            churn.removeFirst()
            return
        case .remove:
            let left = voters.count - pendingRemovals.count - 1
            let leavable = voters.subtracting(pendingRemovals).sorted()
            guard left >= settings.leastVoters,
                let id = leavable.randomElement(using: &generator)
            else { break }
            pendingRemovals.insert(id)
            plans.append(Plan(observation: .remove(id, info: []), round: round, voter: nil))
            churn.removeFirst()
            return
        }
        // The group has to change the other way first: let the next change go ahead.
        if let other = churn.indices.first(where: { churn[$0].round <= round && churn[$0].change != next.change }) {
            churn.swapAt(churn.startIndex, other)
        } else if let other = churn.indices.first(where: { churn[$0].change != next.change }) {
            churn.swapAt(churn.startIndex, other)
            churn[churn.startIndex].round = round
        }
    }

    /// Gives forkers a second engine with the same key: from now on each part of the network sees another branch.
    private mutating func fork() {
        for (forker, begin) in forkRounds.sorted(by: { $0.key < $1.key }) where begin <= round && forker < peers.count {
            // A peer that has not been admitted yet has nothing to fork.
            guard peers[forker].engines.count == 1, peers[forker].engine.state.contains(.vote) else { continue }
            peers[forker].engines.append(peers[forker].engine)
        }
    }

    private mutating func vote(_ peer: Int) {
        guard peers[peer].engine.state.contains(.vote) else { return }
        for engine in peers[peer].engines.indices {
            var chosen: [Int] = []
            for plan in plans.indices where !isDone(plan, by: peer) {
                if isDecided(plans[plan].observation, by: peer) {
                    peers[peer].votedPlans.insert(plan)
                } else if generator.happens(Simulation.voteRate) {
                    chosen.append(plan)
                }
            }
            guard !chosen.isEmpty else { continue }
            chosen.shuffle(using: &generator)
            do {
                try peers[peer].engines[engine].vote(for: chosen.map { plans[$0].observation })
                peers[peer].votedPlans.formUnion(chosen)
            } catch {
                // A forker's second engine may know better than its first what is decided already.
                peers[peer].refusedMessages += 1
            }
            takeBlocks(of: peer)
        }
    }

    private func isDecided(_ observation: Observation, by peer: Int) -> Bool {
        peers[peer].decided.contains(observation)
    }

    private mutating func gossip(_ peer: Int, _ engine: Int) {
        guard generator.happens(Simulation.gossipRate) else { return }
        let recipients = peers[peer].engines[engine].gossipRecipients.compactMap { id in
            peers.firstIndex { $0.id == id }
        }.filter { peers[peer].engineNumber(for: $0) == engine }
        guard let receiver = recipients.randomElement(using: &generator),
            let request = try? peers[peer].engines[engine].gossip(to: peers[receiver].id)
        else { return }
        takeBlocks(of: peer)
        send(request, from: peer, engine, to: receiver)
    }

    private mutating func send(_ message: GossipMessage, from sender: Int, _ engine: Int, to receiver: Int) {
        if generator.happens(settings.loss) { return }
        let due = round + 1 + Int.random(in: 0...settings.maxDelay, using: &generator)
        let delivery = Delivery(sender: sender, senderEngine: engine, receiver: receiver, message: message)
        deliveries[due, default: []].append(delivery)
    }

    // MARK: - Blocks

    /// Takes the blocks that a peer has come to, and compares them with what others have handed out.
    private mutating func takeBlocks(of peer: Int) {
        while let block = peers[peer].engines[0].nextBlock() {
            peers[peer].blocks.append(block)
            peers[peer].decided.insert(block.observation)
            guard peers[peer].isHonest else { continue }
            if block.number < agreedBlocks.count {
                let expected = agreedBlocks[block.number]
                if expected.digest != block.digest && divergence == nil {
                    divergence = Divergence(peer: peers[peer].id, block: block, expected: expected)
                }
                continue
            }
            agreedBlocks.append(block)
            switch block.observation {
            case .add(let id, _): join(id, contactsOf: peer)
            case .remove(let id, _): pendingRemovals.remove(id)
            default: break
            }
        }
    }

    /// Makes the engine of a peer that has been admitted.
    private mutating func join(_ id: PeerID, contactsOf peer: Int) {
        pendingAdditions.remove(id)
        let contacts = peers[peer].engine.voters.filter { $0 != id }
        let cryptography = Cryptography.simulated(id, digests: digests)
        guard let engine = try? Engine(joiner: cryptography, of: network, contacts: contacts) else { return }
        addPeer(id, engine)
    }
}
