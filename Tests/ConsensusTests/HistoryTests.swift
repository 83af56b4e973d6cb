import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// An engine made of its history goes on as if nothing had been.
@Suite struct HistoryTests {
    private func restored(_ engine: Engine) throws -> Engine {
        try Engine(restoring: engine.history, with: engine.cryptography, limits: engine.limits)
    }

    /// A network of four with a joiner, a removal, payloads, and blocks of which some were taken.
    private func grown() throws -> TestNetwork {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        try net.decide(payload("one"))
        _ = net["Bob"].nextBlock()
        try net.addJoiner("Eric", contacts: ["Alice", "Bob"])
        for name: PeerID in ["Alice", "Bob", "Carol"] { try net[name].vote(for: .add("Eric", info: [1])) }
        try net.settle(rounds: 4)
        for name: PeerID in ["Alice", "Bob", "Carol"] { try net[name].vote(for: .remove("Dave", info: [])) }
        try net.settle(rounds: 4)
        try net["Alice"].vote(for: payload("two"))
        try net.settle(rounds: 1)
        return net
    }

    @Test("A restored engine has the same history, blocks and standing, and answers alike ever after")
    func sameEngine() throws {
        var net = try grown()
        var copy = net
        for name in net.engines.keys.sorted() {
            copy[name] = try restored(net[name])
            #expect(copy[name].history == net[name].history)
            #expect(copy[name].standing == net[name].standing)
            #expect(copy[name].state == net[name].state && copy[name].voters == net[name].voters)
            #expect(copy[name].waitingBlocks == net[name].waitingBlocks)
            #expect(copy[name].ownUndelivered == net[name].ownUndelivered)
        }
        for index in 0..<2 {
            try net.settle(rounds: index + 1)
            try copy.settle(rounds: index + 1)
            for name in net.engines.keys.sorted() {
                #expect(copy.blocks(name) == net.blocks(name))
                #expect(copy[name].history == net[name].history)
            }
        }
    }

    @Test("Requests that wait for an admission wait on after a restart")
    func pending() throws {
        var net = try TestNetwork(["Alice", "Bob"])
        try net.addJoiner("Carol", contacts: ["Alice", "Bob"])
        // A request that comes before Carol can know of its admission: its sender's ancestors do not decide it.
        let alice = net["Alice"]
        let tip = try #require(alice.agreement.graph.events.last.map(alice.agreement.graph.digest))
        let header = EventHeader(
            network: alice.networkDigest,
            creator: "Alice",
            selfParent: tip,
            cause: .requesting(recipient: "Carol"),
            function: SimulatedDigests()
        )
        let early = GossipEvent(
            creator: "Alice",
            selfParent: tip,
            cause: .requesting(recipient: "Carol"),
            signature: alice.cryptography.signer.sign(header.digest(using: SimulatedDigests()))
        )
        let message = GossipMessage(kind: .request, events: alice.history.events + [early])
        #expect(try net["Carol"].receive(message, from: "Alice").outcome == .pending)
        #expect(net["Carol"].history.pendingHeads == [2])
        let carol = try restored(net["Carol"])
        #expect(carol.history == net["Carol"].history && carol.state == .receive)
    }

    @Test("A request is answered once, before a restart or after it")
    func answered() throws {
        var net = try TestNetwork(["Alice", "Bob"])
        let request = try net["Alice"].gossip(to: "Bob")
        _ = try net["Bob"].receive(request, from: "Alice")
        net["Bob"] = try restored(net["Bob"])
        #expect(throws: EngineError.self) { try net["Bob"].receive(request, from: "Alice") }
    }

    @Test("What another machine with our key made is not taken for our own")
    func twins() throws {
        var net = try TestNetwork(["Alice", "Bob"])
        var twin = net["Alice"]
        try twin.vote(for: payload("other"))
        _ = try net["Bob"].receive(twin.gossip(to: "Bob"), from: "Alice")
        try net["Alice"].vote(for: payload("ours"))
        _ = try net["Alice"].receive(GossipMessage(kind: .part, events: net["Bob"].history.events), from: "Bob")
        let history = net["Alice"].history
        #expect(history.foreignEvents.count == 2)
        let again = try restored(net["Alice"])
        #expect(again.history == history)
        #expect(again.ownUndelivered == net["Alice"].ownUndelivered)
    }

    @Test("If a history ends before what the engine had to create, that is created")
    func cutShort() throws {
        let net = try grown()
        for name in net.engines.keys.sorted() {
            let whole = net[name].history
            for count in [0, 1, 2, 3, 10, whole.events.count / 2] {
                let part = History(
                    network: whole.network,
                    id: whole.id,
                    contacts: whole.contacts,
                    events: Array(whole.events.prefix(count))
                )
                let engine = try Engine(restoring: part, with: net[name].cryptography)
                #expect(engine.history.events.starts(with: part.events))
                if whole.contacts == nil { #expect(engine.history.events.count >= 2) }
            }
        }
    }

    @Test("A history of another peer, one that does not hold together, or one that was forged, is refused")
    func bad() throws {
        let net = try grown()
        let alice = net["Alice"]
        let history = alice.history
        func failure(
            _ events: [GossipEvent],
            foreign: [Int] = [],
            pending: [Int] = [],
            taken: Int = 0,
            checks: Bool = false,
            as peer: PeerID = "Alice"
        ) -> HistoryError? {
            let changed = History(
                network: history.network,
                id: "Alice",
                contacts: nil,
                events: events,
                foreignEvents: foreign,
                pendingHeads: pending,
                takenBlocks: taken
            )
            do {
                _ = try Engine(restoring: changed, with: .simulated(peer), checksSignatures: checks)
                return nil
            } catch { return error }
        }
        let events = history.events
        #expect(failure(events) == nil)
        #expect(failure(events, checks: true) == nil)
        #expect(failure(events, as: "Bob") == .otherPeer("Alice"))
        #expect(failure(events + [events[3]]) == .repeatedEvent(position: events.count))
        #expect(failure(events, pending: [events.count]) == .outOfRange(events.count))
        #expect(failure(events, foreign: [-1]) == .outOfRange(-1))
        #expect(failure(events, taken: 1_000) == .outOfRange(1_000))
        guard case .event(position: _, _)? = failure(Array(events.dropFirst())) else {
            Issue.record("a history without its beginning was taken")
            return
        }
        let forged = GossipEvent(
            creator: events[5].creator,
            selfParent: events[5].selfParent,
            cause: events[5].cause,
            signature: events[4].signature
        )
        var changed = events
        changed[5] = forged
        #expect(failure(changed, checks: true) == .event(position: 5, .badSignature))
    }
}
