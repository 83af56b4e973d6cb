public import Consensus
public import ParsecCore
import Serialization
public import Voting

/// The bytes of what stores hold.
public enum StoredForm {
    /// How large things may be; nothing larger was ever accepted.
    private static let limits: WireLimits = {
        var limits = WireLimits()
        limits.bytes = 1 << 30
        return limits
    }()

    public static func bytes(of event: GossipEvent) -> [UInt8] {
        var writer = ByteWriter()
        event.write(to: &writer)
        return writer.bytes
    }

    public static func event(_ bytes: [UInt8], position: Int) throws(StoreError) -> GossipEvent {
        do {
            var reader = try ByteReader(bytes, limits: limits)
            let event = try GossipEvent(from: &reader)
            try reader.end()
            return event
        } catch { throw .corrupt("event \(position + 1): \(error)") }
    }

    /// The bytes of consecutive blocks, at least one.
    public static func bytes(of blocks: [Block], _ kinds: Kinds) -> [UInt8] {
        BlockRun(blocks).encoded(digests: kinds.digests.kind, signatures: kinds.signatures)
    }

    /// The blocks of a run, whose first has to have this number.
    public static func blocks(_ bytes: [UInt8], _ kinds: Kinds, from number: Int) throws(StoreError) -> [Block] {
        let blocks: [Block]
        do {
            blocks = try BlockRun(
                encoded: bytes,
                digests: kinds.digests,
                signatures: kinds.signatures,
                limits: limits
            ).blocks
        } catch { throw .corrupt("block \(number): \(error)") }
        guard blocks[0].number == number else {
            throw .corrupt("block \(blocks[0].number) stands in the place of \(number)")
        }
        return blocks
    }

    public static func bytes(of record: NodeRecord) -> [UInt8] {
        var writer = ByteWriter()
        record.network.write(to: &writer)
        writer.write(record.id)
        writer.write(UInt8(record.contacts == nil ? 0 : 1))
        writer.write(count: record.contacts?.count ?? 0)
        for contact in record.contacts ?? [] { writer.write(contact) }
        return writer.bytes
    }

    public static func record(_ bytes: [UInt8]) throws(StoreError) -> NodeRecord {
        do {
            var reader = try ByteReader(bytes, limits: limits)
            let network = try Network(from: &reader)
            let id = try reader.peer("record.id")
            let isJoiner = try reader.flag("record.isJoiner")
            let count = try reader.count(.peers, "record.contacts")
            var contacts: [PeerID] = []
            for _ in 0..<count { contacts.append(try reader.peer("record.contacts")) }
            try reader.end()
            return NodeRecord(network: network, id: id, contacts: isJoiner ? contacts : nil)
        } catch { throw .corrupt("whose store it is: \(error)") }
    }

    /// What made the digests and signatures in a store.
    public struct Kinds: Sendable {
        public let digests: any ObservationDigests
        public let signatures: SignatureKind

        public init(digests: any ObservationDigests, signatures: SignatureKind) {
            self.digests = digests
            self.signatures = signatures
        }
    }
}
