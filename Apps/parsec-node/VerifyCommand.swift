import App
import ArgumentParser
import Consensus
import Foundation
import Identity
import NodeFiles
import NodeHTTP
import ParsecCore
import Serialization
import Voting

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks a node's blocks by their proofs, without trust in the node.",
        discussion: """
            Begins with the founders in the network's file. Each block has to be the next, and to carry the votes of \
            enough of those who were voters by then. Exit status: 0 if all blocks are proven, 1 if one is not.
            """
    )

    @OptionGroup var options: ClientOptions

    @Option(help: "The network's file, from a source that is trusted.")
    var network: String

    @Option(help: "How many blocks to check; by default all that the node has.")
    var count: Int?

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count: expected a number from 1 on") }
    }

    func run() async throws {
        var chain = ProvenChain(try NetworkFile.read(network).network)
        let client = try options.client()
        let status = try JSONDecoder().decode(StatusReply.self, from: try await client.get("/status"))
        let count = min(count ?? status.blocks, status.blocks)
        for number in 0..<count {
            let reply = try JSONDecoder().decode(
                ProofReply.self,
                from: try await client.get("/blocks/\(number)/proof")
            )
            guard let bytes = Data(base64Encoded: reply.proof) else { throw Failure("block \(number): no base 64") }
            do {
                try chain.append(
                    BlockProof(encoded: Array(bytes), digests: SHA256Digests(), signatures: .ed25519)
                )
            } catch { throw Failure("block \(number) is not proven: \(error)") }
        }
        print("\(count) blocks are proven; the last is \(chain.last), and \(chain.voters.count) peers vote after it")
    }
}

/// Blocks whose proofs were checked, from the first on.
private struct ProvenChain {
    let network: Network

    /// The digest of the last block.
    private(set) var last: Digest
    private var next = 0
    private var election = 0

    /// The voters of the election that the last block is of, and those of the next.
    private var current: Set<PeerID>
    private(set) var voters: Set<PeerID>

    init(_ network: Network) {
        self.network = network
        last = network.digest(using: SHA256Digests())
        current = Set(network.genesis)
        voters = current
    }

    mutating func append(_ proof: BlockProof) throws {
        let block = proof.block
        guard block.number == next else { throw Failure("it has the number \(block.number)") }
        guard block.previous == last else { throw Failure("it follows the block \(block.previous)") }
        guard block.election >= election else { throw Failure("its election is before that of the block before") }
        if block.election > election { (election, current) = (block.election, voters) }
        try proof.verify(network: network, voters: current, digests: SHA256Digests(), verifier: Ed25519Verifier())
        switch block.observation {
        case .add(let peer, _): voters.insert(peer)
        case .remove(let peer, _), .accusation(let peer, _): voters.remove(peer)
        case .genesis, .opaque, .keyGeneration: break
        }
        (last, next) = (block.digest, next + 1)
    }
}
