public import ParsecCore

/// Carries frames between peers: byte strings that arrive whole, in order on each connection, or not at all.
///
/// Frames may be lost when a connection breaks; nothing is sent again, since gossip makes up for it. Who is at the other
/// end is certain: a transport proves the identity of both sides before it passes a frame on.
public protocol Transport: Sendable {
    /// Takes and makes connections until the calling task is cancelled.
    ///
    /// - Parameter delegate: is asked about peers, and gets the frames.
    /// - Throws: ``TransportError`` if it cannot begin, such as when the port is taken.
    func run(_ delegate: any TransportDelegate) async throws

    /// Says with whom to stay connected, and where they are; others are reached only while they connect themselves.
    ///
    /// Without an address a peer is waited for.
    func setPeers(_ addresses: [PeerID: [PeerAddress]])

    /// Sends a frame, without waiting until it has left.
    ///
    /// - Throws: ``TransportError``: `notConnected`, `frameTooLarge`, or `queueFull` for a peer that does not keep up.
    func send(_ frame: [UInt8], to peer: PeerID) throws(TransportError)

    /// Closes all connections with a peer once what was sent has left; it may connect again if the delegate lets it.
    func disconnect(_ peer: PeerID)
}

/// What a transport asks, and to whom it gives what arrives.
public protocol TransportDelegate: Sendable {
    /// Who a peer is that has proven its identity.
    func admission(of peer: PeerID) async -> Admission

    /// A first connection with a peer has come about.
    func connected(to peer: PeerID) async

    /// The last connection with a peer has ended.
    func disconnected(from peer: PeerID) async

    /// Takes a frame; the next frame of the same connection waits until this returns.
    func receive(_ frame: [UInt8], from peer: PeerID) async
}

/// How far a peer is let in.
public enum Admission: Hashable, Sendable {
    /// It may send all frames.
    case member

    /// It may send a few small frames, to ask to become a member.
    case guest

    /// Its connection is closed.
    case refused
}

/// The bounds of what a transport holds and takes.
public struct TransportLimits: Hashable, Sendable {
    /// The most bytes of a frame of a member.
    public var frameBytes = 1 << 25

    /// The most bytes of a frame of a guest, or of a peer whose admission is not known yet.
    public var guestFrameBytes = 1 << 12

    /// The most frames that one connection of a guest may bring.
    public var guestFrames = 16

    /// How long one connection of a guest lasts at most, and how long a member's lasts on which no whole frame comes.
    public var guestTime = Duration.seconds(60)
    public var frameTime = Duration.seconds(300)

    /// The most connections that others have made and that are open at a time, and of these the most of guests.
    public var connections = 1_024
    public var guests = 64

    /// The most connections that others have made and on which nobody has proven an identity yet.
    public var handshakes = 256

    /// The most connections with one peer at a time.
    public var connectionsPerPeer = 4

    /// The most frames, and the most bytes, that wait to be sent on one connection.
    public var waitingFrames = 256
    public var waitingBytes = 1 << 26

    public init() {}
}

/// Why a transport cannot do what it was asked to.
public enum TransportError: Error, Hashable, Sendable {
    /// There is no connection with the peer now.
    case notConnected(PeerID)

    /// So much waits to be sent to the peer already that the frame was not taken.
    case queueFull(PeerID)

    /// The frame has more bytes than a frame may have.
    case frameTooLarge(count: Int, limit: Int)

    /// No connections can be taken at an address.
    case cannotListen(PeerAddress, reason: String)

    /// The transport's own identity cannot be shown to others.
    case identity(reason: String)
}

extension TransportError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notConnected(let peer): "there is no connection with \(peer)"
        case .queueFull(let peer): "\(peer) does not keep up: too much waits to be sent to it"
        case .frameTooLarge(let count, let limit): "a frame of \(count) bytes; at most \(limit) are sent"
        case .cannotListen(let address, let reason): "cannot listen at \(address): \(reason); choose another address"
        case .identity(let reason): "cannot make a certificate of the key: \(reason)"
        }
    }
}
