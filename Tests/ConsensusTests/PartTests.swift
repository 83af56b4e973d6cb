import Consensus
import GossipGraph
import ParsecCore
import Simulation
import Testing
import Voting

/// What is too large for one message.
@Suite struct PartTests {
    private func limits(events: Int = .max, bytes: Int = .max) -> EngineLimits {
        var limits = EngineLimits()
        limits.eventsPerMessage = min(events, limits.eventsPerMessage)
        limits.bytesPerMessage = min(bytes, limits.bytesPerMessage)
        return limits
    }

    /// Alice has voted for many payloads that nobody has heard of.
    private func backlog(_ limits: EngineLimits, payloads: Int = 30, bytes: Int = 4) throws -> TestNetwork {
        var net = try TestNetwork(["Alice", "Bob"], mode: .single, limits: limits)
        for number in 0..<payloads {
            let payload = Array("\(1_000 + number)".utf8) + [UInt8](repeating: 0, count: bytes - 4)
            try net["Alice"].vote(for: .opaque(payload))
        }
        return net
    }

    /// Delivers a message, the answer to it, and so on, until there is no more; returns all of them.
    private func converse(_ first: GossipMessage, from sender: PeerID, to receiver: PeerID, _ net: inout TestNetwork)
        throws
        -> [GossipMessage]
    {
        var messages = [first]
        var (from, to) = (sender, receiver)
        while let answer = try net[to].receive(messages[messages.count - 1], from: from).response {
            messages.append(answer)
            swap(&from, &to)
        }
        return messages
    }

    @Test("What a message may not hold goes ahead in parts, in the same exchange, and every message keeps to the bound")
    func requestInParts() throws {
        var net = try backlog(limits(events: 8))
        let messages = try converse(net["Alice"].gossip(to: "Bob"), from: "Alice", to: "Bob", &net)
        #expect(
            messages.map(\.kind) == Array(repeating: [.part, .progress], count: 4).joined() + [.request, .response]
        )
        #expect(messages.allSatisfy { $0.events.count <= 8 })
        #expect(net["Alice"].agreement.graph.count == net["Bob"].agreement.graph.count + 1)
        try net.settle()
        #expect(net["Bob"].blockCount == 31 && net["Alice"].blockCount == 31)
    }

    @Test("A response that a message may not hold goes in parts, too")
    func responseInParts() throws {
        var net = try backlog(limits(events: 8))
        let messages = try converse(net["Bob"].gossip(to: "Alice"), from: "Bob", to: "Alice", &net)
        #expect(messages.map(\.kind).starts(with: [.request, .part, .progress, .part]))
        #expect(messages.allSatisfy { $0.events.count <= 8 })
        try net.settle()
        #expect(net["Bob"].blockCount == 31)
    }

    @Test("The bytes of a message are bounded as well; a larger event goes alone")
    func bytes() throws {
        var net = try backlog(limits(bytes: 3_000), payloads: 6, bytes: 1_000)
        let large = try backlog(limits(bytes: 3_000), payloads: 1, bytes: 5_000)
        let messages = try converse(net["Alice"].gossip(to: "Bob"), from: "Alice", to: "Bob", &net)
        for message in messages {
            #expect(message.events.flatMap(\.cause.observations).reduce(0) { $0 + $1.byteCount } <= 3_000)
        }
        #expect(messages.count { $0.kind == .part } == 2)
        var (alone, sizes) = (large, [Int]())
        for message in try converse(alone["Alice"].gossip(to: "Bob"), from: "Alice", to: "Bob", &alone) {
            sizes.append(message.events.count)
        }
        // Initial event and genesis vote; the large event with the announcement; what Bob has.
        #expect(sizes == [2, 0, 2, 3])
        #expect(alone["Bob"].agreement.graph.count + 1 == alone["Alice"].agreement.graph.count)
    }

    @Test("Bounds agreed with a peer are never above our own")
    func agreedBounds() throws {
        var net = try backlog(limits(events: 8))
        try net["Alice"].limitMessages(to: "Bob", MessageBounds(events: 1_000_000, bytes: 1 << 40))
        #expect(try net["Alice"].gossip(to: "Bob").events.count == 8)
        try net["Alice"].limitMessages(to: "Bob", MessageBounds(events: 3, bytes: 1 << 40))
        #expect(try net["Alice"].gossip(to: "Bob").events.count == 3)
        try net["Alice"].limitMessages(to: "Bob", MessageBounds(events: -1, bytes: -1))
        #expect(try net["Alice"].gossip(to: "Bob").events.count == 1)
        #expect(throws: EngineError.unknownPeer("Eve")) {
            try net["Alice"].limitMessages(to: "Eve", MessageBounds(events: 3, bytes: 3))
        }
    }

    @Test("If a part or its acknowledgement is lost, the next exchange goes on from what the receiver said last")
    func losses() throws {
        var net = try backlog(limits(events: 8))
        let first = try net["Alice"].gossip(to: "Bob")
        // The part is lost: it comes again.
        #expect(try net["Alice"].gossip(to: "Bob") == first)
        let progress = try #require(net["Bob"].receive(first, from: "Alice").response)
        // The acknowledgement is lost: so does it.
        #expect(try net["Alice"].gossip(to: "Bob") == first)
        let second = try #require(net["Alice"].receive(progress, from: "Bob").response)
        #expect(second.kind == .part && second.events.first?.selfParent != nil)
        #expect(Set(second.events).isDisjoint(with: first.events))
        // The second part is lost; the next exchange begins with it.
        #expect(try net["Alice"].gossip(to: "Bob") == second)
    }

    @Test("Repeated messages do not begin a second conversation")
    func duplicates() throws {
        var net = try backlog(limits(events: 8))
        let first = try net["Alice"].gossip(to: "Bob")
        let progress = try #require(net["Bob"].receive(first, from: "Alice").response)
        let again = try #require(net["Bob"].receive(first, from: "Alice").response)
        #expect(again == progress)
        #expect(try net["Alice"].receive(progress, from: "Bob").response != nil)
        #expect(try net["Alice"].receive(progress, from: "Bob").response == nil)
        #expect(try net["Alice"].receive(again, from: "Bob").response == nil)
    }

    @Test("A progress out of the blue, or with tips that nobody knows, starts nothing and changes nothing")
    func unasked() throws {
        var net = try backlog(limits())
        let before = net["Alice"].agreement.graph.count
        let digest = Digest(words: 1, 2, 3, 4)
        let receipt = try net["Alice"].receive(GossipMessage(kind: .progress, events: [], tips: [digest]), from: "Bob")
        #expect(receipt == Receipt(.progressNoted, response: nil))
        #expect(net["Alice"].agreement.graph.count == before)
        let many = [Digest](repeating: digest, count: EngineLimits().tipsPerMessage + 1)
        #expect(throws: EngineError.tooMany(.tipsPerMessage, count: many.count, limit: many.count - 1)) {
            try net["Alice"].receive(GossipMessage(kind: .progress, events: [], tips: many), from: "Bob")
        }
    }

    @Test("Whoever claims to have what it lacks gets the rest again once it says so")
    func falseTips() throws {
        var net = try backlog(limits())
        let tip = try #require(net["Alice"].gossip(to: "Bob").events.last)
        let graph = net["Alice"].agreement.graph
        let digest = graph.digest(of: try #require(graph.events.last))
        #expect(tip.creator == "Alice")
        _ = try net["Alice"].receive(GossipMessage(kind: .progress, events: [], tips: [digest]), from: "Bob")
        #expect(try net["Alice"].gossip(to: "Bob").events.count == 1)
        _ = try net["Alice"].receive(GossipMessage(kind: .progress, events: []), from: "Bob")
        #expect(try net["Alice"].gossip(to: "Bob").events.count > 30)
    }

    @Test("A joiner says what it has, and is not sent the history again with each request")
    func joiner() throws {
        var net = try backlog(limits())
        try net.settle()
        for name: PeerID in ["Alice", "Bob"] { try net[name].vote(for: .add("Carol", info: [])) }
        try net.settle()
        try net.addJoiner("Carol", contacts: ["Alice", "Bob"])
        let request = try net["Alice"].gossip(to: "Carol")
        // Without the last blocks the newcomer does not know of its admission.
        let early = GossipMessage(kind: .part, events: Array(request.events.prefix(40)))
        let progress = try #require(net["Carol"].receive(early, from: "Alice").response)
        _ = try net["Alice"].receive(progress, from: "Carol")
        let next = try net["Alice"].gossip(to: "Carol")
        #expect(next.events.count == request.events.count - 40 + 1)
        #expect(try net["Carol"].receive(next, from: "Alice").outcome == .answered)
    }

    @Test("An event with more bytes than the bound is neither made nor taken")
    func bytesPerEvent() throws {
        var small = EngineLimits()
        small.bytesPerEvent = 100
        let votes = (0..<3).map { Observation.opaque([UInt8](repeating: UInt8($0), count: 50)) }
        var net = try TestNetwork(["Alice", "Bob"], limits: small)
        #expect(throws: EngineError.tooMany(.bytesPerEvent, count: 165, limit: 100)) {
            try net["Alice"].vote(for: votes)
        }
        var alice = try Engine(member: .simulated("Alice"), of: net.network)
        try alice.vote(for: votes)
        let receipt = try net["Bob"].receive(alice.gossip(to: "Bob"), from: "Alice")
        #expect(receipt.refused.first?.reason == .tooMany(.bytesPerEvent, count: 165, limit: 100))
    }
}
