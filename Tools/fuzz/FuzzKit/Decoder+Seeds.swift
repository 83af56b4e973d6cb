import Consensus
import GossipGraph
import GraphFormats
import ParsecCore
import ScenarioFiles
import Serialization
import Simulation
import Voting

extension Decoder {
    /// Inputs that the decoder takes, made by our own encoders: where a fuzzer begins.
    public func seeds(_ network: FuzzNetwork) -> [[UInt8]] {
        let engine = network.engines[0]
        switch self {
        case .message: return network.messages.prefix(60).enumerated().map { [UInt8($0 % network.engines.count)] + $1 }
        case .columns:
            // What follows the head of a message that is not deflated, up to the signatures.
            return network.messages.prefix(80).compactMap { message in
                MessageCodec.columns(ofStored: message).map { [UInt8(truncatingIfNeeded: $0.count)] + $0.bytes }
            }
        case .event:
            return engine.history.events.prefix(40).map { event in
                EventHeader(
                    network: engine.networkDigest,
                    creator: event.creator,
                    selfParent: event.selfParent,
                    cause: event.cause.mapObservations { SimulatedDigests().digest(of: $0) },
                    function: SimulatedDigests()
                ).encoded
            }
        case .observation:
            let malice = Malice.accomplice(
                event: Digest(words: 1, 2, 3, 4),
                .accomplice(event: Digest(words: 5, 6, 7, 8), .other(code: 9, evidence: [5]))
            )
            let samples: [Observation] = [
                .genesis(group: ["Alice", "Bob"], info: [1]), .add("Carol", info: [2]), .remove("Dave", info: []),
                .accusation(offender: "Eric", malice: malice), .opaque([1, 2, 3]),
                .accusation(offender: "Gina", malice: .shown(.duplicateVote)),
                .accusation(offender: "Fred", malice: .fork(selfParent: Digest(words: 0, 1, 2, 3))),
                .keyGeneration(.start(participants: ["Alice", "Bob"])), .keyGeneration(.part([1])),
                .keyGeneration(.acknowledgement([2])),
            ]
            return samples.map(\.encoded)
        case .proof:
            return blocks(of: engine).map { BlockProof($0).encoded(digests: .simulated, signatures: .simulated) }
        case .run:
            let blocks = blocks(of: engine)
            return blocks.indices.map { first in
                BlockRun(Array(blocks[first...])).encoded(digests: .simulated, signatures: .simulated)
            }
        case .evidence:
            return network.engines.flatMap(\.evidence).map { evidence in
                EvidenceFile(
                    network: engine.network,
                    evidence: evidence,
                    digests: .simulated,
                    signatures: .simulated
                ).encoded
            }
        case .snapshot:
            return network.engines.flatMap { engine in
                [0, 1].map { Array(SnapshotCodec(compression: $0).encode(engine).dropLast(Digest.byteCount)) }
            }
        case .dot:
            return network.engines.map { Array(DOTWriter.write(GraphDump($0.agreement, history: [])).utf8) }
        case .scenario:
            return (0..<30).map { Array(ScenarioWriter.write(RandomScenario().draw(seed: $0)).utf8) }
        }
    }

    /// All blocks that an engine has come to.
    private func blocks(of engine: Engine) -> [Block] {
        // Made anew, it has them still to hand out.
        let whole = engine.history
        let history = History(network: whole.network, id: whole.id, contacts: nil, events: whole.events)
        guard var engine = try? Engine(restoring: history, with: engine.cryptography) else { return [] }
        var blocks: [Block] = []
        while let block = engine.nextBlock() { blocks.append(block) }
        return blocks
    }
}
