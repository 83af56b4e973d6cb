import Consensus
import ParsecCore
import Simulation
import Testing
import Voting

@Suite struct ReadmeTests {
    @Test("The README's first network does what the README says")
    func firstNetwork() throws {
        let network = Network(genesis: ["Alice", "Bob"])
        var alice = try Engine(member: .simulated("Alice"), of: network)
        var bob = try Engine(member: .simulated("Bob"), of: network)

        let greeting = Observation.opaque(Array("hello".utf8))
        try alice.vote(for: greeting)
        try bob.vote(for: greeting)

        for _ in 0..<4 {
            let request = try alice.gossip(to: "Bob")
            let receipt = try bob.receive(request, from: "Alice")
            if let response = receipt.response {
                _ = try alice.receive(response, from: "Bob")
            }
        }
        for block in [network.genesisObservation, greeting] {
            #expect(alice.nextBlock()?.observation == block)
            #expect(bob.nextBlock()?.observation == block)
        }
        #expect(alice.nextBlock() == nil)
    }
}
