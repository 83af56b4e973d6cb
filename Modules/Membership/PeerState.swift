/// What a peer may do, as one engine sees it (`protocol.md` section 3.1).
///
/// Seen from one's own side, `send` and `receive` speak of oneself; of another peer they say what it may do towards
/// oneself.
public struct PeerState: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// It takes part in a key generation, or votes.
    public static let generateKeys = PeerState(rawValue: 0b1000)

    /// It is a voter, which includes taking part in key generations.
    public static let vote = PeerState(rawValue: 0b1001)

    /// It may send gossip.
    public static let send = PeerState(rawValue: 0b0010)

    /// It can receive gossip.
    public static let receive = PeerState(rawValue: 0b0100)

    /// The state of a full member.
    public static let active: PeerState = [.vote, .send, .receive]
}

extension PeerState: CustomStringConvertible {
    /// The flags as dumps write them, such as `VOTE|SEND|RECV`.
    public var description: String {
        var flags: [String] = []
        if contains(.vote) { flags.append("VOTE") } else if contains(.generateKeys) { flags.append("DKG") }
        if contains(.send) { flags.append("SEND") }
        if contains(.receive) { flags.append("RECV") }
        return flags.joined(separator: "|")
    }
}
