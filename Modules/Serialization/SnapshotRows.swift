import Consensus
import GossipGraph
import Membership
import ParsecCore
import Voting

/// Writes the events of a snapshot, row by row; peers and observations are written where they come first, and after
/// that by their places.
struct SnapshotRowWriter {
    private let engine: Engine
    private var peers: [PeerIndex: Int] = [:]
    private var observations: [ObservationIndex: Int] = [:]

    init(_ engine: Engine) {
        self.engine = engine
    }

    mutating func write(_ positions: Range<Int>) -> [UInt8] {
        let graph = engine.agreement.graph
        var writer = ByteWriter()
        for position in positions {
            let event = EventIndex(graph.startIndex.value + UInt32(position))
            func distance(_ parent: EventIndex?) -> Int { parent.map { Int(event.value - $0.value) } ?? 0 }
            writer.write(graph.kind(of: event).rawValue)
            write(graph.creator(of: event), to: &writer)
            writer.write(varint: distance(graph.selfParent(of: event)))
            switch graph.cause(of: event) {
            case .initial: break
            case .requesting(let recipient): write(recipient, to: &writer)
            case .request(let parent), .response(let parent): writer.write(varint: distance(parent))
            case .observation(let list):
                writer.write(varint: list.count)
                for observation in list { write(observation, to: &writer) }
            }
        }
        return writer.bytes
    }

    private mutating func write(_ peer: PeerIndex, to writer: inout ByteWriter) {
        if let place = peers[peer] {
            writer.write(varint: place + 1)
        } else {
            peers[peer] = peers.count
            writer.write(varint: 0)
            writer.write(engine.agreement.peers.id(of: peer))
        }
    }

    private mutating func write(_ observation: ObservationIndex, to writer: inout ByteWriter) {
        if let place = observations[observation] {
            writer.write(varint: observations.count - place)
        } else {
            observations[observation] = observations.count
            writer.write(varint: 0)
            engine.agreement.store.observation(of: observation).write(to: &writer)
        }
    }
}

/// Reads the events of a snapshot, and digests them.
struct SnapshotRowReader<Digests: ObservationDigests> {
    private let digests: Digests
    private let network: Digest
    private let limits: WireLimits
    private var peers: [PeerID] = []
    private var knownPeers: Set<PeerID> = []
    private var observations: [DigestedObservation] = []
    private var eventDigests: [Digest] = []

    private(set) var events: [GossipEvent] = []

    /// How many bytes all parts so far have inflated to.
    private(set) var inflatedBytes = 0

    init(digests: Digests, network: Digest, limits: WireLimits) {
        self.digests = digests
        self.network = network
        self.limits = limits
    }

    /// Reads the rows of a part.
    ///
    /// - Parameter outer: where their signatures follow.
    mutating func read(_ part: [UInt8], count: Int, _ outer: inout ByteReader) throws(WireError) {
        inflatedBytes += part.count
        var reader = ByteReader(checked: part, limits: limits)
        for _ in 0..<count {
            let kind: EventKind = try reader.kind("event.kind")
            let creator = try peer(&reader)
            let selfParent = try parent(&reader)
            let cause: EventCause<PeerID, Digest, DigestedObservation>
            switch kind {
            case .initial: cause = .initial
            case .requesting: cause = .requesting(recipient: try peer(&reader))
            case .request, .response:
                let otherOffset = reader.offset
                guard let parent = try parent(&reader) else {
                    throw reader.error(.notCanonical, "event.otherParent", at: otherOffset)
                }
                cause = kind == .request ? .request(otherParent: parent) : .response(otherParent: parent)
            case .observation:
                var votes: [DigestedObservation] = []
                for _ in 0..<(try reader.varint(.observationsPerEvent, "event.votes")) {
                    votes.append(try observation(&reader))
                }
                cause = .observation(votes)
            }
            let header = EventHeader(
                network: network,
                creator: creator,
                selfParent: selfParent,
                cause: cause.mapObservations(\.digest),
                function: digests
            )
            eventDigests.append(header.digest(using: digests))
            let signature = try outer.signature("snapshot.signatures")
            events.append(
                GossipEvent(
                    creator: creator,
                    selfParent: selfParent,
                    cause: cause.mapObservations(\.observation),
                    signature: signature
                )
            )
        }
        try reader.end()
    }

    private mutating func peer(_ reader: inout ByteReader) throws(WireError) -> PeerID {
        let start = reader.offset
        let place = try reader.varint(below: peers.count + 1, "event.peer")
        if place > 0 { return peers[place - 1] }
        let peer = try reader.peer("event.peer")
        guard knownPeers.insert(peer).inserted else { throw reader.error(.notCanonical, "event.peer", at: start) }
        peers.append(peer)
        return peer
    }

    /// Reads a parent; nil for none.
    private func parent(_ reader: inout ByteReader) throws(WireError) -> Digest? {
        let distance = try reader.varint(below: eventDigests.count + 1, "event.parent")
        return distance == 0 ? nil : eventDigests[eventDigests.count - distance]
    }

    private mutating func observation(_ reader: inout ByteReader) throws(WireError) -> DigestedObservation {
        let distance = try reader.varint(below: observations.count + 1, "event.votes")
        if distance > 0 { return observations[observations.count - distance] }
        let start = reader.offset
        let observation = try Observation(from: &reader)
        try reader.check(.observationBytes, reader.offset - start, "event.votes")
        observations.append(DigestedObservation(observation, digest: digests.digest(of: observation)))
        return observations[observations.count - 1]
    }
}
