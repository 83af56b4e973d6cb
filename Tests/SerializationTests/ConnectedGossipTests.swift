import Consensus
import ParsecCore
import Serialization
import Simulation
import Testing
import Voting

/// Gossip over connections that deliver in order, at any pace, and break now and then.
@Suite struct ConnectedGossipTests {
    private struct Pair: Hashable {
        let from: PeerID
        let to: PeerID
    }

    private static let names: [PeerID] = ["Alice", "Bob", "Carol", "Dave"]

    @Test(
        "While connections last, each message is decoded whole and none of it refused; all agree, though some break",
        arguments: [false, true]
    )
    func agreement(breaks: Bool) throws {
        for seed: UInt64 in 1...3 {
            let blocks = try run(breaks: breaks, seed: seed)
            #expect(blocks.allSatisfy { $0.count == 41 }, "seed \(seed)")
            #expect(Set(blocks).count == 1, "seed \(seed)")
        }
    }

    /// Lets four peers vote for forty payloads.
    ///
    /// - Returns: the digests of the blocks of each.
    private func run(breaks: Bool, seed: UInt64) throws -> [[Digest]] {
        var random = SeededGenerator(seed: seed)
        let codec = MessageCodec()
        let network = Network(genesis: ConnectedGossipTests.names, mode: .single)
        var engines: [PeerID: Engine] = [:]
        var waiting: [Pair: [[UInt8]]] = [:]
        var blocks: [PeerID: [Digest]] = [:]
        for name in ConnectedGossipTests.names {
            engines[name] = try Engine(member: .simulated(name), of: network)
            for other in ConnectedGossipTests.names where other != name {
                try engines[name]?.beginConnection(to: other)
            }
        }
        for step in 0..<3_000 {
            let sender = try #require(ConnectedGossipTests.names.randomElement(using: &random))
            let others = ConnectedGossipTests.names.filter { $0 != sender }
            let receiver = try #require(others.randomElement(using: &random))
            if step < 2_000, step.isMultiple(of: 50) {
                try engines[sender]?.vote(for: .opaque(Array("\(step)".utf8)))
            }
            if random.happens(0.3) {
                let message = try #require(try engines[sender]?.gossip(to: receiver))
                waiting[Pair(from: sender, to: receiver), default: []].append(
                    codec.encode(message, from: try #require(engines[sender]))
                )
            }
            if breaks, random.happens(0.01) {
                // What was on its way is lost in both directions.
                for (from, to) in [(sender, receiver), (receiver, sender)] {
                    waiting[Pair(from: from, to: to)] = nil
                    try engines[from]?.beginConnection(to: to)
                }
            }
            guard let bytes = waiting[Pair(from: sender, to: receiver)]?.first else { continue }
            waiting[Pair(from: sender, to: receiver)]?.removeFirst()
            let decoded = try codec.decode(bytes, for: try #require(engines[receiver]))
            #expect(decoded.unplaced == 0, "step \(step), seed \(seed)")
            let receipt = try #require(try engines[receiver]?.receive(decoded.message, from: sender))
            #expect(receipt.refused.isEmpty, "step \(step), seed \(seed)")
            if let response = receipt.response {
                waiting[Pair(from: receiver, to: sender), default: []].append(
                    codec.encode(response, from: try #require(engines[receiver]))
                )
            }
            while let block = engines[receiver]?.nextBlock() { blocks[receiver, default: []].append(block.digest) }
        }
        return ConnectedGossipTests.names.map { blocks[$0] ?? [] }
    }
}
