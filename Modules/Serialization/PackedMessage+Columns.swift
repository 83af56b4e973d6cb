import GossipGraph
import ParsecCore
import Voting

/// The part of a message that is deflated: its events in columns, since what stands in one column is alike.
extension PackedMessage {
    // MARK: - Writing

    /// - Parameter genesis: the initial group in ascending order, whose members are named by their places.
    func columns(genesis: [PeerID]) -> [UInt8] {
        // What an event takes at the least, and the votes.
        var writer = ByteWriter(expecting: observations.reduce(8 * events.count) { $0 + $1.byteCount })
        writer.write(varint: tips.count)
        for tip in tips { writer.write(tip) }
        write(peers, genesis, to: &writer)
        for event in events { writer.write(event.modes) }
        for event in events { writer.write(varint: event.creator) }
        for event in events {
            if case .index(_, let index) = event.selfParent { writer.write(varint: index) }
        }
        var last = [Int](repeating: 0, count: peers.count)
        for event in events {
            guard case .index(let creator, let index) = event.otherParent else { continue }
            writer.write(varint: creator)
            writer.write(difference: index - last[creator])
            last[creator] = index
        }
        for event in events {
            if let recipient = event.recipient { writer.write(varint: recipient) }
        }
        for event in events {
            for case .digest(let digest) in [event.selfParent, event.otherParent] { writer.write(digest) }
        }
        writer.write(varint: observations.count)
        for observation in observations { observation.write(to: &writer) }
        for event in events where event.kind == .observation {
            writer.write(varint: event.observations.count)
            for observation in event.observations { writer.write(varint: observation) }
        }
        return writer.bytes
    }

    private func write(_ peers: [PeerID], _ genesis: [PeerID], to writer: inout ByteWriter) {
        let places = Dictionary(genesis.enumerated().map { ($1, $0) }) { first, _ in first }
        writer.write(varint: peers.count)
        for peer in peers {
            writer.write(varint: places[peer].map { $0 + 1 } ?? 0)
            if places[peer] == nil { writer.write(peer) }
        }
    }

    // MARK: - Reading

    /// Reads the columns of so many events; each message has one encoding, and no other is taken.
    init(columns reader: inout ByteReader, count: Int, genesis: [PeerID]) throws(WireError) {
        for _ in 0..<(try reader.varint(.tips, "message.tips")) { tips.append(try reader.digest("message.tips")) }
        peers = try PackedMessage.peers(from: &reader, genesis)
        var modes: [UInt8] = []
        for _ in 0..<count {
            let start = reader.offset
            let mode = try reader.byte("message.kinds")
            guard let event = Event(modes: mode) else {
                throw reader.error(.unknown(UInt64(mode)), "message.kinds", at: start)
            }
            modes.append(mode)
            events.append(event)
        }
        for place in events.indices {
            events[place].creator = try reader.varint(below: peers.count, "message.creators")
        }
        for place in events.indices where modes[place].selfMode == 2 {
            let index = try reader.varint("message.selfParents")
            events[place].selfParent = .index(creator: events[place].creator, index)
        }
        var last = [Int](repeating: 0, count: peers.count)
        for place in events.indices where events[place].otherParent != nil && !modes[place].namesOtherByDigest {
            let creator = try reader.varint(below: peers.count, "message.otherParents")
            let start = reader.offset
            let difference = try reader.difference("message.otherParents")
            let (index, overflow) = last[creator].addingReportingOverflow(difference)
            guard !overflow && index >= 0 else { throw reader.error(.notCanonical, "message.otherParents", at: start) }
            events[place].otherParent = .index(creator: creator, index)
            last[creator] = index
        }
        for place in events.indices where events[place].kind == .requesting {
            events[place].recipient = try reader.varint(below: peers.count, "message.recipients")
        }
        for place in events.indices {
            if modes[place].selfMode == 3 { events[place].selfParent = .digest(try reader.digest("message.digests")) }
            if modes[place].namesOtherByDigest {
                events[place].otherParent = .digest(try reader.digest("message.digests"))
            }
        }
        try readVotes(from: &reader)
        try checkOrderOfPeers(reader)
    }

    private static func peers(from reader: inout ByteReader, _ genesis: [PeerID]) throws(WireError) -> [PeerID] {
        let count = try reader.varint(.peers, "message.peers")
        let places = Set(genesis)
        var peers: [PeerID] = []
        var seen: Set<PeerID> = []
        for _ in 0..<count {
            let start = reader.offset
            let place = try reader.varint(below: genesis.count + 1, "message.peers")
            let peer = place == 0 ? try reader.peer("message.peers") : genesis[place - 1]
            guard seen.insert(peer).inserted, place > 0 || !places.contains(peer) else {
                throw reader.error(.notCanonical, "message.peers", at: start)
            }
            peers.append(peer)
        }
        return peers
    }

    private mutating func readVotes(from reader: inout ByteReader) throws(WireError) {
        let votingEvents = events.count { $0.kind == .observation }
        let count = try reader.varint("message.observations")
        guard count <= votingEvents * reader.limits.observationsPerEvent else {
            throw reader.error(.notCanonical, "message.observations")
        }
        var seen = DistinctStretches(expecting: min(count, WireLimits.expectedObservations))
        for _ in 0..<count {
            let start = reader.offset
            let observation = try Observation(from: &reader)
            try reader.check(.observationBytes, reader.offset - start, "message.observations")
            guard reader.insert(from: start, into: &seen) else {
                throw reader.error(.notCanonical, "message.observations", at: start)
            }
            observations.append(observation)
        }
        var named = 0
        for place in events.indices where events[place].kind == .observation {
            for _ in 0..<(try reader.varint(.observationsPerEvent, "message.votes")) {
                let start = reader.offset
                let observation = try reader.varint(below: count, "message.votes")
                guard observation <= named else { throw reader.error(.notCanonical, "message.votes", at: start) }
                named = max(named, observation + 1)
                events[place].observations.append(observation)
            }
        }
        guard named == count else { throw reader.error(.notCanonical, "message.votes") }
    }

    /// Peers stand in the table in the order in which events name them: creators and recipients first, then the creators
    /// of other-parents, event by event.
    private func checkOrderOfPeers(_ reader: ByteReader) throws(WireError) {
        var named = 0
        for event in events {
            for peer in event.namedPeers {
                guard peer <= named else { throw reader.error(.notCanonical, "message.peers") }
                named = max(named, peer + 1)
            }
        }
        guard named == peers.count else { throw reader.error(.notCanonical, "message.peers") }
    }
}

extension PackedMessage.Event {
    /// The places of the peers that the event names, in order.
    var namedPeers: [Int] {
        var result = [creator]
        if let recipient { result.append(recipient) }
        if case .index(let peer, _) = otherParent { result.append(peer) }
        return result
    }

    /// The kind and how parents are named, in one byte.
    fileprivate var modes: UInt8 {
        var result = kind.rawValue
        switch selfParent {
        case nil: break
        case .previous: result |= 1 << 3
        case .index: result |= 2 << 3
        case .digest: result |= 3 << 3
        }
        if case .digest = otherParent { result |= 1 << 5 }
        return result
    }

    /// Makes the event of such a byte, with what the other columns say still missing; nil if it means nothing.
    fileprivate init?(modes: UInt8) {
        guard modes < 1 << 6, let kind = EventKind(rawValue: modes & 7) else { return nil }
        let hasOtherParent = kind == .request || kind == .response
        guard hasOtherParent || !modes.namesOtherByDigest else { return nil }
        self.init(creator: 0, kind: kind)
        // Indices and digests are filled in from their columns.
        if modes.selfMode != 0 { selfParent = .previous }
        if hasOtherParent { otherParent = .index(creator: 0, 0) }
    }
}

extension UInt8 {
    /// How the self-parent is named: 0 for none, 1 as the event before, 2 by index, 3 by digest.
    fileprivate var selfMode: UInt8 { self >> 3 & 3 }

    fileprivate var namesOtherByDigest: Bool { self & 1 << 5 != 0 }
}
