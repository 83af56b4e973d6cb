import Consensus
import GossipGraph
import Membership
import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct EngineVotingTests {
    @Test("The first block is the genesis block, and members agree on all blocks")
    func blocksAgree() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        try net.decide(payload("one"))
        try net.decide(payload("two"))
        let blocks = net.blocks("Alice")
        #expect(blocks.map(\.observation) == [net.network.genesisObservation, payload("one"), payload("two")])
        #expect(blocks.map(\.number) == [0, 1, 2])
        for other in ["Bob", "Carol", "Dave"] as [PeerID] {
            #expect(net.blocks(other).map(\.digest) == blocks.map(\.digest))
        }
    }

    @Test("A block names the digest of the one before it, and the first that of the network")
    func blocksAreChained() throws {
        var net = try TestNetwork(["Alice", "Bob"])
        try net.decide(payload("one"))
        let blocks = net.blocks("Alice")
        try #require(blocks.count == 2)
        #expect(blocks[0].previous == net["Alice"].networkDigest)
        #expect(blocks[1].previous == blocks[0].digest)
    }

    @Test("A block is proven by signed headers of more than two thirds of its voters")
    func blocksAreProven() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        try net.decide(payload("one"))
        for block in net.blocks("Carol") {
            #expect(3 * block.votes.count > 2 * block.voters.count)
            #expect(Set(block.votes.map(\.voter)).count == block.votes.count)
            for vote in block.votes {
                let network = net.network.digest(using: SimulatedDigests())
                #expect(vote.isFor(block.observationDigest, in: network, function: SimulatedDigests()))
                #expect(!vote.isFor(block.digest, in: network, function: SimulatedDigests()))
                #expect(!vote.isFor(block.observationDigest, in: block.digest, function: SimulatedDigests()))
                let digest = vote.header.digest(using: SimulatedDigests())
                #expect(SimulatedVerifier().isValid(vote.signature, of: digest, by: vote.voter))
                #expect(block.voters.contains(vote.voter))
            }
        }
    }

    @Test("In single mode each voter's vote for the same content is a block of its own")
    func singleMode() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"], mode: .single)
        try net["Alice"].vote(for: payload("same"))
        try net["Bob"].vote(for: payload("same"))
        try net.settle()
        let blocks = net.blocks("Dave").filter { $0.observation == payload("same") }
        #expect(Set(blocks.map(\.voter)) == ["Alice", "Bob"])
        #expect(blocks.allSatisfy { $0.votes.map(\.voter) == [$0.voter] })
    }

    @Test("The observations of one vote are ordered as they were named, as far as their voter's word decides")
    func severalObservations() throws {
        let batch = ["d", "a", "c", "b"].map(payload)
        var lone = try TestNetwork(["Alice"])
        try lone["Alice"].vote(for: batch)
        #expect(lone.blocks("Alice").map(\.observation) == [lone.network.genesisObservation] + batch)

        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        for name in net.network.genesis { try net[name].vote(for: batch) }
        try net.settle()
        #expect(net.blocks("Bob").map(\.observation) == [net.network.genesisObservation] + batch)
    }

    @Test("A vote for what one has voted for, or twice in one vote, is refused and changes nothing")
    func duplicateVote() throws {
        var net = try TestNetwork(["Alice", "Bob"])
        try net["Alice"].vote(for: payload("x"))
        let before = net["Alice"].agreement.graph.count
        #expect(throws: EngineError.duplicateVote(payload("x"))) { try net["Alice"].vote(for: payload("x")) }
        #expect(throws: EngineError.duplicateVote(payload("y"))) {
            try net["Alice"].vote(for: [payload("y"), payload("z"), payload("y")])
        }
        #expect(net["Alice"].agreement.graph.count == before)
        try net["Alice"].vote(for: payload("y"))
    }

    @Test("A vote for what has been decided is refused")
    func alreadyDecided() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        for name in ["Alice", "Bob", "Carol"] as [PeerID] { try net[name].vote(for: payload("x")) }
        try net.settle()
        #expect(throws: EngineError.alreadyDecided(payload("x"))) { try net["Dave"].vote(for: payload("x")) }
    }

    @Test("A vote names something, and nothing that peers do by themselves")
    func votable() throws {
        var net = try TestNetwork(["Alice", "Bob"])
        #expect(throws: EngineError.noObservations) { try net["Alice"].vote(for: []) }
        let genesis = net.network.genesisObservation
        #expect(throws: EngineError.notVotable(genesis)) { try net["Alice"].vote(for: genesis) }
        let step = Observation.keyGeneration(.part([1]))
        #expect(throws: EngineError.notVotable(step)) { try net["Alice"].vote(for: step) }
    }

    @Test("What exceeds a bound is refused, and the error names the bound")
    func bounds() throws {
        var limits = EngineLimits()
        limits.observationsPerEvent = 2
        limits.bytesPerObservation = 30
        var net = try TestNetwork(["Alice", "Bob"], limits: limits)
        #expect(throws: EngineError.tooMany(.observationsPerEvent, count: 3, limit: 2)) {
            try net["Alice"].vote(for: ["a", "b", "c"].map(payload))
        }
        let long = Observation.opaque(Array(repeating: 7, count: 26))
        #expect(throws: EngineError.tooMany(.bytesPerObservation, count: 31, limit: 30)) {
            try net["Alice"].vote(for: long)
        }
    }

    @Test("A vote that could not change the group is refused, and says why")
    func admission() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        #expect(throws: EngineError.noEffect(.alreadyMember("Bob"))) {
            try net["Alice"].vote(for: .add("Bob", info: []))
        }
        #expect(throws: EngineError.noEffect(.notMember("Eve"))) {
            try net["Alice"].vote(for: .remove("Eve", info: []))
        }
        try net.decide(.remove("Dave", info: []))
        #expect(throws: EngineError.noEffect(.identityNotFresh("Dave"))) {
            try net["Alice"].vote(for: .add("Dave", info: []))
        }
        var lone = try TestNetwork(["Solo"])
        #expect(throws: EngineError.noEffect(.lastMember("Solo"))) {
            try lone["Solo"].vote(for: .remove("Solo", info: []))
        }
    }

    @Test("Only a voter votes")
    func onlyVotersVote() throws {
        var net = try TestNetwork(["Alice", "Bob", "Carol", "Dave"])
        try net.addJoiner("Eve", contacts: ["Alice"])
        #expect(throws: EngineError.notPermitted(required: .vote, actual: .receive)) {
            try net["Eve"].vote(for: payload("x"))
        }
        try net.decide(.remove("Dave", info: []))
        #expect(throws: EngineError.notPermitted(required: .vote, actual: [])) {
            try net["Dave"].vote(for: payload("x"))
        }
    }
}
