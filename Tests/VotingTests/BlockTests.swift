import GossipGraph
import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct BlockTests {
    private static let zero = Digest(words: 0, 0, 0, 0)

    private func block(
        number: Int = 3,
        previous: Digest = zero,
        observation: Observation = .opaque([1]),
        voter: PeerID? = nil,
        voters: [PeerID] = ["A", "B", "C"],
        votes: [Block.Vote] = []
    ) -> Block {
        let function = SimulatedDigests()
        return Block(
            number: number,
            previous: previous,
            election: 0,
            observation: DigestedObservation(observation, digest: function.digest(of: observation)),
            voter: voter,
            voters: voters,
            votes: votes,
            function: function
        )
    }

    private func vote(by voter: PeerID, _ byte: UInt8) throws -> Block.Vote {
        let signature = try #require(Signature(bytes: [UInt8](repeating: byte, count: 64)))
        let header = EventHeader(
            network: BlockTests.zero,
            creator: voter,
            selfParent: nil,
            content: .observation(root: Digest(words: 1, 1, 1, UInt64(byte)))
        )
        let path = MerklePath(index: 0, count: 1, siblings: [])
        return Block.Vote(header: header, path: path, signature: signature)
    }

    @Test("A block's digest covers number, predecessor, payload, voter and voters")
    func coverage() {
        let blocks = [
            block(),
            block(number: 4),
            block(number: 3 + 256),
            block(previous: Digest(words: 0, 0, 0, 1)),
            block(observation: .opaque([2])),
            block(observation: .keyGeneration(.part([1]))),
            block(voter: "A"),
            block(voter: "B"),
            block(voter: ""),
            block(voters: ["A", "B"]),
            block(voters: ["A", "BC"]),
            block(voters: ["AB", "C"]),
            block(voters: ["A", "B", "C", ""]),
            block(voters: []),
        ]
        #expect(Set(blocks.map(\.digest)).count == blocks.count)
    }

    @Test("A block's digest does not cover the votes, of which peers may hold different ones")
    func votes() throws {
        let (first, second) = (try vote(by: "A", 1), try vote(by: "B", 2))
        let blocks = [block(), block(votes: [first]), block(votes: [second]), block(votes: [first, second])]
        #expect(Set(blocks.map(\.digest)).count == 1)
        #expect(Set(blocks).count == 4)
        #expect(blocks[3].votes.map(\.voter) == ["A", "B"])
    }

    @Test("A block keeps what it was made of")
    func fields() {
        let block = block(number: 9, observation: .add("D", info: [1]), voter: "B")
        #expect(block.number == 9)
        #expect(block.previous == BlockTests.zero)
        #expect(block.observation == .add("D", info: [1]))
        #expect(block.observationDigest == SimulatedDigests().digest(of: .add("D", info: [1])))
        #expect(block.voter == "B")
        #expect(block.voters == ["A", "B", "C"])
    }
}
