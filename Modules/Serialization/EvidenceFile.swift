public import Consensus
import GossipGraph
public import ParsecCore
import Voting

/// Evidence with the network that it is about: what a third party needs, and nothing else.
public struct EvidenceFile: Hashable, Sendable {
    public let network: Network
    public let evidence: Evidence

    /// What made the digests and signatures.
    public let digests: DigestKind
    public let signatures: SignatureKind

    public init(network: Network, evidence: Evidence, digests: DigestKind, signatures: SignatureKind) {
        self.network = network
        self.evidence = evidence
        self.digests = digests
        self.signatures = signatures
    }

    /// The bytes; equal files have equal bytes.
    public var encoded: [UInt8] {
        var writer = ByteWriter(.evidence)
        writer.write(digests.rawValue)
        writer.write(signatures.rawValue)
        network.write(to: &writer)
        writer.write(evidence.offender)
        writer.write(evidence.offence.rawValue)
        writer.write(count: evidence.events.count)
        for event in evidence.events { event.write(to: &writer) }
        return writer.bytes
    }

    /// Decodes a file; what it says is as true as ``Evidence/verify(network:digests:verifier:)`` finds it.
    ///
    /// - Throws: ``WireError``; each file has one encoding, and no other is taken.
    public init(encoded bytes: [UInt8], limits: WireLimits = WireLimits()) throws(WireError) {
        var reader = ByteReader(checked: bytes, limits: limits)
        try reader.check(.snapshotBytes, bytes.count, "evidence")
        try reader.begin(.evidence, "evidence.begin")
        digests = try reader.kind("evidence.digests")
        signatures = try reader.kind("evidence.signatures")
        network = try Network(from: &reader)
        let offender = try reader.peer("evidence.offender")
        let offence: Offence = try reader.kind("evidence.offence")
        let count = try reader.count(.eventsPerEvidence, "evidence.events")
        var events: [GossipEvent] = []
        for _ in 0..<count { events.append(try GossipEvent(from: &reader)) }
        try reader.end()
        evidence = Evidence(offender: offender, offence: offence, events: events)
    }
}

extension GossipEvent {
    /// Writes the event with all that it votes for, and its signature.
    public func write(to writer: inout ByteWriter) {
        writer.write(creator)
        writer.write(UInt8(selfParent == nil ? 0 : 1))
        if let selfParent { writer.write(selfParent) }
        writer.write(cause.kind.rawValue)
        switch cause {
        case .initial: break
        case .requesting(let recipient): writer.write(recipient)
        case .request(let parent), .response(let parent): writer.write(parent)
        case .observation(let observations):
            writer.write(count: observations.count)
            for observation in observations { observation.write(to: &writer) }
        }
        writer.append(signature.bytes)
    }

    /// Reads an event as ``write(to:)`` writes it.
    ///
    /// - Throws: ``WireError``.
    public init(from reader: inout ByteReader) throws(WireError) {
        let creator = try reader.peer("event.creator")
        let selfParent = try reader.flag("event.hasSelfParent") ? try reader.digest("event.selfParent") : nil
        let kind: EventKind = try reader.kind("event.kind")
        let cause: Cause
        switch kind {
        case .initial: cause = .initial
        case .requesting: cause = .requesting(recipient: try reader.peer("event.recipient"))
        case .request: cause = .request(otherParent: try reader.digest("event.otherParent"))
        case .response: cause = .response(otherParent: try reader.digest("event.otherParent"))
        case .observation:
            var observations: [Observation] = []
            for _ in 0..<(try reader.count(.observationsPerEvent, "event.votes")) {
                let start = reader.offset
                observations.append(try Observation(from: &reader))
                try reader.check(.observationBytes, reader.offset - start, "event.votes")
            }
            cause = .observation(observations)
        }
        self.init(
            creator: creator,
            selfParent: selfParent,
            cause: cause,
            signature: try reader.signature("event.signature")
        )
    }
}

extension ByteReader {
    /// Reads a byte that stands for one of several kinds.
    mutating func kind<Kind: RawRepresentable<UInt8>>(_ field: String) throws(WireError) -> Kind {
        let start = offset
        let number = try byte(field)
        guard let kind = Kind(rawValue: number) else { throw error(.unknown(UInt64(number)), field, at: start) }
        return kind
    }
}
