import Consensus
import Foundation
import GossipGraph
import Identity
import ParsecCore
import Serialization
import Voting

/// Byte strings of each kind, all from one small network, for other implementations to compare with.
struct WireVectors: Codable, Equatable {
    struct Key: Codable, Equatable {
        let secret: String
        let id: String
        let readable: String
    }

    /// A byte string, and its digest where it is one that is digested.
    struct Value: Codable, Equatable {
        let what: String
        let bytes: String
        var digest: String?
        var signature: String?
    }

    let keys: [Key]
    let network: Value
    let observations: [Value]

    /// The headers of the events of the second peer's graph, in its order.
    let events: [Value]
    let blocks: [Value]
    let messages: [Value]
    let snapshot: Value

    static func make() throws -> WireVectors {
        let digests = SHA256Digests()
        let pairs = (1...3 as ClosedRange<UInt8>).compactMap { KeyPair(secret: [UInt8](repeating: $0, count: 32)) }
        let network = Network(genesis: pairs.prefix(2).map(\.id), info: [1, 2, 3])
        var alice = try Engine(member: .standard(pairs[0]), of: network)
        var bob = try Engine(member: .standard(pairs[1]), of: network)
        let votes: [Observation] = [.opaque(Array("payload".utf8)), .add(pairs[2].id, info: [7])]
        try alice.vote(for: votes)
        try bob.vote(for: votes)
        let plain = MessageCodec(compression: 0)
        var messages: [Value] = []
        for round in 1...4 {
            let request = try alice.gossip(to: bob.id)
            let response = try bob.receive(request, from: alice.id).response
            messages.append(Value(what: "request \(round)", bytes: hex(plain.encode(request, from: alice))))
            guard let response else { continue }
            messages.append(Value(what: "response \(round)", bytes: hex(plain.encode(response, from: bob))))
            _ = try alice.receive(response, from: bob.id)
        }
        messages.append(
            Value(
                what: "progress, with the tip of a joiner",
                bytes: hex(
                    plain.encode(GossipMessage(kind: .progress, events: [], tips: [bob.networkDigest]), from: bob)
                )
            )
        )
        let graph = bob.agreement.graph
        let snapshot = SnapshotCodec(compression: 0).encode(bob)
        var blocks: [Value] = []
        while let block = bob.nextBlock() {
            let bytes = BlockProof(block).encoded(digests: .sha256, signatures: .ed25519)
            blocks.append(Value(what: "block \(block.number)", bytes: hex(bytes), digest: block.digest.description))
        }
        let samples: [(String, Observation)] = [
            ("genesis", network.genesisObservation), ("opaque", votes[0]), ("add", votes[1]),
            ("remove", .remove(pairs[0].id, info: [])),
            ("accusation of a fork", .accusation(offender: pairs[1].id, malice: .fork(selfParent: bob.networkDigest))),
        ]
        var writer = ByteWriter(.network)
        writer.write(digests.kind.rawValue)
        network.write(to: &writer)
        return WireVectors(
            keys: pairs.map {
                Key(secret: hex($0.secret), id: hex($0.id.bytes), readable: ReadableID.text(of: $0.id) ?? "")
            },
            network: Value(what: "network", bytes: hex(writer.bytes), digest: bob.networkDigest.description),
            observations: samples.map {
                Value(what: $0, bytes: hex($1.encoded), digest: digests.digest(of: $1).description)
            },
            events: zip(graph.events, bob.history.events).map { index, event in
                let header = EventHeader(
                    network: bob.networkDigest,
                    creator: event.creator,
                    selfParent: event.selfParent,
                    cause: event.cause.mapObservations { digests.digest(of: $0) },
                    function: digests
                )
                return Value(
                    what: "\(graph.kind(of: index))",
                    bytes: hex(header.encoded),
                    digest: graph.digest(of: index).description,
                    signature: hex(event.signature.bytes)
                )
            },
            blocks: blocks,
            messages: messages,
            snapshot: Value(what: "the second peer", bytes: hex(snapshot))
        )
    }

    static let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/wire-vectors.json")

    var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self) + Data("\n".utf8)
        }
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap { $0.hexDigitValue.map { UInt8($0) } }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
