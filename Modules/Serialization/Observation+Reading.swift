import ParsecCore
public import Voting

extension Observation {
    /// Encodes the observation: the bytes that its digest is computed of.
    public var encoded: [UInt8] {
        var writer = ByteWriter(.observation)
        write(to: &writer)
        return writer.bytes
    }

    /// Decodes an observation, which is all that the bytes hold.
    ///
    /// - Throws: ``WireError``; each observation has one encoding, and no other is taken.
    public init(encoded bytes: [UInt8], limits: WireLimits = WireLimits()) throws(WireError) {
        var reader = try ByteReader(bytes, limits: limits)
        try reader.check(.observationBytes, bytes.count, "observation")
        try reader.begin(.observation, "observation.begin")
        self = try Observation(from: &reader)
        try reader.end()
    }

    /// Reads an observation as ``write(to:)`` writes it.
    public init(from reader: inout ByteReader) throws(WireError) {
        let start = reader.offset
        let kind = try reader.byte("observation.kind")
        switch kind {
        case 0:
            let group = try reader.ascendingPeers("observation.group")
            self = .genesis(group: group, info: try reader.string(.observationBytes, "observation.info"))
        case 1:
            let peer = try reader.peer("observation.peer")
            self = .add(peer, info: try reader.string(.observationBytes, "observation.info"))
        case 2:
            let peer = try reader.peer("observation.peer")
            self = .remove(peer, info: try reader.string(.observationBytes, "observation.info"))
        case 3:
            let offender = try reader.peer("observation.offender")
            self = .accusation(offender: offender, malice: try Malice(from: &reader, depth: 1))
        case 4: self = .opaque(try reader.string(.observationBytes, "observation.payload"))
        case 5: self = .keyGeneration(.start(participants: try reader.ascendingPeers("observation.participants")))
        case 6: self = .keyGeneration(.part(try reader.string(.observationBytes, "observation.message")))
        case 7: self = .keyGeneration(.acknowledgement(try reader.string(.observationBytes, "observation.message")))
        default: throw reader.error(.unknown(UInt64(kind)), "observation.kind", at: start)
        }
    }
}

extension Malice {
    /// Reads a kind of malice; accomplices' go into one another up to a bound.
    init(from reader: inout ByteReader, depth: Int) throws(WireError) {
        try reader.check(.maliceDepth, depth, "malice")
        let start = reader.offset
        let kind = try reader.byte("malice.kind")
        switch kind {
        case 0: self = .fork(selfParent: try reader.digest("malice.selfParent"))
        case 1: self = .invalidAccusation(event: try reader.digest("malice.event"))
        case 2:
            let event = try reader.digest("malice.event")
            self = .accomplice(event: event, try Malice(from: &reader, depth: depth + 1))
        case 3:
            let code = try reader.byte("malice.code")
            self = .other(code: code, evidence: try reader.string(.observationBytes, "malice.evidence"))
        case 4: self = .shown(try reader.kind("malice.offence"))
        default: throw reader.error(.unknown(UInt64(kind)), "malice.kind", at: start)
        }
    }
}
