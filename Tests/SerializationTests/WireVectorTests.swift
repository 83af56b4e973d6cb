import Consensus
import Foundation
import GossipGraph
import Identity
import ParsecCore
import Serialization
import Testing
import Voting

/// The byte strings in `docs/wire-vectors.json`; with `PARSEC_WRITE_VECTORS` set they are written anew.
@Suite struct WireVectorTests {
    private func published() throws -> WireVectors {
        try JSONDecoder().decode(WireVectors.self, from: Data(contentsOf: WireVectors.file))
    }

    @Test("The published byte strings are those that we encode")
    func same() throws {
        let made = try WireVectors.make()
        if ProcessInfo.processInfo.environment["PARSEC_WRITE_VECTORS"] != nil {
            try made.json.write(to: WireVectors.file)
        }
        let published = try published()
        #expect(published == made)
        #expect(published.blocks.count == 3 && published.events.count > 10 && published.messages.count == 9)
    }

    @Test("The published byte strings decode, and their digests and signatures are right")
    func decoded() throws {
        let vectors = try published()
        let (digests, verifier) = (SHA256Digests(), Ed25519Verifier())
        for value in [vectors.network] + vectors.observations + vectors.events {
            #expect(digests.digest(WireVectors.bytes(value.bytes)).description == value.digest)
        }
        for value in vectors.observations {
            let bytes = WireVectors.bytes(value.bytes)
            #expect(try Observation(encoded: bytes).encoded == bytes)
        }
        for value in vectors.events {
            let bytes = WireVectors.bytes(value.bytes)
            let header = try EventHeader(encoded: bytes)
            #expect(header.encoded == bytes)
            let signature = try #require(Signature(bytes: WireVectors.bytes(value.signature ?? "")))
            #expect(verifier.isValid(signature, of: digests.digest(bytes), by: header.creator))
        }
        let members = vectors.keys.prefix(2).map { PeerID(bytes: WireVectors.bytes($0.id)) }
        let network = Network(genesis: members, info: [1, 2, 3])
        for value in vectors.blocks {
            let bytes = WireVectors.bytes(value.bytes)
            let proof = try BlockProof(encoded: bytes, digests: digests, signatures: .ed25519)
            try proof.verify(network: network, voters: members, digests: digests, verifier: verifier)
            #expect(proof.block.digest.description == value.digest)
        }
        let history = try SnapshotCodec().decode(
            WireVectors.bytes(vectors.snapshot.bytes),
            digests: digests,
            signatures: .ed25519
        )
        let keys = try #require(KeyPair(secret: WireVectors.bytes(vectors.keys[1].secret)))
        let engine = try Engine(restoring: history, with: .standard(keys), checksSignatures: true)
        #expect(engine.history.events.count == vectors.events.count)
    }

    @Test("The published messages bring a fresh peer to the same blocks")
    func messages() throws {
        let vectors = try published()
        let keys = vectors.keys.compactMap { KeyPair(secret: WireVectors.bytes($0.secret)) }
        let network = Network(genesis: keys.prefix(2).map(\.id), info: [1, 2, 3])
        // Somebody who listens takes the messages of both.
        var listener = try Engine(joiner: .standard(KeyPair()), of: network, contacts: network.genesis)
        var digests: [String] = []
        for value in vectors.messages.dropLast() {
            let message = try MessageCodec().decode(WireVectors.bytes(value.bytes), for: listener).message
            let sender = try #require(message.events.last).creator
            let part = GossipMessage(kind: .part, events: message.events)
            #expect(try listener.receive(part, from: sender).refused.isEmpty)
            while let block = listener.nextBlock() { digests.append(block.digest.description) }
        }
        #expect(digests == vectors.blocks.map { $0.digest })
    }
}
