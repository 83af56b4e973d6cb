import App
import Consensus
import Logging
import MetaVoting
import ParsecCore
import Simulation
import Storage
import Synchronization
import Testing
import Transport
import Voting

/// Nodes in one process, over a network in memory.
@Suite(.timeLimit(.minutes(2))) struct NodeTests {
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
            membership: any MembershipPolicy = OpenMembership(),
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
                    transport: memory.transport(of: id),
                    store: store,
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
        while !holds(await node.status) { await Task.yield() }
    }

    private func blocks(of node: Node) async throws -> [Digest] {
        try await node.blocks(from: 0, count: .max).map(\.digest)
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

    @Test("An application gets each block once, in order, also after a restart")
    func application() async throws {
        let net = Net(["Alice"], mode: .single)
        let store = MemoryStore()
        for round in 0..<3 as Range<UInt8> {
            let counter = Counter()
            let alice = try await net.node("Alice", store: store, application: counter)
            try await run([alice]) {
                await wait(for: alice) { $0.phase == .member }
                _ = try await alice.submitAndWait([round])
                #expect(await counter.numbers == Array(0...Int(round) + 1))
                #expect(await alice.status.stateDigest == [round + 2])
            }
        }
    }
}

/// Takes payloads of even bytes only.
private struct EvenBytes: Application {
    func admit(_ payload: [UInt8]) async throws(Rejection) {
        if payload.contains(where: { !$0.isMultiple(of: 2) }) { throw Rejection("odd") }
    }

    func apply(_ block: Block) async -> [UInt8] { [] }
}

/// Remembers the numbers of the blocks it got.
private actor Counter: Application {
    private(set) var numbers: [Int] = []

    func apply(_ block: Block) -> [UInt8] {
        numbers.append(block.number)
        return [UInt8(numbers.count)]
    }

    func snapshot() -> [UInt8]? { numbers.map { UInt8($0) } }

    func restore(_ snapshot: [UInt8]) { numbers = snapshot.map { Int($0) } }
}
