import GossipGraph
import ParsecCore
public import Voting

extension EventHeader {
    /// Encodes the header: the bytes that the event's digest is computed of.
    public var encoded: [UInt8] {
        var writer = ByteWriter(.event)
        write(to: &writer)
        return writer.bytes
    }

    /// Decodes a header, which is all that the bytes hold.
    ///
    /// - Throws: ``WireError``.
    public init(encoded bytes: [UInt8], limits: WireLimits = WireLimits()) throws(WireError) {
        var reader = try ByteReader(bytes, limits: limits)
        try reader.begin(.event, "event.begin")
        self = try EventHeader(from: &reader)
        try reader.end()
    }

    /// Reads a header as ``write(to:)`` writes it.
    public init(from reader: inout ByteReader) throws(WireError) {
        let network = try reader.digest("event.network")
        let creator = try reader.peer("event.creator")
        let selfParent = try reader.flag("event.hasSelfParent") ? try reader.digest("event.selfParent") : nil
        let kind: EventKind = try reader.kind("event.kind")
        let content: Content
        switch kind {
        case .initial: content = .initial
        case .requesting: content = .requesting(recipient: try reader.peer("event.recipient"))
        case .request: content = .request(otherParent: try reader.digest("event.otherParent"))
        case .response: content = .response(otherParent: try reader.digest("event.otherParent"))
        case .observation: content = .observation(root: try reader.digest("event.root"))
        }
        self.init(network: network, creator: creator, selfParent: selfParent, content: content)
    }
}
