import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// What messages bring and which are refused, after the functional tests of the reference (`protocol.md` section 10.2).
@Suite struct ReferenceGossipTests {
    private func group() throws -> Group { try Group(["Alice", "Bob", "Carol", "Dave"]) }

    private func has(_ group: Group, _ name: PeerID, _ event: GossipEvent) -> Bool {
        group[name].agreement.graph.event(withDigest: group.digest(event)) != nil
    }

    /// The newest event of an engine's own peer.
    private func tip(_ engine: Engine) throws -> EventIndex {
        try #require(engine.agreement.peers.ourself.flatMap(engine.agreement.graph.lastEvent))
    }

    @Test("A peer that knows later events of a forker is still sent an older event of another branch")
    func gossipAfterFork() throws {
        var group = try group()
        // Two Alices go on from the same event: one tells Bob of one event, the other tells Carol of four.
        var twin = group["Alice"]
        let short = try group["Alice"].gossip(to: "Bob")
        _ = try group["Bob"].receive(short, from: "Alice")
        let older = try #require(short.events.last)
        group["Alice"] = twin
        for _ in 0..<2 { try group.exchange("Alice", "Carol") }
        twin = group["Alice"]
        let later = try tip(twin)
        #expect(twin.agreement.graph.indexByCreator(of: later) == 5)

        // Bob hears from Carol what she knows of Alice, and answers.
        let request = try group["Carol"].gossip(to: "Bob")
        let answer = try group["Bob"].receive(request, from: "Carol").response
        let response = try #require(answer)
        #expect(has(group, "Bob", twin.gossipEvent(try #require(twin.agreement.graph.selfParent(of: later)))))
        #expect(response.events.filter { $0.creator == "Alice" } == [older])
        #expect(!has(group, "Carol", older))
        #expect(try group["Carol"].receive(response, from: "Bob").outcome == .answered)
        #expect(has(group, "Carol", older))

        // Both know of both branches now, and their newest events prove the fork.
        for name in ["Bob", "Carol"] as [PeerID] {
            let graph = group[name].agreement.graph
            let alice = try #require(group[name].agreement.peers.index(of: "Alice"))
            #expect(graph.branches(of: alice).count == 2)
            #expect(graph.provesFork(try tip(group[name]), by: alice))
        }
    }

    @Test("An event whose self-parent is missing is refused; the events before it in the message are kept")
    func missingSelfParent() throws {
        var group = try group()
        try group["Alice"].vote(for: payload("x"))
        let request = try group["Alice"].gossip(to: "Bob")
        var events = request.events
        let missing = events.remove(at: events.count - 2)
        let receipt = try group["Bob"].receive(GossipMessage(kind: .request, events: events), from: "Alice")
        #expect(receipt.refused.map(\.reason) == [.unknownSelfParent(group.digest(missing))])
        #expect(receipt.outcome == .headRefused && receipt.response == nil)
        #expect(receipt.accepted == events.count - 1)
        for event in events.dropLast() { #expect(has(group, "Bob", event)) }
        // The whole message is no repetition of the holed one.
        let whole = try group["Bob"].receive(request, from: "Alice")
        #expect(whole.outcome == .answered && whole.accepted == 2)
    }

    @Test("An event whose other-parent is missing is refused; the events before it in the message are kept")
    func missingOtherParent() throws {
        var group = try group()
        try group.exchange("Alice", "Carol")
        let request = try group["Alice"].gossip(to: "Bob")
        let response = try #require(request.events.firstIndex { $0.cause.kind == .response })
        let parent = try #require(request.events[response].cause.otherParent)
        let events = request.events.filter { group.digest($0) != parent }
        #expect(events.count == request.events.count - 1)
        let receipt = try group["Bob"].receive(GossipMessage(kind: .request, events: events), from: "Alice")
        let refused = group.digest(request.events[response])
        #expect(receipt.refused.map(\.reason) == [.unknownOtherParent(parent), .parentRefused(refused)])
        #expect(receipt.outcome == .headRefused && receipt.response == nil)
        #expect(receipt.accepted == events.count - 2)
        for event in events.dropLast(2) { #expect(has(group, "Bob", event)) }
        let whole = try group["Bob"].receive(request, from: "Alice")
        #expect(whole.outcome == .answered && whole.accepted == 3)
    }

    @Test("A request to somebody else is refused as a whole")
    func invalidRequestWrongRecipient() throws {
        // The reference keeps the events of such a message; here it is refused before any event is looked at.
        var group = try group()
        let request = try group["Alice"].gossip(to: "Carol")
        let before = group["Bob"].snapshot
        #expect(throws: EngineError.requestNotForUs) { try group["Bob"].receive(request, from: "Alice") }
        #expect(group["Bob"].snapshot == before)
        #expect(try group["Carol"].receive(request, from: "Alice").outcome == .answered)
    }

    @Test("A request that ends with something else than its announcement is refused as a whole")
    func invalidRequestWrongTypeOfOtherParent() throws {
        var group = try group()
        var events = try group["Alice"].gossip(to: "Bob").events
        events.removeLast()
        let before = group["Bob"].snapshot
        #expect(throws: EngineError.requestNotForUs) {
            try group["Bob"].receive(GossipMessage(kind: .request, events: events), from: "Alice")
        }
        #expect(group["Bob"].snapshot == before)
    }

    @Test("A response to somebody else's request brings its events, but is not answered")
    func invalidResponseWrongRecipient() throws {
        var group = try group()
        let request = try group["Alice"].gossip(to: "Bob")
        let response = try #require(try group["Bob"].receive(request, from: "Alice").response)
        let tipBefore = try tip(group["Carol"])
        let message = GossipMessage(kind: .response, events: request.events + response.events)
        let receipt = try group["Carol"].receive(message, from: "Bob")
        #expect(receipt.outcome == .unsolicited && receipt.refused.isEmpty)
        for event in message.events { #expect(has(group, "Carol", event)) }
        #expect(try tip(group["Carol"]) == tipBefore)
    }

    @Test("A response that ends with something else than an answer brings its events, but is not answered")
    func invalidResponseWrongTypeOfOtherParent() throws {
        var group = try group()
        _ = try group["Alice"].gossip(to: "Bob")
        let events = try group["Bob"].gossip(to: "Alice").events
        let tipBefore = try tip(group["Alice"])
        let receipt = try group["Alice"].receive(GossipMessage(kind: .response, events: events), from: "Bob")
        #expect(receipt.outcome == .unsolicited && receipt.accepted == events.count)
        #expect(try tip(group["Alice"]) == tipBefore)
    }

    @Test("A request that comes twice is answered once, in the graph too")
    func duplicateRequests() throws {
        var group = try group()
        let request = try group["Alice"].gossip(to: "Bob")
        _ = try group["Bob"].receive(request, from: "Alice")
        let before = group["Bob"].snapshot
        let head = group.digest(try #require(request.events.last))
        #expect(throws: EngineError.duplicateMessage(head: head)) {
            try group["Bob"].receive(request, from: "Alice")
        }
        #expect(group["Bob"].snapshot == before)
        #expect(answers(to: head, in: group["Bob"]) == 1)
    }

    @Test("A response that comes twice is answered once, in the graph too")
    func duplicateResponses() throws {
        var group = try group()
        let request = try group["Alice"].gossip(to: "Bob")
        let response = try #require(try group["Bob"].receive(request, from: "Alice").response)
        #expect(try group["Alice"].receive(response, from: "Bob").outcome == .answered)
        let before = group["Alice"].snapshot
        let head = group.digest(try #require(response.events.last))
        #expect(throws: EngineError.duplicateMessage(head: head)) {
            try group["Alice"].receive(response, from: "Bob")
        }
        #expect(group["Alice"].snapshot == before)
        #expect(answers(to: head, in: group["Alice"]) == 1)
    }

    /// How many events have an event as their other-parent.
    private func answers(to digest: Digest, in engine: Engine) -> Int {
        let graph = engine.agreement.graph
        return graph.events.filter { graph.otherParent(of: $0).map(graph.digest) == digest }.count
    }

    @Test("Events of a message that are known already are neither taken again nor refused")
    func knownEvents() throws {
        var group = try group()
        let first = try group["Alice"].gossip(to: "Bob")
        _ = try group["Bob"].receive(first, from: "Alice")
        let count = group["Bob"].agreement.graph.count
        // Alice has not heard from Bob, so she sends everything again.
        let second = try group["Alice"].gossip(to: "Bob")
        #expect(Array(second.events.prefix(first.events.count)) == first.events)
        let receipt = try group["Bob"].receive(second, from: "Alice")
        #expect(receipt.accepted == 1 && receipt.refused.isEmpty && receipt.outcome == .answered)
        #expect(group["Bob"].agreement.graph.count == count + 2)
    }
}
