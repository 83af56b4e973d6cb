import Consensus
import GossipGraph
import GraphFormats
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// How peers come and go, after the functional tests of the reference (`protocol.md` section 10.2).
@Suite struct ReferenceMembershipTests {
    @Test(
        "A newcomer is unknown until its addition is decided, then is sent the history, and answers with what is new",
        .enabled(if: RecordedGraph.areHere, "the reference's recordings are not here")
    )
    func addPeer() throws {
        let recorded = try Reenactment(.addPeer)
        var alice = try recorded.owner
        let before = alice.snapshot
        #expect(before.events == recorded.dump.events.count - 1)
        #expect(alice.state(of: "Fred") == nil)
        #expect(throws: EngineError.unknownPeer("Fred")) { try alice.gossip(to: "Fred") }
        #expect(alice.snapshot == before)

        // Eric's newest event decides.
        let (message, eric) = try recorded.lastMessage()
        #expect(try alice.receive(message, from: eric).accepted == 1)
        #expect(alice.state(of: "Fred") == .active)
        #expect(alice.voters == recorded.network.genesis + ["Fred"])
        #expect(alice.gossipRecipients.contains("Fred"))

        var fred = try Engine(
            joiner: .simulated("Fred", digests: ReferenceDigests()),
            of: recorded.network,
            contacts: recorded.network.genesis
        )
        let request = try alice.gossip(to: "Fred")
        #expect(request.events.count == alice.agreement.graph.count)
        let receipt = try fred.receive(request, from: "Alice")
        #expect(receipt.outcome == .answered && receipt.refused.isEmpty)
        #expect(fred.state == .active)
        // Fred sends what Alice's own newest event does not build on, his first event and his answer among it.
        let response = try #require(receipt.response)
        #expect(response.events.count < fred.agreement.graph.count)
        #expect(response.events.filter { $0.creator == "Fred" }.map(\.cause.kind) == [.initial, .request])
        #expect(response.events.last?.creator == "Fred")
        #expect(!response.events.contains { $0.creator == "Alice" })
        #expect(fred.agreement.graph.count == request.events.count + 2)
        #expect(try alice.receive(response, from: "Fred").outcome == .answered)
        let blocks = fred.takeBlocks().map(\.digest)
        #expect(blocks.count == 2 && blocks == alice.takeBlocks().map(\.digest))
    }

    @Test(
        "A request that comes before a joiner can know of its addition is kept, and answered once the joiner is admitted",
        .enabled(if: RecordedGraph.areHere, "the reference's recordings are not here")
    )
    func prematureGossip() throws {
        let recorded = try Reenactment(.addPeer)
        let alice = try recorded.owner
        // Alice has not decided, and announces a request to Fred all the same.
        let history = alice.agreement.graph.events.map(alice.gossipEvent)
        let tip = try #require(alice.agreement.peers.ourself.flatMap(alice.agreement.graph.lastEvent))
        let selfParent = alice.agreement.graph.digest(of: tip)
        let digest = EventHeader(
            network: alice.networkDigest,
            creator: "Alice",
            selfParent: selfParent,
            content: .requesting(recipient: "Fred")
        ).digest(using: ReferenceDigests())
        let early = GossipEvent(
            creator: "Alice",
            selfParent: selfParent,
            cause: .requesting(recipient: "Fred"),
            signature: SimulatedSigner(id: "Alice").sign(digest)
        )
        var fred = try Engine(
            joiner: .simulated("Fred", digests: ReferenceDigests()),
            of: recorded.network,
            contacts: recorded.network.genesis
        )
        let receipt = try fred.receive(GossipMessage(kind: .request, events: history + [early]), from: "Alice")
        #expect(receipt.refused.isEmpty)
        #expect(receipt.outcome == .pending && receipt.response?.kind == .progress)
        #expect(receipt.accepted == history.count + 1)
        #expect(fred.agreement.graph.count == history.count + 1)
        #expect(fred.state == .receive && !fred.voters.contains("Fred"))

        // With the decision that admits it, Fred begins to exist, and answers.
        let (message, eric) = try recorded.lastMessage()
        _ = try fred.receive(message, from: eric)
        #expect(fred.state == .active)
        let graph = fred.agreement.graph
        let ourself = try #require(fred.agreement.peers.ourself)
        #expect(graph.events(by: ourself, at: 1).map { graph.otherParent(of: $0) } == [graph.event(withDigest: digest)])
    }

    @Test("A removed peer may do nothing any more, is not gossiped to, and cannot begin anew under the same name")
    func removePeer() throws {
        let all: [PeerID] = ["Alice", "Bob", "Carol", "Dave", "Eric"]
        var group = try Group(all)
        for name in all { try group[name].vote(for: .remove("Eric", info: [])) }
        #expect(group["Alice"].state(of: "Eric") == .active)
        #expect(try group.gossip { !$0["Alice"].voters.contains("Eric") })

        #expect(group["Alice"].state(of: "Eric") == [])
        #expect(group["Alice"].voters == all.dropLast())
        let before = group["Alice"].snapshot
        #expect(throws: EngineError.peerNotPermitted("Eric", required: [.generateKeys, .receive], actual: [])) {
            try group["Alice"].gossip(to: "Eric")
        }
        #expect(group["Alice"].snapshot == before)

        // The reference makes a fresh instance with the old name; here identities are fresh (`design.md` section 4).
        #expect(throws: EngineError.noEffect(.alreadyMember("Eric"))) {
            try Engine(joiner: .simulated("Eric"), of: group.network, contacts: group["Alice"].voters)
        }
        let others = Network(genesis: all.dropLast())
        var eric = try Engine(joiner: .simulated("Eric"), of: others, contacts: others.genesis)
        #expect(throws: EngineError.notPermitted(required: .send, actual: .receive)) { try eric.gossip(to: "Alice") }
        #expect(eric.agreement.graph.count == 0)
    }
}
