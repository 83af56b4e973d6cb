import Consensus
import ParsecCore
import Serialization

/// What nodes send each other; each is one frame of the transport.
enum Frame: Hashable, Sendable {
    /// The first frame on a connection: which network, how large messages may be, and what the sender knows of the
    /// receiver.
    case hello(Hello)

    /// A gossip message, as ``MessageCodec`` encodes it.
    case gossip([UInt8])

    /// How far the sender is, when it has nothing else to tell.
    case heartbeat(Standing, isReply: Bool)

    /// Asks for what the sender has lost of its own events; the tips say what it has.
    case recover(tips: [Digest])

    /// Asks a member to let the sender in.
    case join(MemberInfo)

    /// The answer to a candidate: the network, and that it has this member's vote.
    case invitation(Invitation)

    /// The answer to whoever is turned away, with the reason.
    case goodbye(String)

    struct Hello: Hashable, Sendable {
        let network: Digest
        let bounds: MessageBounds

        /// How many events of the receiver the sender knows.
        let knownEvents: Int
    }

    /// The version of these frames.
    static let version: UInt8 = 1

    /// The most bytes of a reason.
    private static let reasonBytes = 200

    var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(Frame.version)
        switch self {
        case .hello(let hello):
            writer.write(UInt8(0))
            writer.write(hello.network)
            writer.write(UInt64(hello.bounds.events))
            writer.write(UInt64(hello.bounds.bytes))
            writer.write(UInt64(hello.knownEvents))
        case .gossip(let message):
            writer.write(UInt8(1))
            writer.append(message)
        case .heartbeat(let standing, let isReply):
            writer.write(UInt8(2))
            writer.write(UInt64(standing.blocks))
            writer.write(standing.openVotes)
            writer.write(UInt8(isReply ? 1 : 0))
        case .recover(let tips):
            writer.write(UInt8(3))
            writer.write(count: tips.count)
            for tip in tips { writer.write(tip) }
        case .join(let info):
            writer.write(UInt8(4))
            info.write(to: &writer)
        case .invitation(let invitation):
            writer.write(UInt8(5))
            invitation.write(to: &writer)
        case .goodbye(let reason):
            writer.write(UInt8(6))
            writer.write(Array(reason.utf8.prefix(Frame.reasonBytes)))
        }
        return writer.bytes
    }

    /// - Throws: ``WireError``.
    init(_ bytes: [UInt8], limits: WireLimits) throws(WireError) {
        var reader = try ByteReader(bytes, limits: limits)
        let version = try reader.byte("frame.version")
        guard version == Frame.version else { throw reader.error(.unknown(UInt64(version)), "frame.version", at: 0) }
        let kind = try reader.byte("frame.kind")
        switch kind {
        case 0:
            self = .hello(
                Hello(
                    network: try reader.digest("hello.network"),
                    bounds: MessageBounds(
                        events: try reader.nonnegative("hello.events"),
                        bytes: try reader.nonnegative("hello.bytes")
                    ),
                    knownEvents: try reader.nonnegative("hello.knownEvents")
                )
            )
        case 1:
            self = .gossip(Array(bytes[2...]))
            return
        case 2:
            self = .heartbeat(
                Standing(
                    blocks: try reader.nonnegative("heartbeat.blocks"),
                    openVotes: try reader.digest("heartbeat.openVotes")
                ),
                isReply: try reader.flag("heartbeat.isReply")
            )
        case 3:
            var tips: [Digest] = []
            for _ in 0..<(try reader.count(.tips, "recover.tips")) { tips.append(try reader.digest("recover.tips")) }
            self = .recover(tips: tips)
        case 4: self = .join(try MemberInfo(from: &reader))
        case 5: self = .invitation(try Invitation(from: &reader))
        case 6:
            let reason = try reader.string(.identityBytes, "goodbye.reason")
            self = .goodbye(String(decoding: reason, as: UTF8.self))
        default: throw reader.error(.unknown(UInt64(kind)), "frame.kind", at: 1)
        }
        try reader.end()
    }
}
