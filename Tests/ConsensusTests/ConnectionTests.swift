import Consensus
import GossipGraph
import ParsecCore
import Testing
import Voting

/// What is left out of messages that are expected to arrive.
@Suite struct ConnectionTests {
    private func network() throws -> TestNetwork {
        var net = try TestNetwork(["Alice", "Bob"], mode: .single)
        try net.settle()
        for number in 0..<5 { try net["Alice"].vote(for: payload("\(number)")) }
        return net
    }

    @Test("Over a connection a message leaves out what those before it brought, though no answer has come")
    func leavesOut() throws {
        var net = try network()
        try net["Alice"].beginConnection(to: "Bob")
        let first = try net["Alice"].gossip(to: "Bob")
        try net["Alice"].vote(for: payload("late"))
        let second = try net["Alice"].gossip(to: "Bob")
        #expect(first.events.count > 5)
        #expect(second.events.map(\.cause.kind) == [.observation, .requesting])
        for message in [first, second] {
            let receipt = try net["Bob"].receive(message, from: "Alice")
            #expect(receipt.outcome == .answered && receipt.refused.isEmpty)
        }
    }

    @Test("Answers leave it out, too")
    func answers() throws {
        var net = try network()
        try net["Alice"].beginConnection(to: "Bob")
        let sent = try net["Alice"].gossip(to: "Bob")
        // Bob's request and Alice's cross.
        let answer = try #require(net["Alice"].receive(net["Bob"].gossip(to: "Alice"), from: "Bob").response)
        #expect(answer.events.count == 1 && Set(answer.events).isDisjoint(with: sent.events))
        #expect(try net["Bob"].receive(sent, from: "Alice").outcome == .answered)
        #expect(try net["Bob"].receive(answer, from: "Alice").outcome == .answered)
    }

    @Test("If a message is lost, the next is not answered; once the connection begins anew, one brings all of it")
    func losses() throws {
        var net = try network()
        try net["Alice"].beginConnection(to: "Bob")
        let lost = try net["Alice"].gossip(to: "Bob")
        let receipt = try net["Bob"].receive(net["Alice"].gossip(to: "Bob"), from: "Alice")
        #expect(receipt.outcome == .headRefused && receipt.response == nil)
        try net["Alice"].beginConnection(to: "Bob")
        let whole = try net["Alice"].gossip(to: "Bob")
        #expect(Set(whole.events).isSuperset(of: lost.events))
        #expect(try net["Bob"].receive(whole, from: "Alice").outcome == .answered)
    }

    @Test("After the end of a connection messages bring what the other has not said that it has, each time")
    func end() throws {
        var net = try network()
        try net["Alice"].beginConnection(to: "Bob")
        let first = try net["Alice"].gossip(to: "Bob")
        net["Alice"].endConnection(to: "Bob")
        for _ in 0..<2 { #expect(try Set(net["Alice"].gossip(to: "Bob").events).isSuperset(of: first.events)) }
        #expect(throws: EngineError.unknownPeer("Eve")) { try net["Alice"].beginConnection(to: "Eve") }
        net["Alice"].endConnection(to: "Eve")
    }
}
