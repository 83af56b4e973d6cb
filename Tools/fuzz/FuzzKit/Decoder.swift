import Consensus
import GossipGraph
import GraphFormats
import ParsecCore
import ScenarioFiles
import Serialization
import Simulation
import Voting

/// A decoder to be fuzzed: what it may not do is trap, hang, or take what it would write differently.
public enum Decoder: String, CaseIterable, Sendable {
    case message, columns, event, observation, proof, run, evidence, snapshot, dot, scenario

    /// The bounds of the fuzzed decoders: small, so that a fuzzer gets to them.
    static let limits: WireLimits = {
        var limits = WireLimits()
        limits.bytes = 1 << 16
        limits.inflatedBytes = 1 << 16
        limits.snapshotBytes = 1 << 18
        limits.eventsPerMessage = 200
        limits.observationBytes = 1 << 10
        limits.observationsPerEvent = 16
        limits.identityBytes = 64
        limits.peers = 16
        limits.tips = 16
        limits.eventsPerEvidence = 200
        return limits
    }()

    /// Decodes some bytes, and what was decoded from what it encodes to.
    ///
    /// - Throws: what the decoder finds wrong with the bytes.
    public func run(_ bytes: [UInt8], _ network: FuzzNetwork) throws {
        let digests = SimulatedDigests()
        let limits = Decoder.limits
        switch self {
        case .message:
            // The first byte says whose engine takes the message.
            var engine = network.engines[Int(bytes.first ?? 0) % network.engines.count]
            let decoded = try MessageCodec(limits: limits).decode(Array(bytes.dropFirst()), for: engine)
            for sender in ["Alice", "Bob", "Dave"] as [PeerID] {
                if let receipt = try? engine.receive(decoded.message, from: sender), receipt.accepted > 0 { break }
            }
        case .columns:
            let genesis = network.engines[0].network.genesis
            let count = Int(bytes.first ?? 0)
            let columns = Array(bytes.dropFirst())
            require(try MessageCodec.rewritten(columns: columns, count: count, genesis: genesis, limits) == columns)
        case .event: require(try EventHeader(encoded: bytes, limits: limits).encoded == bytes)
        case .observation: require(try Observation(encoded: bytes, limits: limits).encoded == bytes)
        case .proof:
            let proof = try BlockProof(encoded: bytes, digests: digests, signatures: .simulated, limits: limits)
            require(proof.encoded(digests: .simulated, signatures: .simulated) == bytes)
            let engine = network.engines[0]
            try proof.verify(
                network: engine.network,
                voters: engine.network.genesis,
                digests: digests,
                verifier: SimulatedVerifier()
            )
        case .run:
            func decoded(_ bytes: [UInt8]) throws(WireError) -> BlockRun {
                try BlockRun(encoded: bytes, digests: digests, signatures: .simulated, limits: limits)
            }
            // Stores write runs, and read no others: what is in one twice, or for nothing, is not looked for.
            let run = try decoded(bytes)
            require(try decoded(run.encoded(digests: .simulated, signatures: .simulated)) == run)
        case .evidence:
            let file = try EvidenceFile(encoded: bytes, limits: limits)
            require(file.encoded == bytes)
            try file.evidence.verify(network: file.network, digests: digests, verifier: SimulatedVerifier())
        case .snapshot:
            // A fuzzer does not find the digest at the end.
            let sealed = bytes + digests.digest(bytes).bytes
            let history = try SnapshotCodec(limits: limits).decode(sealed, digests: digests, signatures: .simulated)
            let engine = try Engine(restoring: history, with: .simulated(history.id))
            require(try Engine(restoring: engine.history, with: .simulated(history.id)).history == engine.history)
        case .dot:
            let dump = try DOTReader.read(bytes)
            let text = DOTWriter.write(dump)
            require(try DOTReader.read(Array(text.utf8)) == dump)
        case .scenario:
            let scenario = try ScenarioReader.read(bytes)
            require(try ScenarioReader.read(Array(ScenarioWriter.write(scenario).utf8)) == scenario)
        }
    }

    private func require(_ holds: Bool) {
        precondition(holds, "what was decoded encodes to something else")
    }
}
