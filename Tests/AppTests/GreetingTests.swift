@testable import App
import Consensus
import Logging
import ParsecCore
import Serialization
import Simulation
import Storage
import Synchronization
import Testing
import Transport
import Voting

/// When a node greets, and what it makes of greetings. The other peer is an engine in the hands of the test.
@Suite(.timeLimit(.minutes(20))) struct GreetingTests {
    /// The frames that a node sends a peer.
    private final class Inbox: TransportDelegate {
        let connections: AsyncStream<PeerID>
        let frames: AsyncStream<[UInt8]>
        private let connection: AsyncStream<PeerID>.Continuation
        private let frame: AsyncStream<[UInt8]>.Continuation

        init() {
            (connections, connection) = AsyncStream.makeStream()
            (frames, frame) = AsyncStream.makeStream()
        }

        func admission(of peer: PeerID) async -> Admission { .member }
        func connected(to peer: PeerID) async { connection.yield(peer) }
        func disconnected(from peer: PeerID) async {}
        func receive(_ bytes: [UInt8], from peer: PeerID) async { frame.yield(bytes) }
    }

    private static let codec = MessageCodec()

    private func node(_ id: PeerID, of network: Network, over memory: MemoryNetwork) async throws -> Node {
        let members = network.genesis.map { Candidate(id: $0, info: MemberInfo(addresses: [])) }
        return try await Node(
            NodeParts(
                cryptography: .simulated(id),
                invitation: Invitation(network: network, members: members),
                application: NoApplication(),
                transport: memory.transport(of: id),
                store: MemoryStore(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
    }

    private func hello(of network: Digest, knownEvents: Int) -> [UInt8] {
        let bounds = EngineLimits().messages
        return Frame.hello(Frame.Hello(network: network, bounds: bounds, knownEvents: knownEvents)).bytes
    }

    private func wait(until holds: () async -> Bool) async {
        while !(await holds()), (try? await Task.sleep(for: .milliseconds(2))) != nil {}
    }

    @Test("A node that lacks what a message builds on greets the sender, and takes what then comes whole")
    func lacking() async throws {
        let network = Network(genesis: ["Alice", "Bob"], mode: .single)
        let memory = MemoryNetwork()
        let alice = try await node("Alice", of: network, over: memory)
        var bob = try Engine(member: .simulated("Bob"), of: network)
        let transport = memory.transport(of: "Bob")
        let inbox = Inbox()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await alice.run() }
            group.addTask { try await transport.run(inbox) }
            transport.setPeers(["Alice": []])
            for await _ in inbox.connections { break }
            try bob.beginConnection(to: "Alice")
            try transport.send(hello(of: bob.networkDigest, knownEvents: 0), to: "Alice")

            func gossip() throws -> [UInt8] {
                let message = try bob.gossip(to: "Alice")
                return Frame.gossip(GreetingTests.codec.encode(message, from: bob)).bytes
            }
            try bob.vote(for: .opaque([1]))
            // Lost on the way.
            _ = try gossip()
            try bob.vote(for: .opaque([2]))
            try transport.send(try gossip(), to: "Alice")
            var greetings = 0
            for await bytes in inbox.frames {
                guard case .hello = try Frame(bytes, limits: WireLimits()) else { continue }
                greetings += 1
                // The first is that of the connection.
                if greetings == 2 { break }
            }
            #expect(await alice.engine.eventCount(of: "Bob") == 0)
            try bob.beginConnection(to: "Alice")
            let known = bob.ownEventCount
            try transport.send(try gossip(), to: "Alice")
            await wait { await alice.engine.eventCount(of: "Bob") > known }
            group.cancelAll()
        }
        #expect(await alice.engine.eventCount(of: "Bob") == bob.ownEventCount)
    }

    @Test("The greeting of a member makes a node gossip, that of a peer that was removed does not")
    func removed() async throws {
        let network = Network(genesis: ["Alice", "Bob", "Carol"], mode: .single)
        let memory = MemoryNetwork()
        var nodes: [Node] = []
        for name in network.genesis { nodes.append(try await node(name, of: network, over: memory)) }
        let alice = nodes[0]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes { group.addTask { try await node.run() } }
            for node in nodes { await wait { await node.status.phase == .member } }
            for node in nodes { try await node.remove("Carol") }
            await wait {
                let status = await alice.status
                return status.voters == ["Alice", "Bob"] && status.isQuiet
            }
            let digest = await alice.engine.networkDigest
            await alice.receive(hello(of: digest, knownEvents: 0), from: "Carol")
            #expect(await alice.rumour == 0)
            await alice.receive(hello(of: digest, knownEvents: 0), from: "Bob")
            #expect(await alice.rumour > 0)
            group.cancelAll()
        }
    }
}
