import Consensus
import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct BlockProofTests {
    private let digests = SimulatedDigests()
    private let group: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]

    private func blocks(mode: ConsensusMode = .supermajority) throws -> (network: Network, blocks: [Block]) {
        var net = try TestNetwork(group, mode: mode)
        for name in group { try net[name].vote(for: [payload("one"), payload("two"), payload("three")]) }
        try net.settle()
        return (net.network, net.blocks("Bob"))
    }

    private func error(_ block: Block, _ network: Network, voters: [PeerID]? = nil) -> BlockProofError? {
        do {
            try BlockProof(block).verify(
                network: network,
                voters: voters ?? group,
                digests: digests,
                verifier: SimulatedVerifier()
            )
            return nil
        } catch { return error }
    }

    /// The block with something changed.
    private func changed(
        _ block: Block,
        observation: Observation? = nil,
        voter: PeerID?? = nil,
        voters: [PeerID]? = nil,
        votes: [Block.Vote]? = nil
    ) -> Block {
        let observation = observation ?? block.observation
        return Block(
            number: block.number,
            previous: block.previous,
            election: block.election,
            observation: DigestedObservation(observation, digest: digests.digest(of: observation)),
            voter: voter ?? block.voter,
            voters: voters ?? block.voters,
            votes: votes ?? block.votes,
            function: digests
        )
    }

    @Test(
        "Every block that an engine hands out proves itself to whoever knows the network and the voters",
        arguments: ConsensusMode.allCases
    )
    func good(mode: ConsensusMode) throws {
        let (network, blocks) = try blocks(mode: mode)
        #expect(blocks.count == (mode == .single ? 13 : 4))
        for block in blocks { #expect(error(block, network) == nil) }
        for block in blocks { #expect(error(block, network, voters: group.reversed()) == nil) }
    }

    @Test("A proof of another network, other voters or another payload is none")
    func others() throws {
        let (network, blocks) = try blocks()
        let block = blocks[1]
        let other = Network(genesis: group, info: [1])
        #expect(error(block, other) == .otherPayload("Alice"))
        #expect(error(block, network, voters: ["Alice", "Bob"]) == .otherVoters(group))
        #expect(error(changed(block, observation: payload("four")), network) == .otherPayload("Alice"))
        #expect(
            error(changed(block, voters: ["Alice", "Bob", "Carol"]), network)
                == .otherVoters(["Alice", "Bob", "Carol"])
        )
    }

    @Test("Votes have to be enough, by different voters, for the payload, and signed")
    func votes() throws {
        let (network, blocks) = try blocks()
        let block = blocks[1]
        let votes = block.votes
        #expect(votes.count >= 3)
        #expect(error(changed(block, votes: Array(votes.prefix(2))), network) == .tooFewVotes(2, needed: 3))
        #expect(error(changed(block, votes: [votes[0], votes[0], votes[1]]), network) == .voterTwice(votes[0].voter))
        let forged = Block.Vote(header: votes[0].header, path: votes[0].path, signature: votes[1].signature)
        #expect(error(changed(block, votes: [forged] + votes.dropFirst()), network) == .badSignature(votes[0].voter))
        let moved = MerklePath(
            index: 2 - votes[0].path.index,
            count: votes[0].path.count,
            siblings: votes[0].path.siblings
        )
        let wrong = Block.Vote(header: votes[0].header, path: moved, signature: votes[0].signature)
        #expect(error(changed(block, votes: [wrong] + votes.dropFirst()), network) == .otherPayload(votes[0].voter))
        #expect(error(changed(block, voter: "Alice"), network) == .wrongMode)
    }

    @Test("In single mode one vote proves a block, but only that of its voter")
    func single() throws {
        let (network, blocks) = try blocks(mode: .single)
        let block = try #require(blocks.first { $0.voter == "Alice" })
        let other = try #require(blocks.first { $0.voter == "Bob" && $0.observation == block.observation })
        #expect(block.votes.count == 1)
        #expect(error(changed(block, votes: other.votes), network) == .noVoter("Bob"))
        #expect(error(changed(block, votes: []), network) == .tooFewVotes(0, needed: 1))
        #expect(error(changed(block, voter: .some(nil)), network) == .wrongMode)
    }
}
