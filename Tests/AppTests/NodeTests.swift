@testable import App
import Consensus
import Logging
import MetaVoting
import ParsecCore
import Serialization
import Simulation
import Storage
import Synchronization
import Testing
import Transport
import Voting

/// Nodes in one process, over a network in memory.
///
/// The time limit ends what hangs. It is long, since all tests of a run begin at once and take turns on as many threads as
/// there are cores: on a slow machine each may wait for all others.
@Suite(.timeLimit(.minutes(20))) struct NodeTests {
    /// Nodes that a test starts and stops.
    private struct Net: Sendable {
        let network: Network
        let memory = MemoryNetwork()
        let invitation: Invitation

        init(_ founders: [PeerID], mode: ConsensusMode = .supermajority) {
            network = Network(genesis: founders, mode: mode)
            invitation = Invitation(
                network: network,
                members: founders.map { Candidate(id: $0, info: MemberInfo(addresses: [])) }
            )
        }

        func node(
            _ id: PeerID,
            store: any Store = MemoryStore(),
            application: any Application = NoApplication(),
            gossip: any App.GossipPolicy = QuietestFirst(),
            membership: any MembershipPolicy = OpenMembership(),
            transport: (any Transport)? = nil,
            change: (inout NodeSettings) -> Void = { _ in }
        ) async throws -> Node {
            var settings = NodeSettings()
            settings.heartbeat = .milliseconds(200)
            change(&settings)
            return try await Node(
                NodeParts(
                    cryptography: .simulated(id),
                    invitation: invitation,
                    application: application,
                    transport: transport ?? memory.transport(of: id),
                    store: store,
                    gossip: gossip,
                    membership: membership,
                    settings: settings,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
            )
        }
    }

    /// Runs nodes while a function does something with them.
    private func run(_ nodes: [Node], _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes { group.addTask { try await node.run() } }
            try await body()
            group.cancelAll()
        }
    }

    /// Waits until a node is in a phase.
    private func wait(for node: Node, until holds: (NodeStatus) -> Bool) async {
        // Not in a rush, which would keep the node itself from running; and not longer than the test may take.
        while !holds(await node.status), (try? await Task.sleep(for: .milliseconds(2))) != nil {}
    }

    private func blocks(of node: Node) async throws -> [Digest] {
        try await node.blocks(from: 0, count: .max).map(\.digest)
    }

    @Test("Whichever write finds the store full, nothing is stored that builds on what is not", arguments: 1...12)
    func storeFullOnce(failing: Int) async throws {
        let net = Net(["Alice", "Bob"], mode: .single)
        let contents = MemoryStore()
        let alice = try await net.node("Alice", store: StoreFullOnce(contents, at: failing))
        let bob = try await net.node("Bob")
        try await run([bob]) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await #expect(throws: NodeError.self) { try await alice.run() } }
                group.addTask {
                    var number = 0
                    while true {
                        number += 1
                        do { try await alice.submit(Array("\(number)".utf8)) } catch {
                            if error as? SubmissionError == .stopping { return }
                        }
                        await Task.yield()
                    }
                }
            }
            let again = try await net.node("Alice", store: contents)
            try await run([again]) {
                await wait(for: again) { $0.phase == .member }
                _ = try await again.submitAndWait(Array("back".utf8))
                await wait(for: bob) { $0.isQuiet }
                await wait(for: again) { $0.isQuiet }
                #expect(try await blocks(of: again) == blocks(of: bob))
            }
        }
    }

    @Test("What one node submits becomes the same block at all", arguments: [ConsensusMode.supermajority, .single])
    func agreement(mode: ConsensusMode) async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        let net = Net(names, mode: mode)
        var nodes: [Node] = []
        for name in names { nodes.append(try await net.node(name)) }
        try await run(nodes) {
            for node in nodes { await wait(for: node) { $0.phase == .member } }
            for (number, node) in nodes.enumerated() {
                let block = try await node.submitAndWait([UInt8(number)])
                #expect(block.observation == .opaque([UInt8(number)]))
            }
            for node in nodes { await wait(for: node) { $0.blocks == 5 && $0.isQuiet } }
            let first = try await blocks(of: nodes[0])
            for node in nodes { #expect(try await blocks(of: node) == first) }
            #expect(await nodes[0].undecided(limit: 10).isEmpty)
        }
    }

    @Test("A node gossips with those whom its policy chooses")
    func gossipPolicy() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        let net = Net(names)
        var nodes: [Node] = []
        let policies = names.map { _ in InOrder() }
        for (name, policy) in zip(names, policies) { nodes.append(try await net.node(name, gossip: policy)) }
        try await run(nodes) {
            for node in nodes { await wait(for: node) { $0.phase == .member } }
            for (number, node) in nodes.enumerated() { _ = try await node.submitAndWait([UInt8(number)]) }
            for node in nodes { await wait(for: node) { $0.blocks == 5 } }
        }
        for (name, policy) in zip(names, policies) { #expect(policy.chosen == Set(names).subtracting([name])) }
    }

    @Test("A member that the application does not want is not voted for, whatever the policy and the operator say")
    func memberRefused() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol"]
        let net = Net(names)
        var nodes: [Node] = []
        // Two of three want Dave, which is not more than two thirds.
        for name in names {
            let application: any Application = name == "Carol" ? WithoutDave() : NoApplication()
            nodes.append(try await net.node(name, application: application))
        }
        try await run(nodes) {
            for node in nodes { await wait(for: node) { $0.phase == .member && $0.blocks == 1 } }
            let dave = Candidate(id: "Dave", info: MemberInfo(addresses: []))
            await #expect(throws: SubmissionError.rejected(Rejection("no Dave"))) { try await nodes[2].admit(dave) }
            try await nodes[0].admit(dave)
            while await nodes[2].undecided(limit: 1).first?.missing != ["Carol"] { await Task.yield() }
            // Carol judges one after the other, and has judged Dave once it votes for what came later.
            _ = try await nodes[0].submitAndWait([1])
            #expect(await nodes[2].undecided(limit: 1).first?.missing == ["Carol"])
            #expect(await nodes[2].status.voters == names)
        }
    }

    @Test("With nothing undecided nodes create no events")
    func quiescence() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol"]
        let net = Net(names)
        var nodes: [Node] = []
        for name in names { nodes.append(try await net.node(name) { $0.heartbeat = .milliseconds(10) }) }
        try await run(nodes) {
            for node in nodes { await wait(for: node) { $0.blocks == 1 && $0.isQuiet } }
            // What is under way when all are quiet may still arrive; after that there is nothing.
            var events: [Int] = []
            var rounds = 0
            while rounds < 3 {
                var now: [Int] = []
                for node in nodes { now.append(await node.status.events) }
                rounds = now == events ? rounds + 1 : 0
                events = now
                try await Task.sleep(for: .milliseconds(30))
            }
            #expect(Set(events).count <= 3)
        }
    }

    @Test("A peer that joins gets all blocks and votes; one that leaves is let go")
    func membership() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol"]
        let net = Net(names)
        var nodes: [Node] = []
        for name in names { nodes.append(try await net.node(name)) }
        let joiner = try await net.node("Dave")
        try await run(nodes + [joiner]) {
            await wait(for: nodes[0]) { $0.phase == .member }
            _ = try await nodes[0].submitAndWait([1])
            try await nodes[0].admit(Candidate(id: "Dave", info: MemberInfo(addresses: [])))
            await wait(for: joiner) { $0.phase == .member }
            let block = try await joiner.submitAndWait([2])
            #expect(block.voters.contains("Dave"))
            #expect(try await blocks(of: joiner).count == block.number + 1)
            try await nodes[1].remove("Bob")
            await wait(for: joiner) { $0.voters == ["Alice", "Carol", "Dave"] }
            await wait(for: nodes[1]) { $0.phase == .removed }
            await #expect(throws: SubmissionError.notReady("it is no member")) { try await nodes[1].submit([3]) }
        }
    }

    @Test(
        "A node that restarts goes on from its store, and one with an older copy learns what it lost, and forks nothing"
    )
    func restart() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        let net = Net(names)
        let store = MemoryStore()
        let old = MemoryStore()
        var others: [Node] = []
        for name in names.dropLast() { others.append(try await net.node(name)) }
        try await run(others) {
            var dave = try await net.node("Dave", store: store)
            try await run([dave]) {
                await wait(for: dave) { $0.phase == .member }
                _ = try await dave.submitAndWait([1])
            }
            let contents = try #require(try await store.load())
            let blocks = try await store.blocks(from: 0, count: .max)
            // The others go on without it.
            _ = try await others[0].submitAndWait([2])
            dave = try await net.node("Dave", store: store)
            try await run([dave]) {
                await wait(for: dave) { $0.phase == .member }
                _ = try await dave.submitAndWait([3])
            }
            // An older copy, and none at all.
            try await old.begin(contents.record)
            try await old.append(StoreBatch(events: contents.events, blocks: blocks))
            for (number, store) in [old, MemoryStore()].enumerated() {
                dave = try await net.node("Dave", store: store)
                try await run([dave]) {
                    await wait(for: dave) { $0.phase == .member }
                    let block = try await dave.submitAndWait([4 + UInt8(number)])
                    #expect(try await self.blocks(of: dave).count == block.number + 1)
                }
            }
            for node in others {
                #expect(await node.evidence.isEmpty)
                #expect(await node.status.voters == names)
            }
        }
    }

    @Test("A node that is cut off decides nothing alone, and catches up when the links are mended")
    func cutLinks() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        let net = Net(names)
        var nodes: [Node] = []
        for name in names { nodes.append(try await net.node(name) { $0.exchangeTimeout = .milliseconds(50) }) }
        try await run(nodes) {
            for node in nodes { await wait(for: node) { $0.phase == .member && $0.blocks == 1 } }
            for name in names.dropLast() { net.memory.setCut(true, between: name, and: "Dave") }
            try await nodes[3].submit([9])
            let block = try await nodes[0].submitAndWait([1])
            #expect(block.observation == .opaque([1]))
            #expect(await nodes[3].status.blocks == 1)
            for name in names.dropLast() { net.memory.setCut(false, between: name, and: "Dave") }
            for node in nodes { await wait(for: node) { $0.blocks == 3 } }
            let first = try await blocks(of: nodes[0])
            for node in nodes { #expect(try await blocks(of: node) == first) }
        }
    }

    @Test("Two that submit the same and wait get the same block, here or at different nodes")
    func sameTwice() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol"]
        let net = Net(names)
        var nodes: [Node] = []
        for name in names { nodes.append(try await net.node(name)) }
        try await run(nodes) {
            for node in nodes { await wait(for: node) { $0.phase == .member } }
            let (alice, bob) = (nodes[0], nodes[1])
            async let first = alice.submitAndWait([1])
            async let second = alice.submitAndWait([1])
            async let third = bob.submitAndWait([1])
            let numbers = try await [first.number, second.number, third.number]
            #expect(Set(numbers).count == 1)
        }
    }

    @Test("Whoever follows blocks, or waits for one, is told that the node stops before its connections are closed")
    func tellsFirst() async throws {
        let net = Net(["Alice", "Bob"])
        let (end, ends) = AsyncStream.makeStream(of: Void.self)
        let transport = LingeringTransport(transport: net.memory.transport(of: "Alice"), end: end)
        let alice = try await net.node("Alice", transport: transport)
        let bob = try await net.node("Bob")
        let running = Task { try await alice.run() }
        try await run([bob]) { await wait(for: alice) { $0.phase == .member } }
        // Bob is gone, so that this is never decided.
        let answer = Task { try await alice.submitAndWait([1]) }
        await wait(for: alice) { $0.undecided + $0.queued == 1 }
        let followed = await alice.follow()
        running.cancel()
        for await _ in followed {}
        await #expect(throws: SubmissionError.stopping) { _ = try await answer.value }
        ends.finish()
        try await running.value
    }

    @Test("A node whose past is unknown takes nothing, and says why")
    func notReady() async throws {
        let net = Net(["Alice", "Bob", "Carol"])
        let alice = try await net.node("Alice")
        try await run([alice]) {
            #expect(await alice.status.phase == .recovering)
            await #expect(throws: SubmissionError.self) { try await alice.submit([1]) }
        }
    }

    @Test("What is too much, too large, senseless or said before is refused with its reason")
    func refusals() async throws {
        let net = Net(["Alice"], mode: .single)
        let alice = try await net.node("Alice", application: EvenBytes()) { settings in
            settings.queuedBytes = 100
            settings.bytesPerEvent = 90
        }
        try await run([alice]) {
            await wait(for: alice) { $0.phase == .member }
            await #expect(throws: SubmissionError.rejected(Rejection("odd"))) { try await alice.submit([1]) }
            await #expect(throws: SubmissionError.self) { try await alice.submit([UInt8](repeating: 2, count: 200)) }
            _ = try await alice.submitAndWait([2])
            await #expect(throws: SubmissionError.self) { _ = try await alice.submitAndWait([2]) }
            #expect(try await alice.submitAndWait([4]).number == 2)
        }
        await #expect(throws: SubmissionError.stopping) { try await alice.submit([6]) }
    }

    @Test("What others vote for is judged after a restart, if the node was stopped before it came to that")
    func judgesAfterRestart() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol"]
        let net = Net(names)
        var others: [Node] = []
        for name in names.dropLast() { others.append(try await net.node(name)) }
        let store = MemoryStore()
        try await run(others) {
            var carol = try await net.node("Carol", store: store, application: Undecided())
            try await run([carol]) {
                for node in others { await wait(for: node) { $0.phase == .member } }
                try await others[0].submit([1])
                // Two have voted, and nobody decides without the third.
                while await carol.undecided(limit: 1).first?.missing != ["Carol"] { await Task.yield() }
            }
            carol = try await net.node("Carol", store: store)
            try await run([carol]) { await wait(for: carol) { $0.blocks == 2 } }
        }
    }

    @Test("What a node voted for and is not decided counts after a restart, too")
    func undecidedAfterRestart() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        let net = Net(names)
        var others: [Node] = []
        for name in names.dropFirst() { others.append(try await net.node(name, application: EvenBytes())) }
        let store = MemoryStore()
        try await run(others) {
            for round in 0..<2 as Range<UInt8> {
                let alice = try await net.node("Alice", store: store) { $0.undecidedPayloads = 2 }
                try await run([alice]) {
                    await wait(for: alice) { $0.phase == .member && $0.blocks >= 1 }
                    for payload in [1, 3, 5] as [UInt8] { try await alice.submit([payload + 10 * round]) }
                    await wait(for: alice) { $0.undecided >= 2 }
                    // Everything that Alice may vote for is voted for once another's payload is decided.
                    _ = try await others[0].submitAndWait([2 * round])
                    await wait(for: alice) { $0.blocks == 2 + Int(round) }
                    #expect(await alice.status.undecided == 2)
                    #expect(await alice.status.queued == (round == 0 ? 1 : 3))
                }
            }
        }
    }

    /// Runs four nodes, of which Dave is cut off from the others once all are at rest, until the links are mended.
    private func runWithDaveCutOff(_ body: (_ nodes: [Node], _ mend: () -> Void) async throws -> Void) async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        let net = Net(names)
        func setCut(_ isCut: Bool) {
            for name in names.dropLast() { net.memory.setCut(isCut, between: name, and: "Dave") }
        }
        var nodes: [Node] = []
        for name in names { nodes.append(try await net.node(name) { $0.exchangeTimeout = .milliseconds(50) }) }
        try await run(nodes) {
            for node in nodes { await wait(for: node) { $0.phase == .member && $0.blocks == 1 && $0.isQuiet } }
            setCut(true)
            try await body(nodes) { setCut(false) }
        }
    }

    @Test("Whoever stops waiting is let go at once, and what was submitted becomes a block all the same")
    func cancelledWhileWaiting() async throws {
        try await runWithDaveCutOff { nodes, mend in
            let dave = nodes[3]
            // Two wait for the same, of whom one goes on to wait.
            let patient = Task { try await dave.submitAndWait([1]) }
            let hasty = Task { try await dave.submitAndWait([1]) }
            await wait(for: dave) { $0.undecided == 1 }
            hasty.cancel()
            await #expect(throws: CancellationError.self) { _ = try await hasty.value }
            mend()
            let block = try await patient.value
            #expect(block.observation == .opaque([1]))
        }
    }

    @Test("Whoever waits at a node that is removed is told")
    func removedWhileWaiting() async throws {
        try await runWithDaveCutOff { nodes, mend in
            let dave = nodes[3]
            let waiting = Task { try await dave.submitAndWait([1]) }
            await wait(for: dave) { $0.undecided == 1 }
            for node in nodes.dropLast() { try await node.remove("Dave") }
            await wait(for: nodes[0]) { $0.voters.count == 3 }
            mend()
            await #expect(throws: SubmissionError.removed) { _ = try await waiting.value }
            #expect(await dave.status.phase == .removed)
        }
    }

    @Test("A member that is silent for too long is voted out, where the settings say so")
    func evictsTheSilent() async throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        let net = Net(names)
        var nodes: [Node] = []
        for name in names {
            nodes.append(
                try await net.node(name) { settings in
                    settings.heartbeat = .milliseconds(10)
                    settings.evictAfter = .seconds(1)
                }
            )
        }
        try await run(nodes) {
            for node in nodes { await wait(for: node) { $0.phase == .member && $0.blocks == 1 && $0.isQuiet } }
            for name in names.dropLast() { net.memory.setCut(true, between: name, and: "Dave") }
            for node in nodes.dropLast() { await wait(for: node) { $0.voters == names.dropLast() } }
        }
    }

    @Test("A stranger is told to go, and its connection is closed")
    func turnedAway() async throws {
        let net = Net(["Alice", "Bob"])
        let alice = try await net.node("Alice")
        let (frames, heard) = AsyncStream.makeStream(of: Frame?.self)
        let transport = net.memory.transport(of: "Eve")
        transport.setPeers(["Alice": []])
        try await run([alice]) {
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await transport.run(Stranger(transport: transport, heard: heard)) }
                var answers: [Frame?] = []
                for await frame in frames.prefix(2) { answers.append(frame) }
                if case .goodbye = answers[0] {} else { Issue.record("no goodbye, but \(answers)") }
                #expect(answers[1] == nil, "the connection is still there")
                group.cancelAll()
            }
        }
    }

    @Test("An application gets each block once, in order, also after a restart")
    func application() async throws {
        let net = Net(["Alice"], mode: .single)
        let store = MemoryStore()
        for round in 0..<3 as Range<UInt8> {
            let counter = Counter()
            let alice = try await net.node("Alice", store: store, application: counter)
            try await run([alice]) {
                await wait(for: alice) { $0.phase == .member }
                if round > 0 { #expect(await alice.status.stateDigest == [round + 1]) }
                _ = try await alice.submitAndWait([round])
                #expect(await counter.numbers == Array(0...Int(round) + 1))
                #expect(await alice.status.stateDigest == [round + 2])
            }
        }
    }
}

/// Takes payloads of even bytes only.
private struct EvenBytes: Application {
    func admit(_ payload: [UInt8]) throws(Rejection) {
        if payload.contains(where: { !$0.isMultiple(of: 2) }) { throw Rejection("odd") }
    }

    func apply(_ block: Block) -> [UInt8] { [] }

    func snapshot() -> [UInt8]? { nil }

    func restore(_ snapshot: [UInt8]) {}
}

/// Chooses one after the other, and remembers whom it chose.
private final class InOrder: App.GossipPolicy {
    private let state = Mutex<(last: PeerID?, chosen: Set<PeerID>)>((nil, []))

    var chosen: Set<PeerID> { state.withLock { $0.chosen } }

    func recipient(among free: [PeerID], leastRecentlyHeard: ([PeerID]) -> PeerID?) -> PeerID? {
        state.withLock { state in
            let sorted = free.sorted()
            let next = sorted.first { peer in state.last.map { $0 < peer } ?? true } ?? sorted.first
            if let next { (state.last, _) = (next, state.chosen.insert(next)) }
            return next
        }
    }
}

/// Wants everybody but Dave.
private struct WithoutDave: Application {
    func admit(_ payload: [UInt8]) {}

    func admit(_ member: Candidate) throws(Rejection) {
        if member.id == "Dave" { throw Rejection("no Dave") }
    }

    func apply(_ block: Block) -> [UInt8] { [] }

    func snapshot() -> [UInt8]? { nil }

    func restore(_ snapshot: [UInt8]) {}
}

/// Never comes to know whether it takes a payload.
private struct Undecided: Application {
    func admit(_ payload: [UInt8]) async throws(Rejection) {
        try? await Task.sleep(for: .seconds(1_000))
        throw Rejection("too late")
    }

    func apply(_ block: Block) -> [UInt8] { [] }

    func snapshot() -> [UInt8]? { nil }

    func restore(_ snapshot: [UInt8]) {}
}

/// Hears what others say, and says one thing itself.
private struct Stranger: TransportDelegate {
    let transport: any Transport
    let heard: AsyncStream<Frame?>.Continuation

    func admission(of peer: PeerID) async -> Admission { .member }

    func connected(to peer: PeerID) async { try? transport.send(Frame.recover(tips: []).bytes, to: peer) }

    func disconnected(from peer: PeerID) async { heard.yield(nil) }

    func receive(_ frame: [UInt8], from peer: PeerID) async { heard.yield(try? Frame(frame, limits: WireLimits())) }
}

/// Remembers the numbers of the blocks it got.
private actor Counter: Application {
    private(set) var numbers: [Int] = []

    func admit(_ payload: [UInt8]) {}

    func apply(_ block: Block) -> [UInt8] {
        numbers.append(block.number)
        return [UInt8(numbers.count)]
    }

    func snapshot() -> [UInt8]? { numbers.map { UInt8($0) } }

    func restore(_ snapshot: [UInt8]) { numbers = snapshot.map { Int($0) } }
}

/// A store in which one write finds no space, and those after it do.
private actor StoreFullOnce: Store {
    private let contents: MemoryStore
    private var rest: Int

    init(_ contents: MemoryStore, at failing: Int) { (self.contents, rest) = (contents, failing) }

    func load() async throws(StoreError) -> StoreContents? { try await contents.load() }
    func begin(_ record: NodeRecord) async throws(StoreError) { try await contents.begin(record) }
    func append(_ batch: StoreBatch) async throws(StoreError) {
        rest -= 1
        if rest == 0 { throw .full(path: "here") }
        try await contents.append(batch)
    }
    func blocks(from number: Int, count: Int) async throws(StoreError) -> [Block] {
        try await contents.blocks(from: number, count: count)
    }
    func close() async throws(StoreError) {}
}

/// A transport whose connections stay open for a while after it was cancelled.
private struct LingeringTransport: Transport {
    let transport: any Transport
    let end: AsyncStream<Void>

    func run(_ delegate: any TransportDelegate) async throws {
        try await transport.run(delegate)
        // Cancelled tasks are not waited with: iteration would end at once.
        await Task { for await _ in end {} }.value
    }

    func setPeers(_ addresses: [PeerID: [PeerAddress]]) { transport.setPeers(addresses) }

    func send(_ frame: [UInt8], to peer: PeerID) throws(TransportError) { try transport.send(frame, to: peer) }

    func disconnect(_ peer: PeerID) { transport.disconnect(peer) }
}
