import Consensus
import GossipGraph
import ParsecCore
import Testing
import Voting

@testable import Simulation

/// The checker finds what is wrong with blocks.
@Suite struct BlockCheckerTests {
    private let digests = SimulatedDigests()
    private let network = Network(genesis: ["Alice", "Bob", "Carol", "Dave"])

    /// A block with as many votes as asked for.
    private func block(
        _ number: Int,
        after previous: Block? = nil,
        election: Int? = nil,
        _ observation: Observation,
        voters: [PeerID]? = nil,
        votes: [PeerID] = ["Alice", "Bob", "Carol"],
        signedBy forger: PeerID? = nil
    ) -> Block {
        let digest = digests.digest(of: observation)
        let networkDigest = network.digest(using: digests)
        return Block(
            number: number,
            previous: previous?.digest ?? networkDigest,
            election: election ?? number,
            observation: DigestedObservation(observation, digest: digest),
            voter: nil,
            voters: voters ?? network.genesis,
            votes: votes.map { voter in
                let header = EventHeader(
                    network: networkDigest,
                    creator: voter,
                    selfParent: nil,
                    cause: .observation([digest]),
                    function: digests
                )
                let signer = SimulatedSigner(id: forger ?? voter)
                let path = MerkleTree([digest], function: digests).path(to: 0)
                return Block.Vote(header: header, path: path, signature: signer.sign(header.digest(using: digests)))
            },
            function: digests
        )
    }

    private func violation(_ blocks: [Block], of peer: PeerID = "Alice", second: [Block] = []) -> String? {
        var checker = BlockChecker(network: network, digests: digests)
        do {
            for (place, block) in blocks.enumerated() {
                _ = try checker.take(block, of: peer, after: Array(blocks.prefix(place)))
            }
            for (place, block) in second.enumerated() {
                _ = try checker.take(block, of: "Bob", after: Array(second.prefix(place)))
            }
            return nil
        } catch { return error.kind }
    }

    @Test("Blocks that follow all rules are taken, the same ones from a second peer as well")
    func good() {
        let first = block(0, network.genesisObservation)
        let second = block(1, after: first, .opaque([1]))
        #expect(violation([first, second], second: [first, second]) == nil)
    }

    @Test("Different blocks at the same place are a disagreement")
    func disagreement() {
        let first = block(0, network.genesisObservation)
        #expect(
            violation(
                [first, block(1, after: first, .opaque([1]))],
                second: [first, block(1, after: first, .opaque([2]))]
            ) == "disagreement"
        )
    }

    @Test("What peers keep together is the same block, votes and all")
    func shared() {
        var checker = BlockChecker(network: network, digests: digests)
        let few = block(0, network.genesisObservation)
        let many = block(0, network.genesisObservation, votes: network.genesis)
        let other = block(0, .opaque([1]))
        let next = block(1, after: few, .opaque([2]))
        let ahead = block(7, .opaque([3]))
        for block in [few, many, few, other, next, many, ahead, next, ahead] { #expect(checker.shared(block) == block) }
    }

    @Test("A block that is left out, or handed out twice, is out of sequence")
    func sequence() {
        let first = block(0, network.genesisObservation)
        #expect(violation([first, block(2, after: first, .opaque([1]))]) == "out-of-sequence")
        #expect(violation([first, first]) == "out-of-sequence")
    }

    @Test("A payload is decided once")
    func twice() {
        let first = block(0, network.genesisObservation)
        let second = block(1, after: first, .opaque([1]))
        #expect(violation([first, second, block(2, after: second, .opaque([1]))]) == "decided-twice")
    }

    @Test("Each block names the one before it")
    func chain() {
        let first = block(0, network.genesisObservation)
        #expect(violation([first, block(1, .opaque([1]))]) == "broken-chain")
    }

    @Test("A block has the votes that its mode demands, by different voters, authentic, and for its payload")
    func votes() {
        let genesis = network.genesisObservation
        #expect(violation([block(0, genesis, votes: ["Alice", "Bob"])]) == "votes-missing")
        #expect(violation([block(0, genesis, votes: ["Alice", "Bob", "Bob"])]) == "votes-missing")
        #expect(violation([block(0, genesis, votes: ["Alice", "Bob", "Eve"])]) == "votes-missing")
        #expect(violation([block(0, genesis, signedBy: "Alice")]) == "votes-missing")
    }

    @Test("The voters of an election are what the blocks of earlier elections say")
    func voters() {
        let first = block(0, network.genesisObservation)
        let removal = block(1, after: first, .remove("Dave", info: []))
        let rest: [PeerID] = ["Alice", "Bob", "Carol"]
        #expect(violation([first, removal, block(2, after: removal, .opaque([1]), voters: rest)]) == nil)
        #expect(violation([first, removal, block(2, after: removal, .opaque([1]))]) == "wrong-voters")
        // In the same election the voters stay.
        #expect(violation([first, removal, block(2, after: removal, election: 1, .opaque([1]))]) == nil)
        #expect(
            violation([first, removal, block(2, after: removal, election: 1, .opaque([1]), voters: rest)])
                == "wrong-voters"
        )
        let addition = block(1, after: first, .add("Eve", info: []))
        let five = block(2, after: addition, .opaque([1]), voters: network.genesis + ["Eve"], votes: network.genesis)
        #expect(violation([first, addition, five]) == nil)
        #expect(violation([first, addition, block(2, after: addition, .opaque([1]))]) == "wrong-voters")
    }

    @Test("A peer hands out no block of an election after the one that removed it")
    func afterRemoval() {
        let first = block(0, network.genesisObservation)
        let removal = block(1, after: first, .remove("Dave", info: []))
        let next = block(2, after: removal, .opaque([1]), voters: ["Alice", "Bob", "Carol"])
        #expect(violation([first, removal, next], of: "Dave") == "block-after-removal")
        let same = block(2, after: removal, election: 1, .opaque([1]))
        #expect(violation([first, removal, same], of: "Dave") == nil)
    }
}
