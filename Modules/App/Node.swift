import Accountability
public import Consensus
import GossipGraph
import Logging
import Membership
import MetaVoting
public import ParsecCore
import Serialization
public import ServiceLifecycle
import Storage
import Transport
import Voting

/// A running peer: an engine with a transport, a store and an application.
///
/// All that happens to the engine happens on this actor. What it creates goes to the store, and only then to others; blocks
/// go to the application once the events are stored that they follow from.
public actor Node: Service {
    public nonisolated let id: PeerID
    public nonisolated let network: Network
    public nonisolated let settings: NodeSettings

    let transport: any Transport
    let store: any Store
    let application: any Application
    let membership: any MembershipPolicy
    let gossipPolicy: any GossipPolicy
    let logger: Logger
    let codec: MessageCodec
    let clock = ContinuousClock()

    var engine: Engine
    let counters = NodeCounters()

    /// Where the members are, as far as it is known; agreed addresses come in place of invited ones.
    var addresses: [PeerID: MemberInfo] = [:]

    // MARK: What is on its way out

    /// What has to be stored, and what may leave after that.
    struct Outputs {
        var batch = StoreBatch()
        var frames: [(bytes: [UInt8], peer: PeerID, isLast: Bool)] = []

        /// Whether somebody waits for it: others, or the application. Events that nobody has been told of, and that decide
        /// nothing, can be stored with the next; a node that is killed gets them again, or makes others in their place.
        var isAwaited: Bool {
            !frames.isEmpty || !batch.blocks.isEmpty || batch.snapshot != nil || batch.events.count > Outputs.mostEvents
        }

        /// The most events that wait to be stored with others.
        private static let mostEvents = 1_000
    }

    var outputs = Outputs()

    /// The first event that has not been given to the store.
    var unstored: EventIndex

    /// Those who wait for the store to keep up.
    var waitingForStore: [CheckedContinuation<Void, Never>] = []
    let outputSignal = Signal()

    /// Blocks whose events are stored, and which the application has not been given.
    var readyBlocks: [Block] = []

    /// Blocks whose events are stored, and which are not themselves.
    var unstoredBlocks: [Block] = []

    /// Whether these are stored even if no events are.
    var storesAllBlocks = false
    let blockSignal = Signal()
    var storedBlocks = 0
    var appliedBlocks = 0
    var stateDigest: [UInt8] = []
    var lastSnapshot = 0

    // MARK: Gossip

    let gossipSignal = Signal()

    /// By how much this node woke up too late for its next exchange, lately.
    var lateness = Duration.zero

    /// How many more exchanges are begun because of what was learned last.
    var rumour = 0

    /// The first frames of those who are connected.
    var hellos: [PeerID: Frame.Hello] = [:]
    var exchanges = Exchanges()

    /// How often a peer was asked in vain for events of ours that it says it knows, and when it is asked again.
    struct Recovery {
        var attempts: Int
        var next: ContinuousClock.Instant
    }

    var recoveries: [PeerID: Recovery] = [:]

    /// When more than two thirds had said what they know of our past.
    var quorumTime: ContinuousClock.Instant?

    /// When events arrived: the first event after each time, a few seconds apart.
    var arrivals: [(time: ContinuousClock.Instant, first: EventIndex)] = []

    /// For how long this node had been running when a frame of a member came last, or the member was admitted.
    var lastHeard: [PeerID: Duration] = [:]

    /// For how long this node has been running, as of its last beat.
    var runningTime = Duration.zero
    var lastBeat: ContinuousClock.Instant

    // MARK: Submissions

    var queue: [Ballot] = []

    /// What others voted for and this node agrees with.
    var seconded: [Ballot] = []
    var queuedBytes = 0

    /// What this node has voted for and is not decided.
    var ownUndecided: Set<Digest> = []
    var waiters: [Digest: [Ballot.Waiter]] = [:]
    var lastWaiter = 0
    var followers: [Int: AsyncStream<Block>.Continuation] = [:]
    var nextFollower = 0
    var isStopping = false

    // MARK: What others vote for

    /// The first event whose votes this node has not judged.
    var unjudged: EventIndex
    let judgeSignal = Signal()

    /// Makes a node from its parts, and brings it back to where its store says it was.
    ///
    /// - Throws: ``NodeError``.
    public init(_ parts: NodeParts) async throws(NodeError) {
        id = parts.cryptography.signer.id
        network = parts.invitation.network
        settings = parts.settings
        transport = parts.transport
        store = parts.store
        application = parts.application
        membership = ApplicationMembership(application: parts.application, policy: parts.membership)
        gossipPolicy = parts.gossip
        var logger = parts.logger
        logger[metadataKey: "node"] = "\(id)"
        self.logger = logger
        codec = MessageCodec(limits: parts.settings.wire)
        lastBeat = clock.now
        let contents: StoreContents?
        do { contents = try await parts.store.load() } catch { throw .store(error) }
        engine = try Node.engine(parts, contents)
        unstored = engine.agreement.graph.startIndex
        unjudged = unstored
        let isJoiner = !network.genesis.contains(id)
        if let contents {
            guard contents.record.id == id, contents.record.network == network else {
                throw .foreignStore(contents.record.id)
            }
            unstored = EventIndex(unstored.value + UInt32(contents.events.count))
            storedBlocks = contents.blockCount
            try await restoreApplication(contents.snapshot)
        } else {
            let contacts = isJoiner ? parts.invitation.members.map(\.id) : nil
            do { try await store.begin(NodeRecord(network: network, id: id, contacts: contacts)) } catch {
                throw .store(error)
            }
        }
        for member in parts.invitation.members {
            addresses[member.id] = member.info
            // Members that joined later are in no list of the network's, and have to be able to send the history.
            if isJoiner { engine.addContact(member.id) }
        }
        try await readAgreedAddresses()
    }

    private static func engine(_ parts: NodeParts, _ contents: StoreContents?) throws(NodeError) -> Engine {
        let network = parts.invitation.network
        let limits = parts.settings.engine
        if let contents {
            let history = History(
                network: contents.record.network,
                id: contents.record.id,
                contacts: contents.record.contacts,
                events: contents.events,
                takenBlocks: contents.blockCount
            )
            do {
                return try Engine(restoring: history, with: parts.cryptography, limits: limits, isHeldBack: true)
            } catch { throw .history(error) }
        }
        do {
            var engine: Engine
            if network.genesis.contains(parts.cryptography.signer.id) {
                engine = try Engine(member: parts.cryptography, of: network, limits: limits)
            } else {
                let contacts = parts.invitation.members.map(\.id)
                engine = try Engine(joiner: parts.cryptography, of: network, contacts: contacts, limits: limits)
            }
            // Its store may have been lost: the others know.
            engine.holdBack()
            return engine
        } catch { throw .engine(error) }
    }

    private func restoreApplication(_ snapshot: ApplicationSnapshot?) async throws(NodeError) {
        if let snapshot {
            do { try await application.restore(snapshot.bytes) } catch { throw .application("\(error)") }
            appliedBlocks = snapshot.blocks
            lastSnapshot = snapshot.blocks
            stateDigest = snapshot.stateDigest
        }
        while appliedBlocks < storedBlocks {
            for block in try await stored(from: appliedBlocks, count: 1_000) {
                stateDigest = await application.apply(block)
                appliedBlocks += 1
            }
        }
    }

    private func readAgreedAddresses() async throws(NodeError) {
        var number = 0
        while number < storedBlocks {
            let blocks = try await stored(from: number, count: 1_000)
            for block in blocks { noteAddresses(of: block) }
            number += max(1, blocks.count)
        }
    }

    private func stored(from number: Int, count: Int) async throws(NodeError) -> [Block] {
        do { return try await store.blocks(from: number, count: count) } catch { throw .store(error) }
    }

    func noteAddresses(of block: Block) {
        if case .add(let peer, let info) = block.observation, let member = MemberInfo(info: info) {
            addresses[peer] = member
        }
    }

    // MARK: - Running

    /// Runs until the task is cancelled, or the service group shuts down; what was decided is stored then.
    ///
    /// - Throws: ``NodeError``, or what the transport throws if it cannot begin.
    public func run() async throws {
        connectMembers()
        collect()
        checkRecovery()
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await self.transport.run(NodeDelegate(node: self)) }
                    group.addTask { try await self.write() }
                    group.addTask { await self.apply() }
                    group.addTask { await self.gossip() }
                    group.addTask { await self.beat() }
                    group.addTask { await self.judge() }
                    // Told at once: that connections are closed may take seconds.
                    group.addTask {
                        try? await gracefulShutdown()
                        await self.endWaiting()
                    }
                    try await group.next()
                    group.cancelAll()
                }
            }
        } catch is CancellationError {
        } catch {
            await stop()
            throw error
        }
        await stop()
    }

    /// Tells whoever waits for a block, or follows blocks, that the node stops.
    private func endWaiting() {
        isStopping = true
        endSubmissions(.stopping)
        for follower in followers.values { follower.finish() }
    }

    /// Lets nobody wait, and stores what is left.
    private func stop() async {
        endWaiting()
        for waiting in waitingForStore { waiting.resume() }
        waitingForStore = []
        do {
            try await writeOutputs(sends: false)
            await applyBlocks()
            await takeSnapshot()
            storesAllBlocks = true
            try await writeOutputs(sends: false)
            try await store.close()
        } catch { logger.error("could not store the last of it", metadata: ["reason": "\(error)"]) }
    }
}

/// Wakes up one task, however often it is given.
struct Signal: Sendable {
    let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func give() { continuation.yield() }
}
