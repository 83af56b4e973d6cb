import Consensus
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

/// What a peer knows of its own votes' fate, after the functional tests of the reference (`protocol.md` section 10.2).
@Suite struct ReferenceUndeliveredTests {
    private let add = Observation.add("Eric", info: [])

    @Test(
        "A vote is undelivered until its block is taken, and what is decided comes before what is not",
        .enabled(if: RecordedGraph.areHere, "the reference's recordings are not here")
    )
    func unpolledObservations() throws {
        let recorded = try Reenactment(.unpolledObservations)
        var alice = try recorded.owner
        #expect(alice.ownUndelivered == [recorded.network.genesisObservation, add])
        #expect(alice.nextBlock()?.observation == recorded.network.genesisObservation)
        #expect(alice.nextBlock() == nil)
        #expect(alice.ownUndelivered == [add])
        let undecided = alice

        // The last event decides; the block waits.
        let (message, dave) = try recorded.lastMessage()
        _ = try alice.receive(message, from: dave)
        #expect(alice.waitingBlocks == 1)
        #expect(alice.ownUndelivered == [add])
        try alice.vote(for: payload("ABCD"))
        #expect(alice.ownUndelivered == [add, payload("ABCD")])
        #expect(alice.nextBlock()?.observation == add)
        #expect(alice.ownUndelivered == [payload("ABCD")])

        // A vote before the decision does not change the order.
        var other = undecided
        try other.vote(for: payload("ABCD"))
        #expect(other.ownUndelivered == [add, payload("ABCD")])
        _ = try other.receive(message, from: dave)
        #expect(other.ownUndelivered == [add, payload("ABCD")])
    }

    @Test(
        "Where one vote decides, another's block of the same content does not count as one's own",
        .enabled(if: RecordedGraph.areHere, "the reference's recordings are not here")
    )
    func ourUnpolledObservationsWithConsensusModeSingle() throws {
        let recorded = try Reenactment(.unpolledSingle, isLastLeftOut: false)
        let content = payload("A")
        var alice = try recorded.owner
        #expect(alice.waitingBlocks == 3)
        #expect(alice.ownUndelivered == [recorded.network.genesisObservation, content])
        #expect(alice.nextBlock()?.observation == recorded.network.genesisObservation)
        #expect(alice.ownUndelivered == [content])
        let second = alice.nextBlock()
        let block = try #require(second)
        #expect(block.observation == content && block.voter == "Alice")
        #expect(block.votes.map(\.voter) == ["Alice"])
        // Bob's vote for the same waits, and is none of Alice's.
        #expect(alice.waitingBlocks == 1)
        #expect(alice.ownUndelivered.isEmpty)
        #expect(alice.nextBlock()?.voter == "Bob")
    }

    @Test("What is decided comes first although it was voted for last; the rest is in the order of one's own votes")
    func order() throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        var group = try Group(names)
        // Alice hears of Bob's votes in the opposite order of her own.
        try group["Bob"].vote(for: payload("second"))
        try group["Bob"].vote(for: [payload("first"), payload("foreign")])
        try group.exchange("Bob", "Alice")
        try group["Alice"].vote(for: [payload("zeroth"), payload("first")])
        try group["Alice"].vote(for: payload("second"))
        let undecided = ["zeroth", "first", "second"].map(payload)
        let genesis = group.network.genesisObservation
        #expect(group["Alice"].ownUndelivered == [genesis] + undecided)
        for name in names { try group[name].vote(for: payload("common")) }
        #expect(group["Alice"].ownUndelivered == [genesis] + undecided + [payload("common")])
        #expect(try group.gossip { $0["Alice"].waitingBlocks == 2 })
        #expect(group["Alice"].ownUndelivered == [genesis, payload("common")] + undecided)
        #expect(group["Alice"].takeBlocks().count == 2)
        #expect(group["Alice"].ownUndelivered == undecided)
    }

    @Test("A joiner has voted for nothing that was decided before it came")
    func joiner() throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]
        var group = try Group(names)
        for name in names { try group[name].vote(for: add) }
        #expect(try group.gossip { $0["Alice"].voters.contains("Eric") })
        group["Eric"] = try Engine(joiner: .simulated("Eric"), of: group.network, contacts: [])
        try group.exchange("Alice", "Eric")
        #expect(group["Eric"].state == .active && group["Eric"].waitingBlocks == 2)
        #expect(group["Eric"].ownUndelivered.isEmpty)
        try group["Eric"].vote(for: payload("mine"))
        #expect(group["Eric"].ownUndelivered == [payload("mine")])
    }

    @Test("A removed peer still knows which of its votes came to nothing")
    func removed() throws {
        let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave", "Eric"]
        var group = try Group(names)
        try group["Eric"].vote(for: payload("mine"))
        for name in names { try group[name].vote(for: .remove("Eric", info: [])) }
        #expect(try group.gossip { $0["Eric"].state == [] })
        _ = group["Eric"].takeBlocks()
        #expect(group["Eric"].ownUndelivered == [payload("mine")])
    }
}
