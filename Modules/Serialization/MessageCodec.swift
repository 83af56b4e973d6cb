public import Consensus
import GossipGraph
import Membership
package import ParsecCore
import Voting

/// Encodes gossip messages as bytes, and decodes them; `docs/wire-format.md` describes the layout.
///
/// Parents travel as creator and index, so that both sides need their graphs: the sender to find indices, the receiver
/// to find digests. What repeats is laid out in columns and deflated; signatures, which do not shrink, stay outside.
public struct MessageCodec: Sendable {
    public let limits: WireLimits

    /// How hard zlib tries, from 1 to 9; 0 stores everything as it is.
    public let compression: Int

    public init(limits: WireLimits = WireLimits(), compression: Int = 1) {
        self.limits = limits
        self.compression = min(max(compression, 0), 9)
    }

    /// The version of the layout.
    static let version: UInt8 = 1

    /// How many bytes of the network's digest a message begins with.
    private static let networkByteCount = 8

    // MARK: - Encoding

    /// Encodes a message that an engine has made.
    public func encode(_ message: GossipMessage, from engine: Engine) -> [UInt8] {
        let packed = PackedMessage(message, from: engine)
        var writer = ByteWriter()
        writer.write(MessageCodec.version)
        writer.write(engine.cryptography.digests.kind.rawValue)
        writer.write(engine.cryptography.signer.kind.rawValue)
        writer.write(message.kind.rawValue)
        writer.append(engine.networkDigest.bytes.prefix(MessageCodec.networkByteCount))
        writer.write(varint: packed.events.count)
        writer.write(deflating: packed.columns(genesis: engine.network.genesis), level: compression)
        for signature in packed.signatures { writer.append(signature.bytes) }
        return writer.bytes
    }

    // MARK: - Decoding

    /// A decoded message.
    public struct Decoded: Hashable, Sendable {
        /// The message, without the events that could not be placed.
        public let message: GossipMessage

        /// The events of the message with their digests.
        package let arrivals: [Arrival]

        /// How many events could not be placed: they name a parent that the receiver does not know, or build on such.
        public let unplaced: Int
    }

    /// Decodes a message for an engine, which is not changed.
    ///
    /// - Throws: ``WireError`` if the bytes are no message of the engine's network within the bounds.
    public func decode(_ bytes: [UInt8], for engine: Engine) throws(WireError) -> Decoded {
        var reader = try ByteReader(bytes, limits: limits)
        try reader.expect(MessageCodec.version, "message.version")
        try reader.expect(engine.cryptography.digests.kind.rawValue, "message.digests")
        try reader.expect(engine.cryptography.verifier.kind.rawValue, "message.signatures")
        let kind: GossipMessage.Kind = try reader.kind("message.kind")
        for expected in engine.networkDigest.bytes.prefix(MessageCodec.networkByteCount) {
            let start = reader.offset
            guard try reader.byte("message.network") == expected else {
                throw reader.error(.otherNetwork, "message.network", at: start)
            }
        }
        let count = try reader.varint(.eventsPerMessage, "message.events")
        let start = reader.offset
        let columns = try reader.inflated("message.columns")
        // Every event has at least a byte in three columns, so that the count cannot promise more than there is.
        guard count <= columns.count else { throw reader.error(.truncated, "message.events", at: start) }
        var inner = ByteReader(checked: columns, limits: limits)
        var packed = try PackedMessage(columns: &inner, count: count, genesis: engine.network.genesis)
        try inner.end()
        for _ in 0..<count { packed.signatures.append(try reader.signature("message.signatures")) }
        try reader.end()
        var unpacking = MessageUnpacking(packed, for: engine)
        let arrivals = unpacking.run()
        return Decoded(
            message: GossipMessage(kind: kind, events: arrivals.map(\.event), tips: packed.tips),
            arrivals: arrivals,
            unplaced: count - arrivals.count
        )
    }
}

/// The columns alone, without deflating: so that a fuzzer gets at them.
extension MessageCodec {
    /// Reads columns of so many events, and writes what they say.
    ///
    /// - Throws: ``WireError``.
    package static func rewritten(
        columns: [UInt8],
        count: Int,
        genesis: [PeerID],
        _ limits: WireLimits
    ) throws(WireError) -> [UInt8] {
        var reader = ByteReader(checked: columns, limits: limits)
        let packed = try PackedMessage(columns: &reader, count: count, genesis: genesis)
        try reader.end()
        return packed.columns(genesis: genesis)
    }

    /// The number of events and the columns of a message that is not deflated; nil of one that is.
    package static func columns(ofStored message: [UInt8]) -> (count: Int, bytes: [UInt8])? {
        var reader = ByteReader(checked: message, limits: WireLimits())
        do {
            _ = try reader.bytes(4 + networkByteCount, "head")
            let count = try reader.varint("head")
            let size = try reader.varint("head")
            return try reader.varint("head") == 0 ? (count, Array(try reader.bytes(size, "head"))) : nil
        } catch { return nil }
    }
}
