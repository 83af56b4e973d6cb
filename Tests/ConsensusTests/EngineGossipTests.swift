@testable import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct EngineGossipTests {
    private func network() throws -> TestNetwork { try TestNetwork(["Alice", "Bob", "Carol", "Dave"]) }

    /// The digest of an event as it travels in a network.
    private func digest(_ event: GossipEvent, _ net: TestNetwork) -> Digest {
        let cause = event.cause.mapObservations { SimulatedDigests().digest(of: $0) }
        let network = net.network.digest(using: SimulatedDigests())
        let header = EventHeader(
            network: network,
            creator: event.creator,
            selfParent: event.selfParent,
            cause: cause,
            function: SimulatedDigests()
        )
        return header.digest(using: SimulatedDigests())
    }

    /// An event signed by its creator.
    private func signed(
        _ creator: PeerID,
        after selfParent: Digest?,
        _ cause: GossipEvent.Cause,
        _ net: TestNetwork
    ) -> GossipEvent {
        let unsigned = GossipEvent(
            creator: creator,
            selfParent: selfParent,
            cause: cause,
            signature: SimulatedSigner(id: creator).sign(net.network.digest(using: SimulatedDigests()))
        )
        let signature = SimulatedSigner(id: creator).sign(digest(unsigned, net))
        return GossipEvent(creator: creator, selfParent: selfParent, cause: cause, signature: signature)
    }

    @Test("Accusations inside one another beyond the bound are refused before anything is computed of them")
    func nestedMalice() throws {
        var net = try network()
        let digest = net["Alice"].networkDigest
        func nested(_ depth: Int) -> Observation {
            var malice = Malice.fork(selfParent: digest)
            for _ in 1..<depth { malice = .accomplice(event: digest, malice) }
            return .accusation(offender: "Carol", malice: malice)
        }
        let limit = EngineLimits().maliceDepth
        func message(_ observation: Observation) -> GossipMessage {
            let vote = signed("Bob", after: nil, .observation([observation]), net)
            return GossipMessage(
                kind: .request,
                events: [vote, signed("Bob", after: nil, .requesting(recipient: "Alice"), net)]
            )
        }
        #expect(throws: EngineError.tooMany(.maliceDepth, count: limit + 1, limit: limit)) {
            try net["Alice"].receive(message(nested(limit + 1)), from: "Bob")
        }
        #expect(throws: EngineError.tooMany(.maliceDepth, count: limit + 1, limit: limit)) {
            try net["Alice"].vote(for: nested(limit + 1))
        }
        // Of what the graph shows engines accuse each other, not applications.
        #expect(throws: EngineError.notVotable(nested(limit))) { try net["Alice"].vote(for: nested(limit)) }
        #expect(throws: Never.self) { try net["Alice"].receive(message(nested(limit)), from: "Bob") }
    }

    @Test("A network whose genesis observation is above the bound is refused by its members and joiners")
    func hugeGenesis() {
        var limits = EngineLimits()
        limits.bytesPerObservation = 100
        let network = Network(genesis: ["Alice", "Bob"], info: [UInt8](repeating: 0, count: 100))
        #expect(throws: EngineError.self) { try Engine(member: .simulated("Alice"), of: network, limits: limits) }
        #expect(throws: EngineError.self) {
            try Engine(joiner: .simulated("Eve"), of: network, contacts: ["Bob"], limits: limits)
        }
    }

    @Test("One request has one answer, whatever its sender sets on top of it")
    func oneAnswer() throws {
        var net = try network()
        let request = try net["Alice"].gossip(to: "Bob")
        let response = try #require(try net["Bob"].receive(request, from: "Alice").response)
        #expect(try net["Alice"].receive(response, from: "Bob").outcome == .answered)
        try net["Bob"].vote(for: payload("on top"))
        let graph = net["Bob"].agreement.graph
        let again = GossipMessage(kind: .response, events: graph.events.map(net["Bob"].gossipEvent))
        let receipt = try net["Alice"].receive(again, from: "Bob")
        #expect(receipt.outcome == .unsolicited && receipt.accepted == 1)
    }

    @Test(
        "A forker's request is answered by the branch that it comes from, once; then the fork is known, and nobody serves it"
    )
    func answerToBranch() throws {
        var net = try network()
        var twin = net["Alice"]
        try net["Alice"].vote(for: payload("one"))
        try twin.vote(for: payload("two"))
        for _ in 0..<3 { try net.exchange("Alice", "Bob") }
        let request = try twin.gossip(to: "Bob")
        let response = try #require(try net["Bob"].receive(request, from: "Alice").response)
        // The twin lacks what the first machine made, and gets it.
        #expect(try twin.receive(response, from: "Bob").refused.isEmpty)
        let accusation = Observation.accusation(offender: "Alice", malice: .shown(.fork))
        #expect(net["Bob"].ownUndelivered.contains(accusation))
        for machine in 0..<2 {
            let next = try machine == 0 ? twin.gossip(to: "Bob") : net["Alice"].gossip(to: "Bob")
            let receipt = try net["Bob"].receive(next, from: "Alice")
            #expect(receipt.outcome == .headRefused && receipt.response == nil && receipt.accepted == 0)
        }
    }

    @Test("Nobody gossips to itself or to strangers, nor takes messages from them")
    func wrongPeers() throws {
        var net = try network()
        #expect(throws: EngineError.gossipToOneself) { try net["Alice"].gossip(to: "Alice") }
        #expect(throws: EngineError.unknownPeer("Eve")) { try net["Alice"].gossip(to: "Eve") }
        let request = try net["Alice"].gossip(to: "Bob")
        #expect(throws: EngineError.unknownPeer("Eve")) { try net["Bob"].receive(request, from: "Eve") }
        #expect(throws: EngineError.gossipToOneself) { try net["Bob"].receive(request, from: "Bob") }
    }

    @Test("An empty message is refused")
    func emptyMessage() throws {
        var net = try network()
        #expect(throws: EngineError.emptyMessage) {
            try net["Alice"].receive(GossipMessage(kind: .request, events: []), from: "Bob")
        }
    }

    @Test("A message with more events than the bound is refused")
    func tooManyEvents() throws {
        var limits = EngineLimits()
        limits.eventsPerMessage = 2
        var net = try TestNetwork(["Alice", "Bob"], limits: limits)
        var alice = try Engine(member: .simulated("Alice"), of: net.network)
        let request = try alice.gossip(to: "Bob")
        #expect(throws: EngineError.tooMany(.eventsPerMessage, count: 3, limit: 2)) {
            try net["Bob"].receive(request, from: "Alice")
        }
    }

    @Test("A message that was answered is refused when it comes again")
    func duplicateMessage() throws {
        var net = try network()
        let request = try net["Alice"].gossip(to: "Bob")
        _ = try net["Bob"].receive(request, from: "Alice")
        let count = net["Bob"].agreement.graph.count
        let head = try #require(request.events.last)
        #expect(throws: EngineError.duplicateMessage(head: digest(head, net))) {
            try net["Bob"].receive(request, from: "Alice")
        }
        #expect(net["Bob"].agreement.graph.count == count)
    }

    @Test("A request ends with its sender's announcement of a request to the receiver")
    func headOfRequest() throws {
        var net = try network()
        let request = try net["Alice"].gossip(to: "Bob")
        #expect(throws: EngineError.headByOther("Alice")) { try net["Carol"].receive(request, from: "Dave") }
        #expect(throws: EngineError.requestNotForUs) { try net["Carol"].receive(request, from: "Alice") }
    }

    @Test("A response that answers no request of ours adds its events and creates none")
    func unsolicitedResponse() throws {
        var net = try network()
        let request = try net["Alice"].gossip(to: "Bob")
        let response = try #require(try net["Bob"].receive(request, from: "Alice").response)
        // Carol lacks Alice's events, which Bob would not send to Alice, so she gets all that he has.
        let all = request.events + response.events
        let receipt = try net["Carol"].receive(GossipMessage(kind: .response, events: all), from: "Bob")
        #expect(receipt.outcome == .unsolicited)
        #expect(receipt.accepted == all.count)
        let carol = try #require(net["Carol"].agreement.peers.ourself)
        let graph = net["Carol"].agreement.graph
        #expect(graph.lastEvent(by: carol).map { graph.kind(of: $0) } == .observation)
    }

    @Test("Events whose parents are missing are refused with the parent's digest; the good ones count")
    func unknownParents() throws {
        var net = try network()
        let request = try net["Alice"].gossip(to: "Bob")
        let missing = digest(request.events[1], net)
        let holed = GossipMessage(kind: .request, events: [request.events[0], request.events[2]])
        let receipt = try net["Bob"].receive(holed, from: "Alice")
        #expect(receipt.accepted == 1)
        #expect(receipt.refused.map(\.reason) == [.unknownSelfParent(missing)])
        #expect(receipt.outcome == .headRefused)
        #expect(receipt.response == nil)

        // Of Bob's answer to Carol, Dave gets only what Bob made himself: the other-parent is missing.
        let toBob = try net["Carol"].gossip(to: "Bob")
        _ = try net["Bob"].receive(toBob, from: "Carol")
        let asking = try net["Bob"].gossip(to: "Dave")
        let own = GossipMessage(kind: .request, events: asking.events.filter { $0.creator == "Bob" })
        let reasons = try net["Dave"].receive(own, from: "Bob").refused.map(\.reason)
        let last = try #require(toBob.events.last)
        #expect(reasons.first == .unknownOtherParent(digest(last, net)))
    }

    @Test("Events of a creator, or to a recipient, that was never admitted are refused")
    func unknownCreators() throws {
        var net = try network()
        let stranger = signed("Eve", after: nil, .initial, net)
        var events = try net["Alice"].gossip(to: "Bob").events
        events.insert(stranger, at: 1)
        let receipt = try net["Bob"].receive(GossipMessage(kind: .request, events: events), from: "Alice")
        #expect(receipt.refused.map(\.reason) == [.unknownCreator("Eve")])
        #expect(receipt.outcome == .answered)

        let last = try #require(events.last)
        let toStranger = signed("Alice", after: digest(last, net), .requesting(recipient: "Eve"), net)
        let head = signed("Alice", after: digest(toStranger, net), .requesting(recipient: "Bob"), net)
        let message = GossipMessage(kind: .request, events: [toStranger, head])
        let reasons = try net["Bob"].receive(message, from: "Alice").refused.map(\.reason)
        #expect(reasons == [.unknownRecipient("Eve"), .parentRefused(digest(toStranger, net))])
    }

    @Test("An event before its parent in a message is refused as out of order")
    func outOfOrder() throws {
        var net = try network()
        var events = try net["Alice"].gossip(to: "Bob").events
        events.swapAt(0, 1)
        let receipt = try net["Bob"].receive(GossipMessage(kind: .request, events: events), from: "Alice")
        #expect(receipt.refused.first?.reason == .outOfOrder(parent: digest(events[1], net)))
        #expect(receipt.refused.first?.position == 0)
        #expect(receipt.accepted == 1)
    }

    @Test("An event with another's signature is refused, and so is what builds on it")
    func badSignature() throws {
        var net = try network()
        let events = try net["Alice"].gossip(to: "Bob").events
        let forged = GossipEvent(
            creator: "Alice",
            selfParent: events[1].selfParent,
            cause: events[1].cause,
            signature: SimulatedSigner(id: "Mallory").sign(digest(events[1], net))
        )
        let message = GossipMessage(kind: .request, events: [events[0], forged, events[2]])
        let receipt = try net["Bob"].receive(message, from: "Alice")
        #expect(receipt.refused.map(\.reason) == [.badSignature, .parentRefused(digest(forged, net))])
    }

    @Test("An event that does not fit its parents is refused")
    func malformed() throws {
        var net = try network()
        let events = try net["Alice"].gossip(to: "Bob").events
        let bob = try net["Bob"].gossip(to: "Alice").events
        let foreign = signed("Alice", after: digest(bob[0], net), .observation([payload("x")]), net)
        let empty = signed("Alice", after: digest(events[1], net), .observation([]), net)
        let twice = signed("Alice", after: digest(events[1], net), .observation([payload("x"), payload("x")]), net)
        let message = GossipMessage(kind: .request, events: events.dropLast() + [foreign, empty, twice, events[2]])
        let receipt = try net["Bob"].receive(message, from: "Alice")
        let reasons = receipt.refused.map(\.reason)
        #expect(reasons.count == 3)
        if case .malformed(.selfParentByDifferentCreator) = reasons.first {} else { Issue.record("\(reasons)") }
        #expect(reasons.contains(.malformed(.noObservations)))
        #expect(reasons.last == .duplicateVote)
        #expect(receipt.outcome == .answered)
    }

    @Test("Events of one network mean nothing in another network of the same peers")
    func networksAreApart() throws {
        var net = try network()
        let other = Network(genesis: net.network.genesis, info: [1])
        var alice = try Engine(member: .simulated("Alice"), of: other)
        let request = try alice.gossip(to: "Bob")
        let receipt = try net["Bob"].receive(request, from: "Alice")
        #expect(receipt.accepted == 0)
        #expect(receipt.refused.first?.reason == .badSignature)
    }

    @Test("An engine whose key is in use elsewhere may create the very event that it got from there")
    func sameEventTwice() throws {
        var net = try network()
        var twin = net["Alice"]
        let request = try twin.gossip(to: "Bob")
        _ = try net["Bob"].receive(request, from: "Alice")
        // Bob's request to Carol reaches Alice as a response that answers nothing: she only takes the events.
        let events = try net["Bob"].gossip(to: "Carol").events
        let receipt = try net["Alice"].receive(GossipMessage(kind: .response, events: events), from: "Bob")
        #expect(receipt.outcome == .unsolicited)
        let again = try net["Alice"].gossip(to: "Bob")
        #expect(again.events.last.map { digest($0, net) } == request.events.last.map { digest($0, net) })
        // All goes on as if she had made the event first.
        try net.decide(payload("x"))
        let blocks = net.blocks("Alice")
        #expect(blocks.last?.observation == payload("x"))
        for vote in blocks.flatMap(\.votes) {
            let digest = vote.header.digest(using: SimulatedDigests())
            #expect(SimulatedVerifier().isValid(vote.signature, of: digest, by: vote.voter))
        }
    }

    @Test("A message brings what the receiver lacks, parents first, the sender's newest event last")
    func messageContents() throws {
        var net = try network()
        try net.exchange("Alice", "Bob")
        let request = try net["Alice"].gossip(to: "Bob")
        #expect(request.events.map(\.creator) == ["Alice", "Alice"])
        let toCarol = try net["Bob"].gossip(to: "Carol")
        #expect(toCarol.events.last?.cause == .requesting(recipient: "Carol"))
        var known: Set<Digest> = []
        for event in toCarol.events {
            for parent in [event.selfParent, event.cause.otherParent] {
                if let parent { #expect(known.contains(parent)) }
            }
            known.insert(digest(event, net))
        }
    }

    @Test("An engine is made for a member, or for a joiner that is none")
    func initialGroup() throws {
        let network = Network(genesis: ["Alice", "Bob"])
        #expect(throws: EngineError.unknownPeer("Eve")) { try Engine(member: .simulated("Eve"), of: network) }
        #expect(throws: EngineError.noEffect(.alreadyMember("Bob"))) {
            try Engine(joiner: .simulated("Bob"), of: network, contacts: ["Alice"])
        }
    }

    @Test("The same calls give the same messages and blocks")
    func determinism() throws {
        func run() throws -> ([Digest], [GossipEvent]) {
            var net = try network()
            try net.decide(payload("one"))
            return (net.blocks("Alice").map(\.digest), try net["Alice"].gossip(to: "Bob").events)
        }
        let (first, second) = (try run(), try run())
        #expect(first.0 == second.0)
        #expect(first.1 == second.1)
    }

    @Test("The digests that messages take along are those that a receiver comes to by itself")
    func attachedDigests() throws {
        var net = try TestNetwork(["Alice", "Bob"])
        net["Alice"].attachDigests()
        for payload in 0..<3 {
            for name in ["Alice", "Bob"] as [PeerID] {
                try net[name].vote(for: [.opaque([UInt8(payload)]), .add(PeerID("Carol \(payload)"), info: [])])
            }
            let request = try net["Alice"].gossip(to: "Bob")
            let attached = try #require(request.arrivals)
            #expect(attached == net["Bob"].arrivals(of: request))
            let response = try #require(try net["Bob"].receive(request, from: "Alice").response)
            #expect(response.arrivals == nil)
            _ = try net["Alice"].receive(response, from: "Bob")
        }
    }
}
