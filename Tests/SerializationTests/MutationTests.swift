import Consensus
import GossipGraph
import ParsecCore
import Serialization
import Simulation
import Testing
import Voting

/// Every decoder on changed bytes: an error or a value, and if a value, one that encodes to these very bytes.
@Suite struct MutationTests {
    private func engines(seed: UInt64) throws -> [Engine] {
        var play = try Play.recorded(seed: seed)
        try play.run { _, _, _ in }
        return play.engines.keys.sorted().flatMap { play.engines[$0] ?? [] }
    }

    @Test("A changed observation is refused, or encodes to the same bytes")
    func observations() {
        let samples: [Observation] = [
            .genesis(group: ["Alice", "Bob", "Carol"], info: [1, 2]), .add("Dave", info: [7]),
            .remove("Eric", info: []), .opaque([UInt8](0..<30)),
            .accusation(
                offender: "Fred",
                malice: .accomplice(event: Digest(words: 1, 2, 3, 4), .other(code: 9, evidence: [5]))
            ),
            .keyGeneration(.start(participants: ["Alice", "Bob"])),
        ]
        var taken = 0
        for (number, sample) in samples.enumerated() {
            for changed in Mutations(of: sample.encoded, seed: UInt64(number)).prefix(200) {
                guard let decoded = try? Observation(encoded: changed) else { continue }
                taken += 1
                #expect(decoded.encoded == changed)
            }
        }
        #expect(taken > 150)
    }

    @Test("A changed header of an event is refused, or encodes to the same bytes")
    func headers() throws {
        let engine = try #require(try engines(seed: 1).first)
        var taken = 0
        for (number, event) in engine.history.events.prefix(30).enumerated() {
            let header = EventHeader(
                network: engine.networkDigest,
                creator: event.creator,
                selfParent: event.selfParent,
                cause: event.cause.mapObservations { SimulatedDigests().digest(of: $0) },
                function: SimulatedDigests()
            )
            for changed in Mutations(of: header.encoded, seed: UInt64(number)).prefix(30) {
                guard let decoded = try? EventHeader(encoded: changed) else { continue }
                taken += 1
                #expect(decoded.encoded == changed)
            }
        }
        #expect(taken > 150)
    }

    @Test("A changed proof of a block is refused, or encodes to the same bytes, and proves nothing")
    func proofs() throws {
        var engine = try #require(try engines(seed: 2).first)
        var (taken, kept) = (0, 0)
        while let block = engine.nextBlock() {
            let proof = BlockProof(block)
            let bytes = proof.encoded(digests: .simulated, signatures: .simulated)
            for changed in Mutations(of: bytes, seed: UInt64(block.number)).prefix(30) where changed != bytes {
                guard
                    let decoded = try? BlockProof(encoded: changed, digests: SimulatedDigests(), signatures: .simulated)
                else { continue }
                taken += 1
                #expect(decoded.encoded(digests: .simulated, signatures: .simulated) == changed)
                // Votes and the number of the election are no part of a block's digest; what it says is.
                if decoded.block.digest == block.digest { kept += 1 }
            }
        }
        #expect(taken > 40 && kept < taken)
    }

    @Test("A run of blocks decodes to what was encoded; a changed one is refused, or decodes to what it says")
    func runs() throws {
        var engine = try #require(try engines(seed: 2).first)
        var blocks: [Block] = []
        while let block = engine.nextBlock() { blocks.append(block) }
        func decode(_ bytes: [UInt8]) throws(WireError) -> BlockRun {
            try BlockRun(encoded: bytes, digests: SimulatedDigests(), signatures: .simulated)
        }
        func encode(_ run: BlockRun) -> [UInt8] { run.encoded(digests: .simulated, signatures: .simulated) }
        let bytes = encode(BlockRun(blocks))
        let decoded = try decode(bytes)
        #expect(decoded == BlockRun(blocks) && encode(decoded) == bytes)
        let single = blocks.reduce(0) { $0 + encode(BlockRun([$1])).count }
        #expect(bytes.count < single, "what blocks share is there once")
        for block in decoded.blocks {
            try BlockProof(block).verify(
                network: engine.network,
                voters: block.voters,
                digests: SimulatedDigests(),
                verifier: SimulatedVerifier()
            )
        }
        var taken = 0
        for changed in Mutations(of: bytes, seed: 5).prefix(400) where changed != bytes {
            guard let other = try? decode(changed) else { continue }
            taken += 1
            #expect(try decode(encode(other)) == other)
        }
        #expect(taken > 40)
    }

    @Test("Changed evidence is refused, or encodes to the same bytes; only untouched events prove anything")
    func evidence() throws {
        let engine = try #require(try engines(seed: 1).first)
        let evidence = try #require(engine.evidence.first { $0.offence == .fork })
        let file = EvidenceFile(
            network: engine.network,
            evidence: evidence,
            digests: .simulated,
            signatures: .simulated
        )
        var (taken, held) = (0, 0)
        for changed in Mutations(of: file.encoded, seed: 7).prefix(300) where changed != file.encoded {
            guard let decoded = try? EvidenceFile(encoded: changed) else { continue }
            taken += 1
            #expect(decoded.encoded == changed)
            let holds: Void? = try? decoded.evidence.verify(
                network: decoded.network,
                digests: SimulatedDigests(),
                verifier: SimulatedVerifier()
            )
            if holds != nil { held += 1 }
        }
        #expect(taken > 50 && held == 0, "\(taken), \(held)")
    }

    @Test("A changed message is refused or taken, and the engine goes on as if it had come so")
    func messages() throws {
        var play = try Play.recorded(seed: 3, eventsPerMessage: 30)
        var (count, refused, taken) = (0, 0, 0)
        try play.run { message, sender, receiver in
            count += 1
            guard count % 25 == 0 else { return }
            let codec = MessageCodec(compression: count % 2)
            let bytes = codec.encode(message, from: sender)
            for changed in Mutations(of: bytes, seed: UInt64(count)).prefix(40) {
                guard let decoded = try? codec.decode(changed, for: receiver) else {
                    refused += 1
                    continue
                }
                taken += 1
                var engine = receiver
                _ = try? engine.receive(decoded.message, from: sender.id)
            }
        }
        #expect(refused > 100 && taken > 20)
    }
}
