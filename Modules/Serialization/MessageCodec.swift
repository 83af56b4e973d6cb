public import Consensus
import GossipGraph
import Membership
import ParsecCore
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

    /// The lowest bit of the byte that says what follows; the others are the kind of the message.
    private static let deflatedFlag: UInt8 = 1

    /// How many bytes of the network's digest a message begins with.
    private static let networkByteCount = 8

    // MARK: - Encoding

    /// Encodes a message that an engine has made.
    public func encode(_ message: GossipMessage, from engine: Engine) -> [UInt8] {
        let packed = PackedMessage(
            message,
            engine.agreement,
            digests: engine.cryptography.digests,
            engine.networkDigest
        )
        let columns = packed.columns(genesis: engine.network.genesis)
        let deflated = compression > 0 ? Deflate.deflated(columns, level: compression) : nil
        var writer = ByteWriter()
        writer.write(MessageCodec.version)
        writer.write(engine.cryptography.digests.kind.rawValue)
        writer.write(engine.cryptography.signer.kind.rawValue)
        writer.write(message.kind.rawValue << 1 | (deflated == nil ? 0 : MessageCodec.deflatedFlag))
        for byte in engine.networkDigest.bytes.prefix(MessageCodec.networkByteCount) { writer.write(byte) }
        writer.write(varint: packed.events.count)
        writer.write(varint: columns.count)
        if let deflated { writer.write(varint: deflated.count) }
        return writer.bytes + (deflated ?? columns) + packed.signatures.flatMap(\.bytes)
    }

    // MARK: - Decoding

    /// A decoded message.
    public struct Decoded: Hashable, Sendable {
        /// The message, without the events that could not be placed.
        public let message: GossipMessage

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
        let flagsOffset = reader.offset
        let flags = try reader.byte("message.flags")
        guard let kind = GossipMessage.Kind(rawValue: flags >> 1) else {
            throw reader.error(.unknown(UInt64(flags)), "message.flags", at: flagsOffset)
        }
        for expected in engine.networkDigest.bytes.prefix(MessageCodec.networkByteCount) {
            let start = reader.offset
            guard try reader.byte("message.network") == expected else {
                throw reader.error(.otherNetwork, "message.network", at: start)
            }
        }
        let count = try reader.varint(.eventsPerMessage, "message.events")
        let size = try reader.varint(.inflatedBytes, "message.columns")
        let stored = flags & MessageCodec.deflatedFlag != 0 ? try reader.varint(.bytes, "message.stored") : size
        let start = reader.offset
        let part = try reader.bytes(stored, "message.columns")
        var columns: [UInt8]
        if flags & MessageCodec.deflatedFlag != 0 {
            guard stored < size, let inflated = Deflate.inflated(part, count: size) else {
                throw reader.error(.notInflatable, "message.columns", at: start)
            }
            columns = inflated
        } else {
            columns = Array(part)
        }
        // Every event has at least a byte in three columns, so that the count cannot promise more than there is.
        guard count <= columns.count else { throw reader.error(.truncated, "message.events", at: start) }
        var inner = ByteReader(columns: columns, limits: limits)
        var packed = try PackedMessage(columns: &inner, count: count, genesis: engine.network.genesis)
        try inner.end()
        for _ in 0..<count { packed.signatures.append(try reader.signature("message.signatures")) }
        try reader.end()
        return packed.unpacked(kind, for: engine)
    }
}

extension ByteReader {
    /// Reads a byte that can only be one.
    fileprivate mutating func expect(_ expected: UInt8, _ field: String) throws(WireError) {
        let start = offset
        let value = try byte(field)
        guard value == expected else { throw error(.unknown(UInt64(value)), field, at: start) }
    }
}
