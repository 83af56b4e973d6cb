import Consensus
import GossipGraph
import Membership
import ParsecCore
import Testing
import Voting

@Suite struct EngineMembershipTests {
    @Test("A joiner replays the history, gets all blocks, and votes like the others")
    func join() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        try net.decide(payload("before"))
        try net.decide(.add("Eve", info: []))
        try net.addJoiner("Eve", contacts: ["Alice", "Bob"])
        try net.settle()
        #expect(net["Eve"].state == .active)
        #expect(net["Eve"].voters == ["Alice", "Bob", "Carol", "Dave", "Eve"])
        try net.decide(payload("after"))
        let blocks = net.blocks("Eve")
        #expect(blocks.map(\.observation).last == payload("after"))
        #expect(blocks.map(\.digest) == net.blocks("Alice").map(\.digest))
        #expect(blocks.last?.voters.contains("Eve") == true)
    }

    @Test("Before its admission a joiner takes messages from its contacts only, and answers them later")
    func joinerBeforeAdmission() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        try net.decide(.add("Eve", info: []))
        try net.addJoiner("Eve", contacts: [])
        // Members of the initial group may always help; strangers may not.
        var other = try TestNetwork(["Mallory", "Mike"])
        let stranger = try other["Mallory"].gossip(to: "Mike")
        #expect(throws: EngineError.unknownPeer("Mallory")) {
            try net["Eve"].receive(stranger, from: "Mallory")
        }
        #expect(net["Eve"].gossipRecipients.isEmpty)
        #expect(throws: EngineError.notPermitted(required: .send, actual: .receive)) {
            try net["Eve"].gossip(to: "Alice")
        }
        let request = try net["Alice"].gossip(to: "Eve")
        let receipt = try net["Eve"].receive(request, from: "Alice")
        #expect(receipt.outcome == .answered)
        #expect(receipt.response?.events.last?.creator == "Eve")
        #expect(net["Eve"].gossipRecipients.contains("Alice"))
    }

    @Test("A request that comes before the joiner's admission is answered in the graph after it")
    func pendingRequest() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        // Eve hears from Dave, who was told of it out of band, before the group has decided to add her.
        for name in ["Alice", "Bob", "Carol", "Dave"] as [PeerID] {
            try net[name].vote(for: .add("Eve", info: []))
        }
        try net.addJoiner("Eve", contacts: ["Dave"])
        let early = try net["Dave"].gossip(to: "Alice")
        #expect(throws: EngineError.requestNotForUs) { try net["Eve"].receive(early, from: "Dave") }
        try net.settle()
        #expect(net["Eve"].state == .active)
        let graph = net["Eve"].agreement.graph
        let eve = try #require(net["Eve"].agreement.peers.index(of: "Eve"))
        #expect(graph.events(by: eve, at: 0).map { graph.kind(of: $0) } == [.initial])
        #expect(graph.events(by: eve, at: 1).map { graph.kind(of: $0) } == [.request])
    }

    @Test("A removed peer stops voting and sending; the others go on without it")
    func remove() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave", "Eric"])
        try net.decide(.remove("Eric", info: []))
        #expect(net["Alice"].voters == ["Alice", "Bob", "Carol", "Dave"])
        #expect(throws: EngineError.self) { try net["Eric"].gossip(to: "Alice") }
        #expect(throws: EngineError.peerNotPermitted("Eric", required: [.generateKeys, .receive], actual: [])) {
            try net["Alice"].gossip(to: "Eric")
        }
        let message = GossipMessage(kind: .response, events: [])
        #expect(throws: EngineError.peerNotPermitted("Eric", required: .send, actual: [])) {
            try net["Alice"].receive(message, from: "Eric")
        }
        try net.decide(payload("without Eric"))
        #expect(net.blocks("Bob").last?.observation == payload("without Eric"))
    }

    @Test("A peer that was removed and does not know it learns of it with its next request, of which nothing is taken")
    func removedUnawares() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave", "Eric"])
        let eric = net.engines.removeValue(forKey: "Eric")
        try net.decide(.remove("Eric", info: []))
        net.engines["Eric"] = eric
        try net["Eric"].vote(for: payload("from afar"))
        let request = try net["Eric"].gossip(to: "Alice")
        let events = net["Alice"].agreement.graph.count
        let receipt = try net["Alice"].receive(request, from: "Eric")
        #expect(receipt.outcome == .senderRemoved && receipt.accepted == 0)
        #expect(net["Alice"].agreement.graph.count == events)
        _ = try net["Eric"].receive(try #require(receipt.response), from: "Alice")
        #expect(net["Eric"].agreement.isOver)
        #expect(net.blocks("Eric").last?.observation == .remove("Eric", info: []))
    }

    @Test(
        "A peer that was removed, and has more to say and to learn than a message may hold, learns of it, too",
        arguments: [0, 60],
        [false, true]
    )
    func removedWithParts(votes: Int, isLossy: Bool) throws {
        var limits = EngineLimits()
        limits.eventsPerMessage = 40
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave", "Eric"], limits: limits)
        let eric = net.engines.removeValue(forKey: "Eric")
        try net.decide(.remove("Eric", info: []))
        net.engines["Eric"] = eric
        for number in 0..<votes { try net["Eric"].vote(for: payload("from afar \(number)")) }
        let events = net["Alice"].agreement.graph.count
        #expect(events > 160)
        var message: GossipMessage?
        var messages = 0
        while !net["Eric"].agreement.isOver, messages < 50 {
            messages += 1
            // Where messages are lost, Eric begins again and again.
            let part = try message ?? net["Eric"].gossip(to: "Alice")
            let answer = try #require(net["Alice"].receive(part, from: "Eric").response)
            let progress = try net["Eric"].receive(answer, from: "Alice").response
            message = isLossy ? nil : progress
        }
        #expect(net["Eric"].agreement.isOver)
        #expect(net["Alice"].agreement.graph.count == events)
    }

    @Test("A removed peer answers whoever does not know of it and has more to say than a message may hold")
    func removedIsAskedInParts() throws {
        var limits = EngineLimits()
        limits.eventsPerMessage = 40
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave", "Eric"], limits: limits)
        var alice = net["Alice"]
        net.engines["Alice"] = nil
        try net.decide(.remove("Eric", info: []))
        #expect(net["Eric"].agreement.isOver)
        for number in 0..<60 { try alice.vote(for: payload("from afar \(number)")) }
        var message: GossipMessage?
        var messages = 0
        while alice.voters.contains("Eric"), messages < 50 {
            messages += 1
            let part = try message ?? alice.gossip(to: "Eric")
            #expect(part.kind != .request)
            let answer = try net["Eric"].receive(part, from: "Alice").response
            message = try alice.receive(try #require(answer), from: "Eric").response
        }
        #expect(!alice.voters.contains("Eric"))
    }

    @Test("What a removed peer builds on, which nobody else knows, is not sent to it again and again")
    func removedWithNews() throws {
        var limits = EngineLimits()
        limits.eventsPerMessage = 40
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave", "Eric"], limits: limits)
        let eric = net.engines.removeValue(forKey: "Eric")
        try net.decide(payload("before"))
        var earlier = net
        earlier.engines["Eric"] = eric
        try net.decide(.remove("Eric", info: []))
        // Eric hears from Bob all that came before its removal, and nobody hears from Bob that it did.
        var message: GossipMessage? = try earlier["Bob"].gossip(to: "Eric")
        while let part = message {
            guard let answer = try earlier["Eric"].receive(part, from: "Bob").response else { break }
            message = try earlier["Bob"].receive(answer, from: "Eric").response
        }
        net.engines["Eric"] = earlier["Eric"]
        #expect(net["Eric"].agreement.graph.count > 200)
        // What Eric says of how far it has come is lost.
        var exchanges = 0
        while !net["Eric"].agreement.isOver, exchanges < 30 {
            exchanges += 1
            let request = try net["Eric"].gossip(to: "Alice")
            let answer = try #require(net["Alice"].receive(request, from: "Eric").response)
            _ = try net["Eric"].receive(answer, from: "Alice")
        }
        #expect(net["Eric"].agreement.isOver)
    }

    @Test("An empty message of a removed peer is refused like any other")
    func removedAndEmpty() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave", "Eric"])
        try net.decide(.remove("Eric", info: []))
        #expect(throws: EngineError.emptyMessage) {
            try net["Alice"].receive(GossipMessage(kind: .request, events: []), from: "Eric")
        }
    }

    @Test("Members that joined reach newcomers and everybody else, though one of the first members never spoke")
    func silentFounder() throws {
        let founders: [PeerID] = ["Alice", "Bob", "Carol"]
        var net = try TestNetwork(founders + ["Dave"])
        net.engines["Dave"] = nil
        try net.settle()
        for name in ["Eric", "Fred", "Gina", "Hank"] as [PeerID] {
            try net.addJoiner(name, contacts: net.engines.keys.sorted())
            try net.decide(.add(name, info: []))
        }
        for name in founders {
            try net.decide(.remove(name, info: []))
            net.engines[name] = nil
        }
        try net.addJoiner("Iris", contacts: ["Eric", "Fred", "Gina", "Hank"])
        try net.decide(.add("Iris", info: []))
        #expect(net["Iris"].state.contains(.vote))
        try net.decide(payload("after all"))
        #expect(net.blocks("Iris").last?.observation == payload("after all"))
    }

    @Test("A message that brings the receiver's removal is taken up to there")
    func removedOnTheWay() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave", "Eric"])
        let eric = net.engines.removeValue(forKey: "Eric")
        let request = try net["Alice"].gossip(to: "Eric")
        try net.decide(.remove("Eric", info: []))
        try net.decide(.add("Fred", info: []))
        // Alice sends what came after Eric's removal, too: to Fred, of whom Eric never hears.
        try net.addJoiner("Fred", contacts: ["Alice", "Bob", "Carol", "Dave"])
        try net.settle()
        var gone = try #require(eric)
        let receipt = try gone.receive(request, from: "Alice")
        let mine = try gone.gossip(to: "Alice")
        let answer = try #require(try net["Alice"].receive(mine, from: "Eric").response)
        let last = try gone.receive(answer, from: "Alice")
        #expect(receipt.outcome == .answered && last.outcome == .removed)
        #expect(last.refused.isEmpty && last.accepted < answer.events.count)
        #expect(gone.agreement.isOver)
    }

    @Test("A removed peer's events are still taken from those that have built on them")
    func acceptanceOnlyGrows() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave", "Eric"])
        for name in ["Alice", "Bob", "Carol", "Dave"] as [PeerID] {
            try net[name].vote(for: .remove("Eric", info: []))
        }
        // Bob builds on an event of Eric's that nobody else has, while the others decide his removal.
        let late = try net["Eric"].gossip(to: "Bob")
        for _ in 0..<12 {
            for pair in [("Alice", "Carol"), ("Carol", "Dave"), ("Dave", "Alice")] as [(PeerID, PeerID)] {
                try net.exchange(pair.0, pair.1)
            }
        }
        _ = try net["Bob"].receive(late, from: "Eric")
        try net.exchange("Alice", "Bob")
        for _ in 0..<12 {
            for pair in [("Alice", "Bob"), ("Bob", "Carol"), ("Carol", "Dave"), ("Dave", "Alice")] as [(PeerID, PeerID)]
            {
                let receipt = try net.exchange(pair.0, pair.1)
                #expect(receipt.refused.isEmpty)
            }
        }
        for name in ["Alice", "Bob", "Carol", "Dave"] as [PeerID] { #expect(!net[name].voters.contains("Eric")) }
        #expect(net["Alice"].agreement.graph.event(withDigest: digestOfHead(late, net)) != nil)
    }

    private func digestOfHead(_ message: GossipMessage, _ net: TestNetwork) -> Digest {
        let eric = net["Eric"]
        let graph = eric.agreement.graph
        return eric.agreement.peers.ourself.flatMap { graph.lastEvent(by: $0) }.map(graph.digest) ?? eric.networkDigest
    }

    @Test("A group of one decides alone, grows to many, and shrinks to one again")
    func oneToManyToOne() throws {
        var net = try TestNetwork(["Alice"])
        try net["Alice"].vote(for: payload("alone"))
        #expect(net["Alice"].waitingBlocks == 2)
        for joiner in ["Bob", "Carol", "Dave"] as [PeerID] {
            try net.decide(.add(joiner, info: []))
            try net.addJoiner(joiner, contacts: net["Alice"].voters.filter { $0 != joiner })
            try net.settle()
            #expect(net[joiner].state == .active)
        }
        try net.decide(payload("many"))
        for leaver in ["Dave", "Carol", "Bob"] as [PeerID] { try net.decide(.remove(leaver, info: [])) }
        #expect(net["Alice"].voters == ["Alice"])
        try net["Alice"].vote(for: payload("alone again"))
        let blocks = net.blocks("Alice")
        #expect(blocks.last?.observation == payload("alone again"))
        #expect(blocks.count == 1 + 3 + 3 + 3)
    }

    @Test("A decided accusation removes the offender")
    func accusation() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        let malice = Malice.other(code: 1, evidence: [1, 2, 3])
        for name in ["Alice", "Bob", "Carol"] as [PeerID] {
            try net[name].vote(for: .accusation(offender: "Dave", malice: malice))
        }
        try net.settle()
        #expect(net["Bob"].voters == ["Alice", "Bob", "Carol"])
    }
}
