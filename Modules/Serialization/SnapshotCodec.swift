public import Consensus
import GossipGraph
import MetaVoting
public import ParsecCore
public import Voting

/// Encodes all that an engine has come to be from, and decodes it; `docs/wire-format.md` describes the layout.
///
/// A snapshot serves restarts, recordings and tools. Its events are in the order in which they came and name their
/// parents by how many events before they were; a digest at its end tells whether it was damaged.
public struct SnapshotCodec: Sendable {
    public let limits: WireLimits

    /// How hard zlib tries, from 1 to 9; 0 stores everything as it is.
    public let compression: Int

    public init(limits: WireLimits = WireLimits(), compression: Int = 1) {
        self.limits = limits
        self.compression = min(max(compression, 0), 9)
    }

    /// How many events are deflated together.
    private static let eventsPerPart = 4_096

    // MARK: - Encoding

    /// Encodes what the engine has come to be from.
    ///
    /// - Complexity: the size of the graph.
    public func encode(_ engine: Engine) -> [UInt8] {
        let history = engine.historyBesideEvents
        let graph = engine.agreement.graph
        var writer = ByteWriter(.snapshot)
        writer.write(engine.cryptography.digests.kind.rawValue)
        writer.write(engine.cryptography.signer.kind.rawValue)
        engine.network.write(to: &writer)
        writer.write(engine.id)
        writer.write(UInt8(history.contacts == nil ? 0 : 1))
        if let contacts = history.contacts { writer.write(ascending: contacts) }
        writer.write(UInt64(history.takenBlocks))
        writer.write(positions: history.foreignEvents)
        writer.write(positions: history.pendingHeads)
        writer.write(UInt64(graph.count))
        var rows = SnapshotRowWriter(engine)
        for first in stride(from: 0, to: graph.count, by: SnapshotCodec.eventsPerPart) {
            let positions = first..<min(first + SnapshotCodec.eventsPerPart, graph.count)
            writer.write(deflating: rows.write(positions), level: compression)
            for event in graph.events.dropFirst(first).prefix(positions.count) {
                writer.append(engine.signature(of: event).bytes)
            }
        }
        let digest = engine.cryptography.digests.digest(writer.bytes)
        writer.write(digest)
        return writer.bytes
    }

    // MARK: - Decoding

    /// Decodes a snapshot.
    ///
    /// - Parameters:
    ///   - digests: what the engine digested with.
    ///   - signatures: the kind of its signatures, which are not checked.
    /// - Throws: ``WireError``; what does not hold together is for ``Engine/init(restoring:with:limits:checksSignatures:)``
    ///   to find.
    public func decode(
        _ bytes: [UInt8],
        digests: some ObservationDigests,
        signatures: SignatureKind
    ) throws(WireError) -> History {
        var reader = ByteReader(checked: bytes, limits: limits)
        try reader.check(.snapshotBytes, bytes.count, "snapshot")
        try reader.begin(.snapshot, "snapshot.begin")
        try reader.expect(digests.kind.rawValue, "snapshot.digests")
        try reader.expect(signatures.rawValue, "snapshot.signatures")
        guard bytes.count >= Digest.byteCount,
            digests.digest(Array(bytes.dropLast(Digest.byteCount))).bytes.elementsEqual(bytes.suffix(Digest.byteCount))
        else { throw reader.error(.damaged, "snapshot.digest", at: max(0, bytes.count - Digest.byteCount)) }
        let network = try Network(from: &reader)
        let id = try reader.peer("snapshot.peer")
        let contacts = try reader.flag("snapshot.hasContacts") ? try reader.ascendingPeers("snapshot.contacts") : nil
        let takenBlocks = try reader.nonnegative("snapshot.takenBlocks")
        let foreignEvents = try reader.positions("snapshot.foreignEvents", ascending: true)
        let pendingHeads = try reader.positions("snapshot.pendingHeads", ascending: false)
        let count = try reader.nonnegative("snapshot.events")
        var rows = SnapshotRowReader(digests: digests, network: network.digest(using: digests), limits: limits)
        while rows.events.count < count {
            let part = try reader.inflated("snapshot.events")
            try reader.check(.snapshotBytes, rows.inflatedBytes + part.count, "snapshot.events")
            try rows.read(part, count: min(SnapshotCodec.eventsPerPart, count - rows.events.count), &reader)
        }
        _ = try reader.digest("snapshot.digest")
        try reader.end()
        return History(
            network: network,
            id: id,
            contacts: contacts,
            events: rows.events,
            foreignEvents: foreignEvents,
            pendingHeads: pendingHeads,
            takenBlocks: takenBlocks
        )
    }
}

extension Network {
    /// Reads what ``write(to:)`` writes.
    public init(from reader: inout ByteReader) throws(WireError) {
        let start = reader.offset
        guard case .genesis(let group, let info) = try Observation(from: &reader) else {
            throw reader.error(.notCanonical, "network.genesis", at: start)
        }
        let mode: ConsensusMode = try reader.flag("network.mode") ? .single : .supermajority
        let rules = ProtocolRules(
            strongSight: try reader.flag("network.strongSight") ? .throughAllPeers : .throughVoters,
            forks: try reader.flag("network.forks") ? .firstArrived : .ownAncestry,
            membership: try reader.flag("network.membership") ? .asDecided : .freshIdentities
        )
        self.init(genesis: group, info: info, mode: mode, rules: rules)
    }
}

extension ByteWriter {
    fileprivate mutating func write(ascending peers: [PeerID]) {
        write(count: peers.count)
        for peer in peers { write(peer) }
    }

    fileprivate mutating func write(positions: [Int]) {
        write(varint: positions.count)
        for position in positions { write(varint: position) }
    }
}

extension ByteReader {
    fileprivate mutating func positions(_ field: String, ascending: Bool) throws(WireError) -> [Int] {
        // Each takes a byte at least, so that the count cannot promise more than there is.
        let count = try varint(below: remaining, field)
        var positions: [Int] = []
        for _ in 0..<count {
            let start = offset
            let position = try varint(field)
            if ascending, let last = positions.last, last >= position { throw error(.notCanonical, field, at: start) }
            positions.append(position)
        }
        return positions
    }
}
