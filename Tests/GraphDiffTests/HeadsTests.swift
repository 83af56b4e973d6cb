import Consensus
import GraphDiff
import GraphFormats
import Membership
import ParsecCore
import Simulation
import Synchronization
import Testing
import Voting

/// Comparing heads and ranges finds what comparing whole graphs finds.
@Suite struct HeadsTests {
    /// A simulated peer as a running node would answer, which counts what it is asked.
    private final class Endpoint: GraphEndpoint {
        let peer: SimulatedPeer
        let network: Digest

        /// How many links and blocks it told.
        let told = Mutex(0)

        init(_ peer: SimulatedPeer, network: Digest) {
            self.peer = peer
            self.network = network
        }

        var agreement: Agreement { peer.engine.agreement }

        func heads() -> GraphHeads {
            GraphHeads(agreement, network: network, owner: peer.id, blocks: peer.blocks.count) { $0.description }
        }

        func chain(of peer: String, from index: Int, count: Int) -> [GraphHeads.Link] {
            guard let known = agreement.peers.index(of: PeerID(peer)) else { return [] }
            // Few at a time, so that there is more than one question.
            let links = GraphHeads.chain(of: known, in: agreement, from: index, count: count)
            told.withLock { $0 += links.count }
            return links
        }

        func block(_ number: Int) -> (digest: String, payload: String) {
            told.withLock { $0 += 1 }
            return (peer.blocks[number].digest.description, "\(peer.blocks[number].observationDigest)")
        }

        func election() -> [GraphHeads.MetaEvent] {
            GraphHeads.election(of: agreement, most: 1_000) { $0.description }
        }

        var dump: GraphDump { GraphDump(agreement, history: peer.blocks.map(\.observationDigest)) }
    }

    private func endpoints(_ scenario: Scenario, until time: Int = .max) throws -> [Endpoint] {
        var options = Simulation.Options()
        options.digests = DumpDigests(events: SimulatedDigests())
        var simulation = try Simulation(scenario, options: options)
        while simulation.now < time, simulation.advance() {}
        return simulation.peers.map { Endpoint($0, network: Digest(words: 1, 2, 3, 4)) }
    }

    /// That two peers are found to differ the same, whichever way they are compared.
    private func expectSame(_ a: Endpoint, _ b: Endpoint) async throws {
        let live = try await GraphComparison(a, b)
        let whole = GraphComparison(a.dump, b.dump)
        #expect(live.events == whole.events)
        #expect(live.forks.map(\.creator) == whole.forks.map(\.creator))
        #expect(live.forks.map(\.index) == whole.forks.map(\.index))
        #expect(live.members == whole.members)
        #expect(live.blocks == whole.blocks)
        #expect(live.behind == whole.behind)
        #expect(live.isSame == whole.isSame)
        #expect(live.computed.count == whole.computed.count)
    }

    @Test(
        "At any time of a simulation, heads show what graphs show",
        arguments: [200, 700, 1_200, 100_000],
        [21, 22] as [UInt64]
    )
    func anyTime(time: Int, seed: UInt64) async throws {
        let join = Step.join(Join("Eric", at: 200))
        let peers = try endpoints(Graphs.scenario("heads", seed: seed, [join]), until: time)
        for (a, b) in zip(peers, peers.dropFirst()) { try await expectSame(a, b) }
        try await expectSame(peers[0], peers[0])
    }

    @Test("Forks that both, one or none of the two know of are found", arguments: [300, 600, 2_000])
    func forks(time: Int) async throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 200))
        let peers = try endpoints(Graphs.scenario("fork", seed: 23, [fork]), until: time)
        for (a, b) in zip(peers, peers.dropFirst()) { try await expectSame(a, b) }
    }

    @Test("What two nodes have in common is not read")
    func little() async throws {
        var votes = Votes()
        votes.count = 40
        votes.every = 50
        let peers = try endpoints(Scenario("little", peers: 4, seed: 24, steps: [.votes(votes)]), until: 2_000)
        let comparison = try await GraphComparison(peers[0], peers[1])
        let count = comparison.events.reduce(0) { $0 + $1.count }
        #expect(peers[0].dump.events.count > 300)
        #expect(peers[0].told.withLock { $0 } < count + 100)
    }

    /// A node that never ends to tell events.
    private struct Babbler: GraphEndpoint {
        let honest: Endpoint

        func heads() async throws -> GraphHeads { honest.heads() }

        func chain(of peer: String, from index: Int, count: Int) async throws -> [GraphHeads.Link] {
            (0..<count).map { GraphHeads.Link(index: index + $0, digest: "\(index + $0)", selfParent: nil) }
        }

        func block(_ number: Int) async throws -> (digest: String, payload: String) { honest.block(number) }

        func election() async throws -> [GraphHeads.MetaEvent] { honest.election() }
    }

    @Test("A node that tells more events than it says it has is not listened to for ever")
    func endless() async throws {
        let fork = Step.fault(Fault(.fork("Dave"), from: 200))
        let peers = try endpoints(Graphs.scenario("fork", seed: 23, [fork]), until: 2_000)
        #expect(peers[0].heads().isPossible)
        await #expect(throws: EndlessChain.self) {
            try await GraphComparison(Babbler(honest: peers[0]), peers[1])
        }
    }

    @Test("Nodes of different networks are not compared")
    func otherNetwork() async throws {
        let peers = try endpoints(Graphs.scenario("network", seed: 25), until: 300)
        let other = Endpoint(peers[1].peer, network: Digest(words: 9, 9, 9, 9))
        await #expect(throws: OtherNetwork.self) { try await GraphComparison(peers[0], other) }
    }
}
